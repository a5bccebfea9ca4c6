"""The dialog in which a person chooses how ends are told."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

from kling_tui.ui.announcer import Way
from kling_tui.ui.widgets.key_hints import KeyHints


class WaysScreen(ModalScreen[frozenset[Way]]):
    """Asks by which ways to tell of ends; its result is those that are on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n,q", "take", "Back", id="ways_back", tooltip="Back to the table"),
    ]

    def __init__(self, ways: Mapping[Way, str], on: Collection[Way]) -> None:
        """`ways` are those that there are, in words."""
        super().__init__()
        self._ways = ways
        self._on = on

    def compose(self) -> ComposeResult:
        """One line a way."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "When a job ends"
            dialog.border_subtitle = "until you leave; the config says so for good"
            yield SelectionList[Way](
                *(Selection(Content(words), way, way in self._on)
                  for way, words in self._ways.items()),
                compact=True,
            )  # fmt: skip
            yield KeyHints()

    def action_take(self) -> None:
        """Take the ways as they are marked."""
        self.dismiss(frozenset(self.query_one(SelectionList).selected))
