"""The widget that shows a frame, painted line by line as far as the bandwidth allows."""

from operator import ne

from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from kling_tui.previews import Frame
from kling_tui.tui.diff_output.sgr import IMAGE_KEY
from kling_tui.tui.video.half_blocks import Line, frame_to_lines, keep_similar_cells, line_to_strip


class Picture(Widget):
    """Shows a frame in its centre, or at its top centre."""

    def __init__(self, *, id: str, at_top: bool = False) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._at_top = at_top
        self._painted: list[Line] = []
        self._target: list[Line] = []
        self._target_size = Size(0, 0)
        self._next_line = 0
        self._exact = True
        self._mark = Style()
        """Names the image that the terminal may show over the picture."""

    def show(self, frame: Frame | None, image_id: int = 0) -> None:
        """Show a frame, or nothing, at once; in pixels where it has an image in that layer."""
        self._load(frame)
        self._mark = Style(meta={IMAGE_KEY: image_id}) if image_id else Style()
        self._painted = list(self._target)
        self.refresh()

    def set_target(self, frame: Frame, *, exact: bool) -> None:
        """Set the frame that `paint_up_to` paints.

        Where not `exact`, cells that hardly differ are kept: in a moving picture this is invisible.
        It has no image.
        """
        size_before = self._target_size
        self._load(frame)
        if self._target_size != size_before:
            self._painted = [()] * len(self._target)
            self.refresh()
        if self._mark:
            self._mark = Style()
            self.refresh()
        self._exact = exact

    def paint_up_to(self, max_cells: int) -> int:
        """Paint lines until about `max_cells` cells have changed; return how many did.

        It continues after the last painted line, so that all lines get their turn.
        """
        changed, count = 0, len(self._target)
        for y in [(self._next_line + step) % count for step in range(count)]:
            if changed >= max_cells:
                break
            if self._target[y] != self._painted[y]:
                changed += self._paint_line(y)
            self._next_line = y + 1
        return changed

    def _paint_line(self, y: int) -> int:
        """Paint a line; return how many of its cells changed."""
        before, line = self._painted[y], self._target[y]
        if before and not self._exact:
            line = self._target[y] = keep_similar_cells(before, line)
        self._painted[y] = line
        changed = sum(map(ne, before, line)) if before else len(line)
        if changed:
            left, top = self._top_left
            self.refresh(Region(left, top + y, self._target_size.width, 1))
        return changed

    @property
    def finished(self) -> bool:
        """Whether the whole frame is painted."""
        return self._target == self._painted

    def _load(self, frame: Frame | None) -> None:
        self._target = frame_to_lines(frame) if frame else []
        lines = self._target
        self._target_size = Size(len(lines[0]), len(lines)) if lines else Size(0, 0)

    @property
    def _top_left(self) -> tuple[int, int]:
        free = self.size - self._target_size
        return free.width // 2, 0 if self._at_top else free.height // 2

    def render_line(self, y: int) -> Strip:
        """Render a line of the widget."""
        left, top = self._top_left
        background = self.rich_style
        if not 0 <= y - top < len(self._painted):
            return Strip.blank(self.size.width, background)
        strip = line_to_strip(self._painted[y - top])
        if self._mark:
            strip = strip.apply_style(self._mark)
        return Strip.join([Strip.blank(left, background), strip]).adjust_cell_length(
            self.size.width, background
        )
