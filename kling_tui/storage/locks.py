"""The lock that processes hold while they read and write the files of one job file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kling_tui.storage.private_files import make_private_folder, open_private_file
from kling_tui.storage.toml_format import StoreError


class LockedError(StoreError):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of the job file `path`; it is waited for, at most `timeout` seconds.

    OSErrors, also those in the block, become StoreErrors.
    """
    from filelock import FileLock, Timeout  # slow to import, and not needed by the first screen

    lock_file = path.with_name(f"{path.name}.lock")
    try:
        make_private_folder(path.parent)
        os.close(open_private_file(lock_file, os.O_RDWR, beside=path))
        with FileLock(lock_file, timeout=timeout):
            yield
    except Timeout as error:
        raise LockedError(f"{path}: another kling-tui has held it for {timeout:g} s") from error
    except OSError as error:
        raise store_error(error, path) from error


def store_error(error: OSError | StoreError, path: Path) -> StoreError:
    """Return an error as a StoreError of the file that was to be written."""
    if isinstance(error, StoreError):
        return error
    cause = f" ({error.filename})" if error.filename and error.filename != str(path) else ""
    return StoreError(f"{path}: cannot be saved: {error.strerror or error}{cause}")
