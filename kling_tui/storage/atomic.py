"""Files that hold, whatever happens at whatever moment, either their old text or their new."""

import contextlib
import os
from pathlib import Path

FileVersion = tuple[int, int, int] | None
"""What tells one state of a file from another; None for no file."""


def file_version(path: Path) -> FileVersion:
    """Return the stamp of a file, None where there is none or it cannot be told."""
    try:
        return _stamp_of(path.stat())
    except OSError:
        return None


def read(path: Path) -> tuple[bytes, FileVersion]:
    """Return what a file holds, and the stamp that it had before; raises OSError."""
    with path.open("rb") as file:
        before = _stamp_of(os.fstat(file.fileno()))
        return file.read(), before


def atomic_write(path: Path, text: str) -> FileVersion:
    """Write a file so that not even a power cut can tear it; raises OSError.

    It keeps its mode, and a new one is for its owner alone. The caller sees to it that nobody
    else writes it meanwhile.
    """
    aside = path.with_name(f".{path.name}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, mode)  # whatever the umask is, or the mode of what a crash left
            file.write(text)
            file.flush()
            os.fsync(handle)
            written = _stamp_of(os.fstat(handle))
        aside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # half a file is of no use to anybody
            aside.unlink()
        raise
    sync_folder(path.parent)
    return written


def _stamp_of(stat: os.stat_result) -> FileVersion:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def sync_folder(folder: Path) -> None:
    """Make the names in a folder hold against a power cut; raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
