"""Finds the terminal's replies to our queries among the keys that it sends.

A reply may arrive late, in pieces, between keys, or never. What cannot be a reply is passed on at
once, and what may be the start of one when the rest does not follow.
"""

import re
from collections.abc import Iterator

from textual.message import Message

QUERY_ID = 31
"""The id of the image in the query for Kitty's protocol."""
_REPLY = re.compile(
    rb"\x1b_Gi=%d[^\x1b;]*;(?P<kitty>[ -~]*)\x1b\\"
    rb"|\x1bP>\|(?P<version>[ -~]*)\x1b\\"
    rb"|\x1b\[6;(?P<height>[0-9]{1,4});(?P<width>[0-9]{1,4})t"
    rb"|\x1b\[\?(?P<attributes>[0-9;]*)c" % QUERY_ID
)
_START = re.compile(
    rb"\x1b(_(G(i(=(3(1([ -~]{0,200}\x1b?)?)?)?)?)?)?"
    rb"|P(>(\|[ -~]{0,200}\x1b?)?)?"
    rb"|\[(6(;[0-9;]{0,9})?|\?[0-9;]{0,80})?"
    rb")?\Z"
)
"""The start of a reply, which need not be one."""
_CERTAIN_START = re.compile(rb"\x1b(_Gi=31|P>\||\[\?)")
"""The start of what no key sends."""
_CERTAIN_IDLE_CALLS = 20
"""Calls of `idle` after which the rest of a reply is no longer waited for: two seconds."""
_PATIENT_IDLE_CALLS = 10
"""Calls after which what may also be keys is taken as such."""
_MAX_PATIENCE = 2
"""How often that is waited for in vain, before such keys are passed on sooner."""


class TerminalReply(Message):
    """A reply of the terminal to a query; None where the reply is about something else."""

    def __init__(
        self,
        *,
        kitty: str | None = None,
        version: str | None = None,
        cell_size: tuple[int, int] | None = None,
        attributes: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__()
        self.kitty = kitty
        """"OK" if it understands Kitty's graphics protocol, else an error."""
        self.version = version
        """Its name and version (XTVERSION)."""
        self.cell_size = cell_size
        """Width and height of a cell in pixels."""
        self.attributes = attributes
        """Its primary device attributes (DA1), the reply to the last query of a group."""


class ReplyFilter:
    """Separates replies from keys, as long as replies are expected."""

    def __init__(self) -> None:
        self.held = b""
        """The start of what may be a reply."""
        self._asked = self._answered = 0
        self._given_up = b""
        """The start of a reply that has been dropped, or passed on as keys."""
        self._patience = _MAX_PATIENCE

    def expect(self) -> None:
        """Expect replies, up to one of device attributes. May be called in another thread."""
        self._asked += 1

    @property
    def _expected(self) -> bool:
        return self._answered < self._asked

    def feed(self, data: bytes) -> Iterator[bytes | TerminalReply]:
        """Yield the keys and replies of one read, in their order."""
        if not (self._expected or self.held):
            yield data
            return
        if self._given_up and (match := _REPLY.match(self._given_up + data)):
            yield self._reply(match)
            data = data[match.end() - len(self._given_up) :]
        self._given_up = b""
        data, self.held = self.held + data, b""
        at = 0
        for match in _REPLY.finditer(data):
            if match.start() > at:
                yield data[at : match.start()]
            yield self._reply(match)
            at = match.end()
        start = _START.search(data, at) if self._expected else None
        if start:
            self.held = start[0]
        if keys := data[at : start.start() if start else None]:
            yield keys

    def idle(self, calls: int) -> bytes | None:
        """Return what was held and are keys after all, after so many calls of `idle`.

        None: nothing was released. If the rest of a reply follows later, it is still recognised.
        """
        if not self.held or calls < self._max_idle_calls:
            return None
        self._given_up, self.held = self.held, b""
        if _CERTAIN_START.match(self._given_up):
            return b""
        self._patience = max(0, self._patience - 1)
        return self._given_up

    @property
    def _max_idle_calls(self) -> int:
        if _CERTAIN_START.match(self.held):
            return _CERTAIN_IDLE_CALLS
        return _PATIENT_IDLE_CALLS if self._patience else 1

    def _reply(self, match: re.Match[bytes]) -> TerminalReply:
        groups = match.groupdict().items()
        fields = {name: text.decode() for name, text in groups if text is not None}
        if "kitty" in fields:
            return TerminalReply(kitty=fields["kitty"])
        if "version" in fields:
            return TerminalReply(version=fields["version"])
        if "width" in fields:
            return TerminalReply(cell_size=(int(fields["width"]), int(fields["height"])))
        self._answered += 1
        return TerminalReply(attributes=tuple(fields["attributes"].split(";")))
