"""How a command ends: its exit status, and words on what cannot be done."""

import argparse
import errno
import os
import sys
from collections.abc import Callable

from kling_tui.config.settings import ConfigError
from kling_tui.storage.store import StoreError

FINE, FAILED, BAD, LATE, REFUSED = 0, 1, 2, 3, 4
INTERRUPTED, TERMINATED = 130, 143


class UsageError(Exception):
    """What a person asked for cannot be done; the words say why."""


def complain(words: str) -> None:
    """Tell a person something beside the results."""
    print(f"kling-tui: {words}", file=sys.stderr)


def ended(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command to its end, and return its exit status."""
    try:
        status = run(options)
    except (UsageError, ConfigError, StoreError) as error:
        complain(str(error))
        status = BAD
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = FINE  # whoever read our output has seen enough
    return _written(status)


def _written(status: int) -> int:
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
                complain(f"cannot write: {error.strerror}")
                status = status or BAD
    return status
