"""The menu of filters."""

import pytest
from msgspec.structs import replace
from textual.widgets import Input, OptionList

from kling_tui.jobs import Job, Status
from kling_tui.tui.screens.filter_by import FilterByScreen
from tests.support.jobs import a_job, after
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import menu_lines, row_ids

pytestmark = pytest.mark.slow

JOBS = [
    a_job(
        f"C{number}",
        label=f"{batch}/{number}",
        status=status,
        added_at=after(number - 200),
        ended_at=after(number - 100),
        unread=unread,
    )
    for number, (batch, status, unread) in enumerate(
        [
            ("old", Status.SUCCEEDED, True),
            ("old", Status.FAILED, False),
            ("red fox", Status.FAILED, True),
        ]
    )
]


def filter_text(running: RunningApp) -> str:
    """Return the filter as its line shows it; "" if the line is hidden."""
    line = running.app.main.query_one("#filter", Input)
    return line.value if running.app.main.query_one("#filter-line").display else ""


async def test_a_key_adds_its_term_and_takes_it_away_again() -> None:
    """To what is filtered already; the filter can be edited after that."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("f", "u")
        assert (filter_text(running), row_ids(running)) == ("is:unread", ["C2", "C0"])
        await running.pilot.press("f", "1")
        assert filter_text(running) == 'is:unread batch="red fox"'
        assert row_ids(running) == ["C2"]
        await running.pilot.press("f", "2")
        assert (filter_text(running), row_ids(running)) == ("is:unread batch=old", ["C0"])
        await running.pilot.press("f")
        assert "2 ✓ old/      $0.35 spent, 2 jobs" in menu_lines(running)
        assert any(line.startswith("u ✓ Unread") for line in menu_lines(running))
        await running.pilot.press("u")
        assert (filter_text(running), row_ids(running)) == ("batch=old", ["C1", "C0"])
        await running.pilot.press("slash", "end", *" failed", "enter")
        assert row_ids(running) == ["C1"]
        await running.pilot.press("escape")
        assert len(row_ids(running)) == len(JOBS)


async def test_a_term_is_added_to_the_view_and_back_to_it() -> None:
    """Without the line of the filter where the tabs name the view."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("3", "f", "u")
        assert (filter_text(running), row_ids(running)) == ("status:failed is:unread", ["C2"])
        await running.pilot.press("f", "u")
        assert (filter_text(running), row_ids(running)) == ("", ["C2", "C1"])
        await running.pilot.press("1", "f", "f")
        assert filter_text(running) == "status:failed"


async def test_arrows_and_enter_choose_and_escape_keeps_the_filter() -> None:
    """As in the other menus."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("f", "j", "down", "k", "up", "enter")
        assert filter_text(running) == "is:unread"
        await running.pilot.press("f", "end", "enter")
        assert filter_text(running) == "is:unread batch=old"
        await running.pilot.press("f", "Q", "escape")
        assert filter_text(running) == "is:unread batch=old"
        assert running.app.screen is running.app.main


async def test_an_invalid_filter_is_replaced_by_what_is_in_force() -> None:
    """And its error is no longer shown."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("slash", *"old status:x")
        running.app.main.table.focus()
        await running.pilot.press("f", "u")
        assert filter_text(running) == "old is:unread"
        assert running.app.main.query_one("Completions").display is False


async def test_keys_that_select_jobs_are_no_look_at_the_cursors_job() -> None:
    """Else the list of unread jobs would lack one."""
    async with run_app(jobs=JOBS) as running:
        unread = {job.id for job in JOBS if job.unread}
        assert running.app.main.table.cursor_id in unread
        await running.pilot.press("1", "slash", "escape", "f", "escape", "f", "u")
        assert set(row_ids(running)) == unread
        assert running.app.main.unseen.unread == unread
        await running.pilot.press("s", "escape")
        assert len(running.app.main.unseen.unread) == len(unread) - 1


async def test_cursor_goes_to_the_first_row_unless_its_job_is_still_shown() -> None:
    """A view or a filter is read from its top."""
    jobs: list[Job] = [replace(JOBS[1], id=f"C{number}x") for number in range(30)]
    async with run_app(jobs=[*JOBS, *jobs]) as running:
        await running.pilot.press("end")
        table = running.app.main.table
        assert table.cursor_id == table.order[-1]
        await running.pilot.press("3")
        assert table.cursor_id == table.order[0]
        await running.pilot.press("down")
        before = table.cursor_id
        await running.pilot.press("f", "2")
        assert table.cursor_id == before


async def test_menu_without_batches_has_no_separator() -> None:
    """And no jobs are needed to open it."""
    async with run_app(jobs=[]) as running:
        await running.pilot.press("f")
        assert isinstance(running.app.screen, FilterByScreen)
        assert running.app.screen.query_one(OptionList).option_count == len(menu_lines(running))
        await running.pilot.press("u")
        assert filter_text(running) == "is:unread"


async def test_costs_of_batches_are_shown_in_the_smallest_window() -> None:
    """A long name is cut before them."""
    long = replace(JOBS[0], id="C9", label="a very long name of a campaign/1", added_at=after(9))
    async with run_app(size=(40, 10), jobs=[*JOBS, long]) as running:
        await running.pilot.press("f", "end")
        options = running.app.screen.query_one(OptionList)
        screen = [options.render_line(y).text for y in range(options.size.height)]
        assert any("a very long n…  $0.35" in line for line in screen)
        assert any("old/            $0.35" in line for line in screen)
