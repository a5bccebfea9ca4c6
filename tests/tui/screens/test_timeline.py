"""The timeline of the jobs."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual import events
from textual.widgets import Static

from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Job, Status, Transition
from kling_tui.polling.poller import PollResult
from kling_tui.tui.messages import JobUpdated
from kling_tui.tui.screens.help import KeyGroup
from kling_tui.tui.screens.timeline import TimelineScreen
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.timeline_table import TimelineTable
from tests.support.jobs import a_job, clip
from tests.support.scenes import START, RunningApp, run_app
from tests.support.scripted_day import open_third_day
from tests.support.scripted_jobs import OUTAGE


def finished(job_id: str, minutes_ago: float, seconds: float = 60.0, label: str = "") -> Job:
    """Return a job that succeeded so many minutes before the app was opened."""
    ended = START - timedelta(minutes=minutes_ago)
    started = ended - timedelta(seconds=seconds)
    history = (Transition(started, Status.RUNNING), Transition(ended, Status.SUCCEEDED))
    return replace(
        a_job(job_id, label=label or job_id, added_at=started, videos=(clip(5.0),)),
        status=Status.SUCCEEDED,
        ended_at=ended,
        history=history,
    )


def running_job(job_id: str, minutes_ago: float) -> Job:
    """Return a job that has run for so many minutes."""
    started = START - timedelta(minutes=minutes_ago)
    history = (Transition(started, Status.RUNNING),)
    return a_job(job_id, label=job_id, added_at=started, status=Status.RUNNING, history=history)


async def open_timeline(running: RunningApp) -> TimelineScreen:
    """Open it, and wait until all is shown."""
    await running.pilot.press("T")
    screen = running.app.screen
    assert isinstance(screen, TimelineScreen)
    await running.until(lambda: screen.loaded)
    return screen


def table(running: RunningApp) -> TimelineTable:
    """Return its lines."""
    return running.app.screen.query_one(TimelineTable)


def lines(running: RunningApp) -> list[str]:
    """Return the lines on the screen."""
    shown = table(running)
    return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


def jobs_shown(running: RunningApp) -> list[str]:
    """Return the first words of the lines below the head."""
    return [line[1:].lstrip("✓●✗ ").split()[0] for line in lines(running)[3:] if line[1:].strip()]


def words(running: RunningApp) -> str:
    """Return what is said about the job under the cursor."""
    return str(running.app.screen.query_one("#timeline-words", Static).content)


async def test_jobs_of_a_batch_are_together_newest_first() -> None:
    """The batch whose job began last is the first."""
    jobs = [
        finished("one", 20, label="old/one"),
        finished("two", 5, label="new/two"),
        finished("three", 30, label="new/three"),
        finished("four", 10, label="four"),
    ]
    async with run_app(jobs=jobs, simulated=[]) as running:
        await open_timeline(running)
        assert jobs_shown(running) == ["new/", "two", "three", "four", "old/", "one"]


async def test_t_shows_another_period() -> None:
    """The hour, the day, the week, and a quarter of an hour."""
    jobs = [finished(name, ago) for name, ago in (("now", 5), ("hour", 50), ("day", 700))]
    async with run_app(jobs=[*jobs, finished("week", 9000)], simulated=[]) as running:
        await open_timeline(running)
        shown = []
        for _ in range(5):
            title = str(table(running).border_title).removeprefix("Timeline: last ")
            shown.append((title, jobs_shown(running)))
            await running.pilot.press("t")
        assert shown == [
            ("hour, 2 jobs", ["now", "hour"]),
            ("day, 3 jobs", ["now", "hour", "day"]),
            ("week, 4 jobs", ["now", "hour", "day", "week"]),
            ("quarter of an hour, 1 job", ["now"]),
            ("hour, 2 jobs", ["now", "hour"]),
        ]


async def test_the_filter_of_the_table_applies() -> None:
    """The others are still compared with."""
    jobs = [finished("hero", 5, 600), finished("other", 6, 60), finished("third", 7, 60)]
    async with run_app(jobs=jobs, simulated=[]) as running:
        await running.pilot.press("slash", *"hero", "enter")
        await open_timeline(running)
        assert jobs_shown(running) == ["hero"]
        assert "2 hidden by the filter" in str(table(running).border_title)
        assert "Only this job was slow: 2 other i2v around then took 1.0× typical." in words(
            running
        )


async def test_no_job_of_the_period() -> None:
    """That is said, and no key is an error."""
    async with run_app(jobs=[finished("old", 9999)], simulated=[]) as running:
        await open_timeline(running)
        assert any("No job of the last hour." in line for line in lines(running))
        await running.pilot.press("j", "k", "G", "pagedown", "enter")
        assert running.app.screen is running.app.main


async def test_enter_opens_the_job_and_escape_returns() -> None:
    """Out of a folded batch too."""
    jobs = [finished("one", 5, label="a/one"), finished("two", 9, label="a/two")]
    async with run_app(jobs=jobs, simulated=[]) as running:
        await running.pilot.press("Z")
        assert running.app.main.selection.batch is not None
        await open_timeline(running)
        await running.pilot.press("escape")
        assert running.app.screen is running.app.main
        await open_timeline(running)
        await running.pilot.press("home", "down", "enter")
        assert running.app.screen is running.app.main
        assert running.app.main.query_one(JobDetail).display
        assert running.app.main.table.cursor_id == "two"


async def test_the_cursor_begins_on_the_job_of_the_table() -> None:
    """And stays on it when other jobs come."""
    jobs = [finished(f"job{n}", 2 + n) for n in range(30)]
    async with run_app(jobs=jobs, simulated=[]) as running:
        running.app.main.table.move_to_job("job20")
        await open_timeline(running)
        assert table(running).cursor_id == "job20"
        assert any(line.startswith("▌") and "job20" in line for line in lines(running))
        running.store.put(running_job("new", 1))
        running.app.main._show_jobs()  # noqa: SLF001 - as after the job was added
        await running.until(lambda: "31 jobs" in str(table(running).border_title))
        assert table(running).cursor_id == "job20"


async def test_help_opens_over_it() -> None:
    """It lists the key too."""
    async with run_app(jobs=[finished("one", 5)], simulated=[]) as running:
        await open_timeline(running)
        await running.pilot.press("question_mark")
        assert len(running.app.screen.query(KeyGroup)) > 0
        await running.pilot.press("escape")
        assert jobs_shown(running) == ["one"]


async def test_a_job_that_ends_is_drawn_at_once() -> None:
    """A poll reports it while the timeline is open."""
    job = running_job("one", 4)
    async with run_app(jobs=[job], simulated=[]) as running:
        await open_timeline(running)
        assert lines(running)[3].rstrip().endswith("4 min")
        end = Transition(START, Status.FAILED)
        ended = replace(job, status=Status.FAILED, ended_at=START, history=(*job.history, end))
        running.store.put(ended)
        running.app.main.post_message(JobUpdated(job, ended))
        await running.until(lambda: "✗ one" in lines(running)[3])
        assert "━✗" in lines(running)[3]


async def test_a_gateway_outage_is_shown_and_named() -> None:
    """Also one that was not yet written to the file."""
    async with run_app(jobs=[running_job("one", 30)], simulated=[]) as running:
        problem = replace(running.store.jobs["one"], problem="unreachable")
        failed = PollResult(problem, None, ErrorKind.UNREACHABLE)
        for minutes in range(20, 10, -1):
            at = START - timedelta(minutes=minutes)
            running.app.main.session.incidents.record(failed, at, outage=True)
        await open_timeline(running)
        assert "×××" in lines(running)[1]
        assert "!!!" in lines(running)[3]
        assert "Gateway unreachable" in words(running)


async def test_jobs_that_were_removed_disappear() -> None:
    """Another process may do that."""
    jobs = [finished("one", 5), finished("two", 6)]
    async with run_app(jobs=jobs, simulated=[]) as running:
        await open_timeline(running)
        running.app.main.session.remove([running.store.jobs["one"]])
        running.app.main._show_jobs()  # noqa: SLF001 - as after a removal by another process
        await running.until(lambda: jobs_shown(running) == ["two"])
        assert table(running).cursor_id == "two"


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (60, 20), (200, 50)])
async def test_any_size(size: tuple[int, int]) -> None:
    """It is narrower rather than an error."""
    jobs = [finished(f"job{n}", n, label=f"batch{n % 3}/{n}") for n in range(50)]
    async with run_app(size, jobs=jobs, simulated=[]) as running:
        await open_timeline(running)
        await running.pilot.press("G", "pageup", "t", "end")
        assert all(len(line) <= size[0] for line in lines(running))
        await running.pilot.resize_terminal(80, 24)
        await running.pilot.pause()
        assert lines(running)[0].endswith("now") or "now" in lines(running)[0]


async def test_ticks_within_a_cell_change_no_line() -> None:
    """Only the live jobs in view are drawn again, and what they show stays the same."""
    jobs = [running_job("live", 4.1), finished("one", 5)]
    async with run_app(jobs=jobs, simulated=[]) as running:
        screen = await open_timeline(running)
        before = lines(running)
        running.clock.advance(1)
        screen._tick()  # noqa: SLF001 - as its timer does
        assert lines(running) == before
        running.clock.advance(120)
        screen._tick()  # noqa: SLF001 - as its timer does
        await running.until(lambda: lines(running) != before)
        assert "now" in lines(running)[0]


async def test_only_lines_in_view_are_rendered() -> None:
    """However many jobs there are."""
    rendered: list[str] = []
    jobs = [finished(f"job{n}", 1 + n / 100) for n in range(2000)]
    async with run_app(jobs=jobs, simulated=[]) as running:
        screen = await open_timeline(running)
        job_cells = screen._lines.job_cells  # noqa: SLF001

        def count(job: Job) -> object:
            rendered.append(job.id)
            return job_cells(job)

        screen._lines.job_cells = count  # type: ignore[method-assign, assignment]  # noqa: SLF001
        await running.pilot.press("t", "end")
        assert 0 < len(set(rendered)) < 120


async def test_a_click_moves_the_cursor() -> None:
    """The mouse is optional."""
    jobs = [finished(f"job{n}", 1 + n) for n in range(5)]
    async with run_app(jobs=jobs, simulated=[]) as running:
        await open_timeline(running)
        await running.pilot.click(TimelineTable, offset=(10, 1 + 3 + 2))
        assert table(running).cursor_id == "job2"
        assert words(running).startswith("job2")


async def test_nothing_ticks_without_the_focus() -> None:
    """As the table."""
    async with run_app(jobs=[running_job("live", 4)], simulated=[]) as running:
        screen = await open_timeline(running)
        assert screen._timer is not None  # noqa: SLF001
        running.app.post_message(events.AppBlur())
        await running.until(lambda: screen._timer is None)  # noqa: SLF001


async def test_an_outage_is_shown_while_it_happens() -> None:
    """With the change of the first job whose poll fails."""
    job = running_job("one", 30)
    async with run_app(jobs=[job], simulated=[]) as running:
        await open_timeline(running)
        assert "×" not in lines(running)[1]
        failed = job.with_poll_error("unreachable", START)
        running.app.main.session.incidents.record(
            PollResult(failed, None, ErrorKind.UNREACHABLE), START, outage=True
        )
        running.store.put(failed)
        running.app.main.post_message(JobUpdated(job, failed))
        await running.until(lambda: "×" in lines(running)[1])


@pytest.mark.slow
async def test_an_outage_of_yesterday_is_known_after_a_restart() -> None:
    """It was recorded by the app that polled then, and named for the job that it delayed."""
    async with open_third_day() as running:
        await running.pilot.press("1", "slash", *"autumn", "enter", "T", "t")
        screen = running.app.screen
        assert isinstance(screen, TimelineScreen)
        await running.until(lambda: screen.loaded)
        assert "×" in lines(running)[1]
        await running.pilot.press("end")
        found = set()
        for _ in range(20):
            found.add(words(running).rpartition("typical. ")[2].strip())
            await running.pilot.press("up")
        start, end = (at.astimezone() for at in OUTAGE)
        middle = start + (end - start) / 2
        assert f"Gateway unreachable yesterday {middle:%H:%M}–{end:%H:%M}, 20 min." in found


async def test_a_drawing_that_was_overtaken_is_given_up() -> None:
    """It is done in steps, between which the user may choose another period."""
    async with run_app(jobs=[finished("now", 5), finished("day", 700)], simulated=[]) as running:
        screen = await open_timeline(running)
        steps = screen._show_in_steps()  # noqa: SLF001 - as after a change of many jobs
        next(steps)
        await running.pilot.press("t")
        assert len(list(steps)) == 1
        assert jobs_shown(running) == ["now", "day"]
        assert "last day" in str(table(running).border_title)
