"""Video files."""

from pathlib import Path

import pytest

from kling_tui.demo.clips import DUSK, LANTERNS, SILK
from tests.support.clips import make_fade


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, Path]:
    """Return files by name: three clips, two truncated ones ("cut", "stub"), and a web page."""
    contents = {clip.name: clip.read() for clip in (DUSK, SILK, LANTERNS)}
    contents["cut"] = DUSK.read()[:30_000]
    contents["stub"] = DUSK.read()[:2_000]
    contents["page"] = b"<html>" * 1_000
    files = {name: tmp_path / f"{name}.mp4" for name in contents}
    for name, content in contents.items():
        files[name].write_bytes(content)
    return files


@pytest.fixture
def fade(tmp_path: Path) -> Path:
    """Return a clip of half a second."""
    return make_fade(tmp_path / "fade.mp4")


@pytest.fixture
def long_fade(tmp_path: Path) -> Path:
    """Return a clip of a minute."""
    return make_fade(tmp_path / "long.mp4", 1_800)
