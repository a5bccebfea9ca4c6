"""Keys, pastes and clicks that arrive faster than they are handled, as over a slow line."""

from asyncio import sleep, timeout
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from kling_tui.tui.input_queue import InputQueue, UserInput
from kling_tui.tui.screens.help import HelpScreen
from kling_tui.tui.screens.label import LabelScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.terminal_input import TerminalInput
from kling_tui.tui.widgets.job_table import JobTable
from kling_tui.tui.widgets.key_hints import KeyHints
from tests.support.scenes import DEMO_IDS, RunningApp, run_app
from tests.support.waiting import TIMEOUT

pytestmark = pytest.mark.slow

ESCAPE = "\x1b[27u"
"""Escape as a sequence that is never taken as the start of another one."""
CTRL_P, UP, DOWN = "\x10", "\x1b[A", "\x1b[B"
TYPED_ID = "CjTypedTypedTypedTyped"


def filter_text(running: RunningApp) -> str:
    """Return what is typed into the filter of the main screen."""
    return running.app.main.query_one("#filter", Input).value


def table_with_cursor_on_top(running: RunningApp) -> JobTable:
    """Move the cursor to the first row, and return the table."""
    table = running.app.main.table
    table.move_to_job(table.rows.job_ids[0])
    return table


def click(x: int, y: int) -> str:
    """Return what a terminal sends for a click on a cell."""
    return f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m"


async def until_x_is_typed_into_the_filter(running: RunningApp) -> None:
    """Wait until the last two keys, / and x, have not removed a job but filter the jobs."""
    jobs = len(running.store.jobs)
    await running.until(lambda: filter_text(running) == "x" or len(running.store.jobs) < jobs)
    assert len(running.store.jobs) == jobs
    assert isinstance(running.app.screen, MainScreen)


@pytest.mark.parametrize("text", ["eel", "x", "xxx", "q", "s x", "is:live"])
async def test_what_is_typed_after_the_filter_key_is_text(text: str) -> None:
    """None of its letters acts on the table."""
    async with run_app() as running:
        await running.poll_all()
        jobs = set(running.store.jobs)
        running.type_ahead(f"/{text}")
        await running.until(lambda: filter_text(running) == text)
        assert isinstance(running.app.screen, MainScreen)
        assert set(running.store.jobs) == jobs


@pytest.mark.parametrize(
    ("leaving", "left"),
    [("\r", "s"), (ESCAPE, ""), (ESCAPE * 2, "")],
    ids=["enter", "escape", "escape twice"],
)
async def test_keys_after_the_filter_was_left_are_for_the_table(leaving: str, left: str) -> None:
    """They move the cursor, and are not typed into the filter."""
    async with run_app() as running:
        await running.poll_all()
        table = table_with_cursor_on_top(running)
        running.type_ahead(f"/s{leaving}gjj")
        await running.until(lambda: table.cursor_id == table.rows.job_ids[2])
        assert running.app.focused is table
        assert filter_text(running) == left


async def test_a_key_after_the_filter_acts_on_the_jobs_that_it_finds() -> None:
    """Not on the one that was under the cursor before."""
    async with run_app() as running:
        await running.poll_all()
        jobs = set(running.store.jobs)
        running.type_ahead("/morning silk\rx")
        await running.until(lambda: len(running.store.jobs) < len(jobs))
        assert jobs - set(running.store.jobs) == {DEMO_IDS["morning silk"]}


@pytest.mark.parametrize("key", ["a", "e", "s", "c", "f", "n", "i", "L", "?", "V", "C", "T", "W"])
async def test_a_screen_can_be_opened_and_left_in_one_read(key: str) -> None:
    """What follows is for the main screen, and letters are text again in its filter."""
    async with run_app() as running:
        await running.poll_all()
        running.type_ahead(f"{key}{ESCAPE}/x")
        await until_x_is_typed_into_the_filter(running)


@pytest.mark.parametrize(
    "reads",
    [[f"a{TYPED_ID[:4]}", f"{TYPED_ID[4:]}\r/x"], [f"a\x1b[200~{TYPED_ID}\x1b[201~\r/x"]],
    ids=["keys", "paste"],
)
async def test_keys_around_the_add_dialog_are_not_for_the_table(reads: list[str]) -> None:
    """Neither the id, typed or pasted, nor enter."""
    async with run_app() as running:
        await running.poll_all()
        for read in reads:
            running.type_ahead(read)
        await running.until(lambda: TYPED_ID in running.store.jobs)
        await until_x_is_typed_into_the_filter(running)


async def test_keys_after_a_dialog_wait_until_its_answer_is_applied() -> None:
    """The new label is found by a filter that is typed ahead."""
    async with run_app() as running:
        await running.poll_all()
        running.type_ahead("e unmistakable\r/unmistakable\r")
        await running.until(lambda: filter_text(running) == "unmistakable")
        await running.until(lambda: running.app.focused is running.app.main.table)
        assert len(running.app.main.table.rows.job_ids) == 1


@pytest.mark.parametrize("keys", ["sort by cost\r", f"sort by cost{DOWN}{UP}\r"])
async def test_enter_in_the_palette_runs_the_command_that_was_typed(keys: str) -> None:
    """Not one of those that were listed before; keys after it are for the main screen."""
    async with run_app() as running:
        await running.poll_all()
        running.type_ahead(f"{CTRL_P}{keys}/x")
        await until_x_is_typed_into_the_filter(running)
        assert running.app.main.job_list.sort_order[0] == "cost"


async def test_escape_in_the_palette_does_not_wait_for_ever_where_nothing_is_found() -> None:
    """Gathering the commands ends without one."""
    async with run_app() as running:
        await running.poll_all()
        running.type_ahead(f"{CTRL_P}zzzz\r{ESCAPE}/x")
        await until_x_is_typed_into_the_filter(running)


async def test_keys_after_opening_a_result_without_a_desktop_are_for_the_dialog() -> None:
    """Escape closes the dialog with the link, and leaves the marks of the table."""
    async with run_app(opener=()) as running:
        await running.poll_all()
        await running.advance(40)
        await running.move_cursor_to("morning silk")
        running.type_ahead(f"mo{ESCAPE}?")
        await running.until(lambda: isinstance(running.app.screen, HelpScreen))
        assert len(running.app.screen_stack) == 2
        assert running.app.main.selection.marks


async def test_a_paste_keeps_its_place_among_keys() -> None:
    """Also if the key before it opens the field that it is for."""
    async with run_app() as running:
        await running.poll_all()
        running.type_ahead("/\x1b[200~a b\x1b[201~cd\x1b[200~e\x1b[201~")
        await running.until(lambda: filter_text(running) == "a bcde")


async def test_a_click_keeps_its_place_among_keys() -> None:
    """The letter before a click on a row is typed, and that after it moves on from the row."""
    async with run_app() as running:
        await running.poll_all()
        table = table_with_cursor_on_top(running)
        x, y = table.region.offset
        running.type_ahead(f"/s{click(x + 20, y + 4)}j")
        await running.until(lambda: table.cursor_id == table.rows.job_ids[3])
        assert filter_text(running) == "s"


async def test_what_is_typed_after_a_click_on_a_key_hint_follows_that_key() -> None:
    """The key that the click presses is handled before those that arrived with the click."""
    async with run_app() as running:
        await running.poll_all()
        hints = running.app.main.query_one(KeyHints)
        x, y = hints.content_region.offset
        x += str(hints.render()).index("Filter")
        running.type_ahead(f"{click(x, y)}x")
        await until_x_is_typed_into_the_filter(running)


async def test_no_key_is_lost_or_handled_twice() -> None:
    """However many arrive at once."""
    text = "the quick brown fox jumps over the lazy dog " * 3
    async with run_app() as running:
        await running.poll_all()
        running.type_ahead(f"/{text}{ESCAPE * 2}/{text}")
        await running.until(lambda: filter_text(running) == text)
        assert isinstance(running.app.screen, MainScreen)


async def test_a_key_waits_no_longer_for_a_screen_that_was_closed_before_it_was_open() -> None:
    """It is for the screen below."""
    async with run_app() as running:
        await running.poll_all()
        table = table_with_cursor_on_top(running)

        def close(screen: Screen[object]) -> None:
            if isinstance(screen, LabelScreen):
                screen.dismiss()

        running.app.screen_change_signal.subscribe(running.app, close, immediate=True)
        running.type_ahead("ej")
        await running.until(lambda: table.cursor_id == table.rows.job_ids[1])


async def test_a_key_does_not_wait_for_a_focus_that_never_comes() -> None:
    """It is for the widget that still has the focus."""
    async with run_app() as running:
        await running.poll_all()
        table = table_with_cursor_on_top(running)
        running.app.main.query_one("#filter", Input).disabled = True
        running.type_ahead("/j")
        await running.until(lambda: table.cursor_id == table.rows.job_ids[1])


class FieldApp(App[None]):
    """An app with an input field, which a key focuses by a chain of callbacks."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "open", "Open")]

    def __init__(self) -> None:
        super().__init__()
        self._queue = InputQueue(self, super().on_event)

    def compose(self) -> ComposeResult:
        """Show the field."""
        yield Input()

    async def on_event(self, event: events.Event) -> None:
        """Handle an event, as the real app does."""
        if isinstance(event, UserInput) and not event.is_forwarded:
            await self._queue.put(event)
        else:
            await super().on_event(event)

    async def action_open(self) -> None:
        """Focus the field after a callback of the screen, one of the app, and another."""
        self.screen.call_later(self.call_later, self.query_one(Input).focus)
        for _ in range(3):
            await sleep(0)


async def test_a_key_waits_for_all_that_follows_from_the_one_before() -> None:
    """Also for a message that the app takes out of its queue while it looks for messages."""
    app = FieldApp()
    async with app.run_test() as pilot:
        for message in TerminalInput().feed(b"/abc"):
            app.post_message(message)
        async with timeout(TIMEOUT):
            while app.query_one(Input).value != "abc":
                await pilot.pause()


async def test_keys_are_handled_although_there_are_always_messages() -> None:
    """As on an account whose jobs change all the time."""
    async with run_app() as running:
        await running.poll_all()
        main, table = running.app.main, table_with_cursor_on_top(running)

        def send_message() -> None:
            if table.cursor_id != table.rows.job_ids[2]:
                main.call_later(table.call_later, send_message)

        send_message()
        running.type_ahead("jj")
        await running.until(lambda: table.cursor_id == table.rows.job_ids[2])


@pytest.mark.parametrize("keys", ["xx", "e\rx", "qx"])
async def test_keys_that_wait_are_dropped_when_the_app_ends(keys: str) -> None:
    """They would act on jobs after the user has left."""
    async with run_app() as running:
        await running.poll_all()
        jobs = set(running.store.jobs)
        running.type_ahead(keys)
        running.app.exit()
    assert set(running.store.jobs) == jobs
