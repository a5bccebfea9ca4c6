"""How a command ends: its exit status, and words on what cannot be done."""

import argparse
import errno
import os
import sys
from collections.abc import Callable

from kling_tui.config.settings import ConfigError
from kling_tui.storage.store import StoreError

OK, JOB_FAILED, USAGE, TIMEOUT, UNAUTHORIZED = 0, 1, 2, 3, 4
INTERRUPTED, TERMINATED = 130, 143


class UsageError(Exception):
    """What a person asked for cannot be done; the words say why."""


def print_error(message: str) -> None:
    """Tell a person something beside the results."""
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
        status = OK  # whoever read our output has seen enough
    return _flush_output(status)


def _flush_output(status: int) -> int:
    """Write what is still held back, and return the status, which a failure of that changes.

    A reader that has gone is no failure, and Python is kept from complaining of it at its exit.
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
