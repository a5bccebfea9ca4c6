"""Reads objects as programs print them: Python's repr, Node's console.log, PowerShell's tables."""

import re

MAX_DEPTH = 100
"""Objects in objects; deeper ones are not read."""
_CLOSING = {"{": "}", "[": "]", "(": ")"}
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<bracket>[{}\[\]()])
    | (?P<mark>[:=,;])
    | [bru]?(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`)
    | (?P<word>[^\s{}\[\](),:;="'`]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("None", "null", "undefined", "NaN"), None),
    **dict.fromkeys(("True", "true"), True),
    **dict.fromkeys(("False", "false"), False),
    "0": 0,
}
_NOTHING = object()


class _Container:
    """An object or a list of which the end is not read yet."""

    def __init__(self, opening: str) -> None:
        self.closing = _CLOSING[opening]
        self._fields: dict[str, object] = {}
        self._items: list[object] = []
        self._name: str | None = None
        self._value: object = _NOTHING

    def take(self, value: object) -> None:
        """Take a value. An object counts more than the words before it, which name its class."""
        both = isinstance(value, str) and isinstance(self._value, str)
        self._value = f"{self._value} {value}" if both else value

    def take_mark(self, mark: str) -> None:
        """Take a colon or equals sign, which follows a name, or a separator."""
        if mark in ",;":
            self._end_item()
        elif self._name is None and self._value is not _NOTHING:
            self._name, self._value = str(self._value), _NOTHING

    def _end_item(self) -> None:
        value = None if self._value is _NOTHING else self._value
        if self._name is not None:
            self._fields.setdefault(self._name, value)
        elif self._value is not _NOTHING:
            self._items.append(value)
        self._name, self._value = None, _NOTHING

    def end(self) -> object:
        """Return the object or the list."""
        self._end_item()
        return self._fields if self._fields or self.closing == "}" else self._items


def read_literal(text: str, position: int) -> tuple[object, int]:
    """Return the object or list that begins at a bracket, and where it ends.

    Strings may be in any quotes and names in none; commas may be missing at ends; numbers are
    strings of their digits, except 0. Raises ValueError if it is cut off or nested too deep.
    """
    open_containers: list[_Container] = []
    while match := _TOKEN.match(text, position):
        position = match.end()
        token = match[match.lastgroup or 0]
        if match.lastgroup == "mark":
            open_containers[-1].take_mark(token)
        elif match.lastgroup != "bracket":
            quoted = match.lastgroup == "string"
            open_containers[-1].take(token[1:-1] if quoted else _CONSTANTS.get(token, token))
        elif token in _CLOSING:
            if len(open_containers) == MAX_DEPTH:
                break
            open_containers.append(_Container(token))
        elif token != open_containers[-1].closing:
            break
        else:
            value = open_containers.pop().end()
            if not open_containers:
                return value, position
            open_containers[-1].take(value)
    raise ValueError("no complete object")
