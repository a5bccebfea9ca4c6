"""Who owns and may read what the program writes, also under another umask and as root."""

import os
import stat
import sys
from pathlib import Path
from subprocess import run

import pytest

from kling_tui.storage.private_files import (
    create_private_file,
    make_private_folder,
    open_private_file,
)
from kling_tui.storage.store import Store
from tests.support.job_files import open_store, read_jobs, save_jobs, write_jobs
from tests.support.jobs import a_job

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
USER, GROUP = 65533, 65532
"""Another user of this machine."""
SAVE_ENDED_JOBS = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store
os.umask(int(sys.argv[2], 8))
end = datetime.now(UTC)
store = Store(Path(sys.argv[1]))
store.load()
store.put(
    *(
        Job(id=str(number), kind="i2v", added_at=end, status=Status.FAILED, ended_at=end)
        for number in range(500)
    )
)
store.save()
"""

COPY_OWNER_AND_MODE = """
import os, sys
from pathlib import Path
from kling_tui.storage.private_files import copy_owner_and_mode
source, handle = Path(sys.argv[1]).stat(), os.open(sys.argv[2], os.O_RDWR)
os.setgroups([])
os.setegid(int(sys.argv[3]))
os.seteuid(int(sys.argv[3]))
copy_owner_and_mode(handle, source)
"""


def save_ended_jobs(path: Path, umask: str = "022") -> None:
    """Save enough jobs for an archive file, in another process."""
    run([sys.executable, "-c", SAVE_ENDED_JOBS, path, umask], check=True)  # noqa: S603


def tree(folder: Path) -> dict[str, os.stat_result]:
    """Return all files and folders below a folder, by their relative paths."""
    return {str(path.relative_to(folder)): path.lstat() for path in folder.rglob("*")}


@pytest.mark.parametrize("umask", ["000", "022", "077", "277", "777"])
def test_new_files_and_folders_are_private(tmp_path: Path, umask: str) -> None:
    """Only the owner may read and write, and may do so under any umask."""
    save_ended_jobs(tmp_path / "state" / "kling-tui" / "jobs.toml", umask)
    found = tree(tmp_path)
    assert len(found) == 8
    for name, status in found.items():
        mode = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
        assert stat.S_IMODE(status.st_mode) == mode, name


@pytest.mark.parametrize("umask", ["000", "077"])
def test_mode_is_kept_under_any_umask(path: Path, umask: str) -> None:
    """A file that a group shares stays shared."""
    save_jobs(path, a_job())
    path.chmod(0o664)
    save_ended_jobs(path, umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    assert len(open_store(path).jobs) == 501


@needs_root
@pytest.mark.parametrize("folder_too", [True, False])
def test_root_leaves_files_to_their_user(tmp_path: Path, *, folder_too: bool) -> None:
    """After ``sudo kling-tui add``, the user can read and write everything, old or new."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o777)
    path = write_jobs(folder / "jobs.toml", a_job())
    path.chmod(0o640)
    os.chown(path, USER, GROUP)
    if folder_too:
        os.chown(folder, USER, GROUP)
    save_ended_jobs(path)
    found = tree(folder)
    assert len(found) == 6
    assert {(status.st_uid, status.st_gid) for status in found.values()} == {(USER, GROUP)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@needs_root
def test_root_creates_a_users_first_files_for_the_user(tmp_path: Path) -> None:
    """What is new belongs to the owner of the folder that it is in."""
    os.chown(tmp_path, USER, GROUP)
    save_ended_jobs(tmp_path / ".local" / "state" / "jobs.toml")
    found = tree(tmp_path)
    assert {(status.st_uid, status.st_gid) for status in found.values()} == {(USER, GROUP)}


@needs_root
def test_root_restores_for_the_user(path: Path) -> None:
    """The restored file and the copy of the damaged one belong to the user."""
    os.chown(path.parent, USER, GROUP)
    save_ended_jobs(path)
    path.write_bytes(b"damage")
    ((_, copy),) = list(Store(path).restore())
    assert copy
    assert {(file.stat().st_uid, file.stat().st_gid) for file in (path, copy)} == {(USER, GROUP)}


@needs_root
def test_lost_group_loses_its_rights(tmp_path: Path) -> None:
    """Where the group cannot be kept, another one must not get its rights."""
    shared, copy = tmp_path / "shared", tmp_path / "copy"
    for file in (shared, copy):
        file.touch()
    shared.chmod(0o664)
    os.chown(shared, 0, GROUP)
    os.chown(copy, USER, USER)
    run([sys.executable, "-c", COPY_OWNER_AND_MODE, shared, copy, str(USER)], check=True)  # noqa: S603
    status = copy.stat()
    assert (status.st_gid, stat.S_IMODE(status.st_mode)) == (USER, 0o604)


@pytest.mark.parametrize("name", [".jobs.toml.new", "jobs.toml.bak", "jobs.toml.bak.new"])
@pytest.mark.parametrize("exists", [True, False])
def test_planted_link_is_not_followed(
    tmp_path: Path, path: Path, name: str, *, exists: bool
) -> None:
    """A link to another file, in the place of one that is to be written, changes nothing there."""
    target = tmp_path / "target"
    if exists:
        target.write_text("precious", "utf-8")
    store = save_jobs(path, a_job("C1"))
    path.with_name(name).unlink(missing_ok=True)
    path.with_name(name).symlink_to(target)
    store.put(a_job("C2"))
    store.save()
    assert list(read_jobs(path)) == ["C1", "C2"]
    assert target.exists() == exists
    if exists:
        assert target.read_text("utf-8") == "precious"


class TestOpening:
    """Opening private files, one by one."""

    def test_creating_never_opens_what_is_there(self, tmp_path: Path) -> None:
        """Neither a file nor the target of a link, also of one that is missing."""
        (tmp_path / "file").touch()
        (tmp_path / "link").symlink_to("missing")
        for name in ("file", "link"):
            with pytest.raises(FileExistsError):
                create_private_file(tmp_path / name, os.O_WRONLY)
        assert not (tmp_path / "missing").exists()

    def test_opening_refuses_links_and_pipes(self, tmp_path: Path) -> None:
        """A log or a lock must be a file; nothing waits for the other end of a pipe."""
        (tmp_path / "link").symlink_to("missing")
        os.mkfifo(tmp_path / "pipe")
        for name in ("link", "pipe"):
            for flags in (os.O_WRONLY, os.O_RDWR):
                with pytest.raises(OSError, match=r"symbolic links|No such device|named pipe"):
                    open_private_file(tmp_path / name, flags)
        assert not (tmp_path / "missing").exists()

    def test_broken_link_in_place_of_a_folder(self, tmp_path: Path) -> None:
        """No folder is made at its target."""
        (tmp_path / "state").symlink_to("missing")
        make_private_folder(tmp_path / "state")
        assert not (tmp_path / "missing").exists()
