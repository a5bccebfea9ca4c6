"""How cells look, as the terminal is told: colours, attributes and links."""

from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What switches an attribute off; terminals disagree about all others."""
_FOREGROUND = {*map(str, (*range(30, 40), *range(90, 98)))}
_BACKGROUND = {*map(str, (*range(40, 50), *range(100, 108)))}


class SgrStyle(NamedTuple):
    """A look: the codes that Textual would send for it after a reset, and the link's URL."""

    codes: str = ""
    link: str = ""


PLAIN = SgrStyle()


class _Attributes(NamedTuple):
    attributes: tuple[str, ...]
    foreground: str
    background: str


@lru_cache(maxsize=4096)
def sgr_of(style: Style | None, colors: ColorSystem) -> SgrStyle:
    """Return the pen of a style on a terminal of so many colours."""
    if style is None:
        return PLAIN
    return SgrStyle(Strip.render_ansi(style, colors), style.link or "")


@lru_cache(maxsize=4096)
def sgr_transition(before: SgrStyle, after: SgrStyle) -> str:
    """Return the shortest sequence that changes one pen into another."""
    return _change_link(before.link, after.link) + _change_codes(before.codes, after.codes)


def is_colour(pen: SgrStyle) -> bool:
    """Whether a pen has colours only."""
    return not pen.link and not _look(pen.codes).attributes


def _change_link(before: str, after: str) -> str:
    if before == after:
        return ""
    # By an id, the terminal knows that the lines of a link that wraps belong together.
    identity = f"id={crc32(after.encode()):x}" if after else ""
    return f"\x1b]8;{identity};{after}\x1b\\"


def _change_codes(before: str, after: str) -> str:
    if before == after:
        return ""
    if not after:
        return "\x1b[m"
    anew = f"\x1b[0;{after}m"
    was, will = _look(before), _look(after)
    gone = set(was.attributes) - set(will.attributes)
    if not gone <= _OFF.keys():
        return anew
    codes = {_OFF[each] for each in gone}
    left = {each for each in was.attributes if _OFF.get(each) not in codes}
    new = [each for each in will.attributes if each not in left]
    parts = [*sorted(codes), *new]
    if was.foreground != will.foreground:
        parts.append(will.foreground or "39")
    if was.background != will.background:
        parts.append(will.background or "49")
    return min(f"\x1b[{';'.join(parts)}m", anew, key=len)


@lru_cache(maxsize=4096)
def _look(codes: str) -> _Attributes:
    attributes: list[str] = []
    colors = {"3": "", "4": ""}
    rest = iter(codes.split(";") if codes else ())
    for code in rest:
        if code in ("38", "48"):
            space = next(rest)
            parts = [next(rest) for _ in range(3 if space == "2" else 1)]
            colors[code[0]] = ";".join((code, space, *parts))
        elif code in _FOREGROUND:
            colors["3"] = code
        elif code in _BACKGROUND:
            colors["4"] = code
        else:
            attributes.append(code)
    return _Attributes(tuple(attributes), colors["3"], colors["4"])
