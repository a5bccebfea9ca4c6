"""Classifies failures: which reason is behind the message of a gateway or a model."""

import re
from functools import lru_cache
from itertools import islice

from kling_tui.failures.rules import (
    BROAD_CODES,
    BROAD_RULES,
    CODES,
    PRECISE_RULES,
    Reason,
    Rule,
)
from kling_tui.jobs import Job, Status
from kling_tui.sanitize import sanitize_line

_MAX_LENGTH = 1_000
"""Characters of a message that are read."""
_MAX_CODES = 10
"""Codes in a reply that are read."""
_URL = re.compile(r"\w{2,10}://\S+")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\W_]+")
_CODE_IN_TEXT = re.compile(
    r"(?:code|status|http|error)[\W_]{0,3}(\d{3,4})\b|^\W{0,2}(\d{4})[\]):]",
    re.ASCII | re.IGNORECASE,
)
_CODE_IN_REPLY = re.compile(
    r'"(?:error_?)?(?:code|type)": ?(?:"(?P<word>[^"\\]{1,60})"|(?P<number>\d{3,4})\b)',
    re.IGNORECASE,
)


def failure_reason(job: Job) -> Reason | None:
    """Return why a job failed; None if it has not."""
    if job.status is not Status.FAILED:
        return None
    reason = classify(None, job.message, job.raw_status)
    return _reason_by_reply(job.reply or "") if reason is Reason.OTHER else reason


def _reason_by_reply(reply: str) -> Reason:
    """Return the reason by the first codes in a reply, of which messages leave out most."""
    matches = islice(_CODE_IN_REPLY.finditer(reply), _MAX_CODES)
    reasons = (classify(match["word"] or match["number"]) for match in matches)
    return next((reason for reason in reasons if reason is not Reason.OTHER), Reason.OTHER)


def classify(code: object = None, message: object = None, raw_status: object = None) -> Reason:
    """Return the reason of a failure; OTHER unless the code or the words are known.

    `code` is a number, a number as text, or a word; `raw_status` is the endpoint's own status.
    Any values are accepted, because all of them come from the network.
    """
    number = _number(code)
    word = code if isinstance(code, str) and number is None else ""
    parts = [part for part in (word, message, raw_status) if isinstance(part, str)]
    return _classify(number, tuple(part[:_MAX_LENGTH] for part in parts))


@lru_cache(maxsize=1024)
def _classify(code: int | None, parts: tuple[str, ...]) -> Reason:
    lines = [sanitize_line(part, _MAX_LENGTH) for part in parts]
    texts = [words for line in lines if (words := _words(line))]
    codes = [] if code is None else [code]
    for line in lines:
        codes += [int(match[1] or match[2]) for match in _CODE_IN_TEXT.finditer(line)]
    return (
        _by_code(CODES, codes)
        or _by_words(PRECISE_RULES, texts)
        or _by_code(BROAD_CODES, codes)
        or _by_words(BROAD_RULES, texts)
        or Reason.OTHER
    )


def _by_code(table: dict[int, Reason], codes: list[int]) -> Reason | None:
    return next((table[code] for code in codes if code in table), None)


def _by_words(rules: tuple[Rule, ...], texts: list[str]) -> Reason | None:
    return next((rule.reason for text in texts for rule in rules if rule.matches(text)), None)


def _words(text: str) -> str:
    """Return the words of a text in lower case, with single spaces; a URL is the word "url"."""
    spaced = _CAMEL_CASE.sub(" ", _URL.sub(" url ", text))
    return _SEPARATORS.sub(" ", spaced).strip().lower()


def _number(code: object) -> int | None:
    """Return a code of at most six digits as a number."""
    if isinstance(code, str):
        digits = code.strip()
        return int(digits) if len(digits) <= 6 and digits.isdecimal() else None
    if isinstance(code, bool) or not isinstance(code, int | float):
        return None
    return int(code) if abs(code) < 1_000_000 and code == int(code) else None
