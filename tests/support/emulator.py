"""A terminal that remembers what stands in each cell and how it looks, and knows no mercy.

It knows the sequences that a screen is drawn with, and refuses all others. Its widths are those
that Textual reckons with, unless others are given.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.cells import split_graphemes

_TOKENS = re.compile(
    r"\x1b\[(?P<private>\?)?(?P<numbers>[0-9;]*)(?P<order>[A-Za-z])"
    r"|\x1b\]8;(?P<identity>[^;\x1b]*);(?P<link>[^\x1b]*)\x1b\\"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
    r"|(?P<words>[^\x00-\x1f\x7f-\x9f]+)",
)
_SWITCHED_OFF = {
    22: {1, 2}, 23: {3}, 24: {4, 21}, 25: {5, 6}, 27: {7}, 28: {8}, 29: {9}, 54: {51, 52}, 55: {53},
}  # fmt: skip
_FOREGROUNDS = {*range(30, 40), *range(90, 98)}
_BACKGROUNDS = {*range(40, 50), *range(100, 108)}
_SWITCHES = {*range(1, 10), 21, 51, 52, 53}


class Look(NamedTuple):
    """What is set for the characters to come."""

    attributes: frozenset[int] = frozenset()
    foreground: str = ""
    background: str = ""
    link: str = ""


class Square(NamedTuple):
    """A cell: "" in the right half of a wide character."""

    words: str = " "
    look: Look = Look()


def widths_of_textual(words: str) -> Iterator[tuple[str, int]]:
    """Yield the characters of a text, with the marks that belong to them, and their widths."""
    for start, end, width in split_graphemes(words)[0]:
        yield words[start:end], width


class Emulator:
    """A screen, and the cursor on it."""

    def __init__(
        self,
        columns: int,
        lines: int,
        *,
        erases_in_colour: bool = True,
        widths: Callable[[str], Iterator[tuple[str, int]]] = widths_of_textual,
    ) -> None:
        self._columns, self._lines = columns, lines
        self._erases_in_colour = erases_in_colour
        self._widths = widths
        self._look = Look()
        self.x = self.y = 0
        self.squares = [[Square() for _ in range(columns)] for _ in range(lines)]

    def feed(self, sent: str) -> None:
        """Take in what was sent; it ends as it should, with nothing set."""
        at = 0
        while at < len(sent):
            token = _TOKENS.match(sent, at)
            assert token, f"not understood: {sent[at : at + 20]!r}"
            at = token.end()
            if token["order"]:
                self._obey(token["private"] or "", token["order"], token["numbers"])
            elif token["link"] is not None:
                assert bool(token["link"]) == bool(token["identity"])
                self._look = self._look._replace(link=token["link"])
            elif token["control"]:
                self._control(token["control"])
            else:
                for words, width in self._widths(token["words"]):
                    self._draw(words, width)
        assert self._look == Look()

    def _obey(self, private: str, order: str, numbers: str) -> None:
        if private:
            assert (order, numbers) in {("h", "2026"), ("l", "2026")}
        elif order == "m":
            self._set([int(number or 0) for number in numbers.split(";")])
        elif order == "H":
            y, _, x = numbers.partition(";")
            self._go(int(y or 1) - 1, int(x or 1) - 1)
        elif order == "B":
            self._go(self.y + int(numbers or 1), self.x)
        elif order in "CD":
            by = int(numbers or 1)
            self._go(self.y, self.x + (by if order == "C" else -by))
        elif order in "KX":
            count = int(numbers or 1) if order == "X" else self._columns - self.x
            self._erase(count)
        else:
            raise AssertionError(f"not understood: {order}")

    def _control(self, control: str) -> None:
        if control == "\b":
            self._go(self.y, self.x - 1)
        elif control == "\r":
            self.x = 0
        else:
            assert control == "\n", f"not understood: {control!r}"
            self._go(self.y + 1, 0)  # the terminal's own setting adds the return

    def _go(self, y: int, x: int) -> None:
        assert 0 <= y < self._lines, "off the screen"
        assert 0 <= x < self._columns, "off the screen"
        self.y, self.x = y, x

    def _draw(self, words: str, width: int) -> None:
        line = self.squares[self.y]
        if not width:
            before = max(0, self.x - 1)
            before -= line[before].words == ""
            line[before] = line[before]._replace(words=line[before].words + words)
            return
        assert self.x + width <= self._columns, "off the screen"
        self._break(self.x, width)
        line[self.x] = Square(words, self._look)
        for right in range(self.x + 1, self.x + width):
            line[right] = Square("", self._look)
        self.x = min(self.x + width, self._columns - 1)  # lines do not wrap

    def _break(self, x: int, width: int) -> None:
        """Leave blank what remains of wide characters of which a half is written over."""
        line = self.squares[self.y]
        if not line[x].words:
            line[x - 1] = Square(" ", line[x - 1].look)
        if x + width < self._columns and not line[x + width].words:
            line[x + width] = Square(" ", line[x + width].look)

    def _erase(self, count: int) -> None:
        look = Look(foreground=self._look.foreground, background=self._look.background)
        blank = Square(" ", look if self._erases_in_colour else Look())
        self._break(self.x, count)
        self.squares[self.y][self.x : self.x + count] = [blank] * count

    def _set(self, numbers: list[int]) -> None:
        rest = iter(numbers)
        for number in rest:
            look = self._look
            if number == 0:
                self._look = Look(link=look.link)
            elif number in _SWITCHES:
                self._look = look._replace(attributes=look.attributes | {number})
            elif number in _SWITCHED_OFF:
                self._look = look._replace(attributes=look.attributes - _SWITCHED_OFF[number])
            else:
                self._colour(number, rest)

    def _colour(self, number: int, rest: Iterator[int]) -> None:
        assert number in _FOREGROUNDS | _BACKGROUNDS, f"no code: {number}"
        colour = str(number) if number not in (39, 49) else ""
        if number in (38, 48):
            space = next(rest)
            parts = (next(rest) for _ in range({2: 3, 5: 1}[space]))
            colour = ";".join(map(str, (space, *parts)))
        if number in _FOREGROUNDS:
            self._look = self._look._replace(foreground=colour)
        else:
            self._look = self._look._replace(background=colour)


def differing(one: Emulator, other: Emulator) -> list[tuple[int, int, Square, Square]]:
    """Return the squares that are not alike, by line and column."""
    if one.squares == other.squares:
        return []
    return [
        (y, x, mine, theirs)
        for y, lines in enumerate(zip(one.squares, other.squares, strict=True))
        for x, (mine, theirs) in enumerate(zip(*lines, strict=True))
        if mine != theirs
    ]
