"""Measures the contrast between text and background on a screen (WCAG 2.2, section 1.4.3)."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from rich.color import Color
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual._compositor import LayoutUpdate
from textual.app import App

_RULES = frozenset("╭╮╰╯─│▔▏▕▎▊▁▂▃▄▅▆▇█▀")
"""Characters of borders, scrollbars and pictures, which are no text."""
_DIM = 2 / 3
"""The share of the foreground that terminals keep for dim text."""
_RGB = tuple[int, ...]


class Cell(NamedTuple):
    """A piece of text on the screen, with its contrast."""

    x: int
    y: int
    text: str
    foreground: str
    background: str
    contrast: float


def texts(app: App[Any]) -> Iterator[Cell]:
    """Yield the texts on the screen, also behind a dialog.

    Colours of the terminal are those of `ansi_theme`.
    """
    # What is sent to the terminal; there is no public way.
    compositor, behind = app.screen._compositor, app._background_screens  # noqa: SLF001
    update = compositor.render_update(full=True, screen_stack=behind)
    assert isinstance(update, LayoutUpdate)
    for y, strips in enumerate(update.strips):
        x = 0
        for segment in chain.from_iterable(strips):
            if set(segment.text.strip()) - _RULES:
                foreground, background = _colours(segment.style or Style(), app.ansi_theme)
                ratio = _contrast(foreground, background)
                yield Cell(x, y, segment.text, _hex(foreground), _hex(background), ratio)
            x += segment.cell_length


def _colours(style: Style, theme: TerminalTheme) -> tuple[_RGB, _RGB]:
    default = Color.default()
    foreground = tuple((style.color or default).get_truecolor(theme, foreground=True))
    background = tuple((style.bgcolor or default).get_truecolor(theme, foreground=False))
    if style.reverse:
        foreground, background = background, foreground
    if style.dim:
        foreground = tuple(
            round(_DIM * front + (1 - _DIM) * back)
            for front, back in zip(foreground, background, strict=True)
        )
    return foreground, background


def _contrast(one: _RGB, other: _RGB) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: _RGB) -> float:
    shares = (
        value / 255 / 12.92 if value / 255 <= 0.04045 else ((value / 255 + 0.055) / 1.055) ** 2.4
        for value in colour
    )
    return sum(
        weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), shares, strict=True)
    )


def _hex(colour: _RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
