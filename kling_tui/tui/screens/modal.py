"""The base of all screens over the main screen: they close only once, and lose no input."""

from typing import TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from kling_tui.tui.screens.unavailable import UnavailableReasons

Result = TypeVar("Result")


class InputAccepted(Message):
    """A screen handles input that it did not handle before."""


class ModalBase(Screen[Result]):
    """A screen over the main screen.

    The user may type faster than screens open and close: input that arrives before this screen is
    open waits for it, and input that arrives after it was closed does not close it again.
    """

    unavailable: UnavailableReasons | None = None
    """Says why a key of this screen can do nothing now, where it shares keys of the main screen."""
    _opening = True
    """Whether the widgets that handle input are not mounted and laid out yet."""

    def accepts(self, event: events.Event) -> bool:  # noqa: ARG002 - for screens that accept some
        """Return whether a key, a paste or the mouse can be handled now, or has to wait.

        Once it has to wait no longer, the screen posts `InputAccepted`.
        """
        return not self._opening

    def on_screen_resume(self) -> None:
        """Handle input once the focus is set and the widgets have their sizes."""
        self.call_after_refresh(self.accept_input)

    def accept_input(self) -> None:
        """Handle input, also that which has waited."""
        self._opening = False
        self.post_message(InputAccepted())

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
