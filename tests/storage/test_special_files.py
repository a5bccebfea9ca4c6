"""Empty files, and what is not a file at all, in the place of a job file."""

import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kling_tui.storage.store import Store, StoreError
from tests.support.job_files import open_store, read_jobs, run_program, save_jobs
from tests.support.jobs import a_job
from tests.support.waiting import TIMEOUT

LOAD = """
import sys
from pathlib import Path
from kling_tui.storage.store import Store, StoreError
try:
    Store(Path(sys.argv[1])).load()
except StoreError as error:
    print(error)
"""


def make_socket(path: Path) -> None:
    """Leave a socket that nothing listens on."""
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(os.path.relpath(path))


def _identity(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file is replaced or written; reading a link changes its times."""
    status = path.lstat()
    return status.st_ino, status.st_mode, status.st_mtime_ns


SPECIAL_FILES: dict[str, Callable[[Path], object]] = {
    "a named pipe": os.mkfifo,
    "a socket": make_socket,
    "Is a directory": Path.mkdir,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\t"])
def test_empty_file_has_no_jobs(path: Path, content: bytes) -> None:
    """It is what ``mktemp`` makes, and becomes a job file with the first save."""
    path.write_bytes(content)
    store = open_store(path)
    assert (store.jobs, store.warnings) == ({}, ())
    store.put(a_job())
    store.save()
    assert list(read_jobs(path)) == [a_job().id]
    assert path.with_name("jobs.toml.bak").exists()


@pytest.mark.parametrize(("words", "make"), SPECIAL_FILES.items(), ids=SPECIAL_FILES)
def test_special_file_is_refused_at_once(
    path: Path, words: str, make: Callable[[Path], object]
) -> None:
    """Nothing waits for it, and it is never replaced."""
    make(path)
    before = _identity(path)
    with run_program(LOAD, path) as process:
        output, _ = process.communicate(timeout=TIMEOUT)
    assert "cannot be read" in output
    assert words in output
    store = Store(path)
    store.put(a_job())
    with pytest.raises(StoreError, match="cannot be read"):
        store.save()
    assert _identity(path) == before


@pytest.mark.parametrize(("words", "make"), SPECIAL_FILES.items(), ids=SPECIAL_FILES)
def test_special_file_that_replaces_the_file_of_an_open_program(
    path: Path, words: str, make: Callable[[Path], object]
) -> None:
    """Its jobs are kept, and saved once the file can be written again."""
    store = save_jobs(path, a_job("C1"))
    path.unlink()
    make(path)
    store.put(a_job("C2"))
    with pytest.raises(StoreError, match=words):
        store.save()
    path.rmdir() if path.is_dir() else path.unlink()
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]


@pytest.mark.parametrize(("words", "make"), SPECIAL_FILES.items(), ids=SPECIAL_FILES)
def test_special_file_in_place_of_the_backup(
    path: Path, words: str, make: Callable[[Path], object]
) -> None:
    """The jobs are saved all the same, and ``restore`` does not wait for it."""
    backup = path.with_name("jobs.toml.bak")
    store = save_jobs(path, a_job("C1"))
    backup.unlink()
    make(backup)
    store.put(a_job("C2"))
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]
    path.write_bytes(b"damage")
    for leftover in (backup, path.with_name("jobs.toml.bak.old")):
        if leftover.is_file():
            leftover.unlink()
    if not backup.exists():
        make(backup)
    with pytest.raises(StoreError, match=f"no good copy.*{words}"):
        list(Store(path).restore())


def test_pipe_of_a_shell_is_refused() -> None:
    """It cannot be saved to, so ``--jobs <(command)`` must not look like no jobs."""
    reader, writer = os.pipe()
    with pytest.raises(StoreError, match="a named pipe"):
        Store(Path(f"/dev/fd/{reader}")).load()
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("version", [2, 3, 10**30])
def test_newer_file_is_not_rolled_back(path: Path, version: int) -> None:
    """The error says what to do, and neither the file nor its good copy is touched."""
    store = save_jobs(path, a_job())
    content = f'version = {version}\n[meta]\nby = "kling-tui 9"\n'.encode()
    path.write_bytes(content)
    backup = path.with_name("jobs.toml.bak").read_bytes()
    words = f"^{path}: made by a newer kling-tui: .*version is {version}.*; update kling-tui"
    for act in (store.load, store.save, lambda: list(Store(path).restore())):
        store.put(a_job("C2"))
        with pytest.raises(StoreError, match=words) as caught:
            act()
        assert "restore" not in str(caught.value)
    assert path.read_bytes() == content
    assert path.with_name("jobs.toml.bak").read_bytes() == backup
