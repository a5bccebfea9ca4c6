"""Sanitising of untrusted text: the result can only be printed."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.sanitize import sanitize_line, sanitize_text
from tests.support.jobs import RAW_TEXTS

UNPRINTABLE = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Zs"}
LIMITS = st.integers(1, 60)
with_any_text = settings(max_examples=100)


def is_printable(line: str) -> bool:
    """Return whether a line has only printable characters, and " " as its only white space."""
    return not {unicodedata.category(char) for char in line if char != " "} & UNPRINTABLE


@with_any_text
@given(RAW_TEXTS, LIMITS)
def test_any_text_becomes_one_printable_line(text: str, limit: int) -> None:
    """Nothing is left that moves the cursor, hides text or cannot be encoded as UTF-8."""
    line = sanitize_line(text, limit)
    assert is_printable(line)
    assert line.encode().decode() == line
    assert len(line) <= limit


@with_any_text
@given(RAW_TEXTS, LIMITS)
def test_sanitising_twice_changes_nothing(text: str, limit: int) -> None:
    """It may therefore be done more than once."""
    line = sanitize_line(text, limit)
    assert sanitize_line(line, limit) == line
    assert line == line.strip()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain text", "plain text"),
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
def test_kinds_of_characters(text: str, line: str) -> None:
    """Printable text is kept, white space becomes spaces, controls go, and half characters show."""
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
def test_limit_of_a_line(text: str, line: str) -> None:
    """Long text ends in an ellipsis, which counts; removed characters do not count."""
    assert sanitize_line(text, 5) == line


@with_any_text
@given(RAW_TEXTS, LIMITS)
def test_text_keeps_its_lines(text: str, limit: int) -> None:
    """Each line is sanitised; doing it again changes nothing."""
    lines = sanitize_text(text, limit)
    assert all(map(is_printable, lines.split("\n")))
    assert lines.count("\n") == text[:limit].count("\n")
    assert len(lines) <= limit
    assert sanitize_text(lines, limit) == lines


def test_text_keeps_its_indentation() -> None:
    """A JSON reply stays readable."""
    assert sanitize_text('{\n  "a": "\x1b[2J"\r\n}', 100) == '{\n  "a": "[2J" \n}'
