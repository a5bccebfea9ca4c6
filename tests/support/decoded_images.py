"""Strict decoders of Sixel and PNG, independent of the encoders."""

import re
from dataclasses import dataclass

import av

_HEADER = re.compile(r'\x1bP0;1;0q"1;1;(\d+);(\d+)')
_SIXEL_TOKENS = re.compile(
    r"#(?P<number>\d+);2;(?P<red>\d+);(?P<green>\d+);(?P<blue>\d+)"
    r"|#(?P<selected>\d+)(?![;\d])"
    r"|(!(?P<count>\d+))?(?P<column>[?-~])"
    r"|(?P<move>[$-])"
)
_MAX_COLOURS = 256
_MAX_SHARE = 100

Colour = tuple[int, ...]


@dataclass(frozen=True)
class DecodedImage:
    """The pixels of an image."""

    width: int
    height: int
    pixels: tuple[Colour, ...]
    """Red, green and blue, line by line from the top."""

    def at(self, x: float, y: float) -> Colour:
        """Return the colour at a place, given as fractions of the width and height."""
        return self.pixels[int(y * self.height) * self.width + int(x * self.width)]

    def difference(self, other: "DecodedImage") -> float:
        """Return the mean difference of a channel from another image of this size."""
        assert (self.width, self.height) == (other.width, other.height)
        pairs = zip(self.pixels, other.pixels, strict=True)
        total = sum(abs(a - b) for mine, theirs in pairs for a, b in zip(mine, theirs, strict=True))
        return total / (3 * len(self.pixels))


def decode_sixel(sequence: str) -> DecodedImage:
    """Decode a whole sequence; fails on a pixel that is set twice, never, or outside the image."""
    header = _HEADER.match(sequence)
    assert header, "no header with the size"
    assert sequence.endswith("\x1b\\"), "no end"
    width, height = map(int, header.groups())
    pixels: dict[tuple[int, int], Colour] = {}
    palette: dict[int, Colour] = {}
    colour, left, top, at = -1, 0, 0, header.end()
    while at < len(sequence) - 2:
        token = _SIXEL_TOKENS.match(sequence, at)
        assert token, f"not understood: {sequence[at : at + 20]!r}"
        at = token.end()
        if token["number"]:
            shares = [int(token[name]) for name in ("red", "green", "blue")]
            assert max(shares) <= _MAX_SHARE
            palette[int(token["number"])] = tuple(round(share * 2.55) for share in shares)
        elif token["selected"]:
            colour = int(token["selected"])
        elif token["move"]:
            left, top = 0, top + 6 * (token["move"] == "-")
        else:
            count = int(token["count"] or 1)
            for x in range(left, left + count):
                for bit in range(6):
                    if ord(token["column"]) - 63 & 1 << bit:
                        assert x < width, "to the right of the image"
                        assert top + bit < height, "below the image"
                        assert (x, top + bit) not in pixels, "a pixel in two colours"
                        pixels[x, top + bit] = palette[colour]
            left += count
    assert len(palette) <= _MAX_COLOURS
    places = ((x, y) for y in range(height) for x in range(width))
    return DecodedImage(width, height, tuple(pixels[place] for place in places))


def decode_png(file: bytes) -> DecodedImage:
    """Decode a PNG file with FFmpeg."""
    codec = av.CodecContext.create("png", "r")
    assert isinstance(codec, av.VideoCodecContext)
    codec.options = {"err_detect": "crccheck+explode"}
    (frame,) = codec.decode(av.Packet(file))
    picture = frame.reformat(format="rgb24")
    raw, stride = bytes(picture.planes[0]), picture.planes[0].line_size
    pixels = (
        tuple(raw[y * stride + 3 * x : y * stride + 3 * x + 3])
        for y in range(picture.height)
        for x in range(picture.width)
    )
    return DecodedImage(picture.width, picture.height, tuple(pixels))
