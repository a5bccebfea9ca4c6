"""Ends that the user has not seen: kept in the job file, and merged between processes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from kling_tui.storage.merge import three_way_merge
from kling_tui.storage.toml_format import CorruptFileError, dump, load
from tests.support.job_files import (
    RUNNING_JOB,
    SUCCEEDED,
    change_job,
    open_store,
    read_jobs,
    save_jobs,
    write_jobs,
)
from tests.support.jobs import JOBS, NOW, a_job, after

FILE = "jobs.toml"
UNREAD = a_job(status=Status.SUCCEEDED, ended_at=NOW, checked_at=NOW, unread=True)
SEEN = replace(UNREAD, unread=False)
VERSIONS = JOBS.map(lambda job: replace(job, id="C1"))
"""Any state of the same job."""


class TestFile:
    """The key in the job file."""

    def test_file_of_an_older_version_has_nothing_unread(self) -> None:
        """What had ended before the upgrade is not unread."""
        assert "unread" not in dump([SEEN])
        assert load(dump([SEEN]), FILE) == {SEEN.id: SEEN}

    def test_unread_job_is_unread_after_a_restart(self) -> None:
        """The file says so in a key of the job."""
        assert "\nunread = true\n" in dump([UNREAD])
        assert load(dump([UNREAD]), FILE) == {UNREAD.id: UNREAD}

    def test_other_values_are_an_error(self) -> None:
        """It is a file that people may edit."""
        with pytest.raises(CorruptFileError, match=r"unread: .*true or false"):
            load(dump([UNREAD]).replace("unread = true", 'unread = "yes"'), FILE)


class TestMerge:
    """Two processes that change the same job."""

    @settings(max_examples=100)
    @given(st.none() | VERSIONS, VERSIONS, VERSIONS)
    def test_order_does_not_matter(self, base: Job | None, one: Job, other: Job) -> None:
        """Whichever process saves first, the job is unread for both, or for none."""
        before = {"C1": base} if base else {}
        ways = [
            three_way_merge(before, {"C1": mine}, {"C1": theirs})["C1"].unread
            for mine, theirs in ((one, other), (other, one))
        ]
        assert ways[0] is ways[1]

    @settings(max_examples=100)
    @given(VERSIONS, VERSIONS)
    def test_seen_wins(self, base: Job, other: Job) -> None:
        """Whatever else the other process changed: a later poll, a label, a download."""
        base = replace(base, status=Status.SUCCEEDED, unread=True)
        seen = replace(base, unread=False)
        changed = replace(other, status=Status.SUCCEEDED, unread=True)
        for mine, theirs in ((seen, changed), (changed, seen)):
            assert not three_way_merge({"C1": base}, {"C1": mine}, {"C1": theirs})["C1"].unread

    @settings(max_examples=100)
    @given(VERSIONS, VERSIONS)
    def test_unread_again_wins(self, base: Job, other: Job) -> None:
        """An undo in one process, and whatever else the other one changed in the meantime."""
        base = replace(base, status=Status.SUCCEEDED, unread=False)
        unread = replace(base, unread=True)
        changed = replace(other, status=Status.SUCCEEDED, unread=False)
        for mine, theirs in ((unread, changed), (changed, unread)):
            assert three_way_merge({"C1": base}, {"C1": mine}, {"C1": theirs})["C1"].unread

    def test_end_that_the_other_process_has_not_heard_of_stays_unread(self) -> None:
        """A live job is not one that was seen."""
        base = a_job(status=Status.RUNNING)
        live = replace(base, checked_at=after(60))
        for mine, theirs in ((UNREAD, live), (live, UNREAD)):
            merged = three_way_merge({base.id: base}, {base.id: mine}, {base.id: theirs})
            assert merged[base.id].unread

    def test_seen_in_one_process_is_seen_in_the_other(self, path: Path) -> None:
        """Also where the other one changes the job before it reads the file."""
        mine, theirs = save_jobs(path, UNREAD), open_store(path)
        change_job(mine, UNREAD.id, {"unread": False})
        mine.save()
        change_job(theirs, UNREAD.id, {"label": "new", "checked_at": after(60)})
        theirs.save()
        mine.load()
        assert read_jobs(path) == mine.jobs == theirs.jobs
        assert not theirs.jobs[UNREAD.id].unread

    def test_end_that_both_processes_report_and_one_has_seen_is_seen(self, path: Path) -> None:
        """Both may have polled the job by force."""
        write_jobs(path, RUNNING_JOB)
        mine, theirs = open_store(path), open_store(path)
        change_job(mine, RUNNING_JOB.id, SUCCEEDED)
        change_job(theirs, RUNNING_JOB.id, SUCCEEDED | {"unread": True, "checked_at": after(30)})
        mine.save()
        theirs.save()
        assert not read_jobs(path)[RUNNING_JOB.id].unread
