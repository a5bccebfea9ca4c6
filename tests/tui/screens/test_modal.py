"""Input that arrives before a dialog is open, or after it was closed."""

import pytest
from textual import events
from textual.widgets import Input

from kling_tui.tui.screens.add import AddScreen
from kling_tui.tui.screens.help import HelpScreen, KeyGroup
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.palette import Palette
from tests.support.scenes import RunningApp, run_app

pytestmark = pytest.mark.slow

NAMES = {"\r": "enter", "\x1b": "escape"}


async def type_at_once(running: RunningApp, keys: str) -> None:
    """Press keys without waiting for what any of them does."""
    for key in keys:
        running.app.post_message(events.Key(NAMES.get(key, key), key))
    await running.pilot.pause()


@pytest.mark.parametrize(
    ("keys", "label"),
    [("ei\r", "i"), ("e very nice\r", " very nice"), ("ea\r\r", "a"), ("ex\x1b\x1b", "")],
)
async def test_keys_typed_at_once_go_into_the_dialog(keys: str, label: str) -> None:
    """The text goes into the dialog; keys that would close it twice close it once."""
    async with run_app() as running:
        await running.poll_all()
        job = running.app.main.selection.job
        assert job
        await type_at_once(running, keys.rstrip("\r\x1b"))
        await type_at_once(running, keys[len(keys.rstrip("\r\x1b")) :])
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        await running.until(lambda: running.store.jobs[job.id].label == job.label + label)


@pytest.mark.parametrize(
    "keys", ["i\x1b\x1b\x1b", "?\x1b\x1b", "n\r\x1b\x1b", "a\x1b\x1b", "?i\x1be\x1b"]
)
async def test_dialogs_opened_and_closed_at_once_leave_the_table(keys: str) -> None:
    """However fast dialogs are opened and closed, the main screen is left."""
    async with run_app() as running:
        await running.poll_all()
        for _ in range(3):
            await type_at_once(running, keys)
        await type_at_once(running, "\x1b")
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert len(running.app.screen_stack) == 1


PALETTE = ("ctrl+p", "pagedown", "pageup", "pagedown")


@pytest.mark.parametrize("size", [(80, 24), (20, 4), (5, 1)])
@pytest.mark.parametrize(
    "keys",
    [
        PALETTE,
        (*PALETTE, *"zzz", "pagedown", "backspace", "backspace", "backspace", "pagedown"),
        ("n", "pagedown", "pageup", "end", "pagedown"),
        ("a", "tab", "tab", "pagedown", "pageup", "home"),
    ],
    ids=["palette", "no command found", "notifications", "add"],
)
async def test_page_keys_that_arrive_before_a_list_is_drawn_are_no_error(
    keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    """In the palette and in all dialogs, also where the window has no room for the list."""
    async with run_app(size) as running:
        await running.poll_all()
        for key in keys:
            running.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await running.pilot.pause()
        await running.paste("CjPastedPastedPasted01\nCjPastedPastedPasted02")
        await running.pilot.press("pagedown", "pageup", "escape")
        assert running.app.is_running


async def test_keys_in_one_read_with_ctrl_p_reach_the_palette() -> None:
    """Its list and its input field; the table gets none of them."""
    async with run_app() as running:
        await running.poll_all()
        jobs = len(running.store.jobs)
        for key in ("ctrl+p", *"xquit", "pagedown"):
            running.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await running.until(lambda: isinstance(running.app.screen, Palette))
        await running.until(lambda: running.app.screen.query_one(Input).value == "xquit")
        assert len(running.store.jobs) == jobs


@pytest.mark.parametrize("keys", ["", "a"])
async def test_paste_onto_the_table_opens_the_add_dialog(keys: str) -> None:
    """Ids that are pasted onto the table, or before the dialog is open, are in the dialog."""
    async with run_app() as running:
        await running.poll_all()
        for key in keys:
            running.app.post_message(events.Key(key, key))
        await running.paste("CjPastedPastedPasted01\nCjPastedPastedPasted02")
        await running.until(lambda: isinstance(running.app.screen, AddScreen))
        await type_at_once(running, "\r")
        await running.until(lambda: "CjPastedPastedPasted02" in running.store.jobs)
        assert "CjPastedPastedPasted01" in running.store.jobs


async def test_keys_that_follow_a_paste_onto_the_table_reach_the_dialog() -> None:
    """Also those in the same read, none of which overtakes the paste."""
    async with run_app() as running:
        await running.poll_all()
        running.app.post_message(events.Paste("CjPastedPastedPasted01"))
        running.app.post_message(events.Key("enter", "\r"))
        await running.until(lambda: "CjPastedPastedPasted01" in running.store.jobs)
        assert isinstance(running.app.screen, MainScreen)


async def test_a_dialog_below_another_one_is_not_closed() -> None:
    """Textual would close the one on top in its place."""
    async with run_app() as running:
        await running.pilot.press("question_mark", "ctrl+p")
        await running.until(lambda: isinstance(running.app.screen, Palette))
        help_screen = running.app.screen_stack[1]
        assert isinstance(help_screen, HelpScreen)
        help_screen.dismiss()
        await running.pilot.pause()
        assert isinstance(running.app.screen, Palette)


@pytest.mark.parametrize(
    "late", [events.Key("a", "a"), events.Paste("CjLate")], ids=["key", "paste"]
)
async def test_input_after_the_quit_key_is_ignored(late: events.Event) -> None:
    """A dialog that it opened would have no widgets, as the app exits."""
    async with run_app() as running:
        await running.poll_all()
        running.app.post_message(events.Key("q", "q"))
        running.app.post_message(late)
        await running.pilot.pause()
    assert running.app.return_code == 0


async def test_a_click_on_a_widget_that_was_just_removed_is_ignored() -> None:
    """Such as a toast: until the next frame, Textual finds it under the mouse."""
    async with run_app() as running:
        await running.pilot.press("question_mark")
        await running.until(lambda: isinstance(running.app.screen, HelpScreen))
        removed = running.app.screen.query(KeyGroup).first()
        x, y = removed.region.offset
        with running.app.batch_update():  # no frame until the click
            await removed.remove()
            assert running.app.screen.get_widget_at(x, y)[0] is removed
            click = events.MouseDown(None, x, y, 0, 0, 1, False, False, False)  # noqa: FBT003
            await running.app.on_event(click)


@pytest.mark.parametrize(
    ("key", "own"),
    [("C", "Show the jobs of this bar"), ("T", "Show the last hour"), ("W", "Pause or play")],
)
async def test_the_help_of_a_screen_has_its_keys_only(key: str, own: str) -> None:
    """Other keys do nothing there."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press(key)
        await running.until(lambda: not isinstance(running.app.screen, MainScreen))
        await running.pilot.press("question_mark")
        await running.until(lambda: isinstance(running.app.screen, HelpScreen))
        await running.pilot.pause()
        groups = running.app.screen.query(KeyGroup)
        shown = " ".join(" ".join(str(group.render()) for group in groups).split())
        assert own in shown
        assert "Track jobs by their ids" not in shown
