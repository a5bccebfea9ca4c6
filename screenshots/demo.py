"""Records the animated demo, and renders it: ``python -m screenshots.demo``.

It presses keys in ``kling-tui demo`` on a pseudo-terminal. The output becomes an asciicast,
``demo.cast``, and that an animated SVG, ``demo.svg``. The second needs the extra `pictures`.
"""

import codecs
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tests.support.terminal import PROGRAM, Account, Terminal

FOLDER = Path(__file__).parent
SIZE = (100, 28)
"""Columns and lines of the app; a line below it says which key is pressed."""
_SPEED = 4
_FRAME_SECONDS = 1.5
_LAST_FRAME_MS = 3000
_NEW_ID = "CjI17WevH1IAAAAAAHmgsw"
_THEME = {
    "fg": "#e0e0e0",
    "bg": "#121212",
    "palette": "#121212:#d17e92:#8ad4a1:#ffc473:#57a5e2:#b98eff:#5cc8c8:#e0e0e0",
}
_DEFAULT_COLOURS = {"38;2;224;224;224": "39", "48;2;18;18;18": "49"}
"""The sequences of the colours in `_THEME`, and those of a terminal that has them by default.

Cells of default colours need no rectangles of their own, so the picture is a sixth smaller.
"""
_ESCAPE = "\x1b"


class Step(Struct, frozen=True):
    """What is pressed, and what is shown then."""

    caption: str
    shows: str
    """A text on the screen, for which to wait after the key."""
    key: str = ""
    name: str = ""
    """The name of the key, if it is no printable character."""
    frames: int = 1
    """How long it is shown; each frame adds about 14 KB to the picture."""
    paste: bool = False


STEPS = (
    Step("All jobs, live: status, time, cost and progress", "hero shot", frames=3),
    Step("next job, with all that is known about it", "rooftop dusk", "j", frames=2),
    Step("why jobs have failed", "reason ", "3", frames=2),
    Step("all jobs again", "─ 51 jobs", "1"),
    Step("filters jobs", "words, status:failed", "/"),
    Step("jobs that cost more than $0.50", "/cost>0.5", "cost>0.5", frames=2),
    Step("back to all jobs", "─ 51 jobs", _ESCAPE, "escape"),
    Step("add jobs: paste ids, or the reply of a submit call", "Add jobs", "a"),
    Step("the kind is recognised from the id", "Kling AI I2V", _NEW_ID, "paste", 2, paste=True),
    Step("tracked, and polled at once", "1 job tracked", "\r", "enter", 2),
    Step("what it cost, by day, kind and batch", "Per day", "C", frames=2),
    Step("Results, links and costs stay when you quit", "─ 52 jobs", _ESCAPE, "escape"),
)
"""The story of the demo."""


def record(pace: float = 1.0) -> str:
    """Return an asciicast (version 2) of the demo; its times do not depend on the clock.

    `pace` is how many seconds pass on this machine in one second of the recording.
    """
    columns, lines = SIZE
    header = {"version": 2, "width": columns, "height": lines + 1, "theme": _THEME}
    with tempfile.TemporaryDirectory() as home:
        account = Account(Path(home))
        command = (*PROGRAM, "demo", "--speed", str(_SPEED))
        with Terminal(command, account.environment, account.home, SIZE) as terminal:
            frames = [
                json.dumps([at, "o", text], ensure_ascii=False)
                for at, text in _frames(terminal, pace)
            ]
            terminal.press("q")
            terminal.wait()
    return "\n".join([json.dumps(header), *frames]) + "\n"


def _frames(terminal: Terminal, pace: float) -> Iterator[tuple[float, str]]:
    """Yield the time of each frame of the recording, and the output that draws it."""
    at, sent = 0.0, 0
    decode = codecs.getincrementaldecoder("utf-8")().decode
    for step in STEPS:
        if step.paste:
            terminal.paste(step.key)
        else:
            terminal.press(step.key)
        terminal.until_shows(step.shows)
        caption = _caption(step)
        for _ in range(step.frames):
            _read(terminal, pace * _FRAME_SECONDS)
            text = decode(terminal.output[sent:])
            sent = len(terminal.output)
            for colour, default in _DEFAULT_COLOURS.items():
                text = text.replace(colour, default)
            yield at, text + caption
            caption = ""
            at += _FRAME_SECONDS


def _caption(step: Step) -> str:
    """Return the output that draws the line below the app."""
    name = step.name or step.key
    key = f"\x1b[7m {name} \x1b[27m " if name else ""
    return f"\x1b7\x1b[{SIZE[1] + 1};1H\x1b[0;1m\x1b[2K {key}{step.caption}\x1b[0m\x1b8"


def _read(terminal: Terminal, seconds: float) -> None:
    """Read what the program sends in the next seconds, to the end of an escape sequence."""
    end, before = time.monotonic() + seconds, -1
    while time.monotonic() < end or before < len(terminal.output):
        before = len(terminal.output)
        terminal.read(0.1)


def render(cast: Path, svg: Path) -> None:
    """Render an asciicast as an animated SVG."""
    options = ("--loop-delay", str(_LAST_FRAME_MS), "--template", "gjm8", "--theme", "auto")
    subprocess.run(  # noqa: S603 - a tool of the developers
        [sys.executable, "-m", "termtosvg", "render", cast, svg, *options], check=True
    )


if __name__ == "__main__":
    recorded = FOLDER / "demo.cast"
    recorded.write_text(record(), "utf-8")
    render(recorded, recorded.with_suffix(".svg"))
