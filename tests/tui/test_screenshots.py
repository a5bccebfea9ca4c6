"""The pictures in screenshots/ equal what the app shows."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.pictures import PICTURES

FOLDER = Path(__file__).parents[2] / "screenshots"
HINT = "look at it; if it is correct, run: python -m screenshots.render"


def text_lines(svg: str) -> list[str]:
    """Return the text of an SVG line by line, for a readable diff."""
    lines: dict[float, list[str]] = {}
    for y, text in re.findall(r'<text [^>]* y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        lines.setdefault(float(y), []).append(text.replace("&#160;", " "))
    return [" ".join(texts) for _, texts in sorted(lines.items())]


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
async def test_picture_equals_the_screen(name: str, tmp_path: Path) -> None:
    """Text and colours of each picture are those of the app."""
    rendered = await PICTURES[name].render()
    saved = (FOLDER / f"{name}.svg").read_text("utf-8")
    (tmp_path / f"{name}.svg").write_text(rendered, "utf-8")
    hint = f"{tmp_path}/{name}.svg, by textual {version('textual')}, rich {version('rich')}; {HINT}"
    assert text_lines(rendered) == text_lines(saved), hint
    assert rendered == saved, hint


def test_every_picture_is_rendered_by_a_test() -> None:
    """No picture in the folder is left over; the animated demo has tests of its own."""
    assert {file.stem for file in FOLDER.glob("*.svg")} == {*PICTURES, "demo"}
