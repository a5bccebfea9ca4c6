"""The app: opens the main screen, and saves before it quits."""

import os
import select
import signal
import sys
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
from textual.theme import BUILTIN_THEMES, ThemeProvider

from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.diff_output import DiffRenderingApp
from kling_tui.tui.keymap import bindings_by_id, keymap_errors
from kling_tui.tui.preferences import Preferences, load, save
from kling_tui.tui.screens.bindings import displayed_key
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.modal import InputEvent, ModalBase
from kling_tui.tui.screens.palette import Palette
from kling_tui.tui.widgets.job_table import JobTable

SAVE_TIMEOUT = 1.0
"""Seconds that saving may take after a signal to end."""
EXIT_TIMEOUT = 2.0
"""Seconds after which the process ends even if the terminal no longer reads."""


class NoColorFilter(LineFilter):
    """Removes all colour; Textual's own filter leaves greys."""

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
                tooltip="Suspend to shell"),
        Binding("ctrl+l", "redraw", "Redraw", id="redraw", show=False,
                tooltip="Redraw screen"),
        # With priority, because dialogs and input fields would not pass it on.
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
        self._ending = False
        self.unsaved: str | None = None
        """Why the last changes are not saved, if the user quit all the same."""
        self.next_command: tuple[str, ...] = ()
        """The command that the user wants to run after this one, as arguments; () for none."""
        self.set_keymap(dict(dependencies.keys))
        theme = dependencies.theme
        if self._preferences.theme and self._preferences.config_theme == theme:
            theme = self._preferences.theme
        if theme in self.available_themes:
            self.theme = theme

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen, with the remembered view."""
        return MainScreen(self._dependencies, self._desktop, self._preferences)

    @property
    def main(self) -> MainScreen:
        """The main screen, which stays at the bottom of the stack."""
        return cast(MainScreen, self.screen_stack[0])

    async def on_event(self, event: events.Event) -> None:
        """Queue keys and pastes for a dialog that is still opening, which they are meant for."""
        if isinstance(event, InputEvent) and self.screen_stack:
            screen = self.screen
            if isinstance(screen, ModalBase) and screen.opening:
                screen.queue_input(event)
                return
        await super().on_event(event)

    def on_mount(self) -> None:
        """Keep the terminal's title up to date, and react to suspending."""
        self.app_suspend_signal.subscribe(self, self._release_leadership, immediate=True)
        self.app_resume_signal.subscribe(self, self._repaint)
        self._desktop.push_title()
        self.watch(self, "sub_title", self._set_terminal_title)

    def on_app_focus(self) -> None:
        """Note that the terminal reports its focus."""
        self._desktop.focus_reported = True

    def on_app_blur(self) -> None:
        """Note that the terminal reports its focus."""
        self._desktop.focus_reported = True

    def install_signal_handlers(self) -> None:
        """Save and quit on SIGINT, SIGTERM and SIGHUP, and when the terminal is closed."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        on_hangup = partial(self._on_signal, signal.SIGHUP)
        threading.Thread(target=_await_hangup, args=[on_hangup], daemon=True).start()

    def _on_signal(self, number: int, _: object = None) -> None:
        """Save and quit; called from any thread.

        A timer ends the process, because the loop is blocked while the terminal does not read.
        """
        if self._loop is None:
            raise SystemExit(128 + number)
        if self._ending:
            return  # by an earlier signal, or because the terminal is gone
        self._ending = True
        _exit_after(EXIT_TIMEOUT, 128 + number)
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._save_and_exit, 128 + number)

    def terminal_lost(self) -> None:
        """Save and quit, as after SIGHUP. Called in any thread."""
        self._on_signal(signal.SIGHUP)

    def _release_leadership(self, _: App[object]) -> None:
        """Let another process poll while this one is suspended."""
        self.main.session.release_leadership()

    def _repaint(self, _: App[object]) -> None:
        """Redraw what the shell has overwritten."""
        self.main.unseen.look_again()
        self.action_redraw()

    def action_redraw(self) -> None:
        """Redraw the whole screen."""
        self.invalidate()
        self.screen.refresh(layout=True)
        for widget in self.screen.walk_children():
            widget.refresh()

    def _set_terminal_title(self, sub_title: str) -> None:
        self._desktop.set_title(f"{sub_title} · kling-tui")

    def exit(self, *args: Any, **kwargs: Any) -> None:
        """Restore the terminal's title, and exit."""
        self._desktop.restore_title()
        super().exit(*args, **kwargs)

    def copy_to_clipboard(self, text: str) -> None:
        """Send text to the terminal's clipboard, also through tmux and screen."""
        self._clipboard = text
        self.notify(self._desktop.copy(text), markup=False)

    async def action_quit(self) -> None:
        """Save and quit; if saving fails, warn first, and quit the next time."""
        await self.main.shut_down()
        if self.main.session.problem and not self.main.warned_unsaved:
            self.main.warned_unsaved = True
            key = displayed_key("quit", self._dependencies.keys)
            message = f"{self.main.session.problem}\nPress {key} again to quit without saving."
            self.notify(message, title="Not saved", severity="error", markup=False)
            return
        self.unsaved = self.main.session.problem
        self._save_preferences()
        self.exit()

    async def action_open_demo(self) -> None:
        """Quit, and open the demo."""
        self.next_command = ("demo",)
        await self.action_quit()

    def action_help_quit(self) -> None:
        """Quit on ctrl+c, unless text is selected, which it copies."""
        if self.screen.get_selected_text() or getattr(self.focused, "selected_text", ""):
            raise SkipAction
        self.call_later(self.action_quit)

    @work(exit_on_error=False, exclusive=True, group="exit")
    async def _save_and_exit(self, return_code: int) -> None:
        """Save and exit after a signal, without questions."""
        if self.screen_stack:
            shutting_down = create_task(self.main.shut_down())
            await wait([shutting_down], timeout=SAVE_TIMEOUT)  # another process may lock the file
            self._save_preferences()
        self.exit(return_code=return_code)

    def _save_preferences(self) -> None:
        config_theme = self._dependencies.theme
        theme = "" if self.theme == config_theme else self.theme
        job_list, cursor = self.main.job_list, self.main.table.cursor_id
        # Before all jobs are read, it is not known which batches exist.
        loaded, folding = self._dependencies.store.loaded, job_list.folding
        preferences = Preferences(
            theme,
            config_theme,
            *job_list.sort_order,
            filter=job_list.filter.query.text,
            cursor=cursor or "",
            folded=tuple(folding.existing if loaded else folding.names),
        )
        save(self._dependencies.preferences_file, preferences)

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Run the app; an exception in any thread ends it, with a traceback and status 1."""
        threading.excepthook = self._on_thread_exception
        try:
            super().run(*args, **kwargs)
        finally:
            threading.excepthook = threading.__excepthook__

    def _on_thread_exception(self, exception: threading.ExceptHookArgs) -> None:
        if self._loop is None or not isinstance(error := exception.exc_value, Exception):
            return
        _exit_after(EXIT_TIMEOUT, 1)  # it may be the thread that the terminal needs
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._handle_exception, error)

    def _fatal_error(self) -> None:
        """Show the traceback without local variables, one of which is the API key."""
        from rich.traceback import Traceback

        # That of a worker is wrapped, but is being handled; that of a thread no longer is.
        if error := sys.exc_info()[1] or self._exception:
            self.panic(Traceback.from_exception(type(error), error, error.__traceback__))

    def action_command_palette(self) -> None:
        """Open the palette.

        It has no id, as one that was closed may not be removed yet; `App.action_command_palette`
        of Textual (8.2) raises DuplicateIds then.
        """
        if not Palette.is_open(cast(App[object], self)):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Open the palette with the themes."""
        self.push_screen(Palette([ThemeProvider], placeholder="Search for themes…"))

    def action_help(self) -> None:
        """List all keys."""
        from kling_tui.tui.screens.help import HelpScreen

        keys = [
            (self._display_keys(binding_id, binding), binding.tooltip)
            for binding_id, binding in KNOWN_KEYS.items()
        ]
        self.push_screen(HelpScreen(keys))

    def action_show_log(self) -> None:
        """Show the end of this program's log."""
        from kling_tui.tui.screens.log import LogScreen

        self.push_screen(LogScreen(self._dependencies.log_file))

    def _display_keys(self, binding_id: str, binding: Binding) -> str:
        """Return the keys of a binding as they are bound now, for the user."""
        keys = self._dependencies.keys.get(binding_id, binding.key).split(",")
        return " ".join(self.get_key_display(binding.with_key(key.strip())) for key in keys)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield all available key bindings for the palette, each with its keys."""
        available = {
            active.binding.id: active
            for active in screen.active_bindings.values()
            if active.binding.id in KNOWN_KEYS and active.enabled and active.binding.description
        }
        for binding_id, active in available.items():
            binding = KNOWN_KEYS[binding_id]
            run = partial(self.run_action, active.binding.action, active.node)
            help_text = f"{self._display_keys(binding_id, binding)}  {binding.tooltip}"
            yield SystemCommand(active.binding.description, help_text, run)
        if self.main.first_run.needed:
            ask_for_key = self.main.first_run.ask
            yield SystemCommand("API key", "Enter the API key of the gateway", ask_for_key)
        yield SystemCommand("Theme", "Change theme", self.action_change_theme)


KNOWN_KEYS = bindings_by_id((JobTable.BINDINGS, MainScreen.BINDINGS, KlingApp.BINDINGS))
"""All bindings of the main screen by id, which is their name in the config's [keys]."""


def config_errors(keys: Mapping[str, str], theme: str) -> Iterator[str]:
    """Yield what is wrong with [keys] and ui.theme of the config."""
    yield from keymap_errors(keys, KNOWN_KEYS)
    if theme not in BUILTIN_THEMES:
        yield f"ui.theme is {theme!r}; expected one of {', '.join(sorted(BUILTIN_THEMES))}"


def _await_hangup(on_hangup: Callable[[], None]) -> None:
    """Wait until the terminal is closed: under nohup and some supervisors no signal reports it."""
    terminal = select.poll()
    terminal.register(0, 0)
    terminal.poll()
    if not os.isatty(0):
        on_hangup()


def _exit_after(seconds: float, return_code: int) -> None:
    """End the process after a time, even if writing to the terminal blocks for ever."""
    timer = threading.Timer(seconds, os._exit, [return_code])
    timer.daemon = True
    timer.start()
