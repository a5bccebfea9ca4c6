"""Runs a command in the test process, with separate environment, folder and streams."""

import gc
import io
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

from kling_tui.cli.main import main

_HANDLED_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP)


def run_in_process(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    stdin: bytes,
    timeout: float,
) -> CompletedProcess[str]:
    """Call `main` as a process with these variables, this folder and this input would.

    Its output goes to files, because commands poll the descriptor of standard output.
    Fails if the command leaves a signal handler behind, or takes more than `timeout` seconds.
    """
    with (
        io.TextIOWrapper(io.BytesIO(stdin), "utf-8") as standard_input,
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as output,
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as errors,
    ):
        with (
            process_environment(environment, folder),
            _streams(standard_input, output, errors),
            _gc_settings(),
            _signal_handlers(),
            _deadline(timeout),
        ):
            try:
                status = main(arguments)
            except SystemExit as error:  # raised by argparse for --help and bad usage
                status = error.code if isinstance(error.code, int) else 1
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read())
    return CompletedProcess(["kling-tui", *arguments], status, *texts)


@contextmanager
def process_environment(environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Give this process other variables and another working folder for a while."""
    before, previous = dict(os.environ), Path.cwd()
    _set_environment(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(previous)
        _set_environment(before)


def _set_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


@contextmanager
def _streams(*streams: io.TextIOBase) -> Iterator[None]:
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        for stream in streams[1:]:
            stream.flush()
        sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def _gc_settings() -> Iterator[None]:
    """Undo what a command sets for the rest of its process."""
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        if not frozen:
            gc.unfreeze()


@contextmanager
def _signal_handlers() -> Iterator[None]:
    before = [signal.getsignal(number) for number in _HANDLED_SIGNALS]
    yield
    assert [signal.getsignal(number) for number in _HANDLED_SIGNALS] == before


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Interrupt a command that hangs; Python allows that in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def fail(*_: object) -> None:
        raise AssertionError(f"the command did not end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
