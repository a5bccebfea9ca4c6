"""One file of jobs with its backup, and its content when it was last read or written."""

import codecs
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kling_tui.jobs import Job
from kling_tui.storage import atomic
from kling_tui.storage.merge import three_way_merge
from kling_tui.storage.private_files import make_private_folder
from kling_tui.storage.revision import HAND_WRITTEN, Revision, Write
from kling_tui.storage.toml_format import CachedCodec, CorruptFileError, StoreError, load_last

_NEVER_READ = (0, 0, 0)
"""A version that no file has."""


class JobsFile:
    """The jobs of the file `path`, which need not exist."""

    def __init__(self, path: Path, restore_command: str, beside: Path | None = None) -> None:
        """`restore_command` is what an error advises; `beside` has the owner that root gives it."""
        self.path = path
        self.backup = path.with_name(f"{path.name}.bak")
        """A copy of what kling-tui last wrote to the file, which edits by hand do not change."""
        self.jobs: dict[str, Job] = {}
        """The content of the file when it was last read or written, and what `incomplete` says."""
        self.incomplete = False
        """Whether the file lacks some of `jobs`: it vanished, and perhaps was created again."""
        self.error: StoreError | None = StoreError(f"{path}: was not read")
        """Why the file could not be read; while it is set, neither it nor its backup is written."""
        self._restore_hint = f"; to put its last good copy in its place:  {restore_command}"
        self._beside = beside or self.backup
        self._version: atomic.FileVersion = _NEVER_READ
        self._empty = False
        """Whether the file existed without content when it was last read."""
        self._revision = Revision()
        self._first_seen: dict[str, Write] = {}
        """The write of the file in which each of `jobs` was first seen."""
        self._codec = CachedCodec()

    @property
    def changed_on_disk(self) -> bool:
        """Whether the file has to be read: it changed, or could not be read the last time."""
        must_look = self.error is not None or self._empty
        return must_look or atomic.file_version(self.path) != self._version

    @property
    def warning(self) -> str:
        """Why jobs of the file may be missing; "" if all is well."""
        if self.error:
            return str(self.error)
        if self._exists or not self._backup_revision():
            return ""
        state = "is empty" if self._empty else "does not exist"
        return f"{self.path}: {state}, but its last good copy does{self._restore_hint}"

    def read(self) -> None:
        """Replace `jobs` by the content of the file; raises StoreError, and sets `error`.

        Jobs stay in `jobs` that the file cannot include: it vanished, and is missing or empty, or
        another process created it again. The next write adds them to the file.
        """
        was_empty = self._empty
        try:
            jobs, revision = self._load()
        except StoreError as error:
            self.error = error
            raise
        self.error = None
        lost = {
            job_id: job
            for job_id, job in self.jobs.items()
            if not revision.includes(self._first_seen[job_id])
        }
        kept = three_way_merge({}, lost, jobs)
        # An editor may empty a file just before it writes it: only at the second look it is lost.
        self.incomplete = kept != jobs and (was_empty or not self._empty)
        order = (*self.jobs, *kept) if lost else kept
        self._take({job_id: kept[job_id] for job_id in order if job_id in kept}, revision)

    def read_last(self, number: int) -> dict[str, Job]:
        """Return the last jobs of the file, at most `number`, without any effect on `jobs`."""
        return load_last(self._read_text(), number)

    def write(self, jobs: Mapping[str, Job]) -> None:
        """Write `jobs` to the file and its backup unless it has them already.

        A backup stays as it is if there was no file. Raises OSError, and StoreError if the file
        could not be read.
        """
        if jobs == self.jobs and not self.incomplete:
            return
        if self.error:
            raise self.error
        replaced_any = self._exists
        content = self._write(jobs, created=not replaced_any)
        with suppress(OSError):  # the jobs are saved all the same
            if replaced_any or not self.backup.exists():
                self._write_backup(content)

    def restore(self) -> Path | None:
        """Add the jobs of the backup to the file, or replace it if it is corrupt.

        Returns the path that the corrupt file was copied to, None if there was none. Raises
        StoreError if the backup is missing or corrupt itself, and OSError.
        """
        try:
            text = atomic.read_with_version(self.backup)[0].decode()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.backup}: no good copy: {error}") from error
        jobs = self._codec.load(text, str(self.backup))
        copied_to = None
        if self.error:
            copied_to = _free_name(self.path)
            raw, _ = atomic.read_with_version(self.path)
            atomic.atomic_write(copied_to, raw, beside=self.path)
        self._revision = _revision_of(text).merged_with(self._revision)
        # On a new branch: the copy may not include all that was written on the old one.
        self._write({**jobs, **self.jobs}, created=True)
        return copied_to

    @property
    def needs_restore(self) -> bool:
        """Whether the file is corrupt, or its backup has jobs that it lost; raises StoreError."""
        try:
            self.read()
        except CorruptFileError:
            return True
        copy = self._backup_revision()
        return copy is not None and not self._revision.includes(*copy.writes.items())

    @property
    def _exists(self) -> bool:
        """Whether the file existed with some content when it was last read or written."""
        return self._version is not None and not self._empty

    def _load(self) -> tuple[dict[str, Job], Revision]:
        """Return the jobs of the file and what it includes; raises StoreError."""
        try:
            raw, version = atomic.read_with_version(self.path)
        except FileNotFoundError:
            raw, version = b"", None
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        # Some editors begin a file with a byte order mark, which TOML does not allow.
        raw = raw.removeprefix(codecs.BOM_UTF8)
        has_content = bool(raw.strip())
        jobs, revision = self._parse(raw) if has_content else ({}, Revision())
        self._version, self._empty = version, version is not None and not has_content
        return jobs, revision

    def _parse(self, raw: bytes) -> tuple[dict[str, Job], Revision]:
        try:
            text = _decode(raw, self.path)
            jobs = self._codec.load(text, str(self.path))
        except CorruptFileError as error:
            hint = self._restore_hint if self.backup.exists() else ""
            raise CorruptFileError(f"{error}{hint}") from error
        revision = Revision.parse(text)
        if revision is None:
            # By hand, or by an older version: by its jobs, it is the same file or another one.
            same_file = not self.jobs or self.jobs.keys() & jobs.keys()
            known = HAND_WRITTEN.merged_with(self._revision)
            revision = known if same_file else Revision().next(created=True)
        return jobs, revision

    def _take(self, jobs: dict[str, Job], revision: Revision) -> None:
        """Make `jobs` the content of the file, as of a revision."""
        seen = revision.last_write
        self._first_seen = {job_id: self._first_seen.get(job_id, seen) for job_id in jobs}
        self.jobs = jobs
        self._revision = self._revision.merged_with(revision)

    def _write(self, jobs: Mapping[str, Job], *, created: bool) -> bytes:
        make_private_folder(self.path.parent, self._beside)
        revision = self._revision.next(created=created)
        content = self._codec.dump(jobs.values(), revision, self._read_text()).encode()
        self._version = atomic.atomic_write(self.path, content, self._beside)
        self.error, self.incomplete, self._empty = None, False, False
        self._take(dict(jobs), revision)
        return content

    def _read_text(self) -> str:
        """Return the text of the file now; "" if it cannot be read."""
        try:
            return atomic.read_with_version(self.path)[0].decode()
        except (OSError, UnicodeDecodeError):
            return ""

    def _write_backup(self, content: bytes) -> None:
        copy = self._backup_revision()
        if self.backup.exists() and not (copy and self._revision.includes(*copy.writes.items())):
            # It has jobs that the file lost, or is of another program.
            self.backup.replace(self.backup.with_name(f"{self.backup.name}.old"))
        atomic.atomic_write(self.backup, content, beside=self.path)

    def _backup_revision(self) -> Revision | None:
        """Return what the backup includes; None if there is none, or it cannot be read."""
        try:
            raw, _ = atomic.read_with_version(self.backup)
        except OSError:
            return None
        return _revision_of(raw.decode("utf-8", "replace")) if raw.strip() else None


def _revision_of(text: str) -> Revision:
    return Revision.parse(text) or HAND_WRITTEN


def _decode(raw: bytes, path: Path) -> str:
    try:
        return raw.decode()
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
