"""Text from outside: whatever it held, it prints as one line and does nothing else."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.sanitize import sanitize_line, sanitize_text
from tests.support.jobs import RAW_TEXTS

UNWANTED = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Zs"}
LIMITS = st.integers(1, 60)
any_text = settings(max_examples=100)


def only_prints(line: str) -> bool:
    """Say whether a line has only characters that print, and of all spaces only the usual."""
    return not {unicodedata.category(each) for each in line if each != " "} & UNWANTED


@any_text
@given(RAW_TEXTS, LIMITS)
def test_any_text_becomes_one_line_that_only_prints(text: str, limit: int) -> None:
    """Nothing is left that moves a cursor, hides text or cannot be written as UTF-8."""
    line = sanitize_line(text, limit)
    assert only_prints(line)
    assert line.encode().decode() == line
    assert len(line) <= limit


@any_text
@given(RAW_TEXTS, LIMITS)
def test_plain_text_stays_as_it_is(text: str, limit: int) -> None:
    """To make text plain again changes nothing, so that it may be done anywhere."""
    line = sanitize_line(text, limit)
    assert sanitize_line(line, limit) == line
    assert line == line.strip()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain enough", "plain enough"),
        ("  both\tends \n", "both ends"),
        ("two\r\nlines", "two  lines"),
        ("\x1b[31mred\x1b[0m\x07", "[31mred[0m"),
        ("\x9b31mred", "31mred"),
        ("\x1b]0;a title\x1b\\", "]0;a title\\"),
        ("a\u202eb\u2066c\u200bd\ufeffe\xadf", "abcdef"),
        ("a\xa0b\u3000c\u2028d\u2029e", "a b c d e"),
        ("half \ud83d of it, \uffff", "half \ufffd of it, \ufffd"),
        ("[red]no markup[/]", "[red]no markup[/]"),
        ("雪の夜 🎬 naïve e\u0301", "雪の夜 🎬 naïve e\u0301"),
        ("\0", ""),
        ("", ""),
    ],
)
def test_what_becomes_of_it(text: str, line: str) -> None:
    """What prints is kept, spaces become spaces, controls vanish, and what is no text is shown."""
    assert sanitize_line(text) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("12345", "12345"),
        ("123456", "1234…"),
        ("  12345  ", "12345"),
        ("1\0\0\0\0\0002345", "12345"),
        ("1\x1b[31m2", "1[31…"),
        ("1" * 1_000_000, "1111…"),
    ],
)
def test_the_limit(text: str, line: str) -> None:
    """Text that is too long ends in an ellipsis, which counts; what vanishes does not count."""
    assert sanitize_line(text, 5) == line


@any_text
@given(RAW_TEXTS, LIMITS)
def test_lines_stay_lines(text: str, limit: int) -> None:
    """Of several lines each is made harmless by itself; to do it again changes nothing."""
    lines = sanitize_text(text, limit)
    assert all(map(only_prints, lines.split("\n")))
    assert lines.count("\n") == text[:limit].count("\n")
    assert len(lines) <= limit
    assert sanitize_text(lines, limit) == lines


def test_lines_keep_their_indent() -> None:
    """A reply stays as readable as it was."""
    assert sanitize_text('{\n  "a": "\x1b[2J"\r\n}', 100) == '{\n  "a": "[2J" \n}'
