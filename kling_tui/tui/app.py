"""The app: opens the main screen, and leaves in good order."""

import os
import select
import signal
import threading
from asyncio import create_task, wait
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, cast

from rich.segment import Segment
from textual import events, work
from textual.actions import SkipAction
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES

from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.diff_output import DiffRenderingApp
from kling_tui.tui.keymap import bindings_by_id, keymap_errors
from kling_tui.tui.preferences import Preferences, load, save
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.modal import InputEvent, ModalBase
from kling_tui.tui.widgets.job_table import JobTable

SAVE_TIMEOUT = 1.0
"""Seconds that saving may take where the program was told to end."""
EXIT_TIMEOUT = 2.0
"""Seconds after which the process ends even if the terminal no longer reads."""


class NoColorFilter(LineFilter):
    """Takes all colour away where Textual's own filter leaves greys."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments with bold, underlined and reversed text only."""
        return [
            Segment(text, style and style.without_color, control)
            for text, style, control in segments
        ]


class KlingApp(DiffRenderingApp):
    """Watches AI video generation jobs."""

    TITLE = "kling-tui"
    CSS_PATH = "app.tcss"
    NOTIFICATION_TIMEOUT = 3.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", "Suspend", id="suspend", show=False,
                tooltip="Back to the shell for a while"),
        Binding("ctrl+l", "redraw", "Redraw", id="redraw", show=False,
                tooltip="Draw the whole screen anew"),
        # Before dialogs and fields see it, which would not let it through.
        Binding("ctrl+c", "help_quit", "Quit", show=False, system=True, priority=True),
    ]  # fmt: skip

    def __init__(self, dependencies: AppDependencies) -> None:
        super().__init__(
            diff_output=dependencies.output == "lean", terminal_type=dependencies.terminal.type
        )
        if self.no_color:
            self._filters[:] = [NoColorFilter()]
        self._dependencies = dependencies
        self._desktop = Desktop(self, dependencies)
        self._preferences = load(dependencies.preferences_file)
        self._leaving = False
        self.unsaved: str | None = None
        """Why the last changes were left unsaved, by the wish of the person."""
        self.set_keymap(dict(dependencies.keys))
        chosen = (
            self._preferences.theme if self._preferences.config_theme == dependencies.theme else ""
        )
        if (chosen or dependencies.theme) in self.available_themes:
            self.theme = chosen or dependencies.theme

    def get_default_screen(self) -> Screen[None]:
        """Return the screen that stays open."""
        order, backwards = self._preferences.sort_order, self._preferences.reverse
        return MainScreen(self._dependencies, self._desktop, order, backwards=backwards)

    @property
    def main(self) -> MainScreen:
        """The screen at the bottom of the stack."""
        return cast(MainScreen, self.screen_stack[0])

    async def on_event(self, event: events.Event) -> None:
        """Keep keys for a screen that is about to open, and which they are meant for."""
        if isinstance(event, InputEvent) and self.screen_stack:
            screen = self.screen
            if isinstance(screen, ModalBase) and screen.opening:
                screen.queue_input(event)
                return
        await super().on_event(event)

    def on_mount(self) -> None:
        """Keep the terminal's title up to date."""
        self.app_suspend_signal.subscribe(self, self._release_leadership, immediate=True)
        self.app_resume_signal.subscribe(self, self._repaint)
        self._desktop.push_title()
        self.watch(self, "sub_title", self._set_terminal_title)

    def on_app_focus(self) -> None:
        """Know that the terminal tells of its focus."""
        self._desktop.focus_reported = True

    def on_app_blur(self) -> None:
        """Know that the terminal tells of its focus."""
        self._desktop.focus_reported = True

    def install_signal_handlers(self) -> None:
        """Leave in good order when told to, also by a terminal that closes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        gone = partial(self._on_signal, signal.SIGHUP)
        threading.Thread(target=_await_hangup, args=[gone], daemon=True).start()

    def _on_signal(self, number: int, _: object = None) -> None:
        """Begin to leave, from any thread: the loop stands still while a terminal does not read."""
        if self._loop is None:
            raise SystemExit(128 + number)
        _end_after(EXIT_TIMEOUT, 128 + number)
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._leave, 128 + number)

    def _release_leadership(self, _: App[object]) -> None:
        """Let another program ask for as long as this one stands still."""
        self.main.session.release_leadership()

    def _repaint(self, _: App[object]) -> None:
        """Draw what the shell has written over while the app was suspended."""
        self.action_redraw()

    def action_redraw(self) -> None:
        """Draw the whole screen anew."""
        self.invalidate()
        self.screen.refresh(layout=True)
        for widget in self.screen.walk_children():
            widget.refresh()

    def _set_terminal_title(self, words: str) -> None:
        """Say in the terminal's title how the jobs are."""
        self._desktop.set_title(f"{words} · kling-tui")

    def exit(self, *args: Any, **kwargs: Any) -> None:
        """Leave, with the terminal's title as it was."""
        self._desktop.restore_title()
        super().exit(*args, **kwargs)

    def copy_to_clipboard(self, text: str) -> None:
        """Send text to the terminal's clipboard, also through tmux and screen."""
        self._clipboard = text
        self.notify(self._desktop.copy(text), markup=False)

    async def action_quit(self) -> None:
        """Save and leave; where saving fails, say so first."""
        await self.main.leave()
        if self.main.session.problem and not self._leaving:
            self._leaving = True
            words = f"{self.main.session.problem}\nPress q again to leave all the same."
            self.notify(words, title="Not saved", severity="error", markup=False)
            return
        self.unsaved = self.main.session.problem
        self._save_preferences()
        self.exit()

    def action_help_quit(self) -> None:
        """Leave on ctrl+c too, as every other program does; where text is selected, copy it."""
        if self.screen.get_selected_text() or getattr(self.focused, "selected_text", ""):
            raise SkipAction
        self.call_later(self.action_quit)

    @work(exit_on_error=False, exclusive=True, group="leave")
    async def _leave(self, return_code: int) -> None:
        """Save and leave at once, though nobody may be there to read the screen."""
        if self.screen_stack:
            leaving = create_task(self.main.leave())
            await wait([leaving], timeout=SAVE_TIMEOUT)  # another process may hold the file
            self._save_preferences()
        self.exit(return_code=return_code)

    def _save_preferences(self) -> None:
        order, backwards = self.main.current_sort
        chosen = self.theme != self._dependencies.theme
        theme = self.theme if chosen else ""
        save(
            self._dependencies.preferences_file,
            Preferences(theme, self._dependencies.theme, order, backwards),
        )

    def _fatal_error(self) -> None:
        """Show where the program went wrong, without its variables: the key is one of them."""
        from rich.traceback import Traceback

        self.panic(Traceback(width=None))

    def action_help(self) -> None:
        """List all keys."""
        from kling_tui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self._keys()))

    def _keys(self) -> Iterator[tuple[str, str]]:
        for binding_id, binding in KNOWN_KEYS.items():
            yield self._keys_of(binding_id, binding), binding.tooltip

    def _keys_of(self, binding_id: str, binding: Binding) -> str:
        keys = self._dependencies.keys.get(binding_id, binding.key).split(",")
        return " ".join(self.get_key_display(binding.with_key(key.strip())) for key in keys)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer in the palette all that has a key, and tell the key."""
        offered = {
            active.binding.id: active
            for active in screen.active_bindings.values()
            if active.binding.id in KNOWN_KEYS and active.enabled and active.binding.description
        }
        for binding_id, active in offered.items():
            binding = KNOWN_KEYS[binding_id or ""]
            run = partial(self.run_action, active.binding.action, active.node)
            words = f"{self._keys_of(binding_id or '', binding)}  {binding.tooltip}"
            yield SystemCommand(active.binding.description, words, run)
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)


KNOWN_KEYS = bindings_by_id((JobTable.BINDINGS, MainScreen.BINDINGS, KlingApp.BINDINGS))
"""All keys of the main screen by id, which is what the config's [keys] names them by."""


def config_errors(keys: Mapping[str, str], theme: str) -> Iterator[str]:
    """Yield, in words that name the setting, what the app cannot take of its settings."""
    yield from keymap_errors(keys, KNOWN_KEYS)
    if theme not in BUILTIN_THEMES:
        yield f"ui.theme is {theme!r}; expected one of {', '.join(sorted(BUILTIN_THEMES))}"


def _await_hangup(gone: Callable[[], None]) -> None:
    """Call `gone` once the terminal is: with nohup and some supervisors, no signal tells so."""
    terminal = select.poll()
    terminal.register(0, 0)
    terminal.poll()
    if not os.isatty(0):
        gone()


def _end_after(seconds: float, return_code: int) -> None:
    """End the process even if a terminal that no longer reads would keep it for ever."""
    timer = threading.Timer(seconds, os._exit, [return_code])
    timer.daemon = True
    timer.start()
