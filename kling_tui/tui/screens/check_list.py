"""The base of dialogs in which the user switches choices on and off."""

from collections.abc import Collection, Mapping
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.option_list import SafeOptionList

Choice = TypeVar("Choice", bound=str)


class CheckListScreen(Dialog[frozenset[Choice]], Generic[Choice]):
    """Asks which choices are on; its result is those."""

    HEADING: ClassVar[str]
    HINT: ClassVar[str]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "apply", "Back", tooltip="Back to the table"),
        Binding("space,enter", "switch", "On or off"),
    ]

    def __init__(self, labels: Mapping[Choice, str], enabled: Collection[Choice]) -> None:
        """Offer the choices of `labels`, which has what to call them."""
        super().__init__()
        self._labels = labels
        self._enabled = set(enabled)

    def compose(self) -> ComposeResult:
        """One line for each choice."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self.HEADING
            options = (Option(self._line(choice), choice) for choice in self._labels)
            yield SafeOptionList(*options, id="choices")
            yield Static(Content(self.HINT), id="hint")
            yield KeyHints()

    def _line(self, choice: Choice) -> Content:
        # A sign, because Textual's own check boxes differ by their colour only.
        sign = "✓" if choice in self._enabled else "·"
        return Content(f"{sign} {self._labels[choice]}")

    def action_switch(self) -> None:
        """Switch the choice under the cursor on or off."""
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def on_choice_selected(self, event: OptionList.OptionSelected) -> None:
        """Switch the choice on or off."""
        choice = next(each for each in self._labels if each == event.option_id)
        self._enabled ^= {choice}
        event.option_list.replace_option_prompt(choice, self._line(choice))

    def action_apply(self) -> None:
        """Close, with the choices as they are marked."""
        self.dismiss(frozenset(self._enabled))
