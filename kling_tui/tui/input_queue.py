"""Delivers what the user does one event after the other, however fast it arrives.

Textual (8.2) forwards a key to the widget with the focus as soon as it is read. The action of the
key runs later, after the key has passed through the message queues of that widget and all around
it, and what the action changes comes later still: `textual.widget.Widget.focus` posts a callback,
and `textual.app.App.push_screen` does not wait for the widgets of the screen. Of two keys in one
read of the terminal, both would go to the widget that has the focus before the first.
"""

from asyncio import sleep
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App

from kling_tui.tui.screens.modal import ModalBase

UserInput = events.InputEvent | events.Paste
"""A key, an event of the mouse, or a paste."""
_TURNS = 4
"""Turns of the event loop in a round; in each, a message gets from one widget to the next."""
_MAX_ROUNDS = 50
"""Rounds for which the next event waits at most: a busy account always has messages."""


class InputQueue:
    """Holds events of the user until those before were handled, with all that follows from them.

    That is so once no message waits for the app or a widget any more. To find that out, the app and
    its widgets handle their messages in rounds.
    """

    def __init__(self, app: App[None], deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        """`deliver` passes an event on to the widget that it is for now."""
        self._app = app
        self._deliver = deliver
        self._waiting: deque[events.Event] = deque()
        self._rounds_left = 0
        """0 if the event that was delivered last was handled."""

    async def put(self, event: events.Event) -> None:
        """Deliver an event after all others."""
        self._waiting.append(event)
        await self.resume()

    def put_first(self, event: events.Event) -> None:
        """Deliver an event that follows from the one being handled, before all that wait."""
        self._waiting.appendleft(event)
        self._app.call_later(self.resume)

    async def resume(self) -> None:
        """Deliver what waits, until an event has to be handled or the screen does not accept it."""
        while self._waiting and not self._rounds_left and self._accepts(self._waiting[0]):
            event = self._waiting.popleft()
            if not isinstance(event, events.MouseMove):  # which moves no focus and opens no screen
                self._rounds_left = _MAX_ROUNDS
                self._app.call_later(self._do_round)
            await self._deliver(event)

    def _accepts(self, event: events.Event) -> bool:
        screen = next(reversed(self._app.screen_stack), None)
        return not isinstance(screen, ModalBase) or screen.accepts(event)

    async def _do_round(self) -> None:
        """Let the widgets handle their messages, and then the app; see whether all is handled."""
        for _ in range(_TURNS):
            await sleep(0)
        self._rounds_left = self._rounds_left - 1 if self._has_messages else 0
        if self._rounds_left:
            self._app.call_later(self._do_round)
        else:
            await self.resume()

    @property
    def _has_messages(self) -> bool:
        """Whether a message waits for the app, a widget of the screen, or a screen below it."""
        if getattr(self._app, "_pending_message", None):  # taken out of the queue, to be next
            return True
        screens = self._app.screen_stack
        widgets = (widget for screen in screens[-1:] for widget in screen.walk_children())
        return any(node.message_queue_size for node in (self._app, *screens, *widgets))
