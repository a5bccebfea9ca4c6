"""Blocks of text with bars in them, which are put below and beside each other."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.spans import Span

Line = tuple[Span, ...]


class Bar(Struct, frozen=True):
    """A bar that the user can choose: which jobs it counts, and the cells that it takes."""

    by: str
    """What the jobs have in common: one of `costs.GROUPINGS`."""
    name: str
    """The group; a bar of days has none."""
    first: str
    last: str
    """The days in ISO 8601 whose jobs are counted; "" is no limit."""
    description: str
    x: int
    y: int
    width: int
    height: int = 1

    @property
    def is_column(self) -> bool:
        """Whether it stands beside others on one line."""
        return self.by == "day"

    def contains(self, x: int, y: int) -> bool:
        """Whether a cell belongs to it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Block(Struct, frozen=True):
    """Lines of text, with the bars in them."""

    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()


def line_width(line: Iterable[Span]) -> int:
    """Return the cells of a line."""
    return sum(width(text) for text, _ in line)


def fit_line(line: Iterable[Span], cells: int) -> Line:
    """Return a line of at most `cells` cells."""
    fitted: list[Span] = []
    room = cells
    for text, style in line:
        shown = truncate(text, room)
        if shown:
            fitted.append((shown, style))
        room -= width(shown)
    return tuple(fitted)


def padded(line: Sequence[Span], cells: int) -> Line:
    """Return a line of exactly `cells` cells."""
    fitted = fit_line(line, cells)
    return (*fitted, (" " * (cells - line_width(fitted)), "plain"))


def wrap_parts(parts: Iterable[Sequence[Span]], cells: int, separator: Span) -> list[Line]:
    """Return parts in as few lines as hold them; a part that is longer than a line is cut."""
    lines: list[list[Span]] = []
    for part in parts:
        if lines and line_width([*lines[-1], separator, *part]) <= cells:
            lines[-1] += [separator, *part]
        else:
            lines.append(list(part))
    return [fit_line(line, cells) for line in lines]


def below(*blocks: Block) -> Block:
    """Return blocks below each other, with a blank line between them."""
    lines: list[Line] = []
    bars: list[Bar] = []
    for block in blocks:
        if not block.lines:
            continue
        if lines:
            lines.append(())
        bars += (replace(bar, y=bar.y + len(lines)) for bar in block.bars)
        lines += block.lines
    return Block(tuple(lines), tuple(bars))


def beside(blocks: Sequence[Block], start: int) -> Block:
    """Return one or two blocks beside each other; the second begins in the cell `start`."""
    left, right = (*blocks, Block())[:2]
    height = max(len(left.lines), len(right.lines))
    lines = []
    for y in range(height):
        first, second = (block.lines[y] if y < len(block.lines) else () for block in (left, right))
        lines.append((*padded(first, start), *second) if second else first)
    moved = (replace(bar, x=bar.x + start) for bar in right.bars)
    return Block(tuple(lines), (*left.bars, *moved))
