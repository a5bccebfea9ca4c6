"""A text that depends on the width of its widget and on the colours of the theme."""

from textual.widgets import Static


class ResponsiveText(Static):
    """Draws its text again for each width and each theme."""

    def draw(self) -> None:
        """Compose the text and show it."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Compose the text for another width."""
        self.draw()

    def notify_style_update(self) -> None:
        """Compose the text in the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.draw()
