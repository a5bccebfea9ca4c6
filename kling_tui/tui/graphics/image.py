"""An image that is ready to be sent to the terminal."""

from msgspec import Struct


class StillImage(Struct, frozen=True):
    """An encoded image that fills some cells."""

    columns: int
    lines: int
    payload: str
    """For Kitty's protocol a PNG file in base64, else the sequence that draws the image."""
