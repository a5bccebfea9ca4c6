"""The command palette of Textual, which does not expect quick keys and clicks; and its contents."""

from contextlib import suppress
from functools import partial

from textual import events, on, work
from textual.await_complete import AwaitComplete
from textual.command import Command, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.css.query import NoMatches
from textual.system_commands import SystemCommandsProvider
from textual.widgets import Input, OptionList
from textual.worker import Worker

from kling_tui.tui.debounce import Debouncer
from kling_tui.tui.screens.modal import ModalBase

_PREVIEW_REST = 0.12
"""Seconds without a move after which a theme is shown; a held key repeats faster."""
_HELP_SCORE = 1e-3
"""The score of a command whose name does not match: below all that do."""


class Palette(CommandPalette, ModalBase[None]):
    """The palette; only text is handled before the commands that match it are listed."""

    _listed = False
    """Whether the list has the commands for the text."""

    def accepts(self, event: events.Event) -> bool:
        """Return whether an event can be handled now; see `ModalBase`.

        A key such as enter is for the list. It would run one of the commands for an earlier text.
        """
        is_text = isinstance(event, events.Paste) or (
            isinstance(event, events.Key) and event.is_printable
        )
        return super().accepts(event) and (self._listed or is_text)

    @on(Input.Changed)
    def on_text_changed(self) -> None:
        """Wait for the commands that match the text."""
        self._listed = False

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Handle all input once the commands were gathered and are laid out."""
        if event.worker.is_finished:
            self.call_after_refresh(self.accept_input)

    def accept_input(self) -> None:
        """Handle input; all of it if no more commands are being gathered."""
        self._listed = all(worker.is_finished for worker in self.workers if worker.node is self)
        super().accept_input()

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)  # noqa: SLF001
    async def _gather_commands(self, search_value: str) -> None:
        """List the commands, unless the palette was closed before this has begun.

        `textual.command.CommandPalette._gather_commands` (8.2) looks for its list then, and raises
        NoMatches.
        """
        gather = CommandPalette._gather_commands.__wrapped__  # type: ignore[attr-defined]  # noqa: SLF001
        with suppress(NoMatches):
            await gather(self, search_value)

    def _action_command_list(self, action: str) -> None:
        """Move in the list; ignored while the list has no size, as in a very small window.

        `textual.widgets._option_list.OptionList._move_page` (8.2) looks up the line of an option
        in `_index_to_line`, which is empty until the list was laid out, and raises KeyError.
        """
        with suppress(KeyError):
            super()._action_command_list(action)


class KeyCommands(SystemCommandsProvider):
    """The commands of the app in its own order; Textual's provider sorts them by name."""

    async def discover(self) -> Hits:
        """Yield all commands."""
        for command in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(command.title, command.callback, help=command.help)

    async def search(self, query: str) -> Hits:
        """Yield the commands whose names match, and then those whose help has the words typed."""
        matcher = self.matcher(query)
        for command in self.app.get_system_commands(self.screen):
            score = matcher.match(command.title)
            if score <= 0 and query.casefold() in command.help.casefold():
                score = _HELP_SCORE
            if score > 0:
                title = matcher.highlight(command.title)
                yield Hit(score, title, command.callback, help=command.help)


class Themes(Provider):
    """The names of all themes, that of the current one first."""

    @property
    def _names(self) -> list[str]:
        return sorted(self.app.available_themes, key=lambda name: (name != self.app.theme, name))

    async def discover(self) -> Hits:
        """Yield all themes."""
        for name in self._names:
            yield DiscoveryHit(name, partial(setattr, self.app, "theme", name))

    async def search(self, query: str) -> Hits:
        """Yield the themes whose names match."""
        matcher = self.matcher(query)
        for name in self._names:
            if (score := matcher.match(name)) > 0:
                command = partial(setattr, self.app, "theme", name)
                yield Hit(score, matcher.highlight(name), command, text=name)


class ThemePalette(Palette):
    """The palette of themes: shows the highlighted theme, and restores the former on escape."""

    def __init__(self) -> None:
        super().__init__([Themes], placeholder="Search for themes…")
        self._theme_before = self.app.theme
        self._highlighted = self._theme_before
        self._debouncer = Debouncer(self, self._preview, _PREVIEW_REST)

    @on(OptionList.OptionHighlighted)
    def on_theme_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the theme once the highlight rests."""
        if isinstance(event.option, Command):
            self._highlighted = str(event.option.hit.text)
            self._debouncer.trigger()

    def _preview(self) -> None:
        if self.is_current:
            self.app.theme = self._highlighted

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close; without a choice, in the former theme."""
        if self.is_current and self._selected_command is None:
            self.app.theme = self._theme_before
        return super().dismiss(result)
