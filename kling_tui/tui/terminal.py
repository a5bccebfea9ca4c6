"""What terminal this is, as far as the environment tells, and the sequences that ask it for more.

Nothing here writes: each sequence is returned. All end in BEL, because ST would also end the
envelope that carries a sequence through screen.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from kling_tui.sanitize import sanitize_line

MAX_COPY_BYTES = 74_994
"""Bytes that a clipboard is sent at most: a sequence of 100,000, beyond which some take none."""
PUSH_TITLE, POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""Has the terminal keep its title, and give it back."""
_MOST_SAID = 200
_PIECE = 190
"""Characters, of four bytes at most; screen takes no more than 768 bytes in one envelope."""
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
"""By how TERM begins."""
_BY_PROGRAM = {
    "iTerm.app": "iTerm2",
    "iTerm2": "iTerm2",
    "WezTerm": "WezTerm",
    "ghostty": "Ghostty",
    "vscode": "VS Code",
    "Apple_Terminal": "Terminal.app",
    "WarpTerminal": "Warp",
}
"""By TERM_PROGRAM, or by LC_TERMINAL, which SSH passes on."""
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
"""By a variable that is set at all."""
_NOTICE = {
    "iTerm2": "9",
    "Warp": "9",
    "kitty": "99",
    "Alacritty": "",
    "Terminal.app": "",
    "Linux console": "",
}
"""The sequence that shows a notification, "" where none does; 777 for all others.

One that does not know 777 ignores it, while to some 9 is also the progress of the task bar. VTE
shows it in some distributions only. Sources: the terminals' documentation, and for Windows Terminal
microsoft/terminal#20012.
"""


class TerminalError(Exception):
    """The terminal cannot be asked for this; the words say why."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the program runs in."""

    name: str = ""
    """What a person calls it; "" where nothing tells."""
    multiplexer: Literal["", "tmux", "screen"] = ""
    """What stands between this program and the terminal; tmux, where it might be both."""
    type: str = ""
    """Its type, as in $TERM; that of tmux or screen where these stand between."""
    remote: bool = False
    """Whether it is reached over SSH, so that a browser would open where nobody sees it."""

    @classmethod
    def detect(cls, environ: Mapping[str, str]) -> Self:
        """Tell from the environment what the terminal is.

        Inside tmux and screen it cannot be known for sure: TERM and TERM_PROGRAM are theirs, and
        the rest is what was set when they were started, perhaps in another terminal.
        """
        within: Literal["", "tmux", "screen"] = ""
        if environ.get("TMUX"):
            within = "tmux"
        elif environ.get("STY"):
            within = "screen"
        return cls(
            _name(environ, inside=bool(within)),
            within,
            environ.get("TERM", ""),
            any(environ.get(name) for name in _SSH),
        )

    @property
    def supports_notifications(self) -> bool:
        """Whether it may show notifications on the desktop."""
        return bool(_NOTICE.get(self.name, "777"))

    def copy(self, text: str) -> str:
        """Return what puts text on the clipboard (OSC 52), of which there is never an answer.

        tmux takes the plain form where its set-clipboard is "on", and passes the wrapped form on
        where its allow-passthrough is "on": it gets both. By default it heeds neither.
        Raises TerminalError where the text is more than terminals take.
        """
        raw = text.encode("utf-8", "replace")
        if len(raw) > MAX_COPY_BYTES:
            words = f"{len(raw):,} bytes are more than a terminal's clipboard takes"
            raise TerminalError(f"{words} ({MAX_COPY_BYTES:,})")
        sequence = f"\x1b]52;c;{b64encode(raw).decode()}\a"
        return (sequence if self.multiplexer == "tmux" else "") + self._wrapped(sequence)

    def notify(self, title: str, words: str) -> str:
        """Return what shows a notification on the desktop; "" where no sequence does.

        tmux passes it on where its allow-passthrough is "on".
        """
        # A semicolon parts the fields of a sequence, and none knows how to escape it.
        title, words = (
            sanitize_line(each, _MOST_SAID).replace(";", ",") for each in (title, words)
        )
        match _NOTICE.get(self.name, "777"):
            case "777":
                return self._wrapped(f"\x1b]777;notify;{title};{words}\a")
            case "99":
                return self._wrapped(f"\x1b]99;;{title}: {words}\a")
            case "9":
                # What begins with a digit could be one of the other uses of 9.
                return self._wrapped(f"\x1b]9;kling-tui: {title}: {words}\a")
        return ""

    def _wrapped(self, sequence: str) -> str:
        """Return a sequence in the envelope that carries it to the outer terminal."""
        if self.multiplexer == "tmux":
            doubled = sequence.replace("\x1b", "\x1b\x1b")
            return f"\x1bPtmux;{doubled}\x1b\\"
        if self.multiplexer == "screen":
            starts = range(0, len(sequence), _PIECE)
            return "".join(f"\x1bP{sequence[at : at + _PIECE]}\x1b\\" for at in starts)
        return sequence


def set_title_sequence(words: str) -> str:
    """Return what sets the terminal's title."""
    return f"\x1b]2;{sanitize_line(words, _MOST_SAID)}\a"


def _name(environ: Mapping[str, str], *, inside: bool) -> str:
    """Return what the terminal is called, by what is nearest to it first."""
    if not inside:
        term = environ.get("TERM", "")
        for start, name in _BY_TERM.items():
            if term.startswith(start):
                return name
    told = ("LC_TERMINAL",) if inside else ("TERM_PROGRAM", "LC_TERMINAL")
    for variable in told:
        if environ.get(variable) in _BY_PROGRAM:
            return _BY_PROGRAM[environ[variable]]
    return next((name for each, name in _BY_VARIABLE.items() if environ.get(each)), "")
