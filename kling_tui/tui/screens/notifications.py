"""The dialog with the notification settings."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from kling_tui.tui.desktop import Desktop
from kling_tui.tui.notifier import Channel
from kling_tui.tui.screens.check_list import CheckListScreen


def channel_labels(desktop: Desktop, *, command: bool, push: bool) -> dict[Channel, str]:
    """Return what to call each channel.

    `command` and `push` are whether the config has a notify.command and a notify.push.
    """
    labels = {Channel.BELL: "bell", Channel.TOAST: "in-app toast"}
    note = "" if desktop.supports_notifications else " (not supported by this terminal)"
    labels[Channel.DESKTOP] = f"desktop notification{note}"
    if command:
        labels[Channel.COMMAND] = "notify.command of the config"
    if push:
        labels[Channel.PUSH] = "push message (notify.push of the config)"
    return labels


class NotificationScreen(CheckListScreen[Channel]):
    """Asks through which channels to notify when a job ends; its result is the enabled ones."""

    HEADING = "When a job ends"
    HINT = "For this session only; [notify] in the config is permanent"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "apply", "Back", show=False)]
