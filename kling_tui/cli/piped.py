"""Reads what is piped in: job ids, and replies that hold them."""

import sys
from collections.abc import Iterable

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


def expand_ids(arguments: Iterable[str]) -> list[str]:
    """Return ids, with those on standard input in place of ``-``.

    Raises UsageError if ``-`` stands for none: a command that is given no ids means all jobs, and a
    step before it in a pipe that failed must not make it mean that.
    """
    ids: list[str] = []
    for argument in arguments:
        ids += _piped_ids() if argument == STANDARD_INPUT else [argument]
    return ids


def _piped_ids() -> list[str]:
    found = find_ids(read_text(), BUILT_IN, _ANY_KIND)
    for each in found:
        if each.problem:
            raise UsageError(f"on standard input: {each.id!r}: {each.problem}")
    if not found:
        raise UsageError("no ids on standard input")
    return [each.id for each in found]
