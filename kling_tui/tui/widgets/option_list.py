"""Textual's list of options, without two faults of its cache."""

from contextlib import suppress
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class SafeOptionList(OptionList):
    """A list of options in which page keys are ignored while it has no size.

    `textual.widgets._option_list.OptionList._move_page` (8.2) looks up the line of an option in
    `_index_to_line`, which is empty until the list was laid out, and raises KeyError. Its rendered
    options are cached without regard to the colours of the theme that their texts name.
    """

    def notify_style_update(self) -> None:
        """Render the options again in the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._clear_caches()

    def action_page_up(self) -> None:
        """Move up by one page."""
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move down by one page."""
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]


class MenuList(SafeOptionList):
    """A list in which j and k move, as in the job table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
    ]

    def on_resize(self) -> None:
        """Keep the highlighted line in view, which it may not be when the list opens."""
        self.call_after_refresh(self.scroll_to_highlight)
