"""Text that depends on how wide the screen is and on the colours of the theme."""

from textual.widgets import Static


class ResponsiveText(Static):
    """A text that is put together anew for each width and each theme."""

    def draw(self) -> None:
        """Put the text together."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Leave out what no longer fits."""
        self.draw()

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.draw()
