"""One file of jobs, as it was when it was last looked at, with a good copy beside it."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage import atomic
from kling_tui.storage.toml_format import DamageError, JobTexts, StoreError

_UNREAD = (0, 0, 0)
"""The stamp of no state of any file."""


class Shelf:
    """The jobs of the file `path`, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copy = path.with_name(f"{path.name}.bak")
        """The last good copy: what this program last wrote there."""
        self.jobs: dict[str, Job] = {}
        """What the file held when it was last read or written."""
        self.damaged = False
        """Whether the file holds no jobs at present, which it is to keep until a person acts."""
        self._stamp: atomic.Stamp = _UNREAD
        self._texts = JobTexts()

    @property
    def moved(self) -> bool:
        """Whether the file is another than the one last read or written."""
        return atomic.stamp(self.path) != self._stamp

    @property
    def vanished(self) -> bool:
        """Whether the file is gone that held the jobs."""
        return self._stamp is None and bool(self.jobs)

    def read(self) -> None:
        """Take over what the file holds; raises StoreError.

        A file that vanished is no order to forget the jobs.
        """
        try:
            raw, stamp = atomic.read(self.path)
        except FileNotFoundError:
            self._stamp, self.damaged = None, False
            return
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        self.damaged = True
        self.jobs = self._texts.load(_decoded(raw, self.path), str(self.path))
        self.damaged = False
        self._stamp = stamp

    def write(self, jobs: Mapping[str, Job]) -> None:
        """Have the file hold `jobs`; raises OSError."""
        if jobs == self.jobs and not self.vanished:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = self._texts.dump(jobs.values())
        self._stamp = atomic.replace(self.path, text)
        self.jobs = dict(jobs)
        with contextlib.suppress(OSError):  # the jobs are saved all the same
            atomic.replace(self.copy, text)

    def restore(self) -> Path | None:
        """Put the good copy in the place of a file that is damaged or gone.

        Returns where the damaged file was put aside, None if there was none; raises StoreError
        where the file is well or there is no good copy, and OSError.
        """
        try:
            text = self.copy.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.copy}: no good copy: {error}") from error
        self._texts.load(text, str(self.copy))
        aside = None
        if self.path.exists():
            aside = _free(self.path)
            shutil.copy2(self.path, aside)  # until the copy is in place, the file stays
        atomic.replace(self.path, text)
        self.read()
        return aside


def _decoded(raw: bytes, path: Path) -> str:
    try:
        # Some editors begin a file with a byte order mark, which TOML does not know.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        words = f"{path}: not UTF-8 (at line {line}); nothing was changed"
        raise DamageError(words) from error


def _free(path: Path) -> Path:
    """Return a name beside `path` for its damaged file that nothing has yet."""
    aside, number = path.with_name(f"{path.name}.damaged"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    return aside
