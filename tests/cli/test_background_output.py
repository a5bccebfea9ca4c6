"""Output that never waits for its reader."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kling_tui.cli.background_output import LIMIT, BackgroundFile
from tests.support.waiting import TIMEOUT

_PIPE = 4096
"""Bytes that the unread pipe can hold."""


@contextmanager
def unread_pipe(notify: Callable[[str], None]) -> Iterator[tuple[BackgroundFile, int]]:
    """Yield what writes into a pipe, and the descriptor to read it."""
    read, write = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETPIPE_SZ, _PIPE)
    with os.fdopen(write, "w") as pipe:
        yield BackgroundFile(pipe, notify), read


def read_until(last: bytes, descriptor: int) -> list[bytes]:
    """Return the entries that are read until the last one, one a line."""
    data = b""
    while not data.endswith(last + b"\n"):
        data += os.read(descriptor, 1 << 16)
    return data.split(b"\n")[:-1]


def test_what_a_slow_reader_missed_comes_in_order() -> None:
    """Nothing is dropped that fits."""
    messages: list[str] = []
    entries = [b"%06d" % number for number in range(2 * _PIPE // 7)]
    with unread_pipe(messages.append) as (file, descriptor):
        for entry in entries:
            file.put(entry + b"\n")
        assert file.behind
        assert read_until(entries[-1], descriptor) == entries
    assert messages == []


def test_the_oldest_is_dropped_beyond_the_limit_and_counted() -> None:
    """Memory is bounded, and the newest is what matters."""
    messages: list[str] = []
    entries = [b"%06d" % number + bytes(993) for number in range(2 * LIMIT // 1000)]
    with unread_pipe(messages.append) as (file, descriptor):
        for entry in entries:
            file.put(entry + b"\n")
        received = read_until(entries[-1], descriptor)
    assert len(received) * 1000 <= LIMIT + _PIPE + 2000
    assert received == sorted(received)
    counts = [message.partition(" changes were not printed: ")[0] for message in messages]
    assert sum(map(int, counts)) == len(entries) - len(received) > 0


def test_a_failure_is_told_once_and_later_writes_do_nothing() -> None:
    """The reader has closed the pipe."""
    messages: list[str] = []
    with unread_pipe(messages.append) as (file, descriptor):
        os.close(descriptor)
        for _ in range(3):
            file.put(b"changed\n")
        file.finish(TIMEOUT)
        assert not file.behind
    assert messages == ["changes are no longer printed: Broken pipe"]


@pytest.mark.parametrize("pieces", [(b"fox", b"\n"), (b"fox\n",)])
def test_an_entry_is_what_was_written_until_a_flush(pieces: tuple[bytes, ...]) -> None:
    """So that no line is dropped in part."""
    with unread_pipe(print) as (file, descriptor):
        for piece in pieces:
            file.write(piece)
        assert not file.behind
        file.flush()
        file.finish(TIMEOUT)
        assert os.read(descriptor, 99) == b"fox\n"
