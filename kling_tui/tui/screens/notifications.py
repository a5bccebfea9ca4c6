"""The dialog with the notification settings."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from kling_tui.tui.desktop import Desktop
from kling_tui.tui.notifier import Channel
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.option_list import SafeOptionList

_SCOPE = "For this session only; [notify] in the config is permanent"


def channel_labels(desktop: Desktop, *, command: bool) -> dict[Channel, str]:
    """Return what to call each channel; `command` if the config has a notify.command."""
    labels = {Channel.BELL: "bell", Channel.TOAST: "in-app toast"}
    note = "" if desktop.supports_notifications else " (not supported by this terminal)"
    labels[Channel.DESKTOP] = f"desktop notification{note}"
    if command:
        labels[Channel.COMMAND] = "notify.command of the config"
    return labels


class NotificationScreen(Dialog[frozenset[Channel]]):
    """Asks through which channels to notify when a job ends; its result is the enabled ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,n,q", "apply", "Back", id="notifications_back", tooltip="Back to the table"
        ),
        Binding("space,enter", "switch", "On or off", id="notifications_toggle"),
    ]

    def __init__(self, labels: Mapping[Channel, str], enabled: Collection[Channel]) -> None:
        """`labels` are the available channels and what to call them."""
        super().__init__()
        self._labels = labels
        self._enabled = set(enabled)

    def compose(self) -> ComposeResult:
        """One line for each channel."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "When a job ends"
            options = (Option(self._line(channel), channel) for channel in self._labels)
            yield SafeOptionList(*options, id="channels")
            yield Static(Content(_SCOPE), id="hint")
            yield KeyHints()

    def _line(self, channel: Channel) -> Content:
        # A sign, because Textual's own check boxes differ by their colour only.
        sign = "✓" if channel in self._enabled else "·"
        return Content(f"{sign} {self._labels[channel]}")

    def action_switch(self) -> None:
        """Switch the channel under the cursor on or off."""
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def on_channel_selected(self, event: OptionList.OptionSelected) -> None:
        """Switch the channel on or off."""
        channel = Channel(event.option_id or "")
        self._enabled ^= {channel}
        event.option_list.replace_option_prompt(channel, self._line(channel))

    def action_apply(self) -> None:
        """Close, with the channels as they are marked."""
        self.dismiss(frozenset(self._enabled))
