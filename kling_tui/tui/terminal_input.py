"""Parses what the terminal sends into Textual's messages, whatever bytes arrive.

It replaces Textual's own loop (`textual.drivers.linux_driver.LinuxDriver.run_input_thread`, 8.2),
in which the following ends the app or blocks its input, until that is fixed there:

- A byte that is not UTF-8, such as a key of a Latin-1 terminal or an X10 mouse report. Here it is
  ignored, and replaced in a paste.
- A sequence with a number that is no character or no number at all, such as ``CSI 1:2u``: there
  `textual._xterm_parser.XTermParser` raises ValueError, OverflowError or ZeroDivisionError.
- A key that is a surrogate, which cannot be drawn or saved.
- A bracketed paste whose end is missing, or was cut by a slow line: no later key has any effect.
"""

import math
import re
from codecs import getincrementaldecoder
from collections.abc import Generator, Iterator

from textual import events
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.message import Message

from kling_tui.tui.graphics.replies import ReplyFilter

IDLE_SECONDS = 0.1
_ESCAPE_IDLE_CALLS = max(1, math.ceil(ESCAPE_DELAY / IDLE_SECONDS))
"""Calls of `idle` after which a lone ESC is the escape key."""
_PASTE_IDLE_CALLS = 20
"""Calls of `idle` after which a paste without an end is over: two seconds, for slow lines."""
_DECODER_IDLE_CALLS = 5
_MAX_IDLE_CALLS = max(_ESCAPE_IDLE_CALLS, _DECODER_IDLE_CALLS)
"""Calls of `idle` after which nothing is unfinished but a paste."""
_START = re.compile(rb"\x1b\[(200~|M)")
"""A bracketed paste, or an X10 mouse report, which three bytes of any value follow."""
_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_X10_BYTES = 3
_MAX_PASTE = 4 << 20
"""Bytes of a paste that are kept; of a longer one, the middle is dropped."""
_TAIL = 32
"""Bytes of an unfinished sequence that matter; Textual gives up after as many."""
_UNFINISHED_SEQUENCE = re.compile(rb"\x1b(\[[0-?]*)?\Z")
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b?[^\x1b]*")
"""One escape sequence, or other text up to the next."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_GARBAGE = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x80-\x9f]")
_INVALID_CHARACTER = re.compile(r"[\ud800-\udfff\ufffd]")
"""A surrogate, or what the decoder puts in the place of bytes that are not UTF-8."""
_MAX_COLUMNS, _MAX_LINES = 2_000, 1_000
_LONG_READ = 1_000
"""Bytes of a read that did not fetch all there was; the next one continues it."""
_MIN_PASTE = 10
_MIN_DIFFERENT = 6
_WORD = re.compile(rf"[A-Za-z0-9_-]{{{_MIN_PASTE},}}")
_REPEATED = re.compile(r"(.)\1+")
_JSON_OR_URL = re.compile(r"\s*(\[\s*)?\{|.*://", re.DOTALL)


class TerminalInput:
    """Converts reads of the terminal to messages."""

    def __init__(self) -> None:
        self.replies = ReplyFilter()
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._parser = XTermParser()
        self._paste: bytearray | None = None
        """The content of the bracketed paste so far; None outside of one."""
        self._skipped = 0
        """Bytes of an X10 mouse report that are still to come."""
        self._tail = b""
        """The last bytes before the next read."""
        self._tail_parsed = False
        """Whether the parser took the unfinished sequence in `_tail` as keys, after a pause."""
        self._continues_paste = False
        self._idle_calls = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages of one read."""
        self._idle_calls = 0
        if self._paste is None and not (self._skipped or self.replies.held):
            if text := self._pasted_keys(data):
                yield _paste(text)
                return
            if _is_garbage(data):
                return
        while data:
            if self._paste is not None:
                data = yield from self._feed_paste(self._paste, data)
            elif self._skipped:
                skipped = min(self._skipped, len(data))
                self._skipped -= skipped
                yield from self._parse(b" " * skipped)
                data = data[skipped:]
            else:
                data = yield from self._feed_keys(data)

    def idle(self) -> Iterator[Message]:
        """Yield the messages of unfinished input; call it after `IDLE_SECONDS` without input."""
        self._idle_calls += 1
        self._continues_paste = False
        released = self.replies.idle(self._idle_calls)
        if released:
            yield from self._parse(released)
        if released is not None or (
            self._idle_calls == _ESCAPE_IDLE_CALLS and not self.replies.held
        ):
            self._skipped = 0
            yield from self._end_sequence()
        if self._idle_calls == _DECODER_IDLE_CALLS:
            yield from self._parse(b"", final=True)
        if self._idle_calls == _PASTE_IDLE_CALLS and self._paste is not None:
            yield from self._feed_paste(self._paste, _PASTE_END)

    @property
    def pending(self) -> bool:
        """Whether `idle` may still have something to do; if not, only more input changes that."""
        calls = _MAX_IDLE_CALLS if self._paste is None else _PASTE_IDLE_CALLS
        return bool(self.replies.held) or self._idle_calls < calls

    def _end_sequence(self) -> Iterator[Message]:
        """Make the parser take an unfinished sequence as keys.

        If the start of a paste goes on after all, it is a paste: these are no keys one can type.
        """
        unfinished = _UNFINISHED_SEQUENCE.search(self._tail)
        self._tail_parsed = bool(unfinished and _PASTE_START.startswith(unfinished[0]))
        self._tail = unfinished[0] if unfinished and self._tail_parsed else b""
        yield from self._flush_parser()

    def _flush_parser(self) -> Iterator[Message]:
        """Yield the keys of a sequence that the parser has not seen the end of."""
        if self._parser._timeout_time is not None:  # noqa: SLF001 - its clock; our caller has waited
            self._parser._timeout_time = 0.0  # noqa: SLF001
        yield from filter(_is_valid, self._parser.tick())

    def _pasted_keys(self, data: bytes) -> str:
        """Return the text of a read that looks pasted, although it is not marked as such.

        Not all terminals mark pastes, and each letter would act as a key. A line that is slow
        delivers several typed keys at once, so it must look like an id, JSON or a URL.
        """
        is_sequence = not self._tail_parsed and _UNFINISHED_SEQUENCE.search(self._tail)
        if b"\x1b" in data or is_sequence:
            self._continues_paste = False
            return ""
        text = data.decode("utf-8", "replace")
        if not (self._continues_paste or looks_pasted(text)):
            return ""
        self._continues_paste = len(data) >= _LONG_READ
        return text

    def _feed_keys(self, data: bytes) -> Generator[Message, None, bytes]:
        """Parse up to the start of a paste or of an X10 mouse report; return the rest."""
        before = len(self._tail)
        window = self._tail + data
        start = _START.search(window)
        resumed = self._tail_parsed and start is not None and start.start() < before
        if start is None or (resumed and start[1] == b"M"):
            self._tail, self._tail_parsed = window[-_TAIL:], False
            yield from self._parse_keys(data)
            return b""
        if not resumed:
            yield from self._parse_keys(data[: start.end() - before])
        self._tail, self._tail_parsed = b"", False
        if start[1] == b"M":
            self._skipped = _X10_BYTES
        else:
            self._paste = bytearray()
        return data[start.end() - before :]

    def _parse_keys(self, data: bytes) -> Iterator[Message]:
        """Parse keys, and replies between them."""
        for part in self.replies.feed(data):
            if isinstance(part, bytes):
                yield from self._parse(part)
            else:
                yield from self._flush_parser()  # no key continues after a reply
                yield part

    def _feed_paste(self, paste: bytearray, data: bytes) -> Generator[Message, None, bytes]:
        """Collect up to the end of the paste; return the rest."""
        searched = max(0, len(paste) - len(_PASTE_END))
        paste += data
        end = paste.find(_PASTE_END, searched)
        if end < 0:
            del paste[_MAX_PASTE : -len(_PASTE_END)]
            return b""
        self._paste = None
        yield _paste(paste[:end].decode("utf-8", "replace"))
        # The parser has seen the start, so it must see the end.
        yield from (m for m in self._parse(_PASTE_END) if not isinstance(m, events.Paste))
        return bytes(paste[end + len(_PASTE_END) :])

    def _parse(self, data: bytes, *, final: bool = False) -> Iterator[Message]:
        """Decode and parse bytes; a sequence that the parser cannot handle is ignored."""
        text = self._decoder.decode(data, final=final)
        for sequence in _SEQUENCES.findall(text):
            try:
                messages = list(self._parser.feed(sequence)) if sequence else []
            except (ValueError, ArithmeticError):
                self._parser = _successor(self._parser)
                continue
            yield from filter(_is_valid, messages)


def looks_pasted(text: str) -> bool:
    """Return whether keys that arrived at once are a pasted id, JSON or URL.

    An id is long, is not made of held keys, and has digits or capitals, unlike typed words.
    """
    if len(text) < _MIN_PASTE or _CONTROLS.search(text):
        return False
    return bool(_JSON_OR_URL.match(text)) or any(map(_looks_like_id, _WORD.findall(text)))


def _is_garbage(data: bytes) -> bool:
    """Return whether a read is part of a binary file that was sent to the terminal.

    Its bytes would act as thousands of keys. No one types so many different control characters.
    """
    controls = set(_GARBAGE.findall(data.decode("utf-8", "ignore")))
    return len(controls) >= _MIN_DIFFERENT and _PASTE_START not in data


def _looks_like_id(word: str) -> bool:
    without_repeats = _REPEATED.sub(r"\1", word)
    if len(without_repeats) < _MIN_PASTE or len(set(word)) < _MIN_DIFFERENT:
        return False
    return any(map(str.isdigit, word)) or sum(map(str.isupper, word)) > 1


def _paste(text: str) -> events.Paste:
    """Return a paste without control characters; terminals send CR at the end of a line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return events.Paste(_CONTROLS.sub("", lines))


def _successor(parser: XTermParser) -> XTermParser:
    """Return a parser that replaces one that has raised an exception, which cannot go on."""
    successor = XTermParser()
    successor.last_x, successor.last_y = parser.last_x, parser.last_y
    return successor


def _is_valid(message: Message) -> bool:
    """Return whether the app can handle a message."""
    if isinstance(message, events.Key):
        return not _INVALID_CHARACTER.search(message.character or "")
    if isinstance(message, events.Resize):
        return 0 < message.size.width <= _MAX_COLUMNS and 0 < message.size.height <= _MAX_LINES
    return True
