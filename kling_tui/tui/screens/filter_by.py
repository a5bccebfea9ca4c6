"""The menu of filters."""

from collections.abc import Sequence
from typing import ClassVar

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

_MAX_NAME_WIDTH = 24
"""Cells of the names; longer ones push their description to the right."""


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
        self._groups = [group for group in (choices, batches) if group]
        self._filter = filter_text

    def compose(self) -> ComposeResult:
        """One line for each choice, with its key."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Filter by"
            options: list[Option | None] = []
            for group in self._groups:
                width = min(_MAX_NAME_WIDTH, max(len(choice.name) for choice in group))
                options += [None] if options else []
                options += [Option(self._line(choice, width), choice.term) for choice in group]
            yield FilterList(*options, id="filter-choices", classes="menu")
            yield KeyHints()

    def _line(self, choice: FilterChoice, width: int) -> Content:
        sign = "✓" if has_term(self._filter, choice.term) else " "
        return Content.assemble(
            (choice.key or " ", "$text-accent"),
            f" {sign} {choice.name:<{width}}",
            (f"  {choice.description}", "$foreground-muted"),
        )

    def on_key(self, event: events.Key) -> None:
        """Choose by a letter or a number."""
        for choice in (choice for group in self._groups for choice in group):
            if choice.key and event.character == choice.key:
                event.stop()
                self._choose(choice.term)

    @on(OptionList.OptionSelected)
    def on_choice_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose what was clicked, or enter."""
        self._choose(event.option_id or "")

    def _choose(self, term: str) -> None:
        self.dismiss(toggle_term(self._filter, term))
