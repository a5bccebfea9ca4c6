"""Encodes changed cells as a minimal escape sequence.

It uses the shortest cursor moves, and SGR codes only where the style changes.
"""

from collections.abc import Iterator, Mapping, Sequence

from kling_tui.tui.diff_output.ambiguous_text import AmbiguousText
from kling_tui.tui.diff_output.cells import Cell
from kling_tui.tui.diff_output.runs import MIN_ERASED_CELLS, Layer, StyledRun
from kling_tui.tui.diff_output.sgr import PLAIN, SgrStyle, can_erase, sgr_transition

Lines = Sequence[Sequence[Cell | None]]
"""The cells of each line of the screen; None where the content is unknown."""
_UNKNOWN = -1
_MAX_REWRITTEN_CELLS = 4
"""Cells that may be as short to write again as to skip."""
_MIN_ERASED_CELLS_TO_END = 4


class FrameEncoder:
    """Collects the escape sequence of one frame."""

    def __init__(
        self,
        lines: Lines,
        texts: Mapping[int, Sequence[AmbiguousText]],
        *,
        back_colour_erase: bool,
    ) -> None:
        """`lines` is the content of the screen after this frame, with `texts` by line.

        `back_colour_erase`: whether erased cells get the current background colour.
        """
        self._lines = lines
        self._texts = texts
        self._back_colour_erase = back_colour_erase
        self._output: list[str] = []
        self._x = self._y = _UNKNOWN
        self._style = PLAIN

    def write(self, run: StyledRun) -> None:
        """Encode a run of cells."""
        y, x, cells = run.y, run.x, run.cells
        if run.layer is Layer.TEXT:
            self._write_text(run)
            return
        to_end = x + len(cells) == len(self._lines[y])
        self._move_to(y, x)
        self._set_style(run.style)
        index = 0
        while index < len(cells):
            character, _ = cells[index]
            self._move_to(y, x + index)
            if character == " " and (erased := self._erase(cells, index, to_end=to_end)):
                index += erased
            else:
                width = 2 if index + 1 < len(cells) and not cells[index + 1][0] else 1
                self._put(character, width)
                index += width

    def write_image(self, y: int, x: int, sequence: str) -> None:
        """Encode an image, or nothing but a change of one; the terminal may move its cursor."""
        self._set_style(PLAIN)
        self._move_to(y, x)
        self._output.append(sequence)
        self._x = _UNKNOWN

    def _write_text(self, run: StyledRun) -> None:
        """Write a part of a text of ambiguous width: only the terminal knows where it ends."""
        if not run.continues:
            self._move_to(run.y, run.x)
        self._set_style(run.style)
        self._output.append("".join(character for character, _ in run.cells))
        self._x = _UNKNOWN

    def finish(self, y: int, x: int) -> str:
        """Return the whole sequence, which leaves the cursor at `y`, `x` and the style plain."""
        self._set_style(PLAIN)
        self._move_to(y, x)
        return "".join(self._output)

    def _erase(self, cells: Sequence[Cell], start: int, *, to_end: bool) -> int:
        """Erase the blank cells from `start` on where that is shorter; return their number.

        `to_end`: whether `cells` reaches to the end of the line.
        """
        if not can_erase(cells[start][1], back_colour_erase=self._back_colour_erase):
            return 0
        stop = start
        while stop < len(cells) and cells[stop] == cells[start]:
            stop += 1
        count = stop - start
        if to_end and stop == len(cells) and count >= _MIN_ERASED_CELLS_TO_END:
            self._output.append("\x1b[K")
        elif count >= MIN_ERASED_CELLS:
            self._output.append(f"\x1b[{count}X")
        else:
            return 0
        return count

    def _set_style(self, style: SgrStyle) -> None:
        if style != self._style:
            self._output.append(sgr_transition(self._style, style))
            self._style = style

    def _put(self, character: str, width: int) -> None:
        """Write one character at the cursor."""
        self._output.append(character)
        self._x += width
        if self._x >= len(self._lines[self._y]):
            self._x = _UNKNOWN  # terminals differ in where the cursor is now

    def _move_to(self, y: int, x: int) -> None:
        if (x, y) == (self._x, self._y):
            return
        moves = [_absolute_move(y, x)]
        if self._x != _UNKNOWN:
            moves += self._relative_moves(y, x)
        self._output.append(min(moves, key=_byte_length))
        self._x, self._y = x, y

    def _relative_moves(self, y: int, x: int) -> Iterator[str]:
        if y == self._y:
            yield _horizontal_move(x - self._x)
            gap = self._lines[y][self._x : x]
            if 0 < len(gap) <= _MAX_REWRITTEN_CELLS and self._are_rewritable(y, x, gap):
                yield "".join(cell[0] for cell in gap if cell)
        elif y > self._y:
            yield _repeated_move("B", y - self._y) + _horizontal_move(x - self._x)
            if y == self._y + 1 and x == 0:
                yield "\r\n"

    def _are_rewritable(self, y: int, x: int, gap: Sequence[Cell | None]) -> bool:
        """Whether all cells between the cursor and `x` can be written again.

        A text of ambiguous width may cover some that are blank in the buffer.
        """
        texts = self._texts.get(y, ())
        return all(map(self._is_rewritable, gap)) and not any(
            text.overlaps((self._x, x)) for text in texts
        )

    def _is_rewritable(self, cell: Cell | None) -> bool:
        """Whether a cell can be written again as one byte, in the current style.

        A cell under an image may show that instead, and writing it would remove the image.
        """
        if cell is None or cell[1].image:
            return False
        return cell[1] == self._style and cell[0].isascii() and cell[0] != ""


def _absolute_move(y: int, x: int) -> str:
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def _horizontal_move(columns: int) -> str:
    """Return the move within a line: to the right, or to the left where `columns` is negative."""
    if columns >= 0:
        return _repeated_move("C", columns)
    return min("\b" * -columns, _repeated_move("D", -columns), key=len)


def _repeated_move(command: str, count: int) -> str:
    """Return a cursor command with its count; "" for 0."""
    if not count:
        return ""
    return f"\x1b[{count if count > 1 else ''}{command}"


def _byte_length(text: str) -> int:
    return len(text.encode())
