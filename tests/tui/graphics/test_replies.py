"""No key is lost and no reply is shown as text, however slow the line is."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from kling_tui.tui.graphics.replies import TerminalReply
from kling_tui.tui.terminal_input import TerminalInput

KITTY, VERSION = b"\x1b_Gi=31;OK\x1b\\", b"\x1bP>|WezTerm 20260101-abcdef01\x1b\\"
CELL, ATTRIBUTES = b"\x1b[6;18;9t", b"\x1b[?62;4;22c"
REPLIES = (KITTY, VERSION, CELL, ATTRIBUTES)
UNLIKE_KEYS = {KITTY: 7, VERSION: 4, ATTRIBUTES: 3}
"""The bytes of each reply after which it can be nothing else."""
SHOWN_REPLIES = ["kitty OK", "version WezTerm 20260101-abcdef01", "cell (9, 18)", "attributes 4"]
PAUSE = None
"""A pause of the tenth of a second."""

Read = bytes | None


def feed(reads: Iterable[Read], *, asked: int = 1) -> list[Message]:
    """Return the messages of some reads, with pauses between them."""
    terminal_input = TerminalInput()
    for _ in range(asked):
        terminal_input.replies.expect()
    found: list[Message] = []
    for data in reads:
        found += terminal_input.idle() if data is None else terminal_input.feed(data)
    return found


def shown(found: Iterable[Message]) -> list[str]:
    """Return what arrives: keys by their names, pastes and replies."""
    texts = []
    for message in found:
        if isinstance(message, events.Key):
            texts.append(message.key)
        elif isinstance(message, events.Paste):
            texts.append(f"paste {message.text}")
        elif isinstance(message, TerminalReply):
            texts.append(_reply(message))
    return texts


def _reply(reply: TerminalReply) -> str:
    if reply.kitty is not None:
        return f"kitty {reply.kitty}"
    if reply.version is not None:
        return f"version {reply.version}"
    if reply.cell_size is not None:
        return f"cell {reply.cell_size}"
    assert reply.attributes is not None
    return f"attributes {4 if '4' in reply.attributes else None}"


KEYS = {
    b"q": "q", b"\x1b[A": "up", b"\x1b[6~": "pagedown", b"\x1b[6;5~": "ctrl+pagedown",
    "é".encode(): "é", b"\r": "enter", b"\x1b[97;5u": "ctrl+a", b"\x1bOP": "f1",
}  # fmt: skip
"""Keys as a terminal sends them."""
PARTS = [*KEYS, *REPLIES]


@given(
    st.lists(st.sampled_from(PARTS), max_size=8),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_keys_between_replies_arrive_in_order(parts: list[bytes], cuts: list[int]) -> None:
    """Also if reads end anywhere."""
    stream = b"".join(parts)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reads = [stream[start:end] for start, end in pairwise(places)]
    names = KEYS | dict(zip(REPLIES, SHOWN_REPLIES, strict=True))
    found = shown(feed([*reads, *[PAUSE] * 25], asked=10))
    assert found == [names[part] for part in parts]


@pytest.mark.parametrize("reply", REPLIES, ids=SHOWN_REPLIES)
@pytest.mark.parametrize("pauses", [1, 5, 9])
def test_a_reply_may_arrive_byte_by_byte(reply: bytes, pauses: int) -> None:
    """With almost a second between two bytes."""
    reads: list[Read] = []
    for byte in reply:
        reads += [bytes((byte,)), *[PAUSE] * pauses]
    expected = SHOWN_REPLIES[REPLIES.index(reply)]
    assert shown(feed([*reads, b"q", *[PAUSE] * 5])) == [expected, "q"]


@pytest.mark.parametrize("reply", REPLIES, ids=SHOWN_REPLIES)
@pytest.mark.parametrize("cut", range(1, 9))
def test_a_reply_whose_rest_comes_after_long_is_not_shown_as_text(reply: bytes, cut: int) -> None:
    """Only a start that some keys have as well is taken as these, after a second."""
    start = shown(feed([reply[:cut], *[PAUSE] * 12]))
    found = shown(feed([reply[:cut], *[PAUSE] * 50, reply[cut:], b"q"]))
    assert found == [*start, SHOWN_REPLIES[REPLIES.index(reply)], "q"]
    if cut >= UNLIKE_KEYS.get(reply, len(reply)):
        assert start == []


@pytest.mark.parametrize(
    "start", [b"\x1b_Gi=31;O", b"\x1bP>|kit", b"\x1b[?62;"], ids=["kitty", "version", "attributes"]
)
def test_keys_after_a_reply_that_never_ends_count(start: bytes) -> None:
    """The start of the reply is dropped after two seconds."""
    assert shown(feed([start, *[PAUSE] * 20, b"q", *[PAUSE] * 5, b"j"])) == ["q", "j"]


def test_the_escape_key_counts_without_replies() -> None:
    """It comes late twice, as it may be the start of a reply; then at once."""
    reads: list[Read] = []
    for _ in range(2):
        reads += [b"\x1b", *[PAUSE] * 9]
        assert "escape" not in shown(feed(reads))[reads.count(b"\x1b") - 1 :]
        reads += [PAUSE]
    assert shown(feed([*reads, b"\x1b", PAUSE])) == ["escape"] * 3


def test_the_escape_key_counts_at_once_after_the_replies() -> None:
    """Nothing is held back any more."""
    assert shown(feed([*REPLIES, b"\x1b", PAUSE]))[-1] == "escape"
    assert shown(feed([b"\x1b[?", PAUSE], asked=0)) != []


@pytest.mark.parametrize("key", [b"\x1b_", b"\x1b[", b"\x1bP", b"\x1b_G", b"\x1b[6;5"])
def test_keys_that_begin_like_a_reply_count(key: bytes) -> None:
    """As they do where no reply is expected."""
    assert shown(feed([key, *[PAUSE] * 12])) == shown(feed([key, *[PAUSE] * 12], asked=0))


def test_a_reply_between_escape_and_another_key_does_not_join_them() -> None:
    """These are two keys, not alt and a key."""
    assert shown(feed([b"\x1b" + ATTRIBUTES + b"q"])) == ["escape", "attributes 4", "q"]


def test_a_paste_that_looks_like_a_reply_is_a_paste() -> None:
    """Also if its start arrives in pieces."""
    pasted = b"\x1b[200~[?62;4c\x1b[201~"
    for cut in range(1, len(pasted)):
        found = shown(feed([pasted[:cut], PAUSE, pasted[cut:], ATTRIBUTES]))
        assert found[-2:] == ["paste [?62;4c", "attributes 4"], cut


def test_other_replies_are_passed_on() -> None:
    """Those about modes are Textual's."""
    found = feed([b"\x1b[?2026", *[PAUSE] * 5, b";2$y", ATTRIBUTES])
    assert type(found[0]).__name__ == "TerminalSupportsSynchronizedOutput"
    assert shown(found) == ["attributes 4"]
