"""The file with the incidents."""

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.storage.incidents import (
    MAX_AGE,
    MAX_INCIDENTS,
    MAX_JOBS,
    Incident,
    IncidentFile,
    merge,
)
from tests.support.jobs import NOW, after

UNREACHABLE = Incident(
    kind="i2v", cause="unreachable", start=after(-600), end=after(-60), problem="no", outage=True
)


def other(**changes: Any) -> Incident:
    """Return an incident of another time."""
    return replace(UNREACHABLE, **{"start": after(-300), **changes})


@pytest.fixture
def file(tmp_path: Path) -> IncidentFile:
    """Return the file beside a job file."""
    return IncidentFile(tmp_path / "jobs.toml")


def test_what_was_written_is_read_by_another_process(file: IncidentFile, tmp_path: Path) -> None:
    """After a restart too."""
    assert file.add([UNREACHABLE], NOW)
    assert file.add([other()], NOW)
    assert IncidentFile(tmp_path / "jobs.toml").read() == [UNREACHABLE, other()]


def test_an_incident_that_goes_on_is_replaced(file: IncidentFile) -> None:
    """The later state stays, whichever process writes last."""
    longer = replace(UNREACHABLE, end=NOW, polls=9)
    file.add([longer], NOW)
    file.add([UNREACHABLE], NOW)
    assert file.read() == [longer]


def test_the_file_is_private(file: IncidentFile) -> None:
    """It names jobs and error messages."""
    file.add([UNREACHABLE], NOW)
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line",
    [
        b"", b"x", b"{}", b"[]", b"\xff\xfe", b'{"kind": 1}', b"[" * 100_000,
        b'{"kind":"i2v","cause":"x","start":"2026-11-20T10:00:00","end":"2026-11-20T10:00:00"}',
    ],
)  # fmt: skip
def test_lines_that_cannot_be_understood_are_left_out(file: IncidentFile, line: bytes) -> None:
    """The others are read, and the next write removes the rest."""
    file.add([UNREACHABLE], NOW)
    file.path.write_bytes(line + b"\n" + file.path.read_bytes())
    assert file.read() == [UNREACHABLE]
    file.add([other()], NOW)
    assert len(file.path.read_bytes().splitlines()) == 2


def test_old_and_future_incidents_are_dropped(file: IncidentFile) -> None:
    """A week can be shown; what lies far ahead is from a wrong clock."""
    old = other(start=NOW - 2 * MAX_AGE, end=NOW - MAX_AGE - timedelta(seconds=1))
    future = other(start=NOW, end=NOW + 2 * MAX_AGE)
    last_week = other(start=NOW - timedelta(days=7), end=NOW - timedelta(days=7))
    file.add([old, future, last_week], NOW)
    assert file.read() == [last_week]


def test_an_incident_of_centuries_is_dropped() -> None:
    """Its start may be a time that no time zone can show."""
    ancient = replace(UNREACHABLE, start=datetime.min.replace(tzinfo=UTC))
    assert merge([ancient, UNREACHABLE], [], NOW) == [UNREACHABLE]


def test_the_number_is_bounded() -> None:
    """The last ones are kept."""
    many = [other(start=after(-number), end=NOW) for number in range(MAX_INCIDENTS + 9)]
    assert merge([], many, NOW) == sorted(many, key=lambda each: each.start)[9:]


def test_text_of_the_file_is_harmless(file: IncidentFile) -> None:
    """It may have been edited."""
    hostile = other(problem="\x1b[2J[/x]" + "long" * 999, jobs=tuple(map(str, range(99))))
    file.add([hostile], NOW)
    [found] = file.read()
    assert found.problem.startswith("[2J[/x]")
    assert len(found.problem) <= 200
    assert len(found.jobs) == MAX_JOBS


class TestWithoutAFile:
    """Nothing is an error."""

    def test_no_folder(self, tmp_path: Path) -> None:
        """There are no incidents, and none can be written."""
        file = IncidentFile(tmp_path / "gone" / "jobs.toml")
        assert file.read() == []
        assert not file.add([UNREACHABLE], NOW)

    @pytest.mark.parametrize("kind", ["folder", "link"])
    def test_something_else_has_the_name(self, file: IncidentFile, kind: str) -> None:
        """A link is not followed."""
        target = file.path.with_name("target")
        if kind == "folder":
            file.path.mkdir()
        else:
            target.write_bytes(b"mine")
            file.path.symlink_to(target)
        assert file.read() == []
        assert not file.add([UNREACHABLE], NOW)
        assert kind == "folder" or target.read_bytes() == b"mine"

    @pytest.mark.slow
    def test_another_process_has_it_locked(self, file: IncidentFile) -> None:
        """It gives up after a second, and the incidents are written the next time."""
        file.add([UNREACHABLE], NOW)
        with file.path.open("rb") as locked:
            fcntl.flock(locked, fcntl.LOCK_EX)
            assert not file.add([other()], NOW)
        assert file.add([other()], NOW)
