"""A picture that is painted line by line, as far as the terminal's line bears it."""

from operator import ne

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from kling_tui.previews import Frame
from kling_tui.tui.video.half_blocks import Line, frame_to_lines, keep_similar_cells, render_line


class Picture(Widget):
    """Shows a frame in its middle, or in the middle of its top."""

    def __init__(self, *, id: str, at_top: bool = False) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._at_top = at_top
        self._painted: list[Line] = []
        self._wanted: list[Line] = []
        self._room = Size(0, 0)
        self._next = 0
        self._exact = True

    def show(self, frame: Frame | None) -> None:
        """Show a frame, or nothing, at once."""
        self._take(frame)
        self._painted = list(self._wanted)
        self.refresh()

    def set_target(self, frame: Frame, *, exact: bool) -> None:
        """Have a frame be painted by what `paint` is called for from now on.

        Where not `exact`, what hardly differs is left as it is, which a moving picture bears.
        """
        before = self._room
        self._take(frame)
        if self._room != before:
            self._painted = [()] * len(self._wanted)
            self.refresh()
        self._exact = exact

    def paint_up_to(self, max_cells: int) -> int:
        """Paint lines of about so many cells that differ; returns how many did.

        Lines take turns, so that none is forgotten while the picture moves.
        """
        painted, count = 0, len(self._wanted)
        for y in [(self._next + step) % count for step in range(count)]:
            if painted >= max_cells:
                break
            if self._wanted[y] != self._painted[y]:
                painted += self._paint_line(y)
            self._next = y + 1
        return painted

    def _paint_line(self, y: int) -> int:
        """Paint a line; returns how many of its cells differed."""
        before, line = self._painted[y], self._wanted[y]
        if before and not self._exact:
            line = self._wanted[y] = keep_similar_cells(before, line)
        self._painted[y] = line
        cells = sum(map(ne, before, line)) if before else len(line)
        if cells:
            left, top = self._corner
            self.refresh(Region(left, top + y, self._room.width, 1))
        return cells

    @property
    def finished(self) -> bool:
        """Whether all of the frame is painted."""
        return self._wanted == self._painted

    def _take(self, frame: Frame | None) -> None:
        self._wanted = frame_to_lines(frame) if frame else []
        self._room = Size(len(self._wanted[0]), len(self._wanted)) if self._wanted else Size(0, 0)

    @property
    def _corner(self) -> tuple[int, int]:
        free = self.size - self._room
        return free.width // 2, 0 if self._at_top else free.height // 2

    def render_line(self, y: int) -> Strip:
        """Return a line of the widget."""
        left, top = self._corner
        blank = self.rich_style
        if not 0 <= y - top < len(self._painted):
            return Strip.blank(self.size.width, blank)
        strip = render_line(self._painted[y - top])
        return Strip.join([Strip.blank(left, blank), strip]).adjust_cell_length(
            self.size.width, blank
        )
