"""The animated demo: its recording is a valid asciicast, and its picture is small."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest

from screenshots.demo import FOLDER, SIZE, STEPS, record

CAPTIONS = [f"{step.name or step.key}  {step.caption}".strip() for step in STEPS]
CAST = (FOLDER / "demo.cast").read_text("utf-8")


def frames_of(cast: str) -> list[tuple[float, str]]:
    """Return the times and outputs of an asciicast; fails unless it is valid, version 2."""
    header, *events = map(json.loads, cast.splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, SIZE[0], SIZE[1] + 1)
    assert {kind for _, kind, _ in events} == {"o"}
    times = [at for at, _, _ in events]
    assert times[0] == 0
    assert times == sorted(times)
    return [(at, text) for at, _, text in events]


def captions_shown(cast: str) -> list[str]:
    """Return what the line below the app says in the course of a recording."""
    screen = pyte.Screen(SIZE[0], SIZE[1] + 1)
    stream = pyte.Stream(screen)
    shown: list[str] = []
    for _, text in frames_of(cast):
        stream.feed(text)
        shown.append(screen.display[-1].strip())
    return list(dict.fromkeys(shown))


def assert_private(text: str, *secrets: str) -> None:
    """Check that a recording has no path of this machine."""
    for secret in (str(Path(__file__).parents[1]), str(Path.home()), "/tmp", *secrets):  # noqa: S108
        assert secret not in text


@pytest.mark.slow
@pytest.mark.pty
def test_the_demo_can_be_recorded() -> None:
    """Without pauses here; each step shows what it is to show, with its caption."""
    cast = record(pace=0)
    assert_private(cast)
    assert captions_shown(cast) == CAPTIONS


def test_the_recording_is_valid() -> None:
    """That in screenshots/ is of the current steps; if not: python -m screenshots.demo."""
    assert_private(CAST)
    assert captions_shown(CAST) == CAPTIONS


def test_the_picture_is_of_the_recording_and_small() -> None:
    """A README with it loads fast, and nobody learns anything about this machine."""
    svg = (FOLDER / "demo.svg").read_text("utf-8")
    ElementTree.fromstring(svg)  # noqa: S314 - our own file
    assert_private(svg)
    assert "@keyframes" in svg
    assert len(svg.encode()) <= 300_000
    assert all(step.caption in svg for step in STEPS)
