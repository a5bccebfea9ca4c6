"""How often the main screen is refreshed."""

from datetime import datetime

from msgspec.structs import replace

from kling_tui.tui.messages import JobUpdated
from tests.support.scenes import START, run_app
from tests.support.screen_text import rows


async def test_burst_of_changes_is_one_refresh() -> None:
    """Each refresh reads the clock, so fifty refreshes would read it fifty times or more."""
    calls = 0

    def now() -> datetime:
        nonlocal calls
        calls += 1
        return START

    async with run_app(now=now) as running:
        await running.until(lambda: running.app.main.session.polling)
        await running.pilot.press("space")
        job = next(iter(running.store.jobs.values()))
        calls = 0
        for n in range(50):
            changed = replace(job, message=f"change {n}", label=f"label {n}")
            running.store.put(changed)
            running.app.main.post_message(JobUpdated(job, changed))
        await running.until(lambda: any("label 49" in row for row in rows(running)))
        assert 0 < calls < 25
