"""Random input on a table of hostile jobs, in bursts as a slow line delivers them."""

import math
import time
from collections.abc import Callable, Set
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from kling_tui.demo.clips import DUSK
from kling_tui.demo.gateway import DemoGateway
from tests.support.hostile_jobs import hostile_jobs
from tests.support.job_files import read_jobs, write_jobs
from tests.support.random_input import SIZES, burst
from tests.support.terminal import Account, Terminal
from tests.support.terminal_app import API_KEY, account_polling

pytestmark = [pytest.mark.pty, pytest.mark.slow]

_BURSTS = 25
"""Bursts of one session."""
_SESSION_SECONDS = 3.5
"""About how long a session takes."""
_SETTINGS = """
[ui]
output = "{output}"
[keys]
quit = "f12"
suspend = "f11"
"""
"""No random key quits or suspends; the palette, and a click on the key's hint, still may."""
_PASTE_END, _F12 = "\x1b[201~", "\x1b[24~"
_ESCAPE = "\x1b[27u"
"""Escape as a sequence, which is never taken as the start of another one."""
_LAST_ID = "CjLastLastLastLast99"
_SHOWN_OUTPUT = 5_000
"""Characters of the output that a failure shows."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run one session per seed, as many as fit into ``--monkey-seconds``."""
    seconds: float = metafunc.config.getoption("monkey_seconds")
    metafunc.parametrize("seed", range(max(1, round(seconds / _SESSION_SECONDS))))


def test_no_input_ends_the_app_or_loses_a_job(
    request: pytest.FixtureRequest, tmp_path: Path, seed: int
) -> None:
    """After any input, the app brings back the jobs that were removed, and quits with status 0."""
    try:
        _run_session(tmp_path, seed)
    except AssertionError as error:
        seconds = math.ceil((seed + 1) * _SESSION_SECONDS)
        repeat = f"python -m pytest --monkey-seconds {seconds} '{request.node.nodeid}'"
        error.add_note(f"To repeat the input of seed {seed}: {repeat}")
        raise


def _run_session(home: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - the same for the same seed
    with DemoGateway(speed=20) as gateway:
        account = _hostile_account(gateway.url, home, random.choice(("lean", "lean", "stock")))
        before = read_jobs(account.jobs).keys()
        with account.open() as terminal:
            terminal.until_shows("a Add")
            _play(terminal, random)
            _undo_all(terminal, account.jobs, before)
            left = _ended(terminal)  # by the palette, or by a click on the hint of the key
            _press_until(terminal, lambda: _ended(terminal), _ESCAPE + _F12, "the end")
            assert terminal.wait() == 0, terminal.text[-_SHOWN_OUTPUT:]
            assert "Traceback" not in terminal.text, terminal.text[-_SHOWN_OUTPUT:]
    after = read_jobs(account.jobs).keys()
    assert left or before <= after
    _assert_files_are_clean(account)


def _hostile_account(url: str, home: Path, output: str) -> Account:
    """Return an account with hostile jobs, a video to play, and `output` as ``ui.output``."""
    account = account_polling(url, home)
    config = account.config.read_text("utf-8").replace("= 0.1", "= 0.5")
    account.configure(config + _SETTINGS.format(output=output))
    video = home / "dusk.mp4"
    video.write_bytes(DUSK.read())
    account.jobs.parent.mkdir(parents=True)
    write_jobs(account.jobs, *hostile_jobs(datetime.now(UTC), str(video)))
    return account


def _ended(terminal: Terminal) -> bool:
    return terminal.process.poll() is not None


def _play(terminal: Terminal, random: Random) -> None:
    """Send bursts, and sometimes resize the window, until the app quits or there were enough."""
    for _ in range(_BURSTS):
        if _ended(terminal):
            return
        if random.random() < 0.15:
            terminal.resize(*random.choice(SIZES))
        terminal.send_bytes(burst(random))
        for _ in range(random.choice((0, 1, 2, 20))):
            terminal.read(0.02)


def _undo_all(terminal: Terminal, file: Path, expected: Set[str]) -> None:
    """Wait until all input was handled, and undo until the file has all `expected` jobs.

    A job that is added last is in the file only once all that was done before is. Undoing an
    addition asks first, which Enter answers; elsewhere, Enter only enlarges the detail.
    """

    def press_until(holds: Callable[[], bool], keys: str, what: str) -> None:
        _press_until(terminal, lambda: _ended(terminal) or holds(), _ESCAPE * 3 + keys, what)

    terminal.resize(120, 40)
    terminal.press(_PASTE_END)
    add = f"\x1b[200~{_LAST_ID}{_PASTE_END}\r"
    press_until(lambda: _LAST_ID in file.read_text("utf-8"), add, _LAST_ID)
    press_until(lambda: expected <= read_jobs(file).keys(), "u\r" * 20, "a removed job")


def _press_until(terminal: Terminal, holds: Callable[[], bool], keys: str, what: str) -> None:
    """Press keys until a condition holds, each time with more patience: earlier input may wait."""
    for attempt in range(8):
        terminal.press(keys)
        deadline = time.monotonic() + 0.2 * 2**attempt
        while time.monotonic() < deadline:
            if holds():
                return
            terminal.read(0.05)
    screen = "\n".join(terminal.lines)
    raise AssertionError(f"{what} did not appear; on the screen:\n{screen}")


def _assert_files_are_clean(account: Account) -> None:
    """No file has the API key, and the log has no traceback."""
    for file in account.home.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert API_KEY.encode() not in content, file
        assert not (file.suffix == ".log" and b"Traceback" in content), content.decode()
