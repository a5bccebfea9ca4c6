"""Exit statuses, error messages, and the boundary that turns exceptions into both."""

import errno
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

OK, JOB_FAILED, USAGE, TIMEOUT, UNAUTHORIZED = 0, 1, 2, 3, 4
INTERRUPTED = 130
_READER_IS_GONE = {errno.EPIPE, errno.EIO}
"""Errors of an output that ends early, such as a pipe to `head` or a closed terminal."""

_CANNOT_WRITE = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.ENOSPC}


class UsageError(Exception):
    """The user asked for something that cannot be done; the message says why."""


class OtherCommand(Exception):  # noqa: N818 - not an error
    """The user chose, while one command ran, to run another one next."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments)
        self.arguments = arguments


def print_error(message: str) -> None:
    """Print a message to standard error, each line sanitised; it may contain the user's input.

    The results before it are written first; raises OSError if they cannot be. A message that cannot
    be written is dropped: there is no other place for it.
    """
    from kling_tui.sanitize import sanitize_line

    sys.stdout.flush()
    lines = "\n".join(map(sanitize_line, message.split("\n")))
    with suppress(OSError):
        print(f"kling-tui: {lines}", file=sys.stderr)


def replace_missing_streams() -> None:
    """Open a stream for each that was closed at the start, as by ``>&-``.

    Otherwise the next file that is opened would get the descriptor of the closed stream, and
    `print` would drop results silently. Writing to the new standard output fails when it is
    flushed, as it does on a full disk.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = _text_stream(os.open(os.devnull, os.O_RDONLY))
    if sys.stderr is None:
        sys.stderr = _text_stream(os.open(os.devnull, os.O_WRONLY))


def _text_stream(descriptor: int) -> io.TextIOWrapper:
    return open(descriptor, "w", encoding="utf-8", closefd=False)


def run_to_end(run: Callable[[], int]) -> int:
    """Call `run`, flush the output, and return the exit status.

    This is the one place where a known error becomes a message and status 2: an error of the user,
    and an error of the operating system, such as a full disk or too many open files.
    """
    message = ""
    try:
        status = run()
    except SystemExit as end:  # argparse, after --help or bad usage
        status = end.code if isinstance(end.code, int) else OK
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = OK  # the reader of our output has read enough
    except _reported_errors() as error:
        status, message = USAGE, _describe(error)
    return _flush_output(status, message)


def _reported_errors() -> tuple[type[Exception], ...]:
    """Return the errors that may be reported; `_describe` decides which of them are.

    Python evaluates an `except` clause only after an exception, so --help imports no error class.
    """
    return OSError, ImportError, ExceptionGroup, *_user_errors()


def _user_errors() -> tuple[type[Exception], ...]:
    """Return the errors with a message for the user."""
    from kling_tui.config.errors import ConfigError
    from kling_tui.storage.store import StoreError

    return UsageError, ConfigError, StoreError


def _describe(error: Exception) -> str:
    """Return the message of an error of the user or the operating system; raises all others."""
    cause: BaseException | None = error
    while isinstance(cause, ExceptionGroup) and len(cause.exceptions) == 1:
        cause = cause.exceptions[0]
    if isinstance(cause, _user_errors()):
        return str(cause)
    if isinstance(cause, ImportError):
        cause = cause.__cause__ or cause.__context__
    if not isinstance(cause, OSError):
        raise error
    reason = cause.strerror or str(cause)
    if cause.errno in (errno.EMFILE, errno.ENFILE):
        return f"{reason}; allow more with ulimit -n"
    if cause.filename:
        return f"{os.fsdecode(cause.filename)}: {reason}"
    if cause.errno == errno.ENOENT:  # from os.getcwd()
        return "the working folder no longer exists; change to another one"
    return f"cannot write: {reason}" if cause.errno in _CANNOT_WRITE else reason


def _flush_output(status: int, message: str) -> int:
    """Flush both outputs, print `message` if there is one, and return the exit status.

    A failure to write changes message and status.
    """
    if error := _flush(sys.stdout):
        message, status = f"cannot write: {error.strerror}", status or USAGE
    if message:
        print_error(message)
    return status or USAGE if _flush(sys.stderr) else status


def _discard_output(stream: TextIO) -> None:
    """Drop what is written to a stream from now on, and what it could not write."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _flush(stream: TextIO) -> OSError | None:
    """Flush a stream; return why that failed, unless its reader is gone.

    Python would report the failure again at exit, so the stream is redirected.
    """
    try:
        stream.flush()
    except OSError as error:
        _discard_output(stream)
        return None if error.errno in _READER_IS_GONE else error
    return None
