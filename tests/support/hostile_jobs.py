"""Texts that break naive programs, and jobs that have such a text in every field."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from kling_tui.jobs import Job, Price, Status, Transition, Video

HOSTILE_TEXTS = (
    "",
    " ",
    "a plain text",
    # Wide, narrow and ambiguous characters.
    "漢字と仮名・한국어",
    "ｱｲｳ ＡＢＣ ﷽ ㍿ …→①",
    # Combining marks, vowel signs, and characters of several code points.
    "e\u0301a\u0308o\u0302" * 20,
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334a\u0300" * 9,
    "हिन्दी क्षेत्र ไทยน้ำ",
    "\u0301 begins with a mark",
    "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫 ❤️ ☎︎ 1️⃣",
    # Markup of Textual and Rich.
    "[red]red",
    "[/]",
    "[/red] [b",
    "[@click=app.quit]quit[/]",
    "[link=https://example.invalid]x[/link]\\[",
    # Escape sequences and other control characters.
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[999;999H\x1b[?1049l",
    "\x1b]0;title\x07\x1bP\x1b\\\x9b31m",
    "a\0b\x7fc\b\ad",
    "two\r\nlines\tand\v\fmore\u2028and\u2029more",
    # Bidirectional and invisible characters.
    "\u202egnp.exe\u2066isolate\u200f",
    "\u200b\u200d\u2060\ufeff\xad\U000e0061",
    "שלום عربي 123",
    "\ufffd\uffff\ue000\U0010ffff",
    # Very long.
    "x" * 2_100,
    "漢" * 300,
    "word " * 90,
    # Looks like something else.
    "$HOME `id` %s {0} ${x}",
    "\"'''\"\"\"\\",
    '{"task_id": "CjI17WevH1IAAAAAAHmgsw"}',
    "2026-11-20T10:00:00Z",
    "-1e999 NaN",
)  # fmt: skip
_KINDS = ("i2v", "o1", "v2", "wan", "[red]kind", "漢字\u202e", "x" * 300)
"""Three that can be polled, and some that no config has."""
_URLS = (
    "http://127.0.0.1:9/video.mp4",
    "http://127.0.0.1:9/[red]%1b[31m/漢字?a=\x1b[2J#" + "x" * 500,
    "http://127.0.0.1:99999/",
    "https://[::1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "[/]",
)
"""None of them leaves this machine."""
_NUMBERS = (None, 0.0, 0.1, 5.1, 87.0, 1e9)
_PRICES = (
    None,
    Price(Decimal(0)),
    Price(Decimal("0.35"), 5.0),
    Price(Decimal("0.90")),
    Price(Decimal(10_000), 0.001),
)
_REPLIES = (None, "{", "[" * 2_000, '{"a": "[/red]"}', '{"a":\n"' + "漢" * 900 + '"}')


def hostile_jobs(now: datetime, video: str) -> list[Job]:
    """Return 72 jobs of every status and kind, the same ones for the same arguments.

    `video` is the path of a file that can be played. The texts are not sanitised, as in a job file
    that was edited by hand.
    """
    random = Random(1)  # noqa: S311 - the same in every run
    statuses = tuple(Status)
    return [_hostile_job(number, statuses[number % 5], random, now, video) for number in range(72)]


def _hostile_job(number: int, status: Status, random: Random, now: datetime, video: str) -> Job:
    def text() -> str | None:
        return random.choice((None, random.choice(HOSTILE_TEXTS)))

    times = _times(now)

    def time() -> datetime | None:
        return random.choice((None, random.choice(times)))

    return Job(
        id=f"{number:02}{random.choice(HOSTILE_TEXTS)[: random.choice((12, 12, 2_000))]}",
        kind=_KINDS[number % len(_KINDS)],
        added_at=random.choice(times),
        price=random.choice(_PRICES),
        label=text() or "",
        profile=random.choice(("", "", "", "no such [/] profile")),
        status=status,
        raw_status=text(),
        message=text(),
        problem=text(),
        problem_since=time(),
        queue_position=random.choice((None, 0, 3, 10**9)),
        eta_seconds=random.choice(_NUMBERS),
        percent=random.choice((None, 0.0, 45.0, 100.0)),
        videos=_videos(random, text, video),
        prompt=text(),
        aspect_ratio=text(),
        processing_seconds=random.choice(_NUMBERS),
        created_at=time(),
        updated_at=time(),
        checked_at=time(),
        ended_at=time(),
        history=tuple(
            Transition(random.choice(times), random.choice(tuple(Status)), text())
            for _ in range(random.choice((0, 1, 3)))
        ),
        reply=random.choice((*_REPLIES, *HOSTILE_TEXTS)),
    )


def _times(now: datetime) -> tuple[datetime, ...]:
    days = (-400, -31, -28, -1, -0.01, 0, 0.01, 400)
    extremes = datetime(1900, 1, 2, tzinfo=UTC), datetime(9000, 12, 30, tzinfo=UTC)
    return (*extremes, *(now + timedelta(days=day) for day in days))


def _videos(random: Random, text: Callable[[], str | None], video: str) -> tuple[Video, ...]:
    """Return the results of a job; one in three was downloaded to `video`."""
    files = (None, video, "/no such folder/[red]\x1b[31m漢字.mp4")
    return tuple(
        Video(
            random.choice(_URLS),
            id=text(),
            duration=random.choice(_NUMBERS),
            width=random.choice((None, 0, 1280, 10**9)),
            height=random.choice((None, 0, 720, 10**9)),
            content_type=text(),
            file=random.choice(files),
        )
        for _ in range(random.choice((0, 0, 1, 2, 9)))
    )
