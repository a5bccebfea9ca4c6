"""Writes cells with the fewest bytes: the shortest moves, and looks only where they change."""

from collections.abc import Iterator, Sequence

from kling_tui.tui.diff_output.cells import Cell
from kling_tui.tui.diff_output.runs import StyledRun, has_ambiguous_width
from kling_tui.tui.diff_output.sgr import PLAIN, SgrStyle, is_colour, sgr_transition

Lines = Sequence[Sequence[Cell | None]]
"""The cells of a terminal's lines; None where it is not known what one shows."""
_UNKNOWN = -1
_SHORT = 4
"""Cells that may be as short to write again as to skip."""
_SHORT_BLANK = 12
"""Blank cells that may be as short to write as to erase and skip."""


class FrameEncoder:
    """Collects what is to be sent for one frame."""

    def __init__(self, lines: Lines, *, erases_in_colour: bool) -> None:
        """`lines` is what the terminal shows once the frame is there.

        `erases_in_colour`: what the terminal erases takes the background of the pen.
        """
        self._lines = lines
        self._erases_in_colour = erases_in_colour
        self._sent: list[str] = []
        self._x = self._y = _UNKNOWN
        self._pen = PLAIN

    def write(self, stroke: StyledRun) -> None:
        """Write cells from a place on."""
        y, x, cells = stroke
        to_end = x + len(cells) == len(self._lines[y])
        self._go(y, x)
        self._take(stroke.pen)
        index = 0
        while index < len(cells):
            words, _ = cells[index]
            self._go(y, x + index)
            if words == " " and (blank := self._erase(cells, index, to_end=to_end)):
                index += blank
            else:
                width = 2 if index + 1 < len(cells) and not cells[index + 1][0] else 1
                self._put(words, width)
                index += width

    def finish(self, y: int, x: int) -> str:
        """Return all that is to be sent, the cursor being left at a place."""
        self._take(PLAIN)
        self._go(y, x)
        return "".join(self._sent)

    def _erase(self, cells: Sequence[Cell], start: int, *, to_end: bool) -> int:
        """Erase the blank cells from `start` on, where that is shorter; return how many.

        `to_end` tells that the cells are those up to the end of the line.
        """
        if not self._may_erase(cells[start][1]):
            return 0
        stop = start
        while stop < len(cells) and cells[stop] == cells[start]:
            stop += 1
        count = stop - start
        if to_end and stop == len(cells) and count >= _SHORT:
            self._sent.append("\x1b[K")
        elif count >= _SHORT_BLANK:
            self._sent.append(f"\x1b[{count}X")
        else:
            return 0
        return count

    def _may_erase(self, pen: SgrStyle) -> bool:
        return pen == PLAIN or (self._erases_in_colour and is_colour(pen))

    def _take(self, pen: SgrStyle) -> None:
        if pen != self._pen:
            self._sent.append(sgr_transition(self._pen, pen))
            self._pen = pen

    def _put(self, words: str, width: int) -> None:
        """Write one character at the cursor."""
        if not has_ambiguous_width(words):
            self._sent.append(words)
            self._x += width
            if self._x >= len(self._lines[self._y]):
                self._x = _UNKNOWN  # terminals disagree about where the cursor stands now
            return
        # Whatever terminals leave of its cells is blank.
        y, x = self._y, self._x
        self._sent.append(" " * width)
        self._x = _UNKNOWN
        self._go(y, x)
        self._sent.append(words)
        self._x = _UNKNOWN

    def _go(self, y: int, x: int) -> None:
        if (x, y) == (self._x, self._y):
            return
        moves = [_absolute(y, x)]
        if self._x != _UNKNOWN:
            moves += self._relative(y, x)
        self._sent.append(min(moves, key=_bytes))
        self._x, self._y = x, y

    def _relative(self, y: int, x: int) -> Iterator[str]:
        if y == self._y:
            yield _sideways(x - self._x)
            gap = self._lines[y][self._x : x]
            if 0 < len(gap) <= _SHORT and all(self._is_plain(cell) for cell in gap):
                yield "".join(cell[0] for cell in gap if cell)
        elif y > self._y:
            yield _times("B", y - self._y) + _sideways(x - self._x)
            if y == self._y + 1 and x == 0:
                yield "\r\n"

    def _is_plain(self, cell: Cell | None) -> bool:
        """Whether a cell is as short to write again as any with the pen in hand."""
        return cell is not None and cell[1] == self._pen and cell[0].isascii() and cell[0] != ""


def _absolute(y: int, x: int) -> str:
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def _sideways(cells: int) -> str:
    """Return the move within a line: to the right, or by less than 0 to the left."""
    if cells >= 0:
        return _times("C", cells)
    return min("\b" * -cells, _times("D", -cells), key=len)


def _times(move: str, count: int) -> str:
    """Return an order to move so many times."""
    if not count:
        return ""
    return f"\x1b[{count if count > 1 else ''}{move}"


def _bytes(text: str) -> int:
    return len(text.encode())
