"""When the config is read again."""

import os
from pathlib import Path

import pytest

from kling_tui.config.watching import ConfigWatcher


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a config file."""
    path = tmp_path / "config.toml"
    path.write_text("one", "utf-8")
    return path


def looks(watcher: ConfigWatcher, count: int = 3) -> list[bool]:
    """Look several times."""
    return [watcher.changed() for _ in range(count)]


def test_a_change_counts_once_it_has_settled(file: Path) -> None:
    """It is reported once, at the second look."""
    watcher = ConfigWatcher(file)
    assert looks(watcher) == [False, False, False]
    file.write_text("three", "utf-8")
    assert looks(watcher) == [False, True, False]


def test_a_file_that_is_being_written_is_not_read(file: Path) -> None:
    """An editor may empty it first."""
    watcher = ConfigWatcher(file)
    for content in ("", "half", "whole file"):
        file.write_text(content, "utf-8")
        assert not watcher.changed()
    assert watcher.changed()


def test_a_file_that_is_missing_for_a_moment_is_not_missed(file: Path) -> None:
    """Some editors rename the old file before they write the new one."""
    watcher = ConfigWatcher(file)
    backup = file.with_suffix(".bak")
    file.rename(backup)
    assert not watcher.changed()
    backup.rename(file)
    assert looks(watcher) == [False, False, False]


def test_replaced_deleted_and_new_files_are_noticed(file: Path) -> None:
    """A replaced one even if size and time stay the same."""
    watcher = ConfigWatcher(file)
    status = file.stat()
    other = file.with_suffix(".new")
    other.write_text("two", "utf-8")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)
    assert looks(watcher) == [False, True, False]
    file.unlink()
    assert looks(watcher) == [False, True, False]
    file.write_text("one", "utf-8")
    assert looks(watcher) == [False, True, False]
    file.write_text("another", "utf-8")
    watcher.mark_read()
    assert looks(watcher) == [False, False, False]
