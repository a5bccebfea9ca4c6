"""Detects the terminal from the environment, and builds its escape sequences.

Nothing here writes to the terminal. All OSC sequences end in BEL, because ST would also end the DCS
sequence in which GNU screen passes them on.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Literal, Self

from msgspec import Struct

from kling_tui.sanitize import sanitize_line

MAX_COPY_BYTES = 74_994
"""Some terminals ignore OSC 52 sequences longer than 100,000 bytes, which is this in base64."""
PUSH_TITLE, POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""Save the title on the terminal's stack, and restore it (XTWINOPS 22 and 23)."""
_MAX_TEXT_LENGTH = 200
"""Characters of a title or of a part of a notification."""
_MAX_SCREEN_CHUNK = 190
"""Characters, of up to four bytes; GNU screen passes on at most 768 bytes in one sequence."""
_SSH = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_BY_TERM = {
    "xterm-kitty": "kitty",
    "xterm-ghostty": "Ghostty",
    "foot": "foot",
    "wezterm": "WezTerm",
    "alacritty": "Alacritty",
    "rxvt-unicode": "urxvt",
    "contour": "Contour",
    "konsole": "Konsole",
    "vte": "VTE",
    "linux": "Linux console",
}
"""Names by prefixes of $TERM."""
_BY_PROGRAM = {
    "iTerm.app": "iTerm2",
    "iTerm2": "iTerm2",
    "WezTerm": "WezTerm",
    "ghostty": "Ghostty",
    "vscode": "VS Code",
    "Apple_Terminal": "Terminal.app",
    "WarpTerminal": "Warp",
}
"""Names by $TERM_PROGRAM, or by $LC_TERMINAL, which SSH passes on."""
_BY_VARIABLE = {
    "KITTY_WINDOW_ID": "kitty",
    "WT_SESSION": "Windows Terminal",
    "ITERM_SESSION_ID": "iTerm2",
    "WEZTERM_PANE": "WezTerm",
    "GHOSTTY_RESOURCES_DIR": "Ghostty",
    "ALACRITTY_WINDOW_ID": "Alacritty",
    "KONSOLE_VERSION": "Konsole",
    "VTE_VERSION": "VTE",
}
"""Names by variables that are set, whatever their values."""
_NOTIFICATION_OSC = {
    "iTerm2": "9",
    "Warp": "9",
    "kitty": "99",
    "Alacritty": "",
    "Terminal.app": "",
    "Linux console": "",
}
"""The OSC number of desktop notifications, "" for none; 777 for all other terminals.

Terminals that do not support OSC 777 ignore it, whereas OSC 9 is also used for the progress in the
task bar. VTE supports 777 in some distributions only. Sources: the terminals' documentation; for
Windows Terminal microsoft/terminal#20012.
"""


class TerminalError(Exception):
    """The terminal does not support a request; the message says why."""


class Terminal(Struct, frozen=True):
    """The terminal that the program runs in."""

    name: str = ""
    """Its product name; "" where unknown."""
    multiplexer: Literal["", "tmux", "screen"] = ""
    """The multiplexer between the program and the terminal; tmux where it may be both."""
    type: str = ""
    """$TERM, which inside a multiplexer is that of the multiplexer."""
    remote: bool = False
    """Whether it is connected through SSH: programs would open on another desktop."""

    @classmethod
    def detect(cls, environ: Mapping[str, str]) -> Self:
        """Detect the terminal from environment variables.

        Inside a multiplexer this is a guess: it sets TERM and TERM_PROGRAM itself, and the other
        variables are those of the terminal that it was started in.
        """
        multiplexer: Literal["", "tmux", "screen"] = ""
        if environ.get("TMUX"):
            multiplexer = "tmux"
        elif environ.get("STY"):
            multiplexer = "screen"
        return cls(
            _detect_name(environ, in_multiplexer=bool(multiplexer)),
            multiplexer,
            environ.get("TERM", ""),
            any(environ.get(name) for name in _SSH),
        )

    @property
    def supports_notifications(self) -> bool:
        """Whether it may show desktop notifications."""
        return bool(_NOTIFICATION_OSC.get(self.name, "777"))

    def copy_sequence(self, text: str) -> str:
        """Return the sequence that sets the clipboard (OSC 52); terminals do not reply to it.

        tmux accepts it with `set-clipboard on`, and passes it on, wrapped, with
        `allow-passthrough on`: it gets both forms. By default it ignores both.
        Raises TerminalError where the text is too long for terminals.
        """
        raw = text.encode("utf-8", "replace")
        if len(raw) > MAX_COPY_BYTES:
            message = f"{len(raw):,} bytes are more than a terminal's clipboard takes"
            raise TerminalError(f"{message} ({MAX_COPY_BYTES:,})")
        sequence = f"\x1b]52;c;{b64encode(raw).decode()}\a"
        return (sequence if self.multiplexer == "tmux" else "") + self._wrap(sequence)

    def notification_sequence(self, title: str, message: str) -> str:
        """Return the sequence that shows a desktop notification; "" where there is none.

        tmux passes it on with `allow-passthrough on`.
        """
        # A semicolon separates the fields of a sequence, and cannot be escaped.
        title, message = (
            sanitize_line(text, _MAX_TEXT_LENGTH).replace(";", ",") for text in (title, message)
        )
        match _NOTIFICATION_OSC.get(self.name, "777"):
            case "777":
                return self._wrap(f"\x1b]777;notify;{title};{message}\a")
            case "99":
                return self._wrap(f"\x1b]99;;{title}: {message}\a")
            case "9":
                # A prefix, as OSC 9 has other uses, which begin with a digit.
                return self._wrap(f"\x1b]9;kling-tui: {title}: {message}\a")
        return ""

    def _wrap(self, sequence: str) -> str:
        """Return a sequence wrapped for the multiplexer, which passes it on to its terminal."""
        if self.multiplexer == "tmux":
            doubled = sequence.replace("\x1b", "\x1b\x1b")
            return f"\x1bPtmux;{doubled}\x1b\\"
        if self.multiplexer == "screen":
            starts = range(0, len(sequence), _MAX_SCREEN_CHUNK)
            chunks = (sequence[at : at + _MAX_SCREEN_CHUNK] for at in starts)
            return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
        return sequence


def title_sequence(text: str) -> str:
    """Return the sequence that sets the terminal's title (OSC 2)."""
    return f"\x1b]2;{sanitize_line(text, _MAX_TEXT_LENGTH)}\a"


def _detect_name(environ: Mapping[str, str], *, in_multiplexer: bool) -> str:
    """Return the name of the terminal, from the most specific variable that is set."""
    if not in_multiplexer:
        term = environ.get("TERM", "")
        for prefix, name in _BY_TERM.items():
            if term.startswith(prefix):
                return name
    variables = ("LC_TERMINAL",) if in_multiplexer else ("TERM_PROGRAM", "LC_TERMINAL")
    for variable in variables:
        if environ.get(variable) in _BY_PROGRAM:
            return _BY_PROGRAM[environ[variable]]
    return next((name for variable, name in _BY_VARIABLE.items() if environ.get(variable)), "")
