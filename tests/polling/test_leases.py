"""The file of leases: of all sessions on one job file, one holds that of each source."""

import fcntl
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kling_tui.jobs import Source
from kling_tui.polling.leases import (
    LEASE_SECONDS,
    RENEWAL_INTERVAL,
    Lease,
    LeaseFile,
    is_polled,
    lease_path,
    read_leases,
)

I2V, O1, STUDIO = Source("i2v"), Source("o1"), Source("o1", "studio")
NO_LIMITS: Mapping[Source, float] = {}


class Sessions:
    """Two sessions on one job file, and what each holds."""

    def __init__(self, jobs: Path) -> None:
        self.jobs = jobs
        self.one, self.other = LeaseFile(jobs), LeaseFile(jobs)

    @property
    def path(self) -> Path:
        """The file of the leases."""
        return lease_path(self.jobs)

    def update_one(self, now: float, *wanted: Source) -> set[Source]:
        """Update the leases of the first session, and return which it holds."""
        return updated(self.one, now, *wanted)

    def update_other(self, now: float, *wanted: Source) -> set[Source]:
        """Update the leases of the second session, and return which it holds."""
        return updated(self.other, now, *wanted)


def updated(leases: LeaseFile, now: float, *wanted: Source) -> set[Source]:
    """Update the leases of a session, and return which it holds."""
    leases.update(wanted, NO_LIMITS, now)
    return {source for source in (I2V, O1, STUDIO) if leases.held_until(source) > now}


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    """Make two sessions on one job file."""
    return Sessions(tmp_path / "jobs.toml")


def test_each_source_has_one_holder(sessions: Sessions) -> None:
    """The first to ask; sources of other kinds and profiles are free."""
    assert sessions.update_one(0.0, I2V, O1) == {I2V, O1}
    assert sessions.update_other(0.5, I2V, O1, STUDIO) == {STUDIO}
    assert sessions.update_one(1.0, I2V, O1, STUDIO) == {I2V, O1}
    assert sessions.one.held_elsewhere(1.0) == {STUDIO}
    assert sessions.other.held_elsewhere(1.0) == {I2V, O1}


def test_lease_that_is_no_longer_wanted_is_free(sessions: Sessions) -> None:
    """The others are kept."""
    sessions.update_one(0.0, I2V, O1)
    assert sessions.update_one(1.0, O1) == {O1}
    assert sessions.update_other(1.0, I2V, O1) == {I2V}


def test_lease_is_lost_unless_renewed(sessions: Sessions) -> None:
    """Its holder knows without reading the file, and finds the new holder when it does."""
    sessions.update_one(10.0, I2V)
    expires_at = sessions.one.held_until(I2V)
    assert expires_at == 10.0 + LEASE_SECONDS
    assert sessions.update_other(expires_at - 0.01, I2V) == set()
    assert sessions.update_other(expires_at, I2V) == {I2V}
    assert sessions.update_one(expires_at + 1.0, I2V) == set()


def test_renewed_lease_lasts(sessions: Sessions) -> None:
    """However long its holder lives."""
    for second in range(100):
        assert sessions.update_one(second * RENEWAL_INTERVAL, I2V) == {I2V}
        assert sessions.update_other(second * RENEWAL_INTERVAL + 0.9, I2V) == set()


def test_next_update_comes_when_a_lease_of_another_expires(sessions: Sessions) -> None:
    """So nothing is lost by waiting for the next renewal."""
    sessions.update_one(0.0, I2V)
    assert sessions.one.next_update_in(0.0) == RENEWAL_INTERVAL
    sessions.update_other(LEASE_SECONDS - 0.4, I2V)
    assert sessions.other.next_update_in(LEASE_SECONDS - 0.4) == pytest.approx(0.4)


def test_other_job_files_have_other_leases(tmp_path: Path) -> None:
    """Both can be held at the same time."""
    one, other = LeaseFile(tmp_path / "jobs.toml"), LeaseFile(tmp_path / "more.toml")
    assert updated(one, 0.0, I2V) == updated(other, 0.0, I2V) == {I2V}


def test_removed_file_is_replaced(sessions: Sessions) -> None:
    """The first to update then holds the leases."""
    sessions.update_one(0.0, I2V)
    sessions.path.unlink()
    assert sessions.update_one(1.0, I2V) == {I2V}
    assert sessions.update_other(1.0, I2V) == set()


def test_only_the_user_can_read_the_file(sessions: Sessions) -> None:
    """It tells the names of profiles."""
    sessions.update_one(0.0, STUDIO)
    assert sessions.path.stat().st_mode & 0o777 == 0o600


RECORD = {"kind": "i2v", "profile": "", "owner": "x", "renewed_at": 9.0, "rate_limited_until": 0}
VALID = json.dumps([RECORD]).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        VALID[:-3],
        VALID + b"]",
        b"null",
        b"7",
        b'{"i2v": 1}',
        b"[1]",
        b"[" * 100_000,
        json.dumps([{**RECORD, "renewed_at": "soon"}]).encode(),
        json.dumps([{**RECORD, "renewed_at": 10**400}]).encode(),
        json.dumps([{**RECORD, "renewed_at": math.nan}]).encode(),
        json.dumps([{**RECORD, "renewed_at": math.inf}]).encode(),
        json.dumps([{**RECORD, "renewed_at": 5000.0}]).encode(),
        json.dumps([{**RECORD, "rate_limited_until": 1e9}]).encode(),
        json.dumps([{"kind": "i2v"}]).encode(),
    ],
)
def test_file_that_makes_no_sense_has_no_leases(sessions: Sessions, content: bytes) -> None:
    """It is replaced; so is one from before the machine was started again."""
    sessions.path.write_bytes(VALID)
    assert sessions.update_one(10.0, I2V) == set()
    sessions.path.write_bytes(content)
    assert sessions.update_one(10.0, I2V) == {I2V}
    assert list(read_leases(sessions.jobs, 10.0)) == [I2V]
    assert sessions.update_other(10.0, I2V) == set()


def missing(folder: Path) -> None:
    """Have no folder."""
    folder.rmdir()


def link(folder: Path) -> None:
    """Let the name lead to another file."""
    (folder / "precious").write_text("keep")
    lease_path(folder / "jobs.toml").symlink_to(folder / "precious")


def pipe(folder: Path) -> None:
    """Have a pipe of that name."""
    os.mkfifo(lease_path(folder / "jobs.toml"))


@pytest.mark.parametrize("obstacle", [missing, link, pipe])
def test_all_may_poll_where_there_can_be_no_leases(
    tmp_path: Path, obstacle: Callable[[Path], None]
) -> None:
    """Nothing else is read or written, and one holds the lease once there can be leases."""
    folder = tmp_path / "state"
    folder.mkdir()
    obstacle(folder)
    sessions = Sessions(folder / "jobs.toml")
    assert sessions.update_one(0.0, I2V) == sessions.update_other(0.0, I2V) == {I2V}
    assert not read_leases(sessions.jobs, 0.0)
    if (folder / "precious").exists():
        assert (folder / "precious").read_text() == "keep"
    folder.mkdir(exist_ok=True)
    sessions.path.unlink(missing_ok=True)
    assert sessions.update_one(1.0, I2V) == {I2V}
    assert sessions.update_other(1.0, I2V) == set()


def test_locked_file_changes_nothing_at_first(sessions: Sessions) -> None:
    """Another process has it locked for a moment; the next attempt comes soon."""
    sessions.update_one(0.0, I2V)
    with sessions.path.open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        assert sessions.update_one(1.0, I2V, O1) == {I2V}
        assert sessions.one.next_update_in(1.0) < 0.1
    assert sessions.update_one(1.1, I2V, O1) == {I2V, O1}
    assert sessions.one.next_update_in(1.1) == RENEWAL_INTERVAL


def test_file_that_stays_locked_is_replaced(sessions: Sessions) -> None:
    """The process that has it locked was stopped; what it writes later does not count."""
    sessions.update_one(0.0, I2V)
    with sessions.path.open("r+b") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        assert sessions.update_other(1.0, I2V) == set()
        assert sessions.update_other(1.0 + LEASE_SECONDS, I2V) == set()
        assert sessions.update_other(1.1 + LEASE_SECONDS, I2V) == {I2V}
        locked.write(VALID)
    assert sessions.update_one(1.2 + LEASE_SECONDS, I2V) == set()
    assert sessions.update_other(1.3 + LEASE_SECONDS, I2V) == {I2V}


def test_process_without_a_session_sees_whether_jobs_are_polled(sessions: Sessions) -> None:
    """It changes nothing, and an expired lease does not count."""
    assert not is_polled(sessions.jobs, 0.0)
    assert not sessions.path.exists()
    sessions.update_one(0.0, I2V)
    assert is_polled(sessions.jobs, LEASE_SECONDS - 0.1)
    assert not is_polled(sessions.jobs, LEASE_SECONDS)


class TestRateLimit:
    """The wait that a 429 asked for."""

    def test_it_holds_for_all_sessions(self, sessions: Sessions) -> None:
        """The longest wait counts, whichever session was limited."""
        sessions.one.update([I2V], {I2V: 60.0}, 0.0)
        sessions.other.update([I2V], {I2V: 90.0}, 1.0)
        sessions.one.update([I2V], {I2V: 60.0}, 2.0)
        assert sessions.one.rate_limited_until(I2V) == 90.0
        assert sessions.one.held_until(I2V) > 2.0
        assert sessions.one.rate_limited_until(O1) == 0.0

    @pytest.mark.parametrize("wanted", [[], [I2V]])
    def test_it_is_remembered_without_a_holder(
        self, sessions: Sessions, wanted: list[Source]
    ) -> None:
        """The session that was limited gave up the lease, or was killed."""
        sessions.one.update(wanted, {I2V: 60.0}, 0.0)
        sessions.other.update([I2V], NO_LIMITS, 50.0)
        assert sessions.other.held_until(I2V) > 50.0
        assert sessions.other.rate_limited_until(I2V) == 60.0

    def test_record_without_a_holder_goes_when_the_wait_ends(self, sessions: Sessions) -> None:
        """Nothing of gone sources stays."""
        sessions.one.update([], {I2V: 60.0}, 0.0)
        sessions.other.update([], NO_LIMITS, 59.0)
        assert sessions.other.leases == {I2V: Lease("", 0.0, 60.0)}
        sessions.other.update([], NO_LIMITS, 60.0)
        assert not sessions.other.leases
