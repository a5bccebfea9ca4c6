"""The end of the log file, as it grows and is rotated."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kling_tui.tui.log_tail import MAX_BYTES, MAX_LINES, LogTail


def record(message: str, level: str = "INFO") -> str:
    """Return a line as the program logs it."""
    return f"2026-11-20 10:00:00,123 {level} {message}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a log that does not exist yet."""
    return tmp_path / "kling-tui.log"


def append(file: Path, text: str) -> None:
    """Log something."""
    with file.open("a", encoding="utf-8") as log:
        log.write(text)


def texts(file: Path) -> list[str]:
    """Return the lines that are shown of a log."""
    return [line.text for line in LogTail(file).read_if_changed() or ()]


def test_a_log_is_read_again_only_when_it_has_changed(file: Path) -> None:
    """It may not exist at first, and be deleted later."""
    tail = LogTail(file)
    assert tail.read_if_changed() is None
    append(file, record("one"))
    assert len(tail.read_if_changed() or ()) == 1
    assert tail.read_if_changed() is None
    append(file, record("two"))
    assert len(tail.read_if_changed() or ()) == 2
    file.unlink()
    assert tail.read_if_changed() == []


def test_a_rotated_log_comes_before_the_new_one(file: Path) -> None:
    """Right after the rotation, the new one has hardly a line."""
    append(file, record("old"))
    file.rename(file.with_name("kling-tui.log.1"))
    append(file, record("new"))
    assert [line.rpartition(" ")[2] for line in texts(file)] == ["old", "new"]


def test_only_the_end_of_a_large_log_is_read(file: Path) -> None:
    """Its first line is one that was read from its start."""
    append(file, "".join(record(f"{number} {'x' * 200}") for number in range(1000)))
    append(file.with_name("kling-tui.log.1"), record("rotated"))
    shown = texts(file)
    assert sum(map(len, shown)) < MAX_BYTES
    assert shown[0].startswith("2026-11-20")
    assert "999 x" in shown[-1]
    assert "rotated" not in " ".join(shown)


def test_only_the_last_lines_are_kept(file: Path) -> None:
    """However short they are."""
    append(file, "".join(f"{number}\n" for number in range(MAX_LINES + 10)))
    assert texts(file) == [str(number) for number in range(10, MAX_LINES + 10)]


def test_lines_are_sanitised(file: Path) -> None:
    """Another program, or an older version, may have written control characters or other bytes."""
    file.write_bytes(b"\x1b[31mred\x07 \xff\xfe\r\n[/nope] \xe2\x80\xae\n")
    assert texts(file) == ["[31mred \ufffd\ufffd", "[/nope]"]


def test_a_line_has_the_severity_of_its_record(file: Path) -> None:
    """The lines of a traceback are as severe as its first."""
    append(file, "Traceback\n" + record("a") + record("b", "WARNING") + "more\n")
    append(file, record("c", "ERROR") + record("d", "CRITICAL") + record("e", "DEBUG"))
    lines = LogTail(file).read_if_changed() or ()
    assert [line.severity for line in lines] == [0, 0, 1, 1, 2, 2, 0]


@pytest.mark.parametrize(
    "make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/etc/hosts")]
)
def test_only_a_regular_file_is_read(file: Path, make: Callable[[Path], object]) -> None:
    """Nothing waits for a pipe, and a planted link is not followed."""
    make(file)
    with pytest.raises(OSError, match=r"pipe|irectory|symbolic"):
        LogTail(file).read_if_changed()
