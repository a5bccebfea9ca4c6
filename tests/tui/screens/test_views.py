"""Views in the app: keys, tabs, saving and deleting, the config, and the next run."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.content import Content
from textual.widgets import Input, Static

from kling_tui.config.changes import Changes, Part
from kling_tui.jobs import Job, Status, Video
from kling_tui.tui.preferences import Preferences, SavedViews, load, save
from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.save_view import SaveViewScreen
from kling_tui.tui.views import View
from kling_tui.tui.widgets.view_tabs import ViewTabs
from tests.support.fake_config import FakeConfig, changed_settings
from tests.support.jobs import a_job
from tests.support.scenes import START, RunningApp, run_app
from tests.support.screen_text import row_ids, toasts

pytestmark = pytest.mark.slow


def ended(job_id: str, status: Status, days_ago: int) -> Job:
    """Return a job that ended some days ago."""
    at = START - timedelta(days=days_ago)
    videos = (Video("https://cdn.test/1.mp4", duration=5.0),) if status is Status.SUCCEEDED else ()
    return a_job(job_id, status=status, added_at=at, ended_at=at, videos=videos, label=job_id)


JOBS = [
    ended("old", Status.SUCCEEDED, 40),
    ended("fox", Status.SUCCEEDED, 2),
    ended("owl", Status.SUCCEEDED, 0),
    ended("wolf", Status.FAILED, 3),
    ended("bear", Status.FAILED, 1),
]
"""None of them is polled."""


def tabs(running: RunningApp) -> str:
    """Return the text of the line above the table."""
    return str(running.app.main.query_one(ViewTabs).render())


def title(running: RunningApp) -> str:
    """Return the title of the table."""
    return Content.from_markup(running.app.main.table.border_title or "").plain


async def command(running: RunningApp, name: str) -> None:
    """Run a command of the palette."""
    commands = running.app.get_system_commands(running.app.screen)
    (found,) = [each for each in commands if each.title == name]
    outcome = found.callback()
    if asyncio.iscoroutine(outcome):
        await outcome
    await running.pilot.pause()


async def test_keys_select_views() -> None:
    """Each has its filter and order; escape selects all jobs."""
    async with run_app(jobs=JOBS) as running:
        assert tabs(running) == "1 All  2 Live 0  3 Failed 2  4 Today 1  5 To download 2"
        for key, name, expected in (
            ("3", "Failed", ["bear", "wolf"]),
            ("4", "Today", ["owl"]),
            ("5", "To download", ["fox", "owl"]),
            ("2", "Live", []),
            ("3", "Failed", ["bear", "wolf"]),
        ):
            await running.pilot.press(key)
            assert row_ids(running) == expected
            assert title(running).startswith(f"{name}: ")
        await running.pilot.press("escape")
        assert title(running) == "5 jobs, live first"
        await running.pilot.press("3", "1", "9")
        assert title(running) == "5 jobs, live first"


async def test_a_changed_view_has_a_star_until_it_is_selected_again() -> None:
    """Another filter or order; the input has the filter of the view."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("3", "slash", "end", "space", *"wolf", "enter")
        assert running.app.main.query_one("#filter", Input).value == "status:failed wolf"
        assert row_ids(running) == ["wolf"]
        assert "3 Failed* 2" in tabs(running)
        assert title(running) == "Failed*: 1 of 5 jobs, last ended first"
        await running.pilot.press("3")
        assert "3 Failed 2" in tabs(running)
        assert not running.app.main.has_class("-filtering")
        await running.pilot.press("S")
        assert row_ids(running) == ["wolf", "bear"]
        assert "3 Failed* 2" in tabs(running)


ESCAPES = (
    ("3", ["5 jobs, live first"]),
    ("3 S", ["5 jobs, live first"]),
    ("3 f y", ["Failed: 2 of 5", "5 jobs, live first"]),
    ("3 f y S", ["Failed*: 2 of 5 jobs, first ended first", "5 jobs, live first"]),
    ("3 slash end space w o l f", ["Failed: 2 of 5", "5 jobs, live first"]),
    ("3 slash end space w o l f enter", ["Failed: 2 of 5", "5 jobs, live first"]),
    ("3 slash end space c o s t > x", ["Failed: 2 of 5", "5 jobs, live first"]),
    ("3 slash", ["Failed: 2 of 5", "5 jobs, live first"]),
    ("5 m", ["To download: 2 of 5", "5 jobs, live first"]),
    ("slash f o x enter", ["5 jobs, live first"]),
    ("slash c o s t > x", ["5 jobs, live first"]),
    ("s c slash f o x enter", ["5 jobs, highest cost first"]),
    ("slash i s : l i v e", ["5 jobs, live first"]),
    ("slash i s : l i v e space o w l", ["5 jobs, live first"]),
    ("slash i s : l i v e space o w l enter", ["5 jobs, live first"]),
    ("slash", ["5 jobs, live first"]),
    ("6 slash o", ["5 jobs, newest first", "5 jobs, live first"]),
)
"""Keys, and the beginnings of the titles after each escape that follows them."""


@pytest.mark.parametrize(("keys", "titles"), ESCAPES, ids=[keys for keys, _ in ESCAPES])
async def test_escape_goes_back_to_the_filter_of_the_view_and_then_to_all_jobs(
    keys: str, titles: list[str]
) -> None:
    """Only then are the unread marks cleared; a line that was opened in vain is just closed."""
    unread = [replace(job, unread=True) for job in JOBS]
    async with run_app(jobs=unread, views=[View("Newest", sort="age")]) as running:
        await running.pilot.press(*keys.split())
        for expected in titles:
            assert running.app.main.unseen.unread
            await running.pilot.press("escape")
            await running.until(partial(lambda text: title(running).startswith(text), expected))
        assert not running.app.main.has_class("-filtering")
        left = len(running.app.main.unseen.unread)
        await running.pilot.press("escape")
        await running.until(lambda: bool(toasts(running)))
        assert toasts(running)[-1].startswith(f"Unread: {left} marks cleared")
        assert title(running) == titles[-1]


async def test_escape_keeps_the_cursor_on_its_job() -> None:
    """Which the user has found with the filter."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("3", "j")
        found = running.app.main.table.cursor_id
        await running.pilot.press("escape")
        assert running.app.main.table.cursor_id == found


async def test_tabs_show_what_fits() -> None:
    """Without counts, then without names; where the window is low, the title has the name."""
    for size, expected in (
        ((60, 20), "1 All  2 Live 0  3 Failed 2  4 Today 1  5 To download 2"),
        ((50, 20), "1 All  2 Live  3 Failed  4 Today  5 To download"),
        ((40, 20), "1  2  3 Failed  4  5"),
    ):
        async with run_app(jobs=JOBS, size=size) as running:
            await running.pilot.press("3")
            assert tabs(running) == expected
    async with run_app(jobs=JOBS, size=(40, 16)) as running:
        await running.pilot.press("3")
        assert not running.app.main.query_one(ViewTabs).display
        assert title(running).startswith("Failed: 2 of 5 jobs")


async def test_a_click_on_a_tab_selects_it() -> None:
    """Also on its key and its count."""
    async with run_app(jobs=JOBS) as running:
        for column, name in ((9, "Live"), (19, "Failed"), (1, "")):
            await running.pilot.click(ViewTabs, offset=(column, 0))
            assert title(running).startswith(f"{name}: " if name else "5 jobs")


async def test_counts_follow_the_jobs() -> None:
    """Those that are removed, and those that end."""
    async with run_app(jobs=JOBS) as running:
        await running.pilot.press("3", "x")
        await running.until(lambda: "3 Failed 1" in tabs(running))
        await running.pilot.press("u")
        await running.until(lambda: "3 Failed 2" in tabs(running))


async def test_a_view_of_unread_jobs_counts_those_that_were_seen() -> None:
    """As the cursor moves onto them; they stay in the table until the view is selected again."""
    unread = [replace(job, unread=True) for job in JOBS]
    async with run_app(jobs=unread, views=[View("Unread", "is:unread")]) as running:
        await running.pilot.press("6")
        order, before = row_ids(running), len(running.app.main.unseen.unread)
        await running.pilot.press("end")
        await running.until(lambda: len(running.app.main.unseen.unread) < before)
        left = len(running.app.main.unseen.unread)
        await running.until(lambda: f"6 Unread {left}" in tabs(running))
        assert row_ids(running) == order
        await running.pilot.press("escape", "escape")
        await running.until(lambda: "6 Unread 0" in tabs(running))


async def test_saved_views_follow_and_survive_a_restart(tmp_path: Path) -> None:
    """As does which view is current; a view of another process is kept."""
    file = tmp_path / "view.toml"
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        await running.pilot.press("slash", *"fox", "enter", "s", "c", "V")
        await running.until(lambda: isinstance(running.app.screen, SaveViewScreen))
        await running.pilot.press(*"Foxes [/b]", "enter")
        await running.until(lambda: "6 Foxes [/b] 1" in tabs(running))
        assert toasts(running)[-1] == "View: Saved as Foxes [/b], key 6"
        SavedViews(file, ()).put(View("Other"))
        await running.pilot.press("1", "6", "q")
    assert [view.name for view in load(file).views] == ["Foxes [/b]", "Other"]
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        assert title(running) == "Foxes [/b]: 1 of 5 jobs, highest cost first"
        assert not running.app.main.has_class("-filtering")
        assert "7 Other" in tabs(running)


async def test_a_view_is_saved_in_place_of_one_with_its_name_and_deleted(tmp_path: Path) -> None:
    """The name of the saved view that is changed is offered; deleting asks first."""
    file = tmp_path / "view.toml"
    save(file, Preferences(views=(View("Mine", "fox"), View("Failed", "wolf"))))
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        await running.pilot.press("6", "S", "V")
        await running.until(lambda: isinstance(running.app.screen, SaveViewScreen))
        await running.pilot.press("enter")
        assert load(file).views[0] == View("Mine", "fox", reverse=True)
        await running.pilot.press("3")
        assert row_ids(running) == ["wolf"]
        await command(running, "Delete view: Failed")
        assert isinstance(running.app.screen, ConfirmScreen)
        await running.pilot.press("y", "3")
        assert row_ids(running) == ["bear", "wolf"]
        assert [view.name for view in load(file).views] == ["Mine"]


async def test_the_dialog_says_which_view_a_name_replaces(tmp_path: Path) -> None:
    """While it is typed, in upper or lower case; enter replaces that view."""
    async with run_app(jobs=JOBS, preferences_file=tmp_path / "view.toml") as running:
        await running.pilot.press("slash", *"fox", "enter", "V", *"faile")
        await running.until(lambda: isinstance(running.app.screen, SaveViewScreen))
        line = running.app.screen.query_one("#replaces", Static)
        assert not line.display
        await running.pilot.press("d")
        assert line.display
        assert str(line.render()) == "replaces the view Failed (key 3)"
        await running.pilot.press("x")
        assert not line.display
        await running.pilot.press("backspace", "enter")
        await running.until(lambda: "3 failed 1" in tabs(running))
        await running.pilot.press("V")
        await running.until(lambda: isinstance(running.app.screen, SaveViewScreen))
        line = running.app.screen.query_one("#replaces", Static)
        assert str(line.render()) == "replaces the view failed (key 3)"


async def test_a_view_that_cannot_be_saved_is_reported(tmp_path: Path) -> None:
    """With the file and the reason."""
    file = tmp_path / "folder" / "view.toml"
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        file.parent.write_text("no folder", "utf-8")
        await running.pilot.press("V", *"Mine", "enter")
        await running.until(lambda: any("View not saved" in toast for toast in toasts(running)))
        assert "Mine" not in tabs(running)
        file.parent.unlink()


async def test_palette_has_a_command_for_each_view() -> None:
    """With its filter."""
    async with run_app(jobs=JOBS) as running:
        await command(running, "View: To download")
        assert row_ids(running) == ["fox", "owl"]


async def test_views_of_the_config_are_applied_when_it_changes() -> None:
    """Also to the current view; its jobs are counted again."""
    config = FakeConfig()
    mine = View("Mine", "status:failed wolf", key="2")
    async with run_app(jobs=JOBS, config=config, views=[mine]) as running:
        assert tabs(running).startswith("1 All  2 Mine 1  3 Live 0")
        await running.pilot.press("2")
        changes = Changes(("views.Mine",), parts=frozenset({Part.VIEWS}))
        after = View("Mine", "status:failed", "ended", reverse=True)
        config.next_reload = changed_settings(running, changes, views=[after])
        await running.until(lambda: "6 Mine 2" in tabs(running))
        assert row_ids(running) == ["wolf", "bear"]


async def test_a_saved_filter_of_another_version_is_reported_when_it_is_selected(
    tmp_path: Path,
) -> None:
    """It changes nothing, and stays saved."""
    file = tmp_path / "view.toml"
    save(file, Preferences(views=(View("Odd", "is:strange"),)))
    async with run_app(jobs=JOBS, preferences_file=file) as running:
        await running.pilot.press("6")
        assert "The filter of Odd is wrong. At 4: 'strange'" in toasts(running)[-1]
        assert len(row_ids(running)) == len(JOBS)
        await running.pilot.press("q")
    assert [view.name for view in load(file).views] == ["Odd"]
