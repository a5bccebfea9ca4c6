"""Styles as escape sequences: SGR (ECMA-48 8.3.117) for colours and attributes, OSC 8 for links."""

from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

_RESET_CODES = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""The code that resets an attribute; terminals disagree about all others."""
_FOREGROUND = {*map(str, (*range(30, 40), *range(90, 98)))}
_BACKGROUND = {*map(str, (*range(40, 50), *range(100, 108)))}


IMAGE_KEY = "image"
"""The name, in the metadata of a style, of the image that its cells belong to."""


class SgrStyle(NamedTuple):
    """The SGR codes that Textual would send for a style after a reset, and the URL of its link."""

    codes: str = ""
    link: str = ""
    image: int = 0
    """The id of the image that covers the cells where the terminal shows it; 0 for none."""


PLAIN = SgrStyle()


class _ParsedCodes(NamedTuple):
    attributes: tuple[str, ...]
    foreground: str
    background: str


@lru_cache(maxsize=4096)
def sgr_of(style: Style | None, colors: ColorSystem) -> SgrStyle:
    """Convert a style, for a terminal with so many colours."""
    if style is None:
        return PLAIN
    codes, image = Strip.render_ansi(style, colors), style.meta.get(IMAGE_KEY, 0)
    return SgrStyle(codes, style.link or "", image)


@lru_cache(maxsize=4096)
def sgr_transition(before: SgrStyle, after: SgrStyle) -> str:
    """Return the shortest sequence that changes one style into another."""
    return _change_link(before.link, after.link) + _change_codes(before.codes, after.codes)


@lru_cache(maxsize=4096)
def can_erase(style: SgrStyle, *, back_colour_erase: bool) -> bool:
    """Return whether erased cells look like blank ones of a style.

    `back_colour_erase`: whether erased cells get the current background colour.
    """
    has_only_colours = not style.link and not _parse_codes(style.codes).attributes
    return style._replace(image=0) == PLAIN or (back_colour_erase and has_only_colours)


def _change_link(before: str, after: str) -> str:
    if before == after:
        return ""
    # The id tells the terminal which lines of a wrapped link belong together.
    parameters = f"id={crc32(after.encode()):x}" if after else ""
    return f"\x1b]8;{parameters};{after}\x1b\\"


def _change_codes(before: str, after: str) -> str:
    if before == after:
        return ""
    if not after:
        return "\x1b[m"
    reset_and_set = f"\x1b[0;{after}m"
    old, new = _parse_codes(before), _parse_codes(after)
    dropped = set(old.attributes) - set(new.attributes)
    if not dropped <= _RESET_CODES.keys():
        return reset_and_set
    resets = {_RESET_CODES[code] for code in dropped}
    remaining = {code for code in old.attributes if _RESET_CODES.get(code) not in resets}
    added = [code for code in new.attributes if code not in remaining]
    parts = [*sorted(resets), *added]
    if old.foreground != new.foreground:
        parts.append(new.foreground or "39")
    if old.background != new.background:
        parts.append(new.background or "49")
    return min(f"\x1b[{';'.join(parts)}m", reset_and_set, key=len)


@lru_cache(maxsize=4096)
def _parse_codes(codes: str) -> _ParsedCodes:
    attributes: list[str] = []
    colours = {"3": "", "4": ""}
    remaining = iter(codes.split(";") if codes else ())
    for code in remaining:
        if code in ("38", "48"):
            colour_space = next(remaining)
            parts = [next(remaining) for _ in range(3 if colour_space == "2" else 1)]
            colours[code[0]] = ";".join((code, colour_space, *parts))
        elif code in _FOREGROUND:
            colours["3"] = code
        elif code in _BACKGROUND:
            colours["4"] = code
        else:
            attributes.append(code)
    return _ParsedCodes(tuple(attributes), colours["3"], colours["4"])
