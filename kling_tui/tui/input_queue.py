"""Delivers what the user does one event after the other, however fast it arrives.

Textual (8.2) forwards a key to the widget with the focus as soon as it is read. Its action runs
later, after the key has passed through the message queues of that widget and all around it, and
what the action changes comes later still: `textual.widget.Widget.focus` only posts a callback, and
`textual.app.App.push_screen` does not wait for the widgets of the screen. So of two keys in one
read of the terminal, the second would go to the widget that had the focus before the first.
"""

from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App

from kling_tui.tui.screens.modal import ModalBase

UserInput = events.InputEvent | events.Paste
"""A key, an event of the mouse, or a paste."""
_MAX_ROUNDS = 50
"""Rounds after which the next event is delivered although there always are messages: the jobs of a
busy account may change all the time."""
_QUIET_ROUNDS = 2
"""Rounds in a row without a message that mean that an event was handled. One is not enough: the
app may have taken a message from its queue already, to handle it next."""


class InputQueue:
    """Holds events of the user until those before were handled, with all that followed from them.

    An event was handled once no message waits for the app or a widget any more. To see whether
    that is so, the app and the screen each handle what they have been sent; that is one round.
    """

    def __init__(
        self, app: App[None], deliver: Callable[[events.Event], Awaitable[None]]
    ) -> None:
        """`deliver` passes an event on to the widget that it is for now."""
        self._app = app
        self._deliver = deliver
        self._waiting: deque[events.Event] = deque()
        self._rounds_left = 0
        """0 if the event that was delivered last was handled."""
        self._quiet_rounds = 0

    async def put(self, event: events.Event) -> None:
        """Deliver an event after all earlier ones."""
        self._waiting.append(event)
        await self.resume()

    def put_first(self, event: events.Event) -> None:
        """Deliver an event that follows from the one being handled, before all that wait."""
        self._waiting.appendleft(event)
        self._app.call_later(self.resume)

    async def resume(self) -> None:
        """Deliver the next event, unless the last one is being handled, or the screen opens."""
        while self._waiting and not self._rounds_left and self._accepts(self._waiting[0]):
            event = self._waiting.popleft()
            if not isinstance(event, events.MouseMove):  # which changes neither focus nor screen
                self._rounds_left, self._quiet_rounds = _MAX_ROUNDS, 0
            await self._deliver(event)
            if self._rounds_left:
                self._start_round()

    def _accepts(self, event: events.Event) -> bool:
        screen = self._app.screen
        return not isinstance(screen, ModalBase) or screen.accepts(event)

    def _start_round(self) -> None:
        """Go on once the screen, and then the app, have handled what they have been sent."""
        self._app.screen.call_later(self._app.call_later, self._end_round)

    async def _end_round(self) -> None:
        self._rounds_left -= 1
        self._quiet_rounds = 0 if self._has_messages else self._quiet_rounds + 1
        if self._rounds_left and self._quiet_rounds < _QUIET_ROUNDS:
            self._start_round()
        else:
            self._rounds_left = 0
            await self.resume()

    @property
    def _has_messages(self) -> bool:
        """Whether there is a message for the app or a widget of the screen, or a screen below."""
        app = self._app
        nodes = (app, *app.screen_stack, *app.screen.walk_children())
        return any(node.message_queue_size for node in nodes)
