"""One file of jobs, as it was when it was last looked at, with a good copy beside it."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage import atomic
from kling_tui.storage.toml_format import CachedCodec, CorruptFileError, StoreError

_UNREAD = (0, 0, 0)
"""The stamp of no state of any file."""


class JobsFile:
    """The jobs of the file `path`, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backup = path.with_name(f"{path.name}.bak")
        """The last good copy: what this program last wrote there."""
        self.jobs: dict[str, Job] = {}
        """What the file held when it was last read or written."""
        self.corrupt = False
        """Whether the file holds no jobs at present, which it is to keep until a person acts."""
        self._version: atomic.FileVersion = _UNREAD
        self._codec = CachedCodec()

    @property
    def changed_on_disk(self) -> bool:
        """Whether the file is another than the one last read or written."""
        return atomic.file_version(self.path) != self._version

    @property
    def missing(self) -> bool:
        """Whether the file is gone that held the jobs."""
        return self._version is None and bool(self.jobs)

    def read(self) -> None:
        """Take over what the file holds; raises StoreError.

        A file that vanished is no order to forget the jobs.
        """
        try:
            raw, stamp = atomic.read(self.path)
        except FileNotFoundError:
            self._version, self.corrupt = None, False
            return
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        self.corrupt = True
        self.jobs = self._codec.load(_decoded(raw, self.path), str(self.path))
        self.corrupt = False
        self._version = stamp

    def write(self, jobs: Mapping[str, Job]) -> None:
        """Have the file hold `jobs`; raises OSError."""
        if jobs == self.jobs and not self.missing:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = self._codec.dump(jobs.values())
        self._version = atomic.atomic_write(self.path, text)
        self.jobs = dict(jobs)
        with contextlib.suppress(OSError):  # the jobs are saved all the same
            atomic.atomic_write(self.backup, text)

    def restore(self) -> Path | None:
        """Put the good copy in the place of a file that is damaged or gone.

        Returns where the damaged file was put aside, None if there was none; raises StoreError
        where the file is well or there is no good copy, and OSError.
        """
        try:
            text = self.backup.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.backup}: no good copy: {error}") from error
        self._codec.load(text, str(self.backup))
        aside = None
        if self.path.exists():
            aside = _free(self.path)
            shutil.copy2(self.path, aside)  # until the copy is in place, the file stays
        atomic.atomic_write(self.path, text)
        self.read()
        return aside


def _decoded(raw: bytes, path: Path) -> str:
    try:
        # Some editors begin a file with a byte order mark, which TOML does not know.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        words = f"{path}: not UTF-8 (at line {line}); nothing was changed"
        raise CorruptFileError(words) from error


def _free(path: Path) -> Path:
    """Return a name beside `path` for its damaged file that nothing has yet."""
    aside, number = path.with_name(f"{path.name}.damaged"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    return aside
