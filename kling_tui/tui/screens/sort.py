"""The menu of sort orders."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.sorting import SortOrder
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.option_list import MenuList


class OrderList(MenuList):
    """A list whose Enter key is shown in the last line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Sort", tooltip="Sort by this order"),
    ]


class SortScreen(Dialog[tuple[str, bool]]):
    """Asks for a sort order; its result is the order's id and whether it is reversed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right,space", "turn", "Direction", id="sort_direction",
                key_display="← →", tooltip="The other direction"),
        Binding("escape,q", "dismiss(None)", "Cancel", id="sort_cancel",
                tooltip="Keep the order"),
    ]  # fmt: skip

    def __init__(self, orders: Sequence[SortOrder], current: tuple[str, bool]) -> None:
        """Offer `orders`; `current` is the id of one, and whether it is reversed."""
        super().__init__()
        self._orders = {order.id: order for order in orders}
        self._current, reverse = current
        self._reversed = {self._current} if reverse else set()
        self._turned = False

    def compose(self) -> ComposeResult:
        """One line for each order, with its letter and direction."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Sort by"
            options = (Option(self._line(sort_id), sort_id) for sort_id in self._orders)
            yield OrderList(*options, id="orders", classes="menu")
            yield KeyHints()

    def on_mount(self) -> None:
        """Highlight the current order."""
        if self._current in self._orders:
            self._options.highlighted = list(self._orders).index(self._current)

    @property
    def _options(self) -> OptionList:
        return self.query_one(OptionList)

    def _line(self, sort_id: str) -> Content:
        order, is_reversed = self._orders[sort_id], sort_id in self._reversed
        sign = "✓" if sort_id == self._current else " "
        direction = f"{'↑' if is_reversed else '↓'} {order.directions[is_reversed]}"
        return Content.assemble(
            (order.letter, "$text-accent"), f" {sign} {order.name:<9}{direction}"
        )

    def action_turn(self) -> None:
        """Turn the direction of the highlighted order."""
        sort_id = list(self._orders)[self._options.highlighted or 0]
        self._reversed ^= {sort_id}
        self._turned = self._turned or sort_id == self._current
        self._options.replace_option_prompt(sort_id, self._line(sort_id))

    def on_key(self, event: events.Key) -> None:
        """Sort by the order of a letter, or of a number: its line."""
        orders = list(self._orders.values())
        for number, order in enumerate(orders, 1):
            if event.character in (order.letter, str(number)):
                event.stop()
                self._choose(order.id)

    @on(OptionList.OptionSelected)
    def on_order_selected(self, event: OptionList.OptionSelected) -> None:
        """Sort by the order that was clicked, or that enter chose."""
        self._choose(event.option_id or "")

    def _choose(self, sort_id: str) -> None:
        """Close with an order; the current one is reversed, unless its direction was turned."""
        if sort_id == self._current and not self._turned:
            self._reversed ^= {sort_id}
        self.dismiss((sort_id, sort_id in self._reversed))
