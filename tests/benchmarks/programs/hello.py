"""A minimal Textual app."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """Shows one word."""

    def compose(self) -> ComposeResult:
        """Return a line of text."""
        yield Static("hello")


if __name__ == "__main__":
    Hello().run()
