"""Ends a command without a screen on a signal, after it has saved."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EXIT_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ExitSignals:
    """Notes an exit signal; a second one ends the process at once."""

    def __init__(self, on_exit: Callable[[], None], before_stop: Callable[[], None]) -> None:
        """`on_exit` is called after a signal, and `before_stop` before the process is suspended."""
        self.status: int | None = None
        """The exit status after a signal."""
        self._on_exit = on_exit
        self._before_stop = before_stop

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle signals until the end of the block; an ignored one, as by nohup, stays ignored."""
        loop = asyncio.get_running_loop()

        def handle_exit(number: int, _: object) -> None:
            # The loop could not do this while it waits for the reader of the output.
            signal.signal(number, signal.SIG_DFL)
            loop.call_soon_threadsafe(self._note_exit, number)

        if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGTSTP, self._handle_suspend)
        before = {number: signal.getsignal(number) for number in _EXIT_SIGNALS}
        handled = [number for number in before if before[number] is not signal.SIG_IGN]
        for number in handled:
            signal.signal(number, handle_exit)
        try:
            yield
        finally:
            for number in handled:
                signal.signal(number, before[number])

    def _note_exit(self, number: int) -> None:
        self.status = 128 + number
        self._on_exit()

    def _handle_suspend(self) -> None:
        self._before_stop()
        os.kill(os.getpid(), signal.SIGSTOP)
