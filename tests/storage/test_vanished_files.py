"""Job files that vanish, also together with a new one, or are replaced by an older copy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Status
from kling_tui.storage.store import Store
from kling_tui.storage.toml_format import dump
from tests.support.documented_gateway import I2V_RUNNING, DocumentedGateway
from tests.support.job_files import (
    RUNNING_JOB,
    SUCCEEDED,
    add_in_other_process,
    open_store,
    read_jobs,
    save_jobs,
    write_jobs,
)
from tests.support.jobs import NOW, a_job
from tests.support.terminal import Account

KNOWN = [a_job(f"C{number}", label=f"job {number}") for number in range(20)]
KNOWN_IDS = {job.id for job in KNOWN}


def backup_of(path: Path) -> Path:
    """Return the backup of a job file."""
    return path.with_name(f"{path.name}.bak")


def delete(path: Path) -> None:
    """Delete a file."""
    path.unlink()


def empty(path: Path) -> None:
    """Leave nothing in a file."""
    path.write_bytes(b"")


def write_by_hand(path: Path) -> None:
    """Replace a file by one with another job, as an older version or a user would write it."""
    path.unlink()
    write_jobs(path, a_job("by hand"))


async def sync_twice(store: Store) -> None:
    """Sync as an open program does within two seconds, without a change of its own."""
    for _ in range(2):
        await store.sync(save=False)


@pytest.mark.parametrize("vanish", [delete, empty, write_by_hand])
async def test_known_jobs_are_written_again(path: Path, vanish: Callable[[Path], None]) -> None:
    """No jobs are dropped because of a missing file, an empty one or one with other jobs."""
    store = save_jobs(path, *KNOWN)
    vanish(path)
    others = {"by hand"} if vanish is write_by_hand else set()
    await sync_twice(store)
    assert set(read_jobs(path)) == set(store.jobs) == KNOWN_IDS | others
    assert list(store.jobs)[:20] == [job.id for job in KNOWN]
    assert set(open_store(path).jobs) == KNOWN_IDS | others


@pytest.mark.parametrize("vanish", [delete, empty])
async def test_known_jobs_are_added_to_the_file_of_another_program(
    path: Path, vanish: Callable[[Path], None]
) -> None:
    """The file vanished, and another program has tracked a job since."""
    store = save_jobs(path, *KNOWN)
    vanish(path)
    add_in_other_process(path, "new")
    assert list(read_jobs(path)) == ["new"]
    await sync_twice(store)
    assert set(read_jobs(path)) == set(store.jobs) == KNOWN_IDS | {"new"}
    assert set(read_jobs(backup_of(path))) == KNOWN_IDS | {"new"}


def test_program_that_saves_rarely_keeps_its_jobs_too(path: Path) -> None:
    """A download that has run for an hour saves into a file of another program."""
    store = save_jobs(path, *KNOWN)
    path.unlink()
    save_jobs(path, a_job("new"))
    store.put(replace(KNOWN[0], label="mine"))
    store.save()
    assert set(read_jobs(path)) == KNOWN_IDS | {"new"}
    assert read_jobs(path)["C0"].label == "mine"


async def test_removals_are_still_removals(path: Path) -> None:
    """A job that is removed after the file vanished does not come back."""
    first, second = save_jobs(path, *KNOWN), open_store(path)
    delete(path)
    save_jobs(path, a_job("new"))
    await first.sync(save=False)
    first.remove("C3")
    await first.sync()
    await second.sync(save=False)
    assert set(second.jobs) == set(read_jobs(path)) == KNOWN_IDS - {"C3"} | {"new"}


async def test_program_that_knew_less_does_not_speak_for_others(path: Path) -> None:
    """One program missed a job of the lost file, and another one knows it."""
    late = save_jobs(path, *KNOWN)
    other = open_store(path)
    other.put(a_job("newest"))
    other.save()
    delete(path)
    save_jobs(path, a_job("new"))
    late.save()
    assert "newest" not in read_jobs(path)
    await other.sync(save=False)
    assert set(read_jobs(path)) == KNOWN_IDS | {"new", "newest"}


def test_older_copy_does_not_remove_newer_jobs(path: Path) -> None:
    """A synchronised folder or an editor may bring an old version of the file back."""
    store = save_jobs(path, *KNOWN)
    old = path.read_bytes()
    store.put(a_job("newer"))
    store.save()
    path.write_bytes(old)
    store.save()
    assert set(read_jobs(path)) == KNOWN_IDS | {"newer"}


def test_removal_in_an_editor_is_accepted_although_the_program_saved_since(
    path: Path,
) -> None:
    """The text in the editor is older than the file, and its jobs were removed from it by hand."""
    store = save_jobs(path, a_job("C1"), a_job("C2"))
    text = path.read_text("utf-8")
    store.put(a_job("C3"))
    store.save()
    start, first, _ = text.split("\n[[jobs]]\n")
    path.write_text(f"{start}\n[[jobs]]\n{first}", "utf-8")
    store.save()
    assert list(store.jobs) == list(read_jobs(path)) == ["C1", "C3"]


def test_file_of_an_older_version_is_an_edit_if_it_shares_jobs(path: Path) -> None:
    """An older version drops the revision, and what it removed is removed."""
    store = save_jobs(path, a_job("C1"), a_job("C2"))
    path.write_text(dump([a_job("C2")]), "utf-8")
    store.save()
    assert list(store.jobs) == ["C2"]


async def test_job_in_both_files_keeps_its_end(path: Path) -> None:
    """Another program tracked a known job again, of which it knows nothing yet."""
    done = replace(RUNNING_JOB, **SUCCEEDED)
    store = save_jobs(path, done)
    delete(path)
    save_jobs(path, replace(a_job(), label=done.label))
    await store.sync(save=False)
    assert store.jobs == read_jobs(path) == {done.id: done}


async def test_archive_that_another_program_created_again(path: Path) -> None:
    """What holds for the live file holds for each archive file."""
    ended = [
        replace(a_job(f"E{number}"), status=Status.FAILED, ended_at=NOW) for number in range(500)
    ]
    store = save_jobs(path, *ended)
    (month,) = path.parent.glob("jobs.toml.ended/*.toml")
    before = read_jobs(month)
    delete(month)
    write_jobs(month, replace(ended[0], id="by hand"))
    await store.sync(save=False)
    assert read_jobs(month).keys() == before.keys() | {"by hand"}


class TestBackup:
    """The backup is the last good copy of all jobs."""

    @pytest.mark.parametrize("vanish", [delete, empty])
    def test_stays_when_there_was_no_file(self, path: Path, vanish: Callable[[Path], None]) -> None:
        """It is then the only copy of the lost jobs."""
        save_jobs(path, *KNOWN)
        vanish(path)
        add_in_other_process(path, "new")
        assert set(read_jobs(backup_of(path))) == KNOWN_IDS

    def test_is_moved_when_the_new_file_needs_one(self, path: Path) -> None:
        """The second save makes a backup of the new file, and keeps the one of the lost jobs."""
        save_jobs(path, *KNOWN)
        path.unlink()
        save_jobs(path, a_job("new"))
        save_jobs(path, a_job("newer"))
        assert set(read_jobs(backup_of(path))) == {"new", "newer"}
        assert set(read_jobs(path.with_name("jobs.toml.bak.old"))) == KNOWN_IDS

    @pytest.mark.parametrize("vanish", [delete, empty])
    def test_is_named_while_there_is_no_file(
        self, path: Path, vanish: Callable[[Path], None]
    ) -> None:
        """The advice brings the jobs back."""
        save_jobs(path, *KNOWN)
        vanish(path)
        store = open_store(path)
        (warning,) = store.warnings
        assert warning.startswith(f"{path}: ")
        assert warning.endswith(f"kling-tui --jobs {path} restore")
        assert store.jobs == {}
        assert list(Store(path).restore()) == [(path, None)]
        assert set(open_store(path).jobs) == KNOWN_IDS
        assert open_store(path).warnings == ()

    def test_restores_lost_jobs_into_the_new_file(self, path: Path) -> None:
        """Jobs that were tracked since stay."""
        save_jobs(path, *KNOWN)
        path.unlink()
        save_jobs(path, a_job("new"))
        assert list(Store(path).restore()) == [(path, None)]
        assert set(read_jobs(path)) == KNOWN_IDS | {"new"}
        assert list(Store(path).restore()) == []

    def test_restored_copy_that_is_too_old_removes_nothing(self, path: Path) -> None:
        """A crash can leave a backup that lacks the last save, which an open program knows."""
        store = save_jobs(path, *KNOWN)
        copy = backup_of(path).read_bytes()
        store.put(a_job("last"))
        store.save()
        backup_of(path).write_bytes(copy)
        path.write_bytes(b"damage")
        list(Store(path).restore())
        store.save()
        assert set(read_jobs(path)) == KNOWN_IDS | {"last"}


@pytest.mark.slow
def test_open_program_and_an_add_within_a_second(tmp_path: Path) -> None:
    """Twenty jobs are polled, the file is removed, and another program adds one at once."""
    account = Account(tmp_path)
    ids = [str(10**17 + number) for number in range(21)]
    with DocumentedGateway() as gateway:
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\n')
        for job_id in ids:
            gateway.script(job_id, I2V_RUNNING)
        account.track(*ids[:20])
        with account.start("watch") as process:
            account.until(lambda: all(map(gateway.requests_for, ids[:20])))
            account.until(lambda: "revision" in account.jobs.read_text("utf-8"))
            account.jobs.unlink()
            assert account.run("add", ids[20]).returncode == 0
            account.until(lambda: set(read_jobs(account.jobs)) == set(ids))
            account.until(lambda: gateway.requests_for(ids[20]))
            process.kill()
    assert set(read_jobs(backup_of(account.jobs))) == set(ids)
