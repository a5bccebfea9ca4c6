"""The log of the app: private, rotated, and never in the way."""

import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import run

import pytest

from kling_tui.cli.commands.app import PrivateLog

LOG_TO_FULL_DISK = """
import logging, resource, sys
from kling_tui.cli.commands.app import PrivateLog
log = logging.getLogger("test")
log.addHandler(PrivateLog(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for _ in range(3):
    log.warning("x" * 700)
"""


@contextmanager
def log_to(file: Path, max_bytes: int = 0) -> Iterator[logging.Logger]:
    """Open a log for the block."""
    logger = logging.Logger("test")
    with closing(PrivateLog(file, maxBytes=max_bytes, backupCount=2)) as handler:
        logger.addHandler(handler)
        yield logger


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_log_and_rotated_logs_are_private(tmp_path: Path, umask: int) -> None:
    """Under any umask, also after each rotation."""
    before = os.umask(umask)
    try:
        with log_to(tmp_path / "log", max_bytes=100) as logger:
            for _ in range(20):
                logger.warning("x" * 40)
    finally:
        os.umask(before)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["log", "log.1", "log.2"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_log_of_an_older_version_becomes_private(tmp_path: Path) -> None:
    """Others could read it, and its content is kept."""
    file = tmp_path / "log"
    file.write_text("before\n", "utf-8")
    file.chmod(0o644)
    with log_to(file) as logger:
        logger.warning("after \ud800")
    assert file.read_text("utf-8") == "before\nafter \\ud800\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("target")])
def test_only_a_regular_file_is_a_log(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Nothing waits for a pipe, and a planted link is not followed."""
    make(tmp_path / "log")
    with pytest.raises(OSError, match=r"pipe|irectory|symbolic|No such device"):
        PrivateLog(tmp_path / "log")
    assert not (tmp_path / "target").exists()


def test_failed_write_prints_nothing(tmp_path: Path) -> None:
    """A full disk must not draw a traceback over the app."""
    ended = run(  # noqa: S603
        [sys.executable, "-c", LOG_TO_FULL_DISK, tmp_path / "log"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("", "")
    assert (tmp_path / "log").stat().st_size == 1000
