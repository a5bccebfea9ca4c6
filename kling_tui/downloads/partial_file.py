"""A hidden file in the target folder that a download is written to until it is complete.

If the server sends a validator, it is kept in a JSON file beside it, so that a later run or
another process can resume the download with a range request.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

from msgspec import Struct

from kling_tui.downloads import exclusive, sniff, structure
from kling_tui.downloads.errors import DownloadError
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import sync_folder

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_RESERVE = 1 << 20
"""Bytes to give back when the disk is full, so that the job file can still be saved."""
_MAX_VALIDATOR_BYTES = 20_000


class Validator(Struct, frozen=True):
    """Identifies one version of a file on the server (RFC 9110, section 8.8)."""

    url_without_query: str
    """The query differs in every link that the gateway gives."""
    value: str
    """A strong entity tag, or else the `Last-Modified` time, as the server sent it."""
    total: int
    """Bytes of the complete file."""


class PartialFile:
    """The first bytes of a file, locked against other processes while it is open."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name` is unique to one video. Raises DownloadError on entering."""
        self.folder = folder
        self.size = 0
        """Bytes received so far."""
        self.total: int | None = None
        """Bytes of the complete file; None if unknown."""
        self.validator: Validator | None = None
        """None if the download cannot be resumed."""
        self._path = folder / f".{name}.part"
        self._validator_path = folder / f".{name}.part.json"
        self._fd = -1

    def __enter__(self) -> Self:
        with ExitStack() as on_failure, self._translate_os_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._fd = exclusive.open_exclusive(self._path)
            on_failure.callback(self.__exit__)
            self.size = os.fstat(self._fd).st_size
            validator = _read_validator(self._validator_path)
            if validator is None or self.size > validator.total:
                self.discard()
            else:
                self.validator, self.total = validator, validator.total
            on_failure.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file; delete it unless the download can be resumed."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        # The disk may have become read-only, or be gone. What is complete was synced before.
        with suppress(OSError):
            if not self.size or self.validator is None:
                self._remove()
        with suppress(OSError):
            os.close(fd)

    @property
    def complete(self) -> bool:
        """Whether every byte was received."""
        return self.total is not None and self.size == self.total

    @property
    def head(self) -> bytes:
        """The first bytes, enough to recognise a video."""
        with self._translate_os_errors():
            return os.pread(self._fd, sniff.HEAD_SIZE, 0)

    def is_truncated(self) -> bool:
        """Return whether the file's own structure shows that its end is missing.

        This can take half a second: call it in a thread.
        """
        with self._translate_os_errors():
            return structure.is_truncated(self._fd, self.size)

    def restart(self, validator: Validator | None, total: int | None) -> None:
        """Delete what was received, and begin a file of that version and length."""
        with self._translate_os_errors():
            self._validator_path.unlink(missing_ok=True)
            os.ftruncate(self._fd, 0)
            if validator is not None:
                _write_validator(self._validator_path, validator)
        self.size, self.validator, self.total = 0, validator, total

    def check_free_space(self) -> None:
        """Raise DownloadError if the rest of the file does not fit on the disk."""
        with self._translate_os_errors():
            free = shutil.disk_usage(self.folder).free
        if self.total is not None and self.total - self.size > free:
            message = f"the disk is too full: {self.total - self.size:,} bytes are to come, "
            raise DownloadError(f"{message}{free:,} are free in {self.folder}")

    def write(self, chunk: bytes) -> None:
        """Append some bytes."""
        with self._translate_os_errors():
            rest = memoryview(chunk)
            while rest:
                written = os.pwrite(self._fd, rest, self.size)
                self.size += written
                rest = rest[written:]

    def finish(self, stem: str, suffix: str) -> Path:
        """Sync the complete file, give it a free name, and return its path."""
        with self._translate_os_errors():
            os.fsync(self._fd)
            path = exclusive.link_to_free_name(self._path, stem, suffix)
            self._remove()
        with suppress(OSError):  # the file is complete, even if its folder cannot be synced
            sync_folder(self.folder)
        return path

    def discard(self) -> None:
        """Delete what was received."""
        self.restart(None, None)

    def _remove(self) -> None:
        for path in (self._path, self._validator_path):
            path.unlink(missing_ok=True)

    @contextmanager
    def _translate_os_errors(self) -> Iterator[None]:
        """Turn an OSError into a DownloadError; what was received is kept.

        If the disk is full, the last `_RESERVE` bytes are given back.
        """
        try:
            yield
        except OSError as error:
            if error.errno in _DISK_FULL:
                self._free_space()
                raise DownloadError(f"the disk is full, at {self.folder}") from error
            raise DownloadError(_describe(error, self.folder)) from error
        except ValueError as error:  # a name with a character that the file system cannot store
            raise DownloadError(_describe(error, self.folder)) from error

    def _free_space(self) -> None:
        size = max(0, self.size - _RESERVE)
        with suppress(OSError):
            os.ftruncate(self._fd, size)
            self.size = size


def _describe(error: OSError | ValueError, folder: Path) -> str:
    """Return why a folder cannot be written to."""
    shown = sanitize_line(str(folder))
    if isinstance(error, UnicodeEncodeError):
        return f"{shown}: this locale ({error.encoding}) cannot express the name; choose another"
    for path in (folder, *folder.parents):
        if not os.path.lexists(path):
            continue
        with suppress(OSError):  # of a folder that may not be entered
            if path.is_dir():
                break
            if path.exists():
                what = "is not a folder"
            else:
                what = "is a link to a folder that does not exist"
            return f"{sanitize_line(str(path))}: {what}; choose another, or remove it"
        break
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{shown}: cannot be written to: {reason}"


# The JSON file's field names are older than those of the class.


def _write_validator(path: Path, validator: Validator) -> None:
    fields = {
        "place": validator.url_without_query,
        "validator": validator.value,
        "total": validator.total,
    }
    path.write_text(json.dumps(fields), "utf-8")


def _read_validator(path: Path) -> Validator | None:
    """Return the validator of a partial file; None if it is missing or damaged."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(_MAX_VALIDATOR_BYTES))
        url, value, total = fields["place"], fields["validator"], fields["total"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    if isinstance(url, str) and isinstance(value, str) and type(total) is int:
        return Validator(url, value, total)
    return None
