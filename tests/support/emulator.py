"""A strict terminal emulator: it keeps the text and style of each cell.

It knows only the sequences that a screen is drawn with, and fails on all others. A character is as
wide as Textual takes it to be, or as tmux does.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from unicodedata import category

from rich.cells import get_character_cell_size, split_graphemes

_TOKENS = re.compile(
    r"\x1b\[(?P<private>\?)?(?P<numbers>[0-9;]*)(?P<final>[A-Za-z])"
    r"|\x1b\]8;(?P<link_parameters>[^;\x1b]*);(?P<link>[^\x1b]*)\x1b\\"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)",
)
_ATTRIBUTES = {*range(1, 10), 21, 51, 52, 53}
_ATTRIBUTES_RESET_BY = {
    22: {1, 2}, 23: {3}, 24: {4, 21}, 25: {5, 6}, 27: {7}, 28: {8}, 29: {9}, 54: {51, 52}, 55: {53},
}  # fmt: skip
_FOREGROUNDS = {*range(30, 40), *range(90, 98)}
_BACKGROUNDS = {*range(40, 50), *range(100, 108)}


class CellStyle(NamedTuple):
    """The attributes (SGR numbers), colours and link of a cell."""

    attributes: frozenset[int] = frozenset()
    foreground: str = ""
    background: str = ""
    link: str = ""


class Cell(NamedTuple):
    """A cell; its text is "" in the right half of a wide character."""

    text: str = " "
    style: CellStyle = CellStyle()


def graphemes(text: str) -> list[tuple[str, int]]:
    """Return the characters of a text with their widths, as Textual takes them to be."""
    return [(text[start:end], width) for start, end, width in split_graphemes(text)[0]]


def code_points(text: str) -> list[tuple[str, int]]:
    """Return the code points of a text with their widths, as tmux 3.3 and older terminals do.

    Vowel signs (Mc) and the modifiers of emoji have cells of their own.
    """
    return [(point, _width(point)) for point in text]


def _width(point: str) -> int:
    return 2 if point >= "\U0001f000" else get_character_cell_size(point) or category(point) == "Mc"


class Emulator:
    """A screen with a cursor."""

    def __init__(
        self,
        columns: int,
        lines: int,
        *,
        back_colour_erase: bool = True,
        split: Callable[[str], list[tuple[str, int]]] = graphemes,
    ) -> None:
        """`split` returns the characters of a text, each with its width in cells."""
        self._columns, self._lines = columns, lines
        self._back_colour_erase = back_colour_erase
        self._split = split
        self._style = CellStyle()
        self.x = self.y = 0
        self.cells = [[Cell() for _ in range(columns)] for _ in range(lines)]

    def feed(self, output: str) -> None:
        """Process a frame; fails unless it resets the style at its end."""
        at = 0
        while at < len(output):
            token = _TOKENS.match(output, at)
            assert token, f"not understood: {output[at : at + 20]!r}"
            at = token.end()
            if token["final"]:
                self._execute(token["private"] or "", token["final"], token["numbers"])
            elif token["link"] is not None:
                assert bool(token["link"]) == bool(token["link_parameters"])
                self._style = self._style._replace(link=token["link"])
            elif token["control"]:
                self._execute_control(token["control"])
            else:
                for character, width in self._split(token["text"]):
                    self._draw(character, width)
        assert self._style == CellStyle()

    def _execute(self, private: str, final: str, numbers: str) -> None:
        """Execute a CSI sequence, by its final character."""
        if private:
            assert (final, numbers) in {("h", "2026"), ("l", "2026")}
        elif final == "m":
            self._set_style([int(number or 0) for number in numbers.split(";")])
        elif final == "H":
            y, _, x = numbers.partition(";")
            self._move_to(int(y or 1) - 1, int(x or 1) - 1)
        elif final == "B":
            self._move_to(self.y + int(numbers or 1), self.x)
        elif final in "CD":
            columns = int(numbers or 1)
            self._move_to(self.y, self.x + (columns if final == "C" else -columns))
        elif final in "KX":
            count = int(numbers or 1) if final == "X" else self._columns - self.x
            self._erase(count)
        else:
            raise AssertionError(f"not understood: {final}")

    def _execute_control(self, control: str) -> None:
        if control == "\b":
            self._move_to(self.y, self.x - 1)
        elif control == "\r":
            self.x = 0
        else:
            assert control == "\n", f"not understood: {control!r}"
            self._move_to(self.y + 1, 0)  # the terminal driver (ONLCR) adds the carriage return

    def _move_to(self, y: int, x: int) -> None:
        assert 0 <= y < self._lines, "off the screen"
        assert 0 <= x < self._columns, "off the screen"
        self.y, self.x = y, x

    def _draw(self, text: str, width: int) -> None:
        line = self.cells[self.y]
        if not width:
            before = max(0, self.x - 1)
            before -= line[before].text == ""
            line[before] = line[before]._replace(text=line[before].text + text)
            return
        assert self.x + width <= self._columns, "off the screen"
        self._blank_split_characters(self.x, width)
        line[self.x] = Cell(text, self._style)
        for x in range(self.x + 1, self.x + width):
            line[x] = Cell("", self._style)
        self.x = min(self.x + width, self._columns - 1)  # lines do not wrap

    def _blank_split_characters(self, x: int, width: int) -> None:
        """Blank the remaining halves of wide characters that are partly overwritten."""
        line = self.cells[self.y]
        if not line[x].text:
            line[x - 1] = Cell(" ", line[x - 1].style)
        if x + width < self._columns and not line[x + width].text:
            line[x + width] = Cell(" ", line[x + width].style)

    def _erase(self, count: int) -> None:
        colours = CellStyle(foreground=self._style.foreground, background=self._style.background)
        blank = Cell(" ", colours if self._back_colour_erase else CellStyle())
        self._blank_split_characters(self.x, count)
        self.cells[self.y][self.x : self.x + count] = [blank] * count

    def _set_style(self, numbers: list[int]) -> None:
        """Apply the numbers of an SGR sequence."""
        remaining = iter(numbers)
        for number in remaining:
            style = self._style
            if number == 0:
                self._style = CellStyle(link=style.link)
            elif number in _ATTRIBUTES:
                self._style = style._replace(attributes=style.attributes | {number})
            elif number in _ATTRIBUTES_RESET_BY:
                attributes = style.attributes - _ATTRIBUTES_RESET_BY[number]
                self._style = style._replace(attributes=attributes)
            else:
                self._set_colour(number, remaining)

    def _set_colour(self, number: int, parameters: Iterator[int]) -> None:
        assert number in _FOREGROUNDS | _BACKGROUNDS, f"no code: {number}"
        colour = str(number) if number not in (39, 49) else ""
        if number in (38, 48):
            colour_space = next(parameters)
            parts = (next(parameters) for _ in range({2: 3, 5: 1}[colour_space]))
            colour = ";".join(map(str, (colour_space, *parts)))
        if number in _FOREGROUNDS:
            self._style = self._style._replace(foreground=colour)
        else:
            self._style = self._style._replace(background=colour)


def differences(one: Emulator, other: Emulator) -> list[tuple[int, int, Cell, Cell]]:
    """Return the line and column of each cell that differs, and what both show there."""
    if one.cells == other.cells:
        return []
    return [
        (y, x, mine, theirs)
        for y, lines in enumerate(zip(one.cells, other.cells, strict=True))
        for x, (mine, theirs) in enumerate(zip(*lines, strict=True))
        if mine != theirs
    ]
