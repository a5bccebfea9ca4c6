"""Any bytes from the terminal become keys, pastes and other messages, or nothing."""

import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from kling_tui.tui.terminal_input import TerminalInput, looks_pasted

IDLE = None
"""A pause in the input."""
I2V_ID = "CjNQtmctxFMAAAAxxxxxx"
O1_ID = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"


def messages(*reads: bytes | None) -> list[Message]:
    """Return the messages of these reads, with pauses between them."""
    terminal_input = TerminalInput()
    found: list[Message] = []
    for data in reads:
        found += terminal_input.idle() if data is None else terminal_input.feed(data)
    return found


def shown(found: Iterable[Message]) -> list[str]:
    """Return keys by their names, and pastes as ``paste:TEXT``."""
    keys_and_pastes = (m for m in found if isinstance(m, events.Key | events.Paste))
    return [m.key if isinstance(m, events.Key) else f"paste:{m.text}" for m in keys_and_pastes]


@pytest.mark.parametrize(
    ("reads", "keys"),
    [
        ([b"\xe9j"], ["j"]),
        ([b"j\xff\xfek"], ["j", "k"]),
        ([b"\xc3", b"\xa9j"], ["é", "j"]),
        ([b"\xe9", *[IDLE] * 5, b"j"], ["j"]),
        ([b"\x00j"], ["ctrl+@", "j"]),
    ],
    ids=["Latin-1", "no UTF-8", "a split character", "a character without an end", "NUL"],
)
def test_bytes_that_are_not_utf_8_are_ignored(reads: list[bytes | None], keys: list[str]) -> None:
    """The keys before and after them count."""
    assert shown(messages(*reads)) == keys


@pytest.mark.parametrize(
    "reads",
    [[b"\x1b[M \xe9\xe9j"], [b"\x1b[M\xc3\xa9\xffj"], [b"\x1b[", b"M\xff", b"\xff!j"]],
    ids=["Latin-1 bytes", "UTF-8 bytes", "in several reads"],
)  # fmt: skip
def test_an_x10_mouse_report_is_ignored(reads: list[bytes]) -> None:
    """Its three bytes have any value; the key after it counts."""
    assert shown(messages(*reads)) == ["j"]


def test_an_x10_mouse_report_without_an_end_takes_no_later_key() -> None:
    """As on a terminal that is slow or broken."""
    assert shown(messages(b"\x1b[M", IDLE, b"j"))[-1] == "j"


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[1:2u", "\x1b[97;1:3u", "\x1b[99999999999u", "\x1b[1114112u", "\x1b[97;;99999999999u",
        "\x1b[55296u", "\x1b[97;;56320u", "\x1b[48;0;0;0;0t", "\x1b[48;99999;99999;1;1t",
        "\x1b[48;24;80;0;0t\x1b[<0;1;1M",
    ],
)  # fmt: skip
def test_an_impossible_sequence_is_ignored(sequence: str) -> None:
    """Numbers that are no character, subparameters, surrogates, sizes that no screen has."""
    found = messages(sequence.encode(), b"j")
    assert shown(found)[-1] == "j"
    for message in found:
        assert not isinstance(message, events.Key) or str(message.character).encode()
        assert not isinstance(message, events.Resize) or message.size == (80, 24)


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_bracketed_paste_may_be_cut_anywhere(cut: int) -> None:
    """A slow line delivers it in pieces, with a pause between them."""
    data = b"\x1b[200~one\rx\xe9\x1b[201~j"
    after_pause = shown(messages(data[:cut], IDLE, IDLE, data[cut:]))
    assert after_pause[-2:] == ["paste:one\nx�", "j"]
    assert len(after_pause) == 2 or cut < len("\x1b[200~")
    assert shown(messages(data[:cut], data[cut:])) == ["paste:one\nx�", "j"]


def test_a_bracketed_paste_without_an_end_ends_after_two_seconds() -> None:
    """Later keys have an effect again."""
    assert shown(messages(b"\x1b[200~one", *[IDLE] * 19, b"q")) == []
    assert shown(messages(b"\x1b[200~one", *[IDLE] * 20, b"q")) == ["paste:one", "q"]


def test_pasted_control_characters_are_removed() -> None:
    """But not the ends of lines."""
    pasted = messages(b"\x1b[200~a\x00\x1b[31mb\x07\r\nc\td\x9b\x1b[201~")
    assert shown(pasted) == ["paste:a[31mb\nc\td�"]


@pytest.mark.parametrize(
    "text",
    [
        I2V_ID,
        O1_ID,
        "842250903629086785",
        f"{I2V_ID}\r{O1_ID}\r",
        '{"code": 0}',
        f'[{{"task_id": "{I2V_ID}"}}]',
        "https://gateway.test/x",
    ],
)
def test_an_id_json_or_url_that_arrives_at_once_is_a_paste(text: str) -> None:
    """Although the terminal does not mark it as one."""
    assert shown(messages(text.encode())) == ["paste:" + text.replace("\r", "\n")]


@pytest.mark.parametrize(
    "text",
    [
        "jjjx", "?q", "jjjjjjjjjjjjjjjjjjjjjjjj", "jkjkjkjkjkjkjkjkjk", "jjjjjkkkkkxxxxxdddddrrrrr",
        "/snow leopard\r", "/watercolour\r", "eHero shot, take two\r", "jjjeNew label\r",
        "GGGGggggGGGG", "\t\t\t\t\t\t\t\t\t\t\t", f"\x15{I2V_ID}",
    ],
)  # fmt: skip
def test_keys_that_a_slow_line_delivers_at_once_are_keys(text: str) -> None:
    """Held keys, quick typing, and a filter or a label that was typed ahead."""
    assert not looks_pasted(text)
    assert not [m for m in messages(text.encode()) if isinstance(m, events.Paste)]


def test_an_id_that_arrives_after_the_escape_key_is_a_paste() -> None:
    """The escape key is not the start of a sequence then."""
    assert shown(messages(b"\x1b", IDLE, I2V_ID.encode())) == ["escape", f"paste:{I2V_ID}"]


def test_a_typed_id_is_keys() -> None:
    """Each key is a read."""
    assert shown(messages(*(character.encode() for character in I2V_ID))) == list(I2V_ID)


def test_the_rest_of_a_sequence_is_no_paste() -> None:
    """Although a long one may look like an id."""
    assert shown(messages(b"\x1b[<35;10", b";12M", b"j")) == ["j"]
    assert not [m for m in messages(b"\x1b[", b"8422509036") if isinstance(m, events.Paste)]


def test_a_long_paste_in_several_reads_is_a_paste() -> None:
    """A read has at most 4,095 bytes, and the last one need not look like an id."""
    text = f"{I2V_ID}\r" * 200
    reads = [text[:4095], text[4095:]]
    found = shown(messages(*(read.encode() for read in reads), b"\rxyz"))
    assert "".join(found[:2]).replace("paste:", "") == text.replace("\r", "\n")
    assert found[2:] == ["enter", "x", "y", "z"]


def test_a_binary_file_is_ignored() -> None:
    """Its bytes would act as keys, some of which remove jobs."""
    data = bytes(range(32)) + b"xxxx" + bytes(range(256))
    assert shown(messages(data, IDLE, b"j")) == ["j"]
    assert shown(messages(b"\x01\x05\x0b\x7f\x7f\x7f\x7f\x7f\x7f")) == [
        *("ctrl+a", "ctrl+e", "ctrl+k"),
        *["backspace"] * 6,
    ]


PIECES = st.sampled_from(
    [b"\x1b", b"\x1b[", b"\x1b[<", b"0;", b"99999999999;", b"1:2", b"u", b"M", b"m", b"~", b"t",
     b"R", b"\x1b[200~", b"\x1b[201~", b"\x1b[M", b"\x1b[48;", b"\xe9", b"\xf0\x9f", b"\x00",
     b"?2048;1$y", b"-5", b"55296", b"abc", b"\x1bO", b"\x1b[I"]
)  # fmt: skip
READS = st.lists(st.none() | st.binary(max_size=20) | st.lists(PIECES).map(b"".join), max_size=12)


@given(READS)
def test_after_any_input_the_quit_key_is_read(reads: list[bytes | None]) -> None:
    """Whatever arrives, in whichever pieces: no exception, and after a pause all is well."""
    found = messages(*reads, *[IDLE] * 25, b"q", IDLE)
    assert shown(found)[-1:] == ["q"]
    for message in found:
        if isinstance(message, events.Key) and message.character:
            message.character.encode()


@pytest.mark.parametrize(
    ("read", "idle_calls"), [(b"j", 5), (b"\x1b", 5), (b"\xc3", 5), (b"\x1b[200~pasted", 20)]
)
def test_pending_until_pauses_cannot_change_anything(read: bytes, idle_calls: int) -> None:
    """The input thread then sleeps until there is more input."""
    terminal_input = TerminalInput()
    list(terminal_input.feed(read))
    for _ in range(idle_calls):
        assert terminal_input.pending
        list(terminal_input.idle())
    assert not terminal_input.pending


@given(st.lists(st.binary(max_size=12)))
def test_a_pause_yields_nothing_once_nothing_is_pending(reads: list[bytes]) -> None:
    """Whatever was read: so nothing is lost by not calling `idle` any more."""
    terminal_input = TerminalInput()
    for read in reads:
        list(terminal_input.feed(read))
    while terminal_input.pending:
        list(terminal_input.idle())
    assert [list(terminal_input.idle()) for _ in range(30)] == [[]] * 30


def test_a_paste_that_never_ends_needs_little_memory() -> None:
    """Its beginning is kept, and its end is still found."""
    terminal_input = TerminalInput()
    reads = [b"\x1b[200~" + I2V_ID.encode(), *[bytes(1 << 20)] * 128, b"\x1b[20", b"1~j"]
    tracemalloc.start()
    found = [message for read in reads for message in terminal_input.feed(read)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
    paste, key = found
    assert isinstance(paste, events.Paste)
    assert paste.text.startswith(I2V_ID)
    assert isinstance(key, events.Key)
