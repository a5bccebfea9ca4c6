"""The command palette of Textual, which does not expect quick keys and clicks."""

from contextlib import suppress

from textual import work
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.worker import Worker

from kling_tui.tui.screens.modal import ModalBase


class Palette(CommandPalette, ModalBase[None]):
    """The palette; keys that arrive before its commands are listed wait for them."""

    READY_CLASS = "-ready"

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Handle input once the commands were gathered."""
        if event.worker.is_finished:
            self.open_after_refresh()

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
