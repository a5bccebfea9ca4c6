"""The pictures in screenshots/ show the app as it is now."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.scenes import SCENES

FOLDER = Path(__file__).parents[2] / "screenshots"
HOW = "look at it, and if it is as it should be: python -m screenshots.render"


def words_in(svg: str) -> list[str]:
    """Return the text of a picture, line by line, for a difference that can be read."""
    lines: dict[float, list[str]] = {}
    for y, words in re.findall(r'<text [^>]* y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        lines.setdefault(float(y), []).append(words.replace("&#160;", " "))
    return [" ".join(words) for _, words in sorted(lines.items())]


@pytest.mark.parametrize("name", SCENES)
async def test_the_picture_is_what_the_app_shows(name: str, tmp_path: Path) -> None:
    """Every picture equals what its scene draws, in words and in colours."""
    drawn = await SCENES[name].render()
    kept = (FOLDER / f"{name}.svg").read_text("utf-8")
    (tmp_path / f"{name}.svg").write_text(drawn, "utf-8")
    where = f"{tmp_path}/{name}.svg, by textual {version('textual')}, rich {version('rich')}; {HOW}"
    assert words_in(drawn) == words_in(kept), where
    assert drawn == kept, where


def test_no_picture_is_left_over() -> None:
    """Every picture in the folder has a scene."""
    assert {file.stem for file in FOLDER.glob("*.svg")} == set(SCENES)
