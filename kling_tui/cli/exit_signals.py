"""Ends a command without a screen on a signal, after it has saved."""

import asyncio
import os
import signal
from collections.abc import Callable

_EXIT_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ExitSignals:
    """Notes an exit signal; a second one ends the process at once."""

    def __init__(self, on_exit: Callable[[], None], before_stop: Callable[[], None]) -> None:
        """`on_exit` is called after a signal, and `before_stop` before the process is suspended."""
        self.status: int | None = None
        """The exit status after a signal."""
        self._on_exit = on_exit
        self._before_stop = before_stop

    def install(self) -> None:
        """Handle signals from now on; an ignored one, as by nohup, stays ignored."""
        loop = asyncio.get_running_loop()
        for number in _EXIT_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._handle_exit, number)
        if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGTSTP, self._handle_suspend)

    def _handle_exit(self, number: int) -> None:
        self.status = 128 + number
        self._on_exit()
        asyncio.get_running_loop().remove_signal_handler(number)

    def _handle_suspend(self) -> None:
        self._before_stop()
        os.kill(os.getpid(), signal.SIGSTOP)
