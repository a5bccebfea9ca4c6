"""What the encoders write is what independent decoders read."""

import re
from base64 import b64decode, b64encode
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_tui.previews import IndexedImage
from kling_tui.tui.graphics import iterm2, kitty
from kling_tui.tui.graphics.png import png
from kling_tui.tui.graphics.sixel import sixel
from tests.support.decoded_images import DecodedImage, decode_png, decode_sixel
from tests.support.image_plane import IMAGE_SEQUENCE, ImagePlane, split


@st.composite
def images(draw: st.DrawFn) -> IndexedImage:
    """Return an image of up to 30 by 15 pixels, with long and short runs."""
    width, height = draw(st.integers(1, 30)), draw(st.integers(1, 15))
    colours = draw(st.integers(1, 256))
    channel = st.integers(0, 255)
    palette = draw(st.lists(channel, min_size=3 * colours, max_size=3 * colours))
    runs = st.tuples(st.integers(0, colours - 1), st.integers(1, 12))
    pixels = b"".join(bytes([colour]) * n for colour, n in draw(st.lists(runs, min_size=1)))
    whole = (pixels * (width * height))[: width * height]
    return IndexedImage(width, height, bytes(palette), whole)


def expected(image: IndexedImage) -> DecodedImage:
    """Return the pixels of an image."""
    colours = [tuple(image.palette[3 * index : 3 * index + 3]) for index in image.pixels]
    return DecodedImage(image.width, image.height, tuple(colours))


@given(images())
def test_a_png_has_every_pixel(image: IndexedImage) -> None:
    """In exactly its colour."""
    assert decode_png(png(image)) == expected(image)


@given(images(), st.integers(1, 4), st.data())
def test_a_sixel_image_has_every_pixel_once(
    image: IndexedImage, factor: int, data: st.DataObject
) -> None:
    """In its colour, as far as percentages of the channels can say it.

    Each is repeated in both directions, and the image is cropped to its size.
    """
    surplus = st.integers(0, factor - 1)
    width = image.width * factor - data.draw(surplus)
    height = image.height * factor - data.draw(surplus)
    decoded = decode_sixel(sixel(image, factor, width, height))
    assert (decoded.width, decoded.height) == (width, height)
    pixels = expected(image).pixels
    for y in range(height):
        for x in range(width):
            source = pixels[y // factor * image.width + x // factor]
            shown = decoded.pixels[y * width + x]
            assert all(abs(a - b) <= 2 for a, b in zip(shown, source, strict=True))


NOISE = IndexedImage(200, 100, bytes(range(256)) * 3, Random(7).randbytes(20_000))  # noqa: S311 - no secret
"""An image that cannot be compressed to one chunk."""
FILE = b64encode(png(NOISE)).decode()


def test_a_large_kitty_image_is_sent_in_chunks_and_placed_after_the_last() -> None:
    """Each is at most 4096 bytes; the first has the keys."""
    plane = ImagePlane((10, 20))
    output = kitty.send(7, FILE, 20, 5)
    assert len(IMAGE_SEQUENCE.findall(output)) > 2
    for part in split(output):
        if isinstance(part, str):
            assert part == ""
        else:
            plane.execute(part, 3, 4)
    (shown,) = plane.shown
    assert (shown.y, shown.x, shown.columns, shown.lines) == (3, 4, 20, 5)
    assert shown.image == expected(NOISE)


@pytest.mark.parametrize(
    ("sequence", "shown", "stored"),
    [(kitty.remove(7), 0, 1), (kitty.delete(7), 0, 0), (kitty.place(7, 20, 5), 1, 1)],
    ids=["remove", "delete", "place again"],
)
def test_a_kitty_image_is_placed_and_removed_by_its_id(
    sequence: str, shown: int, stored: int
) -> None:
    """It is sent only once."""
    plane = ImagePlane((10, 20))
    for output in (kitty.send(7, FILE, 20, 5), sequence):
        for part in split(output):
            if not isinstance(part, str):
                plane.execute(part, 0, 0)
    assert (len(plane.shown), plane.stored, plane.received) == (shown, stored, 1)


def test_an_inline_image_of_iterm2_fills_its_cells() -> None:
    """Whatever its size in pixels is."""
    sequence = iterm2.inline_image(NOISE, 20, 5)
    match = re.fullmatch(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", sequence)
    assert match
    arguments = dict(part.split("=") for part in match[1].split(";"))
    assert (arguments["width"], arguments["height"]) == ("20", "5")
    assert arguments["preserveAspectRatio"] == "0"
    assert decode_png(b64decode(match[2])) == expected(NOISE)
