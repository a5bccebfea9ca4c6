"""A still image has the best quality that its bytes allow."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kling_tui.demo.clips import SILK
from kling_tui.previews.video_file import VideoFile
from kling_tui.tui.graphics.detection import Graphics, Protocol
from kling_tui.tui.graphics.still import encode_still
from tests.support.decoded_images import decode_sixel

CELLS, CELL = (40, 11), (10, 20)
PROTOCOLS: list[Protocol] = ["kitty", "sixel", "iterm2"]


@pytest.fixture
def clip(tmp_path: Path) -> Iterator[VideoFile]:
    """Open a clip with many colours."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(SILK.read())
    with closing(VideoFile(str(path))) as clip:
        yield clip


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("max_bytes", [250_000, 25_000, 20_000])
def test_an_image_takes_no_more_bytes_than_allowed(
    clip: VideoFile, protocol: Protocol, max_bytes: int
) -> None:
    """And at least a quarter of them, as more make it better."""
    image = encode_still(clip, CELLS, Graphics(protocol, CELL), max_bytes)
    assert image is not None
    assert (image.columns, image.lines) == CELLS
    assert max_bytes / 5 < len(image.payload) <= max_bytes


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_there_is_no_image_where_its_bytes_are_too_many_in_any_quality(
    clip: VideoFile, protocol: Protocol
) -> None:
    """Half blocks remain."""
    assert encode_still(clip, CELLS, Graphics(protocol, CELL), 500) is None


@pytest.mark.parametrize("max_bytes", [250_000, 40_000, 20_000])
@pytest.mark.parametrize("cell", [(7, 13), CELL])
def test_a_sixel_image_fills_its_cells_exactly(
    clip: VideoFile, max_bytes: int, cell: tuple[int, int]
) -> None:
    """Also where each of its pixels is several, because the bytes are few."""
    image = encode_still(clip, CELLS, Graphics("sixel", cell), max_bytes)
    assert image is not None
    decoded = decode_sixel(image.payload)
    assert (decoded.width, decoded.height) == (40 * cell[0], 11 * cell[1])


def test_an_image_for_a_large_window_is_scaled_down(clip: VideoFile) -> None:
    """Encoding every pixel of a large screen would take seconds."""
    image = encode_still(clip, (200, 60), Graphics("kitty", (20, 40)), 10_000_000)
    assert image is not None
    assert len(image.payload) < 1_000_000
