"""Creates the files and folders of the program, which only their owner may read.

A new file never is one that was there before, and never the target of a link that was planted in
its place. What root creates belongs to the owner of what is beside it, so that `sudo kling-tui`
does not lock the user out.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

_FILE_TYPES = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_NOT_FOLLOWED = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def check_regular(status: os.stat_result) -> None:
    """Raise OSError if a file is a folder, a pipe or anything else that must not be opened."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        kind = _FILE_TYPES.get(stat.S_IFMT(status.st_mode), "a special file")
        raise OSError(errno.EINVAL, f"it is {kind}, not a regular file")


def make_private_folder(folder: Path, beside: Path | None = None) -> None:
    """Create a folder and its missing parents with mode 0700; raises OSError.

    Root gives it to the owner of `beside`, by default of the folder that it is in.
    """
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    with suppress(FileExistsError):  # another process was faster, or it is a broken link
        folder.mkdir(0o700)
        folder.chmod(0o700)  # the umask may have taken away even the owner's rights
        if owner := _owner(folder, beside):
            os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)


def create_private_file(path: Path, flags: int, beside: Path | None = None) -> int:
    """Create a file with mode 0600, and return its handle, opened with `flags`.

    Root gives it to the owner of `beside`, by default of the folder that it is in. Raises OSError,
    also if there is any file, or link, with this name.
    """
    handle = os.open(path, flags | os.O_CREAT | os.O_EXCL | _NOT_FOLLOWED, 0o600)
    set_mode(handle, 0o600)  # as for folders
    if owner := _owner(path, beside):
        with suppress(OSError):
            os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle


def open_private_file(path: Path, flags: int, beside: Path | None = None) -> int:
    """Open a file of this program, and create it as `create_private_file` does if it is missing."""
    with suppress(FileExistsError):
        return create_private_file(path, flags, beside)
    handle = os.open(path, flags | _NOT_FOLLOWED)
    try:
        check_regular(os.fstat(handle))
    except OSError:
        os.close(handle)
        raise
    return handle


def copy_owner_and_mode(handle: int, source: os.stat_result) -> None:
    """Give a file the owner, the group and the mode of another one, as far as that is allowed."""
    for owner in (source.st_uid, -1):  # only root may give the owner, but members the group
        with suppress(OSError):
            os.fchown(handle, owner, source.st_gid)
            break
    same_group = os.fstat(handle).st_gid == source.st_gid
    set_mode(handle, source.st_mode & (0o777 if same_group else 0o707))


def set_mode(handle: int, mode: int) -> None:
    """Set the mode of a file, where the file system has modes."""
    if os.fstat(handle).st_mode & 0o777 != mode:
        with suppress(PermissionError):
            os.fchmod(handle, mode)


def _owner(path: Path, beside: Path | None) -> os.stat_result | None:
    """Return whose a new file should be; None if it is that of this process."""
    if os.geteuid() != 0:
        return None
    for neighbour in (beside, path.parent):
        if neighbour is not None:
            with suppress(OSError):
                return neighbour.stat()
    return None
