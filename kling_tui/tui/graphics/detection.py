"""Finds out which graphics protocol the terminal has: by one query, and from its name."""

from typing import Literal, cast

from msgspec import Struct

from kling_tui.tui.graphics.replies import QUERY_ID, TerminalReply
from kling_tui.tui.terminal import Terminal

Protocol = Literal["kitty", "sixel", "iterm2"]
_QUERY_CELL_SIZE = "\x1b[16t"
_QUERY_ATTRIBUTES = "\x1b[c"
"""Every terminal replies to it, after all queries before it."""
_QUERY = (
    f"\x1b_Gi={QUERY_ID},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # a pixel, which is not kept
    f"\x1b[>q{_QUERY_CELL_SIZE}{_QUERY_ATTRIBUTES}"
)
_SIXEL_ATTRIBUTE = "4"
_WITH_INLINE_IMAGES = ("iTerm2", "WezTerm")
"""Terminals whose best protocol is that of iTerm2; there is no query for it."""
_MULTIPLEXERS = ("tmux", "screen")
_WITHOUT_QUERY = ("dumb", "linux", *_MULTIPLEXERS)
"""Prefixes of $TERM; the Linux console would print parts of the query."""
_DEFAULT_CELL = (10, 20)


class Graphics(Struct, frozen=True):
    """How the terminal shows images."""

    protocol: Protocol
    cell: tuple[int, int] = _DEFAULT_CELL
    """Width and height of a cell in pixels; a guess where images are scaled to cells anyway."""


class Detection:
    """Collects what is known of the terminal; without `start`, there are no graphics."""

    def __init__(self, setting: str, terminal: Terminal) -> None:
        """Know what the terminal's name says; `setting` is `preview.images` of the config."""
        self._forced = setting if setting in ("kitty", "sixel", "iterm2") else None
        self._terminal = terminal
        self._off = setting == "blocks" or _is_unsuitable(terminal, self._forced)
        self._started = False
        self._version: str | None = None
        self._kitty = self._sixel = False
        self._cell: tuple[int, int] | None = None

    def start(self, cell: tuple[int, int] | None) -> str:
        """Return the query, "" for none; `cell` is its size as the system has it, if it does."""
        if self._off:
            return ""
        self._started = True
        self._cell = cell
        return _QUERY_CELL_SIZE + _QUERY_ATTRIBUTES if self._forced else _QUERY

    def query_cell(self, cell: tuple[int, int] | None) -> str:
        """Return the query for the size of a cell, which may be another one now; "" for none."""
        if self.graphics is None:
            return ""
        self._cell = cell or self._cell
        return _QUERY_CELL_SIZE + _QUERY_ATTRIBUTES

    def take(self, reply: TerminalReply) -> None:
        """Note a reply."""
        if reply.kitty is not None:
            self._kitty = reply.kitty == "OK"
        if reply.version is not None:
            self._version = reply.version
        if reply.cell_size and all(reply.cell_size):
            self._cell = reply.cell_size
        if reply.attributes is not None:
            self._sixel = _SIXEL_ATTRIBUTE in reply.attributes[1:]

    @property
    def graphics(self) -> Graphics | None:
        """How images are shown, None for not at all, as far as is known now."""
        protocol = self._protocol if self._started else None
        if protocol is None or (protocol == "sixel" and not self._cell):
            return None
        return Graphics(protocol, self._cell or _DEFAULT_CELL)

    @property
    def _protocol(self) -> Protocol | None:
        if self._forced:
            return cast(Protocol, self._forced)
        # What it says itself counts more than variables, which other terminals inherit.
        name = self._terminal.name if self._version is None else self._version
        if name.startswith(_MULTIPLEXERS):
            return None
        if name.startswith(_WITH_INLINE_IMAGES):
            return "iterm2"
        if self._kitty:
            return "kitty"
        return "sixel" if self._sixel else None


def _is_unsuitable(terminal: Terminal, forced: str | None) -> bool:
    """Return whether not even to ask.

    A multiplexer does not know of images that it passes on, and leaves them on the screen when
    another window is shown. Only for Sixel, which newer versions of tmux draw themselves, may the
    user say otherwise.
    """
    if terminal.multiplexer or terminal.type.startswith(_MULTIPLEXERS):
        return forced != "sixel"
    return terminal.type.startswith(_WITHOUT_QUERY) or terminal.name == "Terminal.app"
