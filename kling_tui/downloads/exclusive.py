"""Files that nobody else writes to meanwhile, and names that nothing had before."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from kling_tui.downloads.base import DownloadError, DownloadErrorKind
from kling_tui.sanitize import sanitize_line

_MOST_NAMES = 1000
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}
_NO_SECOND_NAMES = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def open_exclusive(path: Path) -> int:
    """Open a file to write to, and hold it against others; raises OSError and DownloadError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    while True:
        with ExitStack() as opened:
            handle = os.open(path, flags, 0o666)
            opened.callback(os.close, handle)
            if _is_ours(handle, path):
                opened.pop_all()
                return handle


def _is_ours(handle: int, path: Path) -> bool:
    """Lock an open file, and tell whether it is to be written to; if not, another is opened."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DownloadError("another kling-tui is fetching it", DownloadErrorKind.LOCKED) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    held = os.fstat(handle)
    if not stat.S_ISREG(held.st_mode):
        raise DownloadError(f"{sanitize_line(str(path))}: is no file; remove it")
    if held.st_nlink == 1:
        named = path.lstat()
        return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)
    if held.st_nlink > 1:
        # Whole already, and named: a crash came in between. It must not be written to.
        path.unlink(missing_ok=True)
    return False


def link_to_free_name(aside: Path, stem: str, suffix: str) -> Path:
    """Give a file its name in its folder, with a number where that is taken, and return it.

    Nothing is ever replaced. Raises OSError and DownloadError.
    """
    for path in _names(aside.parent, stem, suffix):
        with suppress(FileExistsError):
            _name(aside, path)
            return path
    raise DownloadError(
        f"{sanitize_line(str(aside.parent / stem))}{suffix}: too many have this name"
    )


def _names(folder: Path, stem: str, suffix: str) -> Iterator[Path]:
    yield folder / f"{stem}{suffix}"
    for number in range(2, _MOST_NAMES):
        yield folder / f"{stem}-{number}{suffix}"


def _name(aside: Path, path: Path) -> None:
    """Give a file its name; raises FileExistsError where that is taken."""
    try:
        os.link(aside, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_SECOND_NAMES:
            raise
        # A file system without second names, such as a memory card's.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "exists", str(path)) from error
        aside.rename(path)
