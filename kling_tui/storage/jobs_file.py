"""One file of jobs with its backup, and its content when it was last read or written."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage import atomic
from kling_tui.storage.toml_format import CachedCodec, CorruptFileError, StoreError

_NEVER_READ = (0, 0, 0)
"""A version that no file has."""


class JobsFile:
    """The jobs of the file `path`, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backup = path.with_name(f"{path.name}.bak")
        """A copy of what kling-tui last wrote to the file, which edits by hand do not change."""
        self.jobs: dict[str, Job] = {}
        """The content of the file when it was last read or written."""
        self.corrupt = False
        """Whether the file cannot be parsed; then it must not be overwritten."""
        self._version: atomic.FileVersion = _NEVER_READ
        self._codec = CachedCodec()

    @property
    def changed_on_disk(self) -> bool:
        """Whether the file differs from what was last read or written."""
        return atomic.file_version(self.path) != self._version

    @property
    def missing(self) -> bool:
        """Whether a file that had jobs no longer exists."""
        return self._version is None and bool(self.jobs)

    def read(self) -> None:
        """Replace `jobs` by the content of the file; raises StoreError.

        If the file does not exist, `jobs` stays, so that the next write creates it again.
        """
        try:
            raw, version = atomic.read_with_version(self.path)
        except FileNotFoundError:
            self._version, self.corrupt = None, False
            return
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        self.corrupt = True
        self.jobs = self._codec.load(_decode(raw, self.path), str(self.path))
        self.corrupt = False
        self._version = version

    def write(self, jobs: Mapping[str, Job]) -> None:
        """Write `jobs` to the file and its backup unless it has them already; raises OSError."""
        if jobs == self.jobs and not self.missing:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = self._codec.dump(jobs.values())
        self._version = atomic.atomic_write(self.path, text)
        self.jobs = dict(jobs)
        with contextlib.suppress(OSError):  # the jobs are saved all the same
            atomic.atomic_write(self.backup, text)

    def restore(self) -> Path | None:
        """Replace a corrupt or missing file by its backup.

        Returns the path that the corrupt file was copied to, None if it was missing. Raises
        StoreError if the backup is missing or corrupt itself, and OSError.
        """
        try:
            text = self.backup.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.backup}: no good copy: {error}") from error
        self._codec.load(text, str(self.backup))
        moved_to = None
        if self.path.exists():
            moved_to = _free_name(self.path)
            shutil.copy2(self.path, moved_to)  # not renamed: a crash here must not lose the file
        atomic.atomic_write(self.path, text)
        self.read()
        return moved_to


def _decode(raw: bytes, path: Path) -> str:
    try:
        # Some editors begin a file with a byte order mark, which TOML does not allow.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"{path}: not UTF-8 (at line {line}); nothing was changed"
        raise CorruptFileError(message) from error


def _free_name(path: Path) -> Path:
    """Return an unused path beside `path` for its corrupt version."""
    free, number = path.with_name(f"{path.name}.damaged"), 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.damaged-{number}")
    return free
