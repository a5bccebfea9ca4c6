"""Videos on a pseudo-terminal."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kling_tui.demo.clips import DUSK
from kling_tui.jobs import Status, Video
from kling_tui.storage.store import Store
from tests.support.jobs import a_job, after
from tests.support.terminal import Account, Terminal

pytestmark = [pytest.mark.pty, pytest.mark.slow]

_HALF_BLOCKS = "▀▀▀"
_SPECS = "1280×720  5.1 s  30 fps  h264"
_CONFIG = """
[gateway]
url = "http://127.0.0.1:9"
[ui]
output = "{output}"
"""


@pytest.fixture(params=["lean", "stock"])
def account(tmp_path: Path, request: pytest.FixtureRequest) -> Account:
    """Return an account with one job, which is finished and downloaded."""
    account = Account(tmp_path)
    account.configure(_CONFIG.format(output=request.param))
    file = tmp_path / "sunset.mp4"
    file.write_bytes(DUSK.read())
    account.jobs.parent.mkdir(parents=True)
    store = Store(account.jobs)
    videos = (Video("https://cdn.example/clip.mp4", file=str(file)),)
    job = a_job(label="sunset", status=Status.SUCCEEDED, ended_at=after(90), videos=videos)
    store.put(job)
    store.save()
    return account


@pytest.fixture
def terminal(account: Account) -> Iterator[Terminal]:
    """Open the app."""
    with account.open() as terminal:
        yield terminal


def test_playing_pausing_and_leaving_restores_the_terminal(terminal: Terminal) -> None:
    """With the diff renderer and with Textual's own output."""
    terminal.until_shows("sunset", _SPECS, _HALF_BLOCKS)
    terminal.press("v")
    terminal.until_shows(_HALF_BLOCKS, "Frame back")
    terminal.until(lambda: "▶" in terminal.text)  # it may have ended before it is read
    terminal.press(" ")
    terminal.until_shows("‖")
    terminal.press("\x1b[D")
    terminal.press("\x1b")
    terminal.until_shows("Status", "sunset", _SPECS, _HALF_BLOCKS)
    terminal.press("v")
    terminal.until_shows("Frame back")
    terminal.press("\x03")
    assert terminal.wait() == 0
    assert terminal.restored
    assert "Traceback" not in terminal.text


def test_quitting_while_the_player_opens_is_no_error(terminal: Terminal) -> None:
    """The exit status is 0."""
    terminal.until_shows("sunset", _SPECS)
    terminal.press("v")
    terminal.press("\x03")
    assert terminal.wait() == 0
    assert terminal.restored


def test_quitting_while_the_wall_plays_restores_the_terminal(terminal: Terminal) -> None:
    """It pauses and plays again before."""
    terminal.until_shows("sunset", _SPECS)
    terminal.press("W")
    terminal.until_shows("Clip wall: 1 result", _HALF_BLOCKS)
    terminal.press(" ")
    terminal.until_shows("paused")
    terminal.press(" ")
    terminal.until_hides("paused")
    terminal.press("\x03")
    assert terminal.wait() == 0
    assert terminal.restored
    assert "Traceback" not in terminal.text


def test_importing_the_app_does_not_load_pyav(tmp_path: Path) -> None:
    """And Textual does not query the terminal for graphics protocols."""
    account = Account(tmp_path)
    code = "import sys, kling_tui.tui.app; print(sorted({'av', 'PIL', 'numpy'} & {*sys.modules}))"
    with Terminal((sys.executable, "-c", code), account.environment, tmp_path) as terminal:
        assert terminal.wait() == 0
    assert terminal.text == "[]\r\n"
