"""The record of announced ends, which processes share."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from kling_tui.gateways.errors import MAX_RETRY_AFTER
from kling_tui.notifications.ends import MAX_AGE
from kling_tui.notifications.outbox import CLAIM_SECONDS, MAX_BATCH, Turn
from kling_tui.notifications.record import NotificationRecord
from kling_tui.storage.locks import LockedError
from tests.support.full_disk import limited_file_size
from tests.support.jobs import NOW, after

NAME = "jobs.toml"


def started(folder: Path) -> NotificationRecord:
    """Return the record of a process that pushes from `NOW` on."""
    record = NotificationRecord(folder / NAME)
    record.begin(NOW)
    return record


def take(record: NotificationRecord, *ids: str, second: float = 60.0) -> Turn:
    """Ask what to send of jobs whose ends were found one after the other."""
    found = {job_id: after(number) for number, job_id in enumerate(ids)}
    return record.take(found, after(second))


def test_one_process_sends_a_batch_and_the_others_wait(tmp_path: Path) -> None:
    """Once it was sent, it is settled for all of them."""
    one, two = started(tmp_path), started(tmp_path)
    batch = take(one, "a", "b").batch
    assert batch is not None
    assert list(batch.found) == ["a", "b"]
    turn = take(two, "a", "b", "c")
    assert turn.batch is None
    assert 0 < turn.wait < 10
    one.settle(batch, after(60))
    turn = take(two, "a", "b", "c")
    assert turn.settled == {"a", "b"}
    assert turn.batch is not None
    assert list(turn.batch.found) == ["c"]
    assert take(one, "a", "b").batch is None


def test_a_batch_that_failed_is_sent_again_by_any_process_under_the_same_key(
    tmp_path: Path,
) -> None:
    """When its time has come; ends that were found since wait for the next message."""
    one, two = started(tmp_path), started(tmp_path)
    first = take(one, "a").batch
    assert first is not None
    one.settle(first, after(60), delay=70.0)
    assert take(two, "a", "b", second=110.0) == Turn(wait=20.0)
    again = take(two, "a", "b", second=130.0).batch
    assert again is not None
    assert (again.key, list(again.found), again.attempts) == (first.key, ["a"], 1)


def test_a_batch_of_a_process_that_is_gone_is_taken_over(tmp_path: Path) -> None:
    """After a while; if the former one is back, it changes nothing any more unless it has sent."""
    one, two = started(tmp_path), started(tmp_path)
    batch = take(one, "a").batch
    assert batch is not None
    assert take(two, "a", second=60.0 + CLAIM_SECONDS - 1).batch is None
    taken = take(two, "a", second=60.0 + CLAIM_SECONDS).batch
    assert taken is not None
    assert taken.key == batch.key
    one.settle(batch, after(60), delay=900.0)
    two.settle(taken, after(60))
    assert take(one, "a").settled == {"a"}


def test_clocks_of_two_machines_may_differ_a_little(tmp_path: Path) -> None:
    """The clock of the second one is behind."""
    one, two = started(tmp_path), started(tmp_path)
    assert take(one, "a", second=60.0).batch is not None
    assert take(two, "a", second=55.0).batch is None


def test_times_of_a_clock_that_was_set_back_hold_nothing_back(tmp_path: Path) -> None:
    """Neither a batch that was begun, nor one that waits."""
    one, two, day = started(tmp_path), started(tmp_path), 86_400.0
    batch = take(one, "a", second=day).batch
    assert batch is not None
    assert take(two, "a").batch is not None
    one.settle(batch, after(day), delay=MAX_RETRY_AFTER)
    assert take(two, "a").batch is not None


def test_ends_are_announced_after_the_clock_was_set_back(tmp_path: Path) -> None:
    """It was wrong when push was configured, and is right from then on."""
    started(tmp_path)
    record, year = NotificationRecord(tmp_path / NAME), timedelta(days=365)
    record.begin(NOW - year)
    turn = record.take({"a": after(5) - year}, after(9000) - year)
    assert turn.batch is not None


def test_nothing_is_announced_again_after_the_clock_was_wrong(tmp_path: Path) -> None:
    """It was ahead by a month for a while."""
    record = started(tmp_path)
    batch = take(record, "a").batch
    assert batch is not None
    record.settle(batch, after(60))
    record.claim_commands({"b": NOW}, NOW + timedelta(days=30))
    assert take(NotificationRecord(tmp_path / NAME), "a").settled == {"a"}


def test_ends_that_were_found_before_the_first_start_are_not_announced(tmp_path: Path) -> None:
    """Those that were found while nothing ran since are."""
    started(tmp_path)
    later = NotificationRecord(tmp_path / NAME)
    later.begin(after(1000))
    turn = later.take({"old": after(-1), "new": after(1)}, after(1000))
    assert turn.settled == {"old"}
    assert turn.batch is not None
    assert list(turn.batch.found) == ["new"]


def test_many_ends_share_few_messages_oldest_first(tmp_path: Path) -> None:
    """Each is in exactly one of them."""
    record, sent = started(tmp_path), list[str]()
    ids = [f"job{number}" for number in range(2 * MAX_BATCH + 1)]
    while batch := take(record, *ids).batch:
        assert len(batch.found) <= MAX_BATCH
        sent += batch.found
        record.settle(batch, after(60))
    assert sent == ids


def test_what_cannot_be_sent_for_days_is_given_up(tmp_path: Path) -> None:
    """And named, so that it can be reported."""
    record = started(tmp_path)
    batch = take(record, "a").batch
    assert batch is not None
    record.settle(batch, after(60), delay=0.0)
    late = NOW + MAX_AGE + timedelta(seconds=1)
    turn = record.take({"b": late}, late)
    assert turn.given_up is not None
    assert list(turn.given_up.found) == ["a"]
    assert turn.batch is not None
    assert list(turn.batch.found) == ["b"]


def test_commands_are_claimed_once(tmp_path: Path) -> None:
    """Independently of push messages."""
    one, two = started(tmp_path), started(tmp_path)
    assert one.claim_commands({"a": NOW, "b": NOW}, NOW) == ["a", "b"]
    assert two.claim_commands({"b": NOW, "c": NOW}, NOW) == ["c"]
    assert take(two, "a").batch is not None


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    """Ends that are no news any more are forgotten."""

    def pass_day(record: NotificationRecord, day: int) -> None:
        now = NOW + timedelta(days=day)
        found: dict[str, datetime] = {f"job {day}.{number}": now for number in range(50)}
        record.claim_commands(found, now)
        if batch := record.take(found, now).batch:
            record.settle(batch, now)

    record, file = started(tmp_path), tmp_path / f"{NAME}.notified"
    for day in range(30):
        pass_day(record, day)
    size = file.stat().st_size
    for day in range(30, 60):
        pass_day(record, day)
    assert file.stat().st_size <= size + 100
    assert file.stat().st_mode & 0o077 == 0


def test_a_corrupt_file_is_replaced(tmp_path: Path) -> None:
    """Ends are announced from then on."""
    file = tmp_path / f"{NAME}.notified"
    since = after(0).isoformat().encode()
    contents = (
        b"",
        b"{",
        b'{"since": 3}',
        b'{"since": "2026-11-20T10:00:00"}',
        b'{"since": "%s", "batch": {"key": "k", "found": {}}}' % since,
        b'{"since": "%s", "x": %s}' % (since, b"[" * 100_000),
        b"\xff",
    )
    for content in contents:
        file.write_bytes(content)
        record = started(tmp_path)
        turn = record.take({"old": after(-1), "new": after(1)}, after(1))
        assert turn.settled == {"old"}
        assert turn.batch is not None


def test_where_no_file_can_be_written_each_process_keeps_its_own_record(tmp_path: Path) -> None:
    """Twice is better than never. What was announced is written as soon as that works."""
    folder = tmp_path / "folder"
    folder.write_text("a file in its place")
    one, two = started(folder), started(folder)
    batch = take(one, "a").batch
    assert batch is not None
    one.settle(batch, after(60))
    assert take(one, "a").batch is None
    assert take(two, "a").batch is not None
    folder.unlink()
    assert take(one, "a", "b").settled == {"a"}
    assert take(started(folder), "a").settled == {"a"}


def test_on_a_full_disk_the_file_still_counts(tmp_path: Path) -> None:
    """Since when ends are announced, and which were. Nothing is sent again once there is space."""
    one, two = started(tmp_path), started(tmp_path)
    first = take(one, "a").batch
    assert first is not None
    one.settle(first, after(60))
    second = take(one, "a", "b").batch
    assert second is not None
    with limited_file_size():
        one.settle(second, after(60))
        turn = take(one, "a", "b", "c")
        assert turn.settled == {"a", "b"}
        third = turn.batch
        assert third is not None
        assert list(third.found) == ["c"]
        one.settle(third, after(60))
    assert take(one, "a", "b", "c").settled == {"a", "b", "c"}
    assert take(two, "a", "b", "c").settled == {"a", "b", "c"}


def test_a_locked_file_is_reported(tmp_path: Path) -> None:
    """The caller tries again."""
    record = NotificationRecord(tmp_path / NAME, lock_timeout=0.01)
    with FileLock(tmp_path / f"{NAME}.lock"), pytest.raises(LockedError):
        record.begin(NOW)
