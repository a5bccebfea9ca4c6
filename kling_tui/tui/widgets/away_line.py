"""The line above the totals that says which jobs ended while the user was away."""

from collections.abc import Mapping, Sequence

from textual.content import Content

from kling_tui.formatting import text
from kling_tui.tui.widgets.responsive_text import ResponsiveText


class AwayLine(ResponsiveText):
    """Shows how many jobs ended in which status; hidden if there are none."""

    COMPONENT_CLASSES = {"away-line--hint"}  # noqa: RUF012 - as in Widget

    def __init__(self, hints: Sequence[str], id: str | None = None) -> None:  # noqa: A002 - as in Widget
        """`hints` are keys that act on these jobs, the most important first."""
        super().__init__(id=id)
        self._hints = hints
        self._counts: Mapping[str, int] = {}

    def show(self, counts: Mapping[str, int]) -> None:
        """Show the numbers by status; draws only when they change."""
        if counts != self._counts:
            self._counts = dict(counts)
            self.display = bool(counts)
            self.draw()

    def draw(self) -> None:
        """Show as much as fits in one line: the hints are left out first, the last one first."""
        headline = text.finished_while_away(self._counts)
        if len(headline) > self.size.width:
            headline = headline.partition(":")[0]
        hint = ""
        for number in range(1, len(self._hints) + 1):
            longer = f"  {', '.join(self._hints[:number])}"
            if len(headline + longer) <= self.size.width:
                hint = longer
        self.update(Content.assemble(headline, (hint, ".away-line--hint")), layout=False)
