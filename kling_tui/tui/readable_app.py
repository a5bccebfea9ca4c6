"""The base class of the app that makes all texts readable: themes, few colours, ASCII, toasts."""

from typing import Any, cast

from rich.console import Console
from rich.segment import Segment
from textual.app import App
from textual.binding import Binding
from textual.color import Color
from textual.constants import COLOR_SYSTEM
from textual.filter import LineFilter
from textual.notifications import Notification, Notify
from textual.screen import SystemModalScreen
from textual.theme import Theme

from kling_tui.formatting import symbols
from kling_tui.tui.diff_output import DiffRenderingApp
from kling_tui.tui.diff_output.image_layer import ImageLayer
from kling_tui.tui.theme_colours import readable_variables

MAX_TOASTS = 3
"""Toasts that are shown at a time; the oldest disappears for another one."""


def has_few_colours(app: App[Any]) -> bool:
    """Return whether the terminal has no colour for the background of what the cursor is on."""
    few = app.console.color_system in (None, "standard")
    return few or app.no_color or app.native_ansi_color


class NoColorFilter(LineFilter):
    """Removes all colour; Textual's own filter leaves greys."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments with bold, underlined and reversed text only."""
        return [
            Segment(text, style and style.without_color, control)
            for text, style, control in segments
        ]


class AsciiFilter(LineFilter):
    """Shows ASCII characters instead of symbols, also of borders."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments with their symbols replaced."""
        return [
            Segment(symbols.to_ascii(text), style, control) for text, style, control in segments
        ]


class ReadableApp(DiffRenderingApp):
    """An app whose texts are readable in every theme and on every terminal, under few toasts."""

    def __init__(self, images: ImageLayer, *, diff_output: bool, terminal_type: str) -> None:
        """See `DiffRenderingApp`."""
        # First, as the base class computes the colours.
        terminal = Console(color_system=cast(Any, COLOR_SYSTEM), force_terminal=True)
        self._few_colours = terminal.color_system == "standard"
        super().__init__(images, diff_output=diff_output, terminal_type=terminal_type)
        if self.no_color:
            self._filters[:] = [NoColorFilter()]
        if not symbols.HAS_UTF8:
            self._filters.append(AsciiFilter())

    def get_key_display(self, binding: Binding) -> str:
        """Return the name of a key; without UTF-8, no character of ASCII looks like Enter."""
        shown = super().get_key_display(binding)
        return shown if symbols.HAS_UTF8 else shown.replace("⏎", "enter")

    @property
    def current_theme(self) -> Theme:
        """The theme; on a terminal of 16 colours, a theme of those.

        Of the colours of other themes, the nearest of the 16 would be shown: grey for a soft red.
        """
        theme = super().current_theme
        if self._few_colours:
            return self.available_themes["ansi-dark" if theme.dark else "ansi-light"]
        return theme

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme, with text colours that are readable."""
        variables = super().get_css_variables()
        self.theme_variables = readable_variables(variables, dark=self.current_theme.dark)
        return self.theme_variables

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - as in App
        """Apply the style sheet to everything that is shown.

        Textual (8.2) leaves out the palette, and texts that name a colour of the theme.
        """
        super().refresh_css(animate)
        for screen in self.screen_stack:
            if isinstance(screen, SystemModalScreen):
                self.stylesheet.update(screen, animate=animate)
            for widget in screen.walk_children(with_self=True):
                widget.refresh()

    def notify(self, message: str, *, title: str = "", **options: Any) -> None:
        """Show a toast, in one line where there is no room for more."""
        if title and message and self.screen_stack and self._toasts_have_one_line:
            title, message = "", f"{title}: {message}"
        super().notify(message, title=title, **options)

    @property
    def _toasts_have_one_line(self) -> bool:
        """Whether a toast has one line: not on the main screen, unless that is very low."""
        return len(self.screen_stack) > 1 or self.screen.has_class("-low")

    def on_notify(self, event: Notify) -> None:
        """Make room for a toast; it replaces one that says the same."""
        text = _full_text(event.notification)
        toasts = list(self._notifications)
        others = [toast for toast in toasts if _full_text(toast) != text]
        for toast in toasts:
            if toast not in others[1 - MAX_TOASTS :]:
                self._unnotify(toast)


def _full_text(toast: Notification) -> str:
    """Return title and message, which are one line already where there is no room for more."""
    return f"{toast.title}: {toast.message}" if toast.title else toast.message
