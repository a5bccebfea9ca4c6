"""The command palette of Textual, which does not expect keys before its list is shown."""

from contextlib import suppress

from textual.command import CommandPalette
from textual.worker import Worker

from kling_tui.tui.screens.modal import ModalBase


class Palette(CommandPalette, ModalBase[None]):
    """The palette; keys that arrive before its commands are listed wait for them."""

    READY_CLASS = "-ready"

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Handle input once the commands were gathered."""
        if event.worker.is_finished:
            self.open_after_refresh()

    def _action_command_list(self, action: str) -> None:
        """Move in the list; ignored while the list has no size, as in a very small window.

        `textual.widgets._option_list.OptionList._move_page` (8.2) looks up the line of an option
        in `_index_to_line`, which is empty until the list was laid out, and raises KeyError.
        """
        with suppress(KeyError):
            super()._action_command_list(action)
