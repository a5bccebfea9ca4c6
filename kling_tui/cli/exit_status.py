"""Exit statuses of commands, and messages about what failed."""

import argparse
import errno
import os
import sys
from collections.abc import Callable

from kling_tui.config.errors import ConfigError
from kling_tui.storage.store import StoreError

OK, JOB_FAILED, USAGE, TIMEOUT, UNAUTHORIZED = 0, 1, 2, 3, 4
INTERRUPTED = 130


class UsageError(Exception):
    """The user asked for something that cannot be done; the message says why."""


def print_error(message: str) -> None:
    """Print a message to standard error."""
    print(f"kling-tui: {message}", file=sys.stderr)


def run_command(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command to its end, and return its exit status."""
    try:
        status = run(options)
    except (UsageError, ConfigError, StoreError) as error:
        print_error(str(error))
        status = USAGE
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = OK  # the reader of our output, such as `head`, has read enough
    return _flush_output(status)


def _flush_output(status: int) -> int:
    """Flush both outputs, and return the exit status, which a failure to write changes.

    A closed pipe is no failure. Python would report it at exit, so the stream is redirected.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if error.errno not in (errno.EPIPE, errno.EIO):
                print_error(f"cannot write: {error.strerror}")
                status = status or USAGE
    return status
