"""Reads what is piped in: job ids, and replies that hold them."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kling_tui.cli.exit_status import UsageError
from kling_tui.gateways import BUILT_IN
from kling_tui.gateways.job_ids import decode_input, find_ids
from kling_tui.gateways.pasted_text import MAX_TEXT_LENGTH

STANDARD_INPUT = "-"
"""The argument that stands for the ids on standard input."""
_ANY_KIND = "any"


def read_text() -> str:
    """Return the text on standard input, somewhat more than MAX_TEXT_LENGTH at most."""
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    return decode_input(sys.stdin.buffer.read(4 * MAX_TEXT_LENGTH + 4))


def expand_ids(arguments: Sequence[str]) -> list[str]:
    """Return ids, with those on standard input in place of ``-``.

    Raises UsageError if ``-`` or xargs gave none: without ids a command means all jobs, and a step
    before it in a pipe that failed must not make it mean that.
    """
    ids: list[str] = []
    for argument in arguments:
        ids += _piped_ids() if argument == STANDARD_INPUT else [argument]
    if arguments and not ids:
        raise UsageError("no ids on standard input")
    if not ids and _started_by_xargs():
        raise UsageError("no ids from xargs; to take all jobs, run the command without xargs")
    return ids


def _piped_ids() -> list[str]:
    found = find_ids(read_text(), BUILT_IN, _ANY_KIND)
    for each in found:
        if each.problem:
            raise UsageError(f"on standard input: {each.id!r}: {each.problem}")
    return [each.id for each in found]


def _started_by_xargs() -> bool:
    """Return whether xargs runs this program; False where that is not known, as on macOS.

    GNU xargs runs a command once even if there is no input. That of BSD and macOS does not.
    """
    try:
        return Path(f"/proc/{os.getppid()}/comm").read_text("utf-8").strip() == "xargs"
    except (OSError, ValueError):
        return False
