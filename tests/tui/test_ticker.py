"""When time passes on the screen, and that it does not where nobody would see it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from textual import events
from textual.screen import Screen

from kling_tui.demo import DemoJob, Moment, Response, json_response
from kling_tui.jobs import Status
from kling_tui.tui.ticker import Ticker
from tests.support.scenes import demo_jobs, run_app


@dataclass
class Timekeeper:
    """Stands in for a screen, of which a ticker wants timers and nothing else."""

    each_second: bool = True
    once: list[float] = field(default_factory=list)
    """The seconds of the timers that will call back once."""

    def set_interval(self, seconds: float, _: Callable[[], None], *, pause: bool) -> "Interval":
        """Begin to call back again and again."""
        assert seconds == 1.0
        self.each_second = not pause
        return Interval(self)

    def set_timer(self, seconds: float, _: Callable[[], None]) -> "Once":
        """Call back once."""
        self.once.append(seconds)
        return Once(self, seconds)


@dataclass
class Interval:
    """A timer that calls back again and again."""

    keeper: Timekeeper

    def pause(self) -> None:
        """Call back no more for now."""
        self.keeper.each_second = False

    def resume(self) -> None:
        """Call back again."""
        self.keeper.each_second = True


@dataclass
class Once:
    """A timer that calls back once."""

    keeper: Timekeeper
    seconds: float

    def stop(self) -> None:
        """Never call back."""
        self.keeper.once.remove(self.seconds)


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
def test_timers(
    before: list[float | None], changes: list[float | None], timers: tuple[bool, list[float]]
) -> None:
    """Whatever was set before, there is a timer for the next change, or none where none comes."""
    keeper = Timekeeper()
    ticker = Ticker(cast("Screen[None]", keeper), lambda: None)
    assert not keeper.each_second
    ticker.schedule(before)
    ticker.schedule(changes)
    assert (keeper.each_second, keeper.once) == timers


async def test_a_poll_without_news_is_shown_with_the_next_tick() -> None:
    """While the terminal is out of sight there is none, but news are shown at once."""
    status = {"task_status": "processing"}

    def script(_job: DemoJob, _moment: Moment) -> Response:
        return json_response({"code": 0, "data": status})

    job = replace(demo_jobs()[0], id="CjQuietQuietQuietQuiet0", kind="i2v")

    def row(stage: Any) -> str:
        return str(stage.app.main.table.render_line(1).text)

    async with run_app(jobs=[job]) as stage:
        stage.gateway.add_job(DemoJob(job.id, "i2v", "quiet", 0, script))
        await stage.poll_all()
        before = row(stage)
        stage.app.post_message(events.AppBlur())
        await stage.until(lambda: not stage.app.app_focus)
        stage.clock.advance(600)
        stage.app.main.job_actions.refresh_all()  # by its key, the app would be in sight again
        await stage.until(lambda: stage.store.jobs[job.id].checked_at == stage.clock.now)
        assert row(stage) == before
        stage.app.post_message(events.AppFocus())
        await stage.until(lambda: row(stage) != before)
        stage.app.post_message(events.AppBlur())
        await stage.until(lambda: not stage.app.app_focus)
        status["task_status"] = "failed"
        stage.app.main.job_actions.refresh_all()
        await stage.until(lambda: stage.store.jobs[job.id].status is Status.FAILED)
        await stage.until(lambda: "failed" in row(stage))
