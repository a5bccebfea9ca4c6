"""The line above the totals that says which jobs ended while the user was away."""

from collections.abc import Mapping

from textual.content import Content

from kling_tui.formatting import text
from kling_tui.tui.widgets.responsive_text import ResponsiveText


class AwayLine(ResponsiveText):
    """Shows how many jobs ended in which status; hidden if there are none."""

    COMPONENT_CLASSES = {"away-line--hint"}  # noqa: RUF012 - as in Widget

    def __init__(self, hint: str, id: str | None = None) -> None:  # noqa: A002 - as in Widget
        """`hint` says which keys act on these jobs; it is shown where there is room."""
        super().__init__(id=id)
        self._hint = hint
        self._counts: Mapping[str, int] = {}

    def show(self, counts: Mapping[str, int]) -> None:
        """Show the numbers by status; draws only when they change."""
        if counts != self._counts:
            self._counts = dict(counts)
            self.display = bool(counts)
            self.draw()

    def draw(self) -> None:
        """Show as much as fits in one line."""
        headline = text.finished_while_away(self._counts)
        shorter = headline.partition(":")[0]
        hint = f"  {self._hint}"
        if len(headline + hint) <= self.size.width:
            self.update(Content.assemble(headline, (hint, ".away-line--hint")), layout=False)
        else:
            fits = len(headline) <= self.size.width
            self.update(Content(headline if fits else shorter), layout=False)
