"""Makes the colours of Textual's themes readable: text has a contrast of at least 4.5 to 1.

The themes are made for other layouts: their muted text, their key hints and much of their coloured
text is too close to the background here.
"""

from collections.abc import Iterable, Mapping, Sequence

from textual.color import BLACK, WHITE, Color

MIN_CONTRAST = 4.5
"""Contrast ratio of WCAG 2.2, section 1.4.3 (AA)."""
_ROUNDING = 0.05
"""Added to the contrast, because colours are rounded to eight bits."""
_STEPS = 20
_CURSOR_ROW = "cursor-row-background"
_CURSOR_ROW_SHARE = 0.25
"""The share of the primary colour in the background of the row under the cursor."""
_DISABLED_SHARE = 0.6
"""The opacity of the hints for keys that can do nothing now."""
_BACKGROUNDS = ("background", "surface", "panel", _CURSOR_ROW)
_TEXT_ON = {
    **dict.fromkeys(
        (
            "foreground-muted", "text-primary", "text-secondary", "text-accent", "text-success",
            "text-warning", "text-error",
        ),
        _BACKGROUNDS,
    ),
    "foreground": (*_BACKGROUNDS, "error-muted"),
    "footer-description-foreground": ("footer-background",),
    "footer-key-foreground": ("footer-background",),
    "footer-disabled-foreground": ("footer-background",),
    "input-cursor-foreground": ("input-cursor-background",),
    "input-selection-foreground": ("input-selection-background",),
}  # fmt: skip
"""The variables for text, with the variables of the backgrounds on which it is shown."""
_ANSI = {
    _CURSOR_ROW: "ansi_default",
    "error-muted": "ansi_default",
    "footer-disabled-foreground": "ansi_default 50%",
}
_ANSI_DARK = {"text-primary": "ansi_bright_blue"}
_ANSI_LIGHT = {
    "text-secondary": "ansi_blue",
    "text-success": "ansi_default",
    "text-warning": "ansi_magenta",
}
"""Green, yellow and cyan are too light on white in the palettes of most terminals."""


def readable_variables(variables: Mapping[str, str], *, dark: bool) -> dict[str, str]:
    """Return the CSS variables of a theme with readable text colours, and those of this app.

    Colours change no more than they must. In a theme of the terminal's own 16 colours, whose
    values are not known, other colours are chosen. `dark` is whether the theme is a dark one.
    """
    background = _parse(variables["background"])
    if background.ansi is not None:
        return {**variables, **_ANSI, **(_ANSI_DARK if dark else _ANSI_LIGHT)}
    disabled = _parse(variables["footer-description-foreground"]).with_alpha(_DISABLED_SHARE)
    readable = {
        **variables,
        _CURSOR_ROW: background.blend(_parse(variables["primary"]), _CURSOR_ROW_SHARE).hex,
        "footer-disabled-foreground": disabled.hex,
    }
    for name, background_names in _TEXT_ON.items():
        backgrounds = [background + _parse(readable[each]) for each in background_names]
        readable[name] = _readable(_parse(readable[name]), backgrounds).hex
    return readable


def _parse(value: str) -> Color:
    """Parse a colour of a theme, such as ``#9399b2 30%``."""
    colour, _, percent = value.partition(" ")
    parsed = Color.parse(colour)
    return parsed.multiply_alpha(float(percent.rstrip("%")) / 100) if percent else parsed


def _readable(colour: Color, backgrounds: Sequence[Color]) -> Color:
    """Return the colour that is nearest to `colour`, and readable on all backgrounds."""
    opaque = backgrounds[0] + colour
    extreme = max((WHITE, BLACK), key=lambda each: _lowest_contrast(each, backgrounds))
    shades = (opaque.blend(extreme, step / _STEPS) for step in range(_STEPS))
    return next((shade for shade in shades if _is_readable(shade, backgrounds)), extreme)


def _is_readable(colour: Color, backgrounds: Iterable[Color]) -> bool:
    return _lowest_contrast(colour, backgrounds) >= MIN_CONTRAST + _ROUNDING


def _lowest_contrast(colour: Color, backgrounds: Iterable[Color]) -> float:
    return min(contrast(colour, background) for background in backgrounds)


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two opaque colours, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    """Return the relative luminance of a colour in sRGB, from 0 to 1."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
