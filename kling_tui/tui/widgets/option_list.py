"""Textual's list of options, without its crash before it was laid out."""

from contextlib import suppress

from textual.widgets import OptionList


class SafeOptionList(OptionList):
    """A list of options in which page keys are ignored while it has no size.

    `textual.widgets._option_list.OptionList._move_page` (8.2) looks up the line of an option in
    `_index_to_line`, which is empty until the list was laid out, and raises KeyError.
    """

    def action_page_up(self) -> None:
        """Move up by one page."""
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move down by one page."""
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]
