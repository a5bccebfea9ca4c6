"""The app: opens the main screen, and saves before it quits."""

from asyncio import create_task, to_thread, wait
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, cast

from textual import events, work
from textual.actions import SkipAction, parse
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.dom import DOMNode
from textual.errors import NoWidget
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES

from kling_tui.tui import tmux
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.diff_output.image_layer import ImageLayer
from kling_tui.tui.exiting_app import ExitingApp
from kling_tui.tui.graphics.detection import Detection
from kling_tui.tui.input_queue import InputQueue, UserInput
from kling_tui.tui.keymap import bindings_by_id, keymap_errors
from kling_tui.tui.preferences import Preferences, load, save
from kling_tui.tui.screens.bindings import SCREENS, displayed_key
from kling_tui.tui.screens.key_lists import KeyLists
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.modal import ModalBase
from kling_tui.tui.widgets.job_table import JobTable

_OTHER_STYLES = str(Path(__file__).with_name("screens.tcss"))
SAVE_TIMEOUT = 1.0
"""Seconds that saving may take after a signal to end."""
ADVICE_TIMEOUT = 10.0
"""Seconds for which advice about the terminal is shown."""


def _key_commands() -> type[Provider]:
    from kling_tui.tui.screens.palette import KeyCommands

    return KeyCommands


class KlingApp(ExitingApp):
    """Watches AI video generation jobs."""

    TITLE = "kling-tui"
    CSS_PATH = "app.tcss"
    COMMANDS = {_key_commands}  # noqa: RUF012 - as in App
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
            _image_layer(dependencies),
            diff_output=dependencies.output == "lean",
            terminal_type=dependencies.terminal.type,
        )
        self._dependencies = dependencies
        self._desktop = Desktop(self, dependencies)
        self._input_queue = InputQueue(self, self._handle_now)
        self._preferences = load(dependencies.preferences_file)
        self.unsaved: str | None = None
        """Why the last changes are not saved, if the user quit all the same."""
        self.next_command: tuple[str, ...] = ()
        """The command that the user wants to run after this one, as arguments; () for none."""
        self._tmux_advice = self._preferences.tmux_advice
        self.set_keymap(dict(dependencies.keys))
        theme = dependencies.theme
        if self._preferences.theme and self._preferences.config_theme == theme:
            theme = self._preferences.theme
        if theme in self.available_themes:
            self.theme = theme

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen, with the remembered view."""
        return MainScreen(self._dependencies, self._desktop, self._preferences)

    def push_screen(self, *args: Any, **kwargs: Any) -> Any:
        """Open a screen; before the first, read the styles that the main screen does not need.

        Where a screen names a file of styles, Textual (8.2) reads those of the app again too.
        """
        if not self.stylesheet.has_source(_OTHER_STYLES):
            self.stylesheet.read(_OTHER_STYLES)
            self.stylesheet.parse()
        return super().push_screen(*args, **kwargs)

    @property
    def main(self) -> MainScreen:
        """The main screen, which stays at the bottom of the stack."""
        return cast(MainScreen, self.screen_stack[0])

    async def on_event(self, event: events.Event) -> None:
        """Handle an event; what the user does waits until all before it was handled."""
        if isinstance(event, UserInput) and not event.is_forwarded:
            if self.screen_stack:
                self.main.last_input_at = monotonic()
            await self._input_queue.put(event)
        else:
            await self._handle_now(event)

    async def _handle_now(self, event: events.Event) -> None:
        if not self._comes_too_late(event):
            await super().on_event(event)

    async def on_input_accepted(self, _: object = None) -> None:
        """Deliver what waited for a screen that was opening."""
        await self._input_queue.resume()

    def simulate_key(self, key: str) -> None:
        """Press a key that was clicked, before those that the user has pressed since."""
        self._input_queue.put_first(events.Key(key, None))

    def _comes_too_late(self, event: events.Event) -> bool:
        """Return whether an event must be ignored, as what it is about is gone.

        - What the user did after quitting: `textual.widget.Widget.mount_all` (8.2) mounts nothing
          once the app exits, so a dialog would open without its widgets.
        - The mouse on a widget that was removed since the last frame:
          `textual.screen.Screen._forward_event` (8.2) looks for its parent, which is None.
        """
        is_late = self._exit or not self.screen_stack
        if is_late and isinstance(event, UserInput | events.Callback):
            return True
        if isinstance(event, events.MouseDown | events.MouseMove) and self.screen_stack:
            with suppress(NoWidget):
                return not self.screen.get_widget_at(event.x, event.y)[0].is_attached
        return False

    def on_mount(self) -> None:
        """Keep the terminal's title up to date, and react to suspending."""
        self.app_suspend_signal.subscribe(self, self._release_leadership, immediate=True)
        self.app_resume_signal.subscribe(self, self._repaint)
        # A screen may be closed before it has opened.
        self.screen_change_signal.subscribe(self, self.on_input_accepted)
        self._desktop.push_title()
        if self._dependencies.terminal.multiplexer == "tmux":
            self.run_worker(self._advise_on_tmux())
        self.watch(self, "sub_title", self._set_terminal_title)

    async def _advise_on_tmux(self) -> None:
        """Point out settings of tmux that should be others, once."""
        dependencies = self._dependencies
        settings = await to_thread(tmux.read_settings, dependencies.environment)
        if settings is None:
            return
        problems = tmux.problems(settings, bell=dependencies.bell)
        advice = "\n".join(f"{problem.message}. {problem.advice}" for problem in problems)
        said_before, self._tmux_advice = self._tmux_advice, advice
        if advice and advice != said_before:
            self.notify(
                advice,
                title="tmux",
                severity="warning",
                timeout=ADVICE_TIMEOUT,
                markup=False,
            )

    def on_app_focus(self) -> None:
        """Note that the terminal reports its focus."""
        self._desktop.focus_reported = True

    def on_app_blur(self) -> None:
        """Note that the terminal reports its focus."""
        self._desktop.focus_reported = True

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

    async def run_action(
        self,
        action: Any,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action; where a key of the main screen can do nothing now, say why."""
        if await super().run_action(action, default_namespace, namespaces):
            return True
        unavailable = None
        if default_namespace in (self.main, self.main.table):
            unavailable = self.main.unavailable
        elif isinstance(default_namespace, ModalBase):
            unavailable = default_namespace.unavailable
        if unavailable and isinstance(action, str):
            _, _, parameters = parse(action)
            if parameters and (reason := unavailable.reason(str(parameters[0]))):
                self.notify(reason, markup=False)
                return True
        return False

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
    async def save_and_exit(self, return_code: int) -> None:
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
        file = self._dependencies.preferences_file
        # Before all jobs are read, it is not known which batches exist.
        loaded, folding = self._dependencies.store.loaded, job_list.folding
        preferences = Preferences(
            theme,
            config_theme,
            *job_list.sort_order,
            filter=job_list.filter.query.text,
            cursor=cursor or "",
            hidden_columns=self.main.refresher.hidden_columns,
            view=self.main.views.selected,
            views=load(file).views,  # another process may have saved more
            folded=tuple(folding.existing if loaded else folding.names),
            tmux_advice=self._tmux_advice,
        )
        save(file, preferences)

    def action_command_palette(self) -> None:
        """Open the palette.

        It has no id, as one that was closed may not be removed yet; `App.action_command_palette`
        of Textual (8.2) raises DuplicateIds then.
        """
        from kling_tui.tui.screens.palette import Palette

        if not Palette.is_open(cast(App[object], self)):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """Open the palette with the themes."""
        from kling_tui.tui.screens.palette import ThemePalette

        self.push_screen(ThemePalette())

    def action_help(self) -> None:
        """List the keys of the screen; on the main screen, those of the whole app."""
        from kling_tui.tui.screens.help import HelpScreen

        lists = self._key_lists
        on_main = self.screen is self.main
        self.push_screen(HelpScreen(lists.of_app() if on_main else lists.of_screen(self.screen)))

    def action_show_log(self) -> None:
        """Show the end of this program's log."""
        from kling_tui.tui.screens.log import LogScreen

        self.push_screen(LogScreen(self._dependencies.log_file))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the commands for the palette: first what people look for there, and has no key.

        After them, all available key bindings, each with its keys; those of the app are the last.
        """
        if self.main.first_run.needed:
            ask_for_key = self.main.first_run.ask
            yield SystemCommand("API key", "Enter the API key of the gateway", ask_for_key)
        yield SystemCommand("Theme", "Change the colours, with a preview", self.action_change_theme)
        key_commands = list(self._key_lists.commands(screen))
        yield from (command for group, command in key_commands if group == SCREENS)
        if screen is self.main:
            yield from self.main.view_selection.commands()
            yield from self.main.view_actions.commands()
        yield from (command for group, command in key_commands if group != SCREENS)

    @property
    def _key_lists(self) -> KeyLists:
        return KeyLists(self, KNOWN_KEYS, self._dependencies.keys)


def _image_layer(dependencies: AppDependencies) -> ImageLayer:
    """Return the layer of images, which is used where videos can be read, and are in colour."""
    off = dependencies.open_clip is None or dependencies.environment.get("NO_COLOR")
    setting = "blocks" if off else dependencies.images
    detection = Detection(setting, dependencies.terminal)
    return ImageLayer(detection, lambda: dependencies.bytes_per_second)


KNOWN_KEYS = bindings_by_id((JobTable.BINDINGS, MainScreen.BINDINGS, KlingApp.BINDINGS))
"""All bindings of the main screen by id, which is their name in the config's [keys]."""


def config_errors(keys: Mapping[str, str], theme: str) -> Iterator[str]:
    """Yield what is wrong with [keys] and ui.theme of the config."""
    yield from keymap_errors(keys, KNOWN_KEYS)
    if theme not in BUILTIN_THEMES:
        yield f"ui.theme is {theme!r}; expected one of {', '.join(sorted(BUILTIN_THEMES))}"
