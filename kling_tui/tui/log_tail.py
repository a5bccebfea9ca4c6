"""The last lines of the program's log file."""

import os
import re
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import FileVersion, file_version
from kling_tui.storage.private_files import check_regular

MAX_BYTES = 64 * 1024
"""Bytes that are read from the end of the log."""
MAX_LINES = 500
_SEVERITIES = {"DEBUG": 0, "INFO": 0, "WARNING": 1, "ERROR": 2, "CRITICAL": 2}
_RECORD = re.compile(rf"\d{{4}}-\d\d-\d\d [\d:,]+ ({'|'.join(_SEVERITIES)}) ")
"""The start of a record, as `cli.commands.app` formats it."""


class LogLine(Struct, frozen=True):
    """A line of the log, sanitised."""

    text: str
    severity: int
    """2 for an error, 1 for a warning, else 0; that of the record that the line belongs to."""


class LogTail:
    """Reads the end of a log file, which may grow, be rotated, or not exist yet."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rotated = file.with_name(f"{file.name}.1")
        self._version: FileVersion = None

    def read_if_changed(self) -> list[LogLine] | None:
        """Return the last lines, or None if they are the same as before; raises OSError."""
        version = file_version(self._file)
        if version == self._version:
            return None
        self._version = version
        raw = _read_end(self._file, MAX_BYTES) if version else b""
        with suppress(OSError):  # most logs were never rotated
            raw = _read_end(self._rotated, MAX_BYTES - len(raw)) + raw
        return _parse(raw)


def _read_end(file: Path, limit: int) -> bytes:
    """Return at most `limit` bytes from the end of a file; raises OSError."""
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        check_regular(status)
        stream.seek(max(0, status.st_size - limit))
        return stream.read(limit)


def _parse(raw: bytes) -> list[LogLine]:
    texts = raw.decode("utf-8", "replace").rstrip("\n").split("\n")
    if len(raw) == MAX_BYTES:
        del texts[0]  # its start was not read
    lines: list[LogLine] = []
    severity = 0
    for text in filter(None, texts):
        if match := _RECORD.match(text):
            severity = _SEVERITIES[match[1]]
        lines.append(LogLine(sanitize_line(text), severity))
    return lines[-MAX_LINES:]
