"""The base of all screens over the main screen: they close only once, and lose no input."""

from typing import TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from kling_tui.tui.screens.unavailable import UnavailableReasons

Result = TypeVar("Result")
InputEvent = events.Key | events.Paste


class ModalBase(Screen[Result]):
    """A screen over the main screen.

    The user may type faster than screens open and close: input that arrives before this screen is
    open is queued, and input that arrives after it was closed does not close it again.
    """

    READY_CLASS = ""
    """The CSS class that this screen has once its widgets handle input; "" if it needs none."""
    unavailable: UnavailableReasons | None = None
    """Says why a key of this screen can do nothing now, where it shares keys of the main screen."""
    opening = True
    """Whether the widgets that handle input are not mounted yet."""
    _queued: tuple[InputEvent, ...] = ()

    def queue_input(self, event: InputEvent) -> None:
        """Keep a key or a paste until this screen is open."""
        self._queued = (*self._queued, copy_event(event))

    def on_screen_resume(self) -> None:
        """Handle input once the focus is set."""
        self.open_after_refresh()

    def open_after_refresh(self) -> None:
        """Handle input after the next refresh, if this screen is ready for it."""
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        if self.READY_CLASS and not self.has_class(self.READY_CLASS):
            return
        self.opening = False
        queued, self._queued = self._queued, ()
        for event in queued:
            self.app.post_message(event)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close this screen, if it is on top: Textual closes the one that is."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(ModalScreen[Result], ModalBase[Result]):
    """A box over the main screen, which stays visible around it."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012 - as in Screen
    _focused_below: Widget | None = None
    """What had the focus when another dialog was opened over this one."""

    def on_screen_suspend(self) -> None:
        """Hide the box, of which parts would be seen around that of another dialog."""
        self._focused_below = self.focused
        self.query("#dialog").set(visible=False)

    def on_screen_resume(self) -> None:
        """Show the box again."""
        self.query("#dialog").set(visible=True)
        if self._focused_below is not None:
            self.set_focus(self._focused_below)
            self._focused_below = None


def copy_event(event: InputEvent) -> InputEvent:
    """Return an unhandled copy of a key or a paste, to post it again."""
    if isinstance(event, events.Paste):
        return events.Paste(event.text)
    return events.Key(event.key, event.character)
