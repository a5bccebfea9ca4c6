"""The dialog in which a person chooses how ends are told."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from kling_tui.tui.notifier import Channel
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints


class NotificationScreen(Dialog[frozenset[Channel]]):
    """Asks by which ways to tell of ends; its result is those that are on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n,q", "take", "Back", id="ways_back", tooltip="Back to the table"),
        Binding("space,enter", "switch", "On or off", id="ways_toggle"),
    ]

    def __init__(self, channels: Mapping[Channel, str], on: Collection[Channel]) -> None:
        """`ways` are those that there are, in words."""
        super().__init__()
        self._channels = channels
        self._on = set(on)

    def compose(self) -> ComposeResult:
        """One line a way."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "When a job ends"
            dialog.border_subtitle = "until you leave; the config says so for good"
            yield OptionList(*(Option(self._line(way), way) for way in self._channels), id="ways")
            yield KeyHints()

    def _line(self, way: Channel) -> Content:
        # Told by a sign, where Textual's own boxes differ only by their colour.
        return Content(f"{'✓' if way in self._on else '·'} {self._channels[way]}")

    def action_switch(self) -> None:
        """Switch the way under the cursor."""
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        way = Channel(event.option_id or "")
        self._on ^= {way}
        event.option_list.replace_option_prompt(way, self._line(way))

    def action_take(self) -> None:
        """Take the ways as they are marked."""
        self.dismiss(frozenset(self._on))
