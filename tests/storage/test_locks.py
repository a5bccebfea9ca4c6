"""The lock of the job file: other processes write it at the same time, or hold the lock."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest
from filelock import FileLock

from kling_tui.storage.store import Store, StoreError
from tests.support.job_files import RUNNING_JOB, open_store, read_jobs, read_line, run_program
from tests.support.jobs import a_job

ADD_TEN_JOBS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kling_tui.jobs import Job
from kling_tui.storage.store import Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    store.put(Job(id=f"{sys.argv[2]}-{number}", kind="i2v", added_at=datetime.now(UTC)))
    store.save()
"""
HOLD_LOCK = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1] + ".lock"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
def test_no_job_of_six_processes_is_lost(path: Path) -> None:
    """Six processes that each add ten jobs at once add sixty."""
    names = "abcdef"
    with ExitStack() as stack:
        processes = [stack.enter_context(run_program(ADD_TEN_JOBS, path, name)) for name in names]
        assert {read_line(process) for process in processes} == {"ready"}
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.wait() for process in processes] == [0] * 6
    assert set(read_jobs(path)) == {f"{name}-{number}" for name in names for number in range(10)}


def test_lock_timeout_keeps_changes_and_a_killed_holder_releases_the_lock(path: Path) -> None:
    """After a timeout the changes are still unsaved, and the next save writes them."""
    store = Store(path, lock_timeout=0.1)
    store.put(a_job())
    with run_program(HOLD_LOCK, path) as process:
        assert read_line(process) == "held"
        with pytest.raises(StoreError, match=r"jobs\.toml: another .* held it for 0\.1 s"):
            store.save()
        assert store.dirty
        assert open_store(path).jobs == {}
        process.kill()
    store.save()
    assert read_jobs(path) == {a_job().id: a_job()}


def test_save_continues_when_the_lock_is_released(path: Path) -> None:
    """A save waits for another process that releases the lock in time."""
    store = Store(path)
    store.put(a_job())
    with run_program(HOLD_LOCK, path) as process:
        assert read_line(process) == "held"
        process.communicate("\n")
        store.save()
    assert not store.dirty


async def test_cancelled_sync_ends_only_after_its_write(path: Path) -> None:
    """Nothing is written after a cancelled save has ended."""
    store = open_store(path)
    store.put(RUNNING_JOB)
    with FileLock(f"{path}.lock"):
        saving = asyncio.create_task(store.sync())
        await asyncio.sleep(0)
        for _ in range(2):
            saving.cancel()
            for _ in range(10):
                await asyncio.sleep(0)
            assert not saving.done()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert read_jobs(path) == {RUNNING_JOB.id: RUNNING_JOB}
    assert store.dirty  # so that the next sync checks what was written
