"""A text that depends on the width of its widget."""

from textual.widgets import Static


class ResponsiveText(Static):
    """Draws its text again for each width.

    Its content names styles, such as ``.key-hints--key``, instead of holding their colours: so it
    need not be drawn again for another theme. (`notify_style_update` would be too early for that:
    Textual calls it before it updates the styles of component classes.)
    """

    def draw(self) -> None:
        """Compose the text and show it."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Compose the text for another width."""
        self.draw()
