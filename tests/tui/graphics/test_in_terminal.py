"""Posters in pixels, on a pseudo-terminal that decodes them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from kling_tui.demo.clips import DUSK, LANTERNS
from kling_tui.jobs import Status, Video
from kling_tui.previews.video_file import VideoFile
from kling_tui.storage.store import Store
from tests.support.decoded_images import DecodedImage
from tests.support.graphics_terminal import (
    CELL,
    CELL_QUERY,
    ITERM2_REPLIES,
    KITTY_REPLIES,
    PLAIN_REPLIES,
    QUERY,
    SIXEL_REPLIES,
    GraphicsTerminal,
)
from tests.support.jobs import a_job, after
from tests.support.terminal import Account

pytestmark = [pytest.mark.pty, pytest.mark.slow]

REPLIES = {"kitty": KITTY_REPLIES, "sixel": SIXEL_REPLIES, "iterm2": ITERM2_REPLIES}
BLOCKS = "▀▀▀"
SPECS = "1280×720  5.1 s"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """Return an account with two jobs whose videos are downloaded."""
    account = Account(tmp_path)
    account.configure('[gateway]\nurl = "http://127.0.0.1:9"\n')
    account.jobs.parent.mkdir(parents=True)
    store = Store(account.jobs)
    for label, clip, minutes in (("lanterns", LANTERNS, 1), ("sunset", DUSK, 2)):
        file = tmp_path / f"{label}.mp4"
        file.write_bytes(clip.read())
        videos = (Video("https://cdn.example/clip.mp4", file=str(file)),)
        ended_at = after(90 + 60 * minutes)
        store.put(
            a_job(label, label=label, status=Status.SUCCEEDED, ended_at=ended_at, videos=videos)
        )
    store.save()
    return account


@contextmanager
def opened(
    account: Account, replies: bytes = b"", **environment: Any
) -> Iterator[GraphicsTerminal]:
    """Open the app on a terminal that replies at once."""
    with account.open(kind=GraphicsTerminal, **environment) as opened:
        terminal = cast(GraphicsTerminal, opened)
        if replies:
            terminal.wait_for_query()
            terminal.send_bytes(replies)
        yield terminal
        assert "Traceback" not in terminal.text


@pytest.fixture(params=REPLIES)
def terminal(account: Account, request: pytest.FixtureRequest) -> Iterator[GraphicsTerminal]:
    """Open the app on a terminal of each protocol."""
    with opened(account, REPLIES[request.param]) as terminal:
        yield terminal


def first_frame(account: Account, label: str, size: tuple[int, int]) -> DecodedImage:
    """Return the first frame of a job's video in a size."""
    frame = VideoFile(str(account.home / f"{label}.mp4")).frame_at(0.0, size)
    starts = range(0, len(frame.pixels), 3)
    pixels = tuple(tuple(frame.pixels[start : start + 3]) for start in starts)
    return DecodedImage(*size, pixels)


def test_the_poster_is_the_first_frame_in_pixels(
    account: Account, terminal: GraphicsTerminal
) -> None:
    """It has the right colours, fills its cells, and keeps the aspect ratio of the video."""
    shown = terminal.until_image()
    image = shown.image
    assert image.difference(first_frame(account, "sunset", (image.width, image.height))) < 8
    ratio = shown.columns * CELL[0] / (shown.lines * CELL[1])
    assert ratio == pytest.approx(1280 / 720, rel=0.1)
    assert not terminal.shows(BLOCKS)


def test_the_next_job_has_another_image(terminal: GraphicsTerminal) -> None:
    """And nothing remains of the one before, which was wider."""
    before = terminal.until_image()
    terminal.press("j")
    terminal.until(lambda: terminal.image not in (None, before), "the other image")
    assert terminal.image
    assert terminal.image.columns < before.columns


def test_a_dialog_removes_the_image_which_returns_when_it_closes(
    terminal: GraphicsTerminal,
) -> None:
    """Half blocks take its place."""
    terminal.until_image()
    terminal.press("a")
    terminal.until_shows("Add jobs", BLOCKS)
    terminal.until_no_image()
    terminal.press("\x1b")
    terminal.until_hides("Add jobs", BLOCKS)
    terminal.until_image()


def test_a_resized_window_has_an_image_of_another_size(terminal: GraphicsTerminal) -> None:
    """Nothing remains of the one before."""
    images = [terminal.until_image()]
    for columns, lines in ((90, 26), (150, 45), (120, 40)):
        terminal.resize(columns, lines)
        terminal.send(signal.SIGWINCH)
        terminal.until(lambda: terminal.image not in (None, images[-1]), "another image")
        images.append(terminal.until_image())


@pytest.mark.parametrize("end", ["quit", "SIGTERM", "suspend"])
def test_nothing_remains_on_the_shell(terminal: GraphicsTerminal, end: str) -> None:
    """However the app leaves the screen; after a suspension the image is back."""
    terminal.until_image()
    if end == "suspend":
        terminal.press("\x1a")
        terminal.until(terminal.stopped, "suspension")
        terminal.read()
        assert not terminal.images.shown
        terminal.send(signal.SIGCONT)
        terminal.until_image()
        terminal.press("q")
        assert terminal.wait() == 0
    elif end == "quit":
        terminal.press("q")
        assert terminal.wait() == 0
    else:
        terminal.send(signal.SIGTERM)
        assert terminal.wait() == 143
    assert terminal.left_behind == []
    assert (terminal.images.shown, terminal.images.stored) == ([], 0)
    assert terminal.restored


@pytest.mark.parametrize("name", REPLIES)
def test_late_replies_in_pieces_between_keys(account: Account, name: str) -> None:
    """Every key has its effect, no reply does, and the blocks become pixels."""
    with opened(account) as terminal:
        terminal.until_shows("sunset", SPECS, BLOCKS)
        replies = REPLIES[name]
        terminal.press("/")
        terminal.until_shows("words, status:failed")
        for byte in replies:
            terminal.send_bytes(bytes((byte,)))
            terminal.read()
        terminal.press("sun")
        terminal.until_shows("1 of 2", "sun")
        terminal.press("\r")
        terminal.until_image()
        terminal.until_hides(BLOCKS)
        line = next(line for line in terminal.lines if "sunset" in line)
        assert "31" not in line
        terminal.press("\x1b")
        terminal.until_hides("1 of 2")


@pytest.mark.parametrize("replies", [b"", PLAIN_REPLIES], ids=["no reply", "no graphics"])
def test_a_terminal_without_graphics_gets_half_blocks(account: Account, replies: bytes) -> None:
    """And no image."""
    with opened(account, replies) as terminal:
        terminal.until_shows("sunset", SPECS, BLOCKS)
        assert terminal.output.count(QUERY) == 1
        terminal.press("j")
        terminal.until_shows("720×1280")
        assert terminal.images.received == 0


@pytest.mark.parametrize(
    "environment",
    [
        {"TMUX": "/tmp/tmux,1,0", "TERM": "tmux-256color"},  # noqa: S108 - is not opened
        {"TERM": "screen-256color"},
        {"TERM": "linux"},
        {"NO_COLOR": "1"},
        {"TERM_PROGRAM": "Apple_Terminal"},
    ],
    ids=lambda environment: "_".join(environment),
)
def test_an_unsuitable_terminal_is_not_asked(account: Account, environment: dict[str, Any]) -> None:
    """It shows half blocks, or none without colour."""
    with opened(account, **environment) as terminal:
        terminal.until_shows("sunset", SPECS)
        assert b"\x1b_G" not in terminal.output
        assert b"\x1b[c" not in terminal.output


@pytest.mark.parametrize(
    ("section", "query"),
    [
        ('[preview]\nimages = "blocks"', b""),
        ('[ui]\noutput = "stock"', b""),
        ('[preview]\nimages = "kitty"', CELL_QUERY),
    ],
    ids=["blocks", "stock output", "kitty"],
)
def test_the_config_decides(account: Account, section: str, query: bytes) -> None:
    """A protocol that it names is used without replies."""
    account.configure(f'[gateway]\nurl = "http://127.0.0.1:9"\n{section}\n')
    with opened(account) as terminal:
        terminal.until_shows("sunset", SPECS)
        if query:
            terminal.until_image()
        else:
            terminal.until_shows(BLOCKS)
            assert b"\x1b[c" not in terminal.output
        assert QUERY not in terminal.output


def test_a_slow_line_gets_small_images(account: Account) -> None:
    """One takes at most a quarter of the bytes per second."""
    section = "[preview]\nbytes_per_second = 40000\n"
    account.configure(f'[gateway]\nurl = "http://127.0.0.1:9"\n{section}')
    with opened(account, SIXEL_REPLIES) as terminal:
        terminal.until_shows(SPECS)
        terminal.until_image()
        assert max(map(len, terminal.output.split(b"\x1bP0;1;0q")[1:])) < 12_000
