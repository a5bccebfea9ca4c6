"""The base class of the app that ends it: on a signal, a closed terminal, or an exception."""

import os
import select
import signal
import sys
import threading
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from kling_tui.tui.diff_output.image_layer import ImageLayer
from kling_tui.tui.readable_app import ReadableApp

EXIT_TIMEOUT = 2.0
"""Seconds after which the process ends even if the terminal no longer reads."""


class ExitingApp(ReadableApp):
    """An app that ends whatever happens, and saves before it does if it can."""

    def __init__(self, images: ImageLayer, *, diff_output: bool, terminal_type: str) -> None:
        """See `ReadableApp`."""
        super().__init__(images, diff_output=diff_output, terminal_type=terminal_type)
        self._ending = False

    @abstractmethod
    def save_and_exit(self, return_code: int) -> object:
        """Save and exit after a signal, without questions."""

    def install_signal_handlers(self) -> None:
        """Save and quit on SIGINT, SIGTERM and SIGHUP, and when the terminal is closed."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        on_hangup = partial(self._on_signal, signal.SIGHUP)
        threading.Thread(target=_await_hangup, args=[on_hangup], daemon=True).start()

    def _on_signal(self, number: int, _: object = None) -> None:
        """Save and quit; called from any thread.

        A timer ends the process, because the loop is blocked while the terminal does not read.
        """
        if self._loop is None:
            raise SystemExit(128 + number)
        if self._ending:
            return  # by an earlier signal, or because the terminal is gone
        self._ending = True
        _exit_after(EXIT_TIMEOUT, 128 + number)
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self.save_and_exit, 128 + number)

    def terminal_lost(self) -> None:
        """Save and quit, as after SIGHUP. Called in any thread."""
        self._on_signal(signal.SIGHUP)

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Run the app; an exception in any thread ends it, with a traceback and status 1."""
        threading.excepthook = self._on_thread_exception
        try:
            super().run(*args, **kwargs)
        finally:
            threading.excepthook = threading.__excepthook__

    def _on_thread_exception(self, exception: threading.ExceptHookArgs) -> None:
        if self._loop is None or not isinstance(error := exception.exc_value, Exception):
            return
        _exit_after(EXIT_TIMEOUT, 1)  # it may be the thread that the terminal needs
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._handle_exception, error)

    def _fatal_error(self) -> None:
        """Show the traceback without local variables, one of which is the API key."""
        from rich.traceback import Traceback

        # Textual wraps the error of a worker, but the original is being handled here. Where none is
        # being handled, it is the error of a thread.
        if error := sys.exc_info()[1] or self._exception:
            self.panic(Traceback.from_exception(type(error), error, error.__traceback__))


def _await_hangup(on_hangup: Callable[[], None]) -> None:
    """Wait until the terminal is closed: under nohup and some supervisors no signal reports it."""
    terminal = select.poll()
    terminal.register(0, 0)
    terminal.poll()
    if not os.isatty(0):
        on_hangup()


def _exit_after(seconds: float, return_code: int) -> None:
    """End the process after a time, even if writing to the terminal blocks for ever."""
    timer = threading.Timer(seconds, os._exit, [return_code])
    timer.daemon = True
    timer.start()
