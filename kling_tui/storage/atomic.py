"""Atomic file writes: after a crash or power cut, a file has its old text or its new one."""

import contextlib
import os
from pathlib import Path

FileVersion = tuple[int, int, int] | None
"""Modification time, size and inode, which differ between two versions; None for no file."""


def file_version(path: Path) -> FileVersion:
    """Return the version of a file; None if it does not exist or cannot be accessed."""
    try:
        return _version_from(path.stat())
    except OSError:
        return None


def read_with_version(path: Path) -> tuple[bytes, FileVersion]:
    """Return the content of a file, and its version before it was read; raises OSError."""
    with path.open("rb") as file:
        version = _version_from(os.fstat(file.fileno()))
        return file.read(), version


def atomic_write(path: Path, text: str) -> FileVersion:
    """Replace a file by one with `text`, and return its version; raises OSError.

    The file keeps its mode; a new one has mode 0600. The caller holds a lock, so that no other
    process writes it at the same time.
    """
    temporary = path.with_name(f".{path.name}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, mode)  # the umask, or a file that a crash left, may differ
            file.write(text)
            file.flush()
            os.fsync(handle)
            version = _version_from(os.fstat(handle))
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)
    return version


def _version_from(stat: os.stat_result) -> FileVersion:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def sync_folder(folder: Path) -> None:
    """Make created and renamed files in a folder survive a power cut; raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
