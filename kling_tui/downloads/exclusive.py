"""Files that only one process writes to, and file names that replace no other file."""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.sanitize import sanitize_line

_MAX_NAMES = 1000
_LOCKS_UNSUPPORTED = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}


def open_exclusive(path: Path) -> int:
    """Open or create a file, lock it, and return its descriptor.

    Raises OSError, and DownloadError if another process has locked it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    while True:
        with ExitStack() as on_failure:
            fd = os.open(path, flags, 0o666)
            on_failure.callback(os.close, fd)
            if _lock(fd, path):
                on_failure.pop_all()
                return fd


def _lock(fd: int, path: Path) -> bool:
    """Lock an open file; return False if it is no longer the one at `path`."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = "another kling-tui is downloading it"
        raise DownloadError(message, DownloadErrorKind.LOCKED) from error
    except OSError as error:
        if error.errno not in _LOCKS_UNSUPPORTED:
            raise
    opened = os.fstat(fd)
    if not stat.S_ISREG(opened.st_mode):
        raise DownloadError(f"{sanitize_line(str(path))}: is not a regular file; remove it")
    if opened.st_nlink == 1:
        at_path = path.lstat()
        return (at_path.st_dev, at_path.st_ino) == (opened.st_dev, opened.st_ino)
    if opened.st_nlink > 1:
        # A complete file that already has its final name: the process crashed before it removed
        # this one. It must not be written to.
        path.unlink(missing_ok=True)
    return False


def link_to_free_name(
    source: Path, stem: str, suffix: str, link: Callable[[Path, Path], None] = os.link
) -> Path:
    """Give a file its final name in its folder, with a number if that is taken, and return it.

    Never replaces a file. `link` makes a hard link. Raises OSError and DownloadError.
    """
    for path in _candidates(source.parent, stem, suffix):
        with suppress(FileExistsError):
            _link(source, path, link)
            return path
    name = f"{sanitize_line(str(source.parent / stem))}{suffix}"
    raise DownloadError(f"{name}: too many files have this name")


def _candidates(folder: Path, stem: str, suffix: str) -> Iterator[Path]:
    yield folder / f"{stem}{suffix}"
    for number in range(2, _MAX_NAMES):
        yield folder / f"{stem}-{number}{suffix}"


def _link(source: Path, path: Path, link: Callable[[Path, Path], None]) -> None:
    """Link `path` to a file; raises FileExistsError if the name is taken."""
    try:
        link(source, path)
    except FileExistsError:
        raise
    except OSError as error:
        # The file system has no hard links (FAT, many network drives), or none between two quota
        # projects (EXDEV). Any other fault lets the renaming fail too.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "exists", str(path)) from error
        source.rename(path)
