"""A file that is written aside, hidden in the folder that it is meant for, until it is whole.

Beside it, where the server tells one version of a file from another, stands a note on which
version it is the beginning of: so the rest can be fetched after a cut, or by another process.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from kling_tui.downloads import exclusive, sniff
from kling_tui.downloads.base import DownloadError
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import sync_folder

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MOST_NOTES = 20_000


@dataclass(frozen=True, slots=True)
class Validator:
    """What tells a file from all others that its server may have there at other times."""

    url_without_query: str
    """The link without its query, which each fresh link has another of."""
    value: str
    """A strong entity tag, or else the time of the last change, as the server wrote it."""
    total: int


class PartialFile:
    """The beginning of a file, held against other processes while it is open."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name` is one that no other file's part has. Raises DownloadError on entering."""
        self.folder = folder
        self.size = 0
        """Bytes that are here."""
        self.total: int | None = None
        """Bytes of the whole; None while that is not known."""
        self.validator: Validator | None = None
        """None where the rest cannot be asked for."""
        self._path = folder / f".{name}.part"
        self._notes = folder / f".{name}.part.json"
        self._handle = -1

    def __enter__(self) -> Self:
        with self._translate_os_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._handle = exclusive.open_exclusive(self._path)
            self.size = os.fstat(self._handle).st_size
        version = _read_notes(self._notes)
        if version is None or self.size > version.total:
            self.discard()
        else:
            self.validator, self.total = version, version.total
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what can be gone on with."""
        if self._handle >= 0:
            if not self.size or self.validator is None:
                self._remove()
            os.close(self._handle)
            self._handle = -1

    @property
    def complete(self) -> bool:
        """Whether every byte is here."""
        return self.total is not None and self.size == self.total

    @property
    def head(self) -> bytes:
        """The first bytes."""
        return os.pread(self._handle, sniff.HEAD_SIZE, 0)

    @property
    def truncated(self) -> bool:
        """Whether the file itself says that more of it is to come."""
        return sniff.is_truncated(self._handle, self.size)

    def restart(self, version: Validator | None, total: int | None) -> None:
        """Start over, with a file of that version and length."""
        with self._translate_os_errors():
            self._notes.unlink(missing_ok=True)
            os.ftruncate(self._handle, 0)
            if version is not None:
                self._notes.write_text(json.dumps(asdict(version)), "utf-8")
        self.size, self.validator, self.total = 0, version, total

    def check_room(self) -> None:
        """Raise DownloadError where the disk does not hold what is still to come."""
        with self._translate_os_errors():
            free = shutil.disk_usage(self.folder).free
        if self.total is not None and self.total - self.size > free:
            words = f"the disk is too full: {self.total - self.size:,} bytes are to come, "
            raise DownloadError(f"{words}{free:,} are free in {self.folder}")

    def write(self, chunk: bytes) -> None:
        """Append some bytes."""
        with self._translate_os_errors():
            left = memoryview(chunk)
            while left:
                written = os.pwrite(self._handle, left, self.size)
                self.size += written
                left = left[written:]

    def finish(self, stem: str, suffix: str) -> Path:
        """Give the whole file its name, or another one where that is taken, and return it."""
        with self._translate_os_errors():
            os.fsync(self._handle)
            path = exclusive.link_to_free_name(self._path, stem, suffix)
            self._remove()
        with suppress(OSError):  # it is whole, even where a folder cannot be synced
            sync_folder(self.folder)
        return path

    def discard(self) -> None:
        """Keep nothing of it."""
        self.restart(None, None)

    def _remove(self) -> None:
        for path in (self._path, self._notes):
            path.unlink(missing_ok=True)

    @contextmanager
    def _translate_os_errors(self) -> Iterator[None]:
        """Turn what the file system says into words; on a full disk, give back what was taken.

        The jobs could not be saved either while it is full.
        """
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                self._give_back()
                raise DownloadError(f"the disk is full, at {self.folder}") from error
            folder, reason = sanitize_line(str(self.folder)), error.strerror or error
            raise DownloadError(f"{folder}: cannot be written to: {reason}") from error

    def _give_back(self) -> None:
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
        self.size = 0


def _read_notes(path: Path) -> Validator | None:
    """Return the version that a part is the beginning of; None where that is not known."""
    try:
        with path.open("rb") as file:
            version = Validator(**json.loads(file.read(_MOST_NOTES)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = isinstance(version.url_without_query, str) and isinstance(version.value, str)
    return version if texts and type(version.total) is int else None
