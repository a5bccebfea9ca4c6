"""What all screens over the table have in common: they close once, and lose nothing typed."""

from typing import TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

Result = TypeVar("Result")
InputEvent = events.Key | events.Paste


class ModalBase(Screen[Result]):
    """A screen over the table.

    A person who types fast, or over a slow line, is ahead of the screen: what comes before it is
    open is handled then, and what comes after it has closed does not close it again.
    """

    opening = True
    """Whether nothing is there yet that keys could act on."""
    _queued: tuple[InputEvent, ...] = ()

    def queue_input(self, event: InputEvent) -> None:
        """Keep what was typed or pasted until it is open."""
        self._queued = (*self._queued, copy_event(event))

    def on_screen_resume(self) -> None:
        """Be open once the focus is where it belongs."""
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        self.opening = False
        early, self._queued = self._queued, ()
        for event in early:
            self.app.post_message(event)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close, but only once, and only this screen."""
        return super().dismiss(result) if self.is_current else AwaitComplete()


class Dialog(ModalScreen[Result], ModalBase[Result]):
    """A box over the table, which stays to be seen around it."""


def copy_event(event: InputEvent) -> InputEvent:
    """Return what was typed or pasted as if it had come only now, for whatever has the focus."""
    if isinstance(event, events.Paste):
        return events.Paste(event.text)
    return events.Key(event.key, event.character)
