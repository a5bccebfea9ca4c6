"""The charts in the lower border of the table."""

import pytest

from kling_tui.tui.screens.table_border import TableBorder
from tests.support.scenes import RunningApp, run_app
from tests.tui.screens.test_timeline import finished, running_job


def subtitle(running: RunningApp) -> str:
    """Return the text in the lower border."""
    return str(running.app.main.table.border_subtitle)


@pytest.mark.parametrize(
    ("width", "charts"),
    [(120, ["in flight", "ended/min"]), (70, ["in flight"]), (40, [])],
)
async def test_charts_are_shown_where_there_is_room(width: int, charts: list[str]) -> None:
    """The name of the gateway comes first."""
    jobs = [running_job("one", 2), finished("two", 1)]
    async with run_app((width, 40), jobs=jobs, simulated=[]) as running:
        await running.until(lambda: "demo gateway" in subtitle(running))
        parts = [part.partition(" ▁")[0] for part in subtitle(running).split(" · ")]
        assert parts == ["demo gateway", *charts]


async def test_there_are_no_charts_and_no_ticks_without_jobs_in_flight() -> None:
    """Nothing is sent while nothing changes."""
    async with run_app(jobs=[finished("two", 1)], simulated=[]) as running:
        await running.until(lambda: "demo gateway" in subtitle(running))
        assert subtitle(running) == "demo gateway"
        main = running.app.main
        assert TableBorder(main.table, main.job_list).seconds_until_change(running.clock()) is None


async def test_charts_change_with_the_minute() -> None:
    """They need no poll for that."""
    async with run_app(jobs=[running_job("one", 2)], simulated=[]) as running:
        await running.until(lambda: "in flight" in subtitle(running))
        before = subtitle(running)
        running.clock.advance(20)
        running.app.main.refresher.tick()
        assert subtitle(running) == before
        running.clock.advance(60)
        running.app.main.refresher.tick()
        assert subtitle(running) != before
