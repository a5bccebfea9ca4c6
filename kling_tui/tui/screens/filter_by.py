"""The menu of filters."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from kling_tui.queries import has_term, toggle_term
from kling_tui.tui.filter_choices import FilterChoice
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.option_list import MenuList

_OTHER_WIDTH = 26
"""Cells of the window that are kept for what is beside the name of a batch: above all its cost."""
_MAX_NAME_WIDTH = 30
"""Cells of the names; longer ones are cut."""


class FilterList(MenuList):
    """A list whose Enter key is shown in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Filter", tooltip="Filter by this, or no longer"),
    ]


class FilterByScreen(Dialog[str]):
    """Asks for a term of the filter to add, or to remove; its result is the new filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="filter_by_cancel",
                tooltip="Keep the filter"),
    ]  # fmt: skip

    def __init__(
        self, choices: Sequence[FilterChoice], batches: Sequence[FilterChoice], filter_text: str
    ) -> None:
        """Offer terms and batches; `filter_text` is the filter in force."""
        super().__init__()
        self._choices = choices
        self._batches = batches
        self._filter = filter_text

    def compose(self) -> ComposeResult:
        """One line for each choice, with its key."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Filter by"
            room = min(_MAX_NAME_WIDTH, self.app.size.width - _OTHER_WIDTH)
            separator = [None] if self._batches else []
            yield FilterList(
                *self._options(self._choices, _MAX_NAME_WIDTH),
                *separator,
                *self._options(self._batches, room),
                id="filter-choices",
                classes="menu",
            )
            yield KeyHints()

    def _options(self, choices: Sequence[FilterChoice], max_width: int) -> Iterator[Option]:
        """Yield the lines of choices, whose names have at most `max_width` cells."""
        width = min(max_width, max((cell_len(choice.name) for choice in choices), default=0))
        for choice in choices:
            yield Option(self._line(choice, width), choice.term)

    def _line(self, choice: FilterChoice, width: int) -> Content:
        sign = "✓" if has_term(self._filter, choice.term) else " "
        return Content.assemble(
            (choice.key or " ", "$text-accent"),
            f" {sign} ",
            Content(choice.name).truncate(width, ellipsis=True, pad=True),
            (f"  {choice.description}", "$foreground-muted"),
        )

    def on_key(self, event: events.Key) -> None:
        """Choose by a letter or a number."""
        for choice in (*self._choices, *self._batches):
            if choice.key and event.character == choice.key:
                event.stop()
                self._choose(choice.term)

    @on(OptionList.OptionSelected)
    def on_choice_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose what was clicked, or enter."""
        self._choose(event.option_id or "")

    def _choose(self, term: str) -> None:
        self.dismiss(toggle_term(self._filter, term))
