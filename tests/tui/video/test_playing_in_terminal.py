"""Videos on a real terminal: what is drawn of them, and that they cost nothing until then."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kling_tui.demo.clips import DUSK
from kling_tui.jobs import Status, Video
from kling_tui.storage.store import Store
from tests.support.jobs import a_job, after
from tests.support.terminal import Account, Terminal

_BLOCKS = "▀▀▀"
_CONFIG = """
[gateway]
url = "http://127.0.0.1:9"
[ui]
output = "{output}"
"""


@pytest.fixture(params=["lean", "stock"])
def account(tmp_path: Path, request: pytest.FixtureRequest) -> Account:
    """Return an account in which one job is finished and downloaded."""
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
    """Open the app on it."""
    with account.open() as terminal:
        yield terminal


def test_a_day_with_a_video(terminal: Terminal) -> None:
    """The poster, playing, pausing and leaving, and a terminal that is as it was."""
    terminal.until_shows("sunset", "1280×720  5.1 s  30 fps  h264", _BLOCKS)
    terminal.press("v")
    terminal.until_shows(_BLOCKS, "Frame back")
    terminal.until(lambda: "▶" in terminal.text)  # it may be over by the time it is read
    terminal.press(" ")
    terminal.until_shows("‖")
    terminal.press("\x1b[D")
    terminal.press("\x1b")
    terminal.until_shows("Status", "sunset", "1280×720  5.1 s  30 fps  h264", _BLOCKS)
    terminal.press("v")
    terminal.until_shows("Frame back")
    terminal.press("\x03")
    assert terminal.wait() == 0
    assert terminal.restored
    assert "Traceback" not in terminal.text


def test_leaving_before_it_plays(terminal: Terminal) -> None:
    """To leave the program in the moment in which the player opens is no fault."""
    terminal.until_shows("sunset", "1280×720  5.1 s  30 fps  h264")
    terminal.press("v")
    terminal.press("\x03")
    assert terminal.wait() == 0
    assert terminal.restored


def test_nothing_is_loaded_before_it_is_needed(tmp_path: Path) -> None:
    """The app is imported without PyAV, and nothing asks the terminal for its pictures."""
    account = Account(tmp_path)
    code = "import sys, kling_tui.tui.app; print(sorted({'av', 'PIL', 'numpy'} & {*sys.modules}))"
    with Terminal((sys.executable, "-c", code), account.environment, tmp_path) as terminal:
        assert terminal.wait() == 0
    assert terminal.text == "[]\r\n"
