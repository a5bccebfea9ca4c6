"""The filter in the app: rows, sums, errors, completion, time, and the next run."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.geometry import Region
from textual.widgets import Input

from kling_tui.demo import DEMO_JOBS
from kling_tui.jobs import EXPIRY_WARNING, RESULT_RETENTION, Job, Status, Video
from kling_tui.tui.preferences import Preferences, load, save
from kling_tui.tui.widgets.filter_line import Completions, FilterLine
from tests.support.jobs import a_job
from tests.support.scenes import START, RunningApp, run_app
from tests.support.screen_text import rows, screen_text

pytestmark = pytest.mark.slow


def job(job_id: str, label: str, ended_ago: timedelta | None = None) -> Job:
    """Return a job of a label, which succeeded some time ago, or failed if that is None."""
    if ended_ago is None:
        return a_job(job_id, label=label, status=Status.FAILED, ended_at=START)
    video = Video("https://cdn.test/1.mp4", duration=5.0)
    return a_job(
        job_id,
        label=label,
        status=Status.SUCCEEDED,
        videos=(video,),
        added_at=START - ended_ago,
        ended_at=START - ended_ago,
    )


ENDED = [
    job("1", "hero shot", timedelta(hours=1)),
    job("2", "wolf", timedelta(days=1, hours=23)),
    job("3", "the hero"),
    job("4", "owl", RESULT_RETENTION - EXPIRY_WARNING - timedelta(hours=1)),
]
"""None of them is polled."""


def labels(running: RunningApp) -> set[str]:
    """Return the labels of the jobs that are shown."""
    return {running.store.jobs[job_id].label for job_id in running.app.main.table.order}


def hint(running: RunningApp) -> str:
    """Return the text under the input; empty if there is none."""
    shown = (each for each in running.app.main.query(Completions) if each.display)
    return "".join(str(completions.render()) for completions in shown)


def hint_region(running: RunningApp) -> Region:
    """Return where the text under the input is."""
    return running.app.main.query_one(Completions).region


def typed(running: RunningApp) -> str:
    """Return the text of the input."""
    return running.app.main.query_one("#filter", Input).value


async def enter(running: RunningApp, text: str) -> None:
    """Open the filter and type a text."""
    await running.pilot.press("slash", *text)
    await running.until(lambda: typed(running) == text)


async def test_title_and_sums_tell_what_is_shown() -> None:
    """Of how many jobs, and of which sum; without a filter, only the totals are shown."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("escape")  # the line about unread jobs takes a row
        spent = next(line for line in screen_text(running).splitlines() if "spent" in line)
        await enter(running, "o1 done")
        await running.pilot.press("enter")
        shown = [row for row in rows(running)[1:] if row]
        assert len(shown) == 2
        assert all("o1" in row and "done" in row for row in shown)
        assert running.app.main.table.border_title == f"2 of {len(DEMO_JOBS)} jobs, live first"
        assert "spent $1.80 of $2.50  ·  in flight $0.00 of $6.65" in screen_text(running)
        assert f"{len(DEMO_JOBS) - 2} hidden by the filter" in screen_text(running)
        await running.pilot.press("escape")
        assert len(running.app.main.table.order) == len(DEMO_JOBS)
        assert running.app.main.table.border_title == f"{len(DEMO_JOBS)} jobs, live first"
        assert spent in screen_text(running)


async def test_sums_follow_jobs_that_begin_and_cease_to_match() -> None:
    """One job that is put in place of another changes the sum of what is shown."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, "label:hero status:done")
        assert "spent $0.35 of $1.05" in screen_text(running)
        job_list = running.app.main.job_list
        for label, expected in (("hero wolf", "0.70"), ("hero wolf", "0.70"), ("wolf", "0.35")):
            changed = replace(running.store.jobs["2"], label=label)
            running.store.put(changed)
            job_list.put(changed)
            totals = job_list.shown_totals
            assert totals is not None
            assert f"{totals.spent}" == expected


async def test_filter_without_matches_is_explained() -> None:
    """An empty table says why, and keys do nothing in it."""
    async with run_app() as running:
        await enter(running, "nothing-like-it")
        await running.pilot.press("enter")
        assert any("No job matches" in row for row in rows(running))
        await running.pilot.press("j", "k", "x", "e", "enter", "y", "i", "end", "pagedown")
        assert len(running.store.jobs) == len(DEMO_JOBS)


async def test_error_is_shown_under_the_input_and_the_filter_before_stays() -> None:
    """Without the beginning of the wrong term; enter does not leave the input."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, "hero status:donx")
        assert hint(running).startswith("at 13: 'donx': did you mean done? Expected new, queued")
        assert labels(running) == {"hero shot", "the hero"}
        await running.pilot.press("enter")
        assert running.app.main.query_one(FilterLine).error
        assert running.app.main.query_one("#filter").has_focus
        await running.pilot.press("backspace", "e", "enter")
        assert labels(running) == {"hero shot"}
        assert hint(running) == ""
        assert running.app.main.table.has_focus


async def test_wrong_text_in_place_of_a_filter_leaves_that_in_force() -> None:
    """Such as one that is pasted."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, "wolf")
        running.app.main.query_one("#filter", Input).value = "stauts:failed"
        await running.until(lambda: "did you mean status?" in hint(running))
        assert labels(running) == {"wolf"}
        await running.pilot.press("escape")
        assert labels(running) == {"hero shot", "wolf", "the hero", "owl"}
        assert hint(running) == ""


async def test_names_and_values_are_completed() -> None:
    """Tab or right accepts, down and up choose another; then tab leaves the input as before."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, "sta")
        assert hint(running) == "status:  status of the job"
        await running.pilot.press("tab")
        assert hint(running).startswith("new  queued  running  done")
        await running.pilot.press(*"fa", "right")
        assert typed(running) == "status:failed"
        assert labels(running) == {"the hero"}
        assert hint(running) == ""
        await running.pilot.press("tab")
        assert not running.app.main.query_one("#filter").has_focus
        await running.pilot.press("escape")
        await enter(running, "label:he")
        await running.pilot.press("down", "down", "up", "tab")
        assert typed(running) == 'label:"the hero"'
        assert labels(running) == {"the hero"}


async def test_right_moves_the_cursor_within_the_text() -> None:
    """Only at the end it completes."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, "sta")
        await running.pilot.press("left", "right")
        assert typed(running) == "sta"
        await running.pilot.press("right")
        assert typed(running) == "status:"


@pytest.mark.parametrize("size", [(40, 10), (60, 20), (80, 24), (120, 40)])
async def test_hints_move_nothing(size: tuple[int, int]) -> None:
    """They lie over the lines below the input, which leave it where it is."""
    async with run_app(size=size, jobs=ENDED) as running:
        await running.pilot.press("slash")
        await running.pilot.pause()
        field = running.app.main.query_one("#filter")
        before = (field.region, running.app.main.table.region)
        for text in ("status:", "x", " "):
            await running.pilot.press(*text)
            await running.until(lambda: hint(running) != "")
            assert (field.region, running.app.main.table.region) == before
            await running.until(lambda: hint_region(running).y == field.region.bottom)
            assert hint_region(running).height >= 1


async def test_rows_follow_the_time() -> None:
    """A job begins to expire, and another's end is more than two days ago, without any poll."""
    async with run_app(jobs=ENDED) as running:
        screen = running.app.main
        await enter(running, "is:expiring")
        assert labels(running) == set()
        assert screen.job_list.filter.seconds_until_change == 3_600.0
        running.clock.advance(3_600)
        screen.refresher.tick()
        assert labels(running) == {"owl"}
        await running.pilot.press("escape")
        await enter(running, "ended>2d")
        assert labels(running) == {"owl"}
        running.clock.advance(1)
        screen.refresher.tick()
        assert labels(running) == {"owl", "wolf"}
        await running.pilot.press("escape")
        assert screen.job_list.filter.seconds_until_change is None


async def test_a_job_is_tested_at_the_time_of_its_change() -> None:
    """Not at that of the last sort."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, "ended<2h")
        assert labels(running) == {"hero shot", "the hero"}
        running.clock.advance(5_400)
        job_list = running.app.main.job_list
        job_list.put(replace(running.store.jobs["1"], message="renewed"))
        assert "1" not in job_list.ids


@pytest.mark.parametrize("query", ["wolf", "status:done", "cost>0.3", "ended:2026-11-20"])
async def test_filter_without_time_needs_no_tick(query: str) -> None:
    """Nothing is evaluated again while no job changes."""
    async with run_app(jobs=ENDED) as running:
        await enter(running, query)
        assert running.app.main.job_list.filter.seconds_until_change is None


async def test_filter_cursor_and_order_survive_a_restart(tmp_path: Path) -> None:
    """The input shows the filter, and escape clears it."""
    file = tmp_path / "view.toml"
    query = "-label:wolf ended<30d"
    async with run_app(jobs=ENDED, preferences_file=file) as running:
        await running.pilot.press("s", "a")
        await enter(running, query)
        await running.pilot.press("enter", "end", "up", "q")
    async with run_app(jobs=ENDED, preferences_file=file) as running:
        assert labels(running) == {"hero shot", "the hero", "owl"}
        assert running.app.main.table.cursor_id == "1"
        assert running.app.main.job_list.sort_order == ("age", False)
        assert running.app.main.table.border_title == "3 of 4 jobs, newest first"
        assert typed(running) == query
        assert running.app.main.query_one(FilterLine).display
        await running.pilot.press("down")
        assert running.app.main.table.cursor_id == "4"
        await running.pilot.press("escape", "q")
    assert load(file).filter == ""


async def test_remembered_cursor_is_in_view(tmp_path: Path) -> None:
    """Also far down."""
    file = tmp_path / "view.toml"
    save(file, Preferences(sort_order="age", cursor="150"))
    jobs = [job(f"{n}", f"shot {n}", timedelta(hours=n)) for n in range(200)]
    async with run_app(jobs=jobs, preferences_file=file) as running:
        await running.pilot.pause()
        assert running.app.main.table.cursor_id == "150"
        assert any("shot 150" in row for row in rows(running))
        await running.pilot.press("k")
        assert running.app.main.table.cursor_id == "149"


@pytest.mark.parametrize("remembered", ["gone", ""])
async def test_remembered_job_may_be_gone(tmp_path: Path, remembered: str) -> None:
    """The cursor is on the first job then."""
    file = tmp_path / "view.toml"
    save(file, Preferences(sort_order="age", cursor=remembered))
    async with run_app(jobs=ENDED, preferences_file=file) as running:
        assert running.app.main.table.cursor_id == running.app.main.table.order[0]


async def test_remembered_filter_that_is_no_longer_valid_is_reported(tmp_path: Path) -> None:
    """All jobs are shown."""
    file = tmp_path / "view.toml"
    save(file, Preferences(filter="wolf is:gone"))
    async with run_app(jobs=ENDED, preferences_file=file) as running:
        assert len(labels(running)) == len(ENDED)
        assert typed(running) == ""
        (toast,) = running.app._notifications  # noqa: SLF001 - no public way
        assert "The filter of the last session is ignored" in toast.message
        assert "'gone': expected live" in toast.message
