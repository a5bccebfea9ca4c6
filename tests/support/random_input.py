"""Random input of a terminal: keys, mouse, pastes and broken bytes, in bursts."""

import json
from collections.abc import Callable
from random import Random

from tests.support.hostile_jobs import HOSTILE_TEXTS

SIZES = (
    *((200, 60), (120, 40), (120, 40), (80, 24), (80, 24), (60, 20), (40, 10)),
    *((20, 4), (5, 1), (1, 30), (130, 1), (1, 1)),
)
"""Columns and lines of a window."""
_MAX_EVENTS = 24
"""Events of one burst."""
_KEYS = tuple(
    key.encode()
    for key in (
        *"aeiny?/vdDrR oYymM*uUsSgGjk[]0123456789CTW.,:q",
        "x", "é", "漢", "हि", "👍🏽", "\r", "\r", "\t", "\x1b[Z", "\x7f", "\x1b", "\x1b",
        *"\x01\x05\x0b\x0c\x0e\x0f\x15\x16\x17\x18\x19",
        *(f"\x1b[{code}" for code in (*"ABCDHFABCD", "1;2A", "1;2B", "1;5H", "1;5F", "3~")),
        *("\x1b[5~", "\x1b[6~", "\x1bOP", "\x1b[15~", "\x1bx", "\x1b[97;3u", "\x1b[13;5u"),
    )
)  # fmt: skip
"""The keys of all bindings, but not ctrl+c and ctrl+z."""
_BROKEN = (
    b"\xe9", b"\xff\xfe", b"\x1b[M \xe9\xe9", b"\x1b[1:2u", b"\x1b[99999999999u", b"\x1b[55296u",
    b"\x00", b"\x1b[201~", b"\x1b[", b"\x1b]0;x", b"\x1bP", b"\x9b31m",
    b"\x1b[999;999R", b"\x1b[48;0;0;0;0t", b"\x1b[48;30;90;600;1800t", b"\x1b[?2048;1$y",
    b"\x1b[?2026;2$y", b"\x1b[<0;99999;99999M", b"\x1b[<0;0;0M", b"\x1b[<;;M", b"\x1bO",
    b"\xf0\x9f",
)  # fmt: skip
_OPENING = (*(bytes([key]) for key in b"aeinn??yYovvxuCTW/\r\x10"), b"*e", b"mme", b"iii")
"""Keys that open dialogs, or what a later version may open."""
_ESCAPE = b"\x1b[27u"
"""Escape, as it cannot be the start of another sequence."""
_LEAVING = b"\x03\x13\x1a\x1c"
"""ctrl+c, ctrl+z, and what a terminal interprets itself once the app has left: ctrl+s, ctrl+\\."""
_PASTES = (
    *HOSTILE_TEXTS,
    "CjPastedPastedPasted01",
    "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8 842250903629086785 take-12",
    json.dumps([{"task_id": f"CjPastedPastedPasted{number:02}"} for number in range(20)]),
    "[" * 2_000,
    "\ud800 a lone surrogate",
)


def burst(random: Random) -> bytes:
    """Return events that a slow line delivers in one read."""
    count = random.randint(1, random.choice((2, 6, _MAX_EVENTS)))
    kinds = random.choices(list(_EVENTS), list(_EVENTS.values()), k=count)
    return b"".join(kind(random) for kind in kinds)


def _key(random: Random) -> bytes:
    """Return a key, which may be held."""
    key: bytes = random.choice(_KEYS)
    return key * random.choice((1, 1, 1, 1, 2, 5))


def _dialog(random: Random) -> bytes:
    """Return a key that opens a dialog, what is typed into it, and perhaps a key that closes it."""
    before = random.choice((b"", _ESCAPE, _ESCAPE * 2)) + random.choice((b"", b"j", b"\x1b[6~"))
    typed = b"".join(random.choice((_paste, _word, _key, _mouse))(random) for _ in range(2))
    after = random.choice((b"", b"", b"\r", b"\x1b", _ESCAPE))
    return before + random.choice(_OPENING) + typed * random.randint(0, 1) + after


def _word(random: Random) -> bytes:
    words = ("help", "theme", "label", "sort", "zzz", "is:x", "status:", "漢字", "[/]", "l", "a b")
    return random.choice(words).encode()


def _paste(random: Random) -> bytes:
    text = random.choice(_PASTES)[: random.choice((200, 200, 200, 2_000))]
    return b"\x1b[200~" + text.encode(errors="surrogatepass") + b"\x1b[201~"


def _mouse(random: Random) -> bytes:
    """Return a press with its release, or a move, a drag or a turn of the wheel."""
    columns, lines = random.choice(SIZES)
    x, y = random.randint(1, columns), random.randint(1, lines)
    button = random.choice((0, 0, 0, 1, 2, 32, 35, 35, 64, 65, 4, 8, 16))
    press = f"\x1b[<{button};{x};{y}M"
    release = f"\x1b[<{button};{x};{y}m" if button in (0, 1, 2) and random.random() < 0.8 else ""
    return (press + release).encode() * random.choice((1, 1, 2))


def _broken(random: Random) -> bytes:
    """Return a sequence that is broken; one is the start of a paste that takes all that follows."""
    return b"\x1b[200~" if random.random() < 0.01 else random.choice(_BROKEN)


def _noise(random: Random) -> bytes:
    """Return any bytes but the keys that leave the app."""
    noise = random.randbytes(random.randint(1, 12))
    return noise.translate(None, delete=_LEAVING)


def _focus(random: Random) -> bytes:
    return random.choice((b"\x1b[I", b"\x1b[O"))


_EVENTS: dict[Callable[[Random], bytes], int] = {
    _key: 40,
    _dialog: 20,
    _mouse: 14,
    _broken: 8,
    _paste: 4,
    _word: 4,
    _noise: 4,
    _focus: 3,
}
"""Kinds of events, and how often each is."""
