"""Reads and writes whole files: after a crash or power cut, a file has its old text or its new one.

Only regular files are opened: a pipe would keep the program waiting, and a device may act on it.
"""

import os
from contextlib import suppress
from pathlib import Path

from kling_tui.storage.private_files import (
    check_regular,
    copy_owner_and_mode,
    create_private_file,
)

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
    check_regular(path.stat())
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        check_regular(status)
        return file.read(), _version_from(status)


def atomic_write(path: Path, content: bytes, beside: Path | None = None) -> FileVersion:
    """Replace a file by one with `content`, and return its version; raises OSError.

    The file keeps its owner and mode; see `create_private_file` for those of a new one. The caller
    holds a lock, so that no other process writes it at the same time.
    """
    temporary = path.with_name(f".{path.name}.new")
    replaced = _status(path)
    with suppress(FileNotFoundError):
        temporary.unlink()  # a crash left it
    handle = create_private_file(temporary, os.O_WRONLY, beside)
    try:
        with os.fdopen(handle, "wb") as file:
            if replaced:
                copy_owner_and_mode(handle, replaced)
            file.write(content)
            file.flush()
            os.fsync(handle)
            version = _version_from(os.fstat(handle))
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)
    return version


def sync_folder(folder: Path) -> None:
    """Make created and renamed files in a folder survive a power cut; raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _status(path: Path) -> os.stat_result | None:
    """Return the status of a file that is to be replaced; None if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    check_regular(status)
    return status


def _version_from(status: os.stat_result) -> FileVersion:
    return status.st_mtime_ns, status.st_size, status.st_ino
