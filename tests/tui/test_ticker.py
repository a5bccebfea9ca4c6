"""When the screen ticks, and that it does not while the terminal has no focus."""

import pytest
from msgspec.structs import replace
from textual import events

from kling_tui.demo import DemoJob, Moment, Response, json_response
from kling_tui.jobs import Status
from kling_tui.tui.ticker import Ticker
from tests.support.fake_timers import FakeScreen
from tests.support.scenes import demo_jobs, run_app
from tests.support.screen_text import rows


@pytest.mark.parametrize(
    ("changes", "timers"),
    [
        ([], (False, [])),
        ([None, None], (False, [])),
        ([None, 1.0, 60.0], (True, [])),
        ([0.2], (True, [])),
        ([3600.0, None, 60.0], (False, [60.0])),
    ],
)
@pytest.mark.parametrize("before", [[], [1.0], [30.0]])
def test_ticks_when_the_first_change_is_due(
    before: list[float | None], changes: list[float | None], timers: tuple[bool, list[float]]
) -> None:
    """Each schedule replaces the one before."""
    fake = FakeScreen()
    ticker = Ticker(fake.screen, lambda: None)
    assert not fake.interval_runs
    ticker.schedule(before)
    ticker.schedule(changes)
    assert (fake.interval_runs, [timer.seconds for timer in fake.timers]) == timers


async def test_unchanged_polls_are_shown_with_the_next_tick() -> None:
    """Without focus there is no tick, but a changed status is shown at once."""
    status = {"task_status": "processing"}

    def script(_job: DemoJob, _moment: Moment) -> Response:
        return json_response({"code": 0, "data": status})

    job = replace(demo_jobs()[0], id="CjQuietQuietQuietQuiet0", kind="i2v")

    async with run_app(jobs=[job]) as running:
        running.gateway.add_job(DemoJob(job.id, "i2v", "quiet", 0, script))
        await running.poll_all()
        before = rows(running)[1]
        running.app.post_message(events.AppBlur())
        await running.until(lambda: not running.app.app_focus)
        running.clock.advance(600)
        running.app.main.job_actions.refresh_all()  # its key would report the focus
        await running.until(lambda: running.store.jobs[job.id].checked_at == running.clock.now)
        assert rows(running)[1] == before
        running.app.post_message(events.AppFocus())
        await running.until(lambda: rows(running)[1] != before)
        running.app.post_message(events.AppBlur())
        await running.until(lambda: not running.app.app_focus)
        status["task_status"] = "failed"
        running.app.main.job_actions.refresh_all()
        await running.until(lambda: running.store.jobs[job.id].status is Status.FAILED)
        await running.until(lambda: "failed" in rows(running)[1])
