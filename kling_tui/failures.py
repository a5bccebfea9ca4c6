"""Why a job failed: sorts the many messages of gateways and models into a few known reasons."""

import re
from enum import StrEnum
from functools import lru_cache

from kling_tui.jobs import Job, Status
from kling_tui.sanitize import sanitize_line

_MAX_LENGTH = 1_000
"""Characters of a message that are read."""


class Reason(StrEnum):
    """A known reason of a failure, or OTHER. The values are part of the JSON schema."""

    MODERATION = "moderation"
    IMAGE_SIZE = "image_size"
    IMAGE_RATIO = "image_ratio"
    IMAGE_FORMAT = "image_format"
    IMAGE_URL = "image_url"
    OUT_OF_CREDIT = "out_of_credit"
    RATE_LIMIT = "rate_limit"
    INVALID_PARAMETER = "invalid_parameter"
    SERVER_ERROR = "server_error"
    KEY_REJECTED = "key_rejected"
    NO_ACCESS = "no_access"
    CANCELLED = "cancelled"
    OTHER = "other"


_CODES = {
    **dict.fromkeys(range(1000, 1005), Reason.KEY_REJECTED),
    **dict.fromkeys(range(1100, 1103), Reason.OUT_OF_CREDIT),
    **dict.fromkeys((1103, 1304), Reason.NO_ACCESS),
    **dict.fromkeys((1300, 1301), Reason.MODERATION),
    **dict.fromkeys((1302, 1303), Reason.RATE_LIMIT),
}
"""Codes of the model maker that say more than any message."""
_BROAD_CODES = {
    **dict.fromkeys((1200, 1201, 400, 422), Reason.INVALID_PARAMETER),
    **dict.fromkeys((5000, 5001, 5002, 408, 500, 502, 503, 504, 522), Reason.SERVER_ERROR),
    401: Reason.KEY_REJECTED,
    402: Reason.OUT_OF_CREDIT,
    403: Reason.NO_ACCESS,
    429: Reason.RATE_LIMIT,
}
"""Codes of the model maker and HTTP statuses to which a message may add detail."""

_IMAGE = r"(?:image|picture|photo|frame|file|media)s?"
_NOT_DONE = r"(?:failed to|failure to|cannot|can ?not|can t|could not|couldn t|unable to|error)"
_UNFIT = r"(?:invalid|unsupported|missing|bad|wrong|illegal|unknown|incorrect|malformed|unsafe)"
_SERVICE = r"(?:service|server|system|provider|gateway|backend|upstream|model)s?"


def _few(count: int) -> str:
    """Return a pattern for at most `count` words and the space after each."""
    return rf"(?:\w+ ){{0,{count}}}"


_PRECISE = (
    # The content filter may be out of order, too, which is no verdict.
    (Reason.SERVER_ERROR,
     rf"\b{_SERVICE} {_few(2)}(?:unavailable|busy|down|overloaded|timed out|timeout)\b"),
    (Reason.IMAGE_URL,
     rf"\b{_UNFIT} (?:or \w+ )?(?:(?!callback|webhook)\w+ ){{0,2}}urls?\b"
     rf"|(?<!callback )(?<!webhook )\burls? {_few(3)}(?:{_UNFIT}|unreachable|inaccessible|expired"
     r"|cannot|could not|not (?:valid|accessible|reachable|found|available)|timed out|4\d\d)\b"
     rf"|\b{_NOT_DONE} (?:be )?(?:download|fetch|load|retriev|access)\w* {_few(4)}(?:{_IMAGE}|urls?)\b"
     rf"|\b{_IMAGE} {_few(3)}(?:download|fetch|load)\w* (?:failed|failure|error|timed out|timeout)"
     rf"|\b{_IMAGE} {_few(2)}(?:inaccessible|unreachable|not (?:accessible|reachable|found)"
     r"|(?:cannot|could not) be (?:download|fetch|load|retriev|access)ed)\b"),
    (Reason.IMAGE_RATIO,
     rf"\b{_IMAGE} {_few(4)}ratio\b|\bratio {_few(3)}{_IMAGE}\b"
     rf"|\bratio {_few(3)}(?:between|exceeds?|out of|too)\b|\b{_IMAGE} {_few(3)}too (?:wide|tall)\b"),
    (Reason.IMAGE_SIZE,
     rf"\b{_IMAGE} {_few(3)}(?:pixels?|resolution|dimensions?|size|width|height)\b"
     rf"|\b(?:pixels?|resolution|dimensions?|size|width|height) {_few(3)}{_IMAGE}\b"
     rf"|\b{_IMAGE} {_few(3)}too (?:small|large|big)\b|\btoo (?:small|large|big) {_few(1)}{_IMAGE}\b"
     rf"|\b(?:width|height) {_few(4)}(?:at least|at most|between|less than|exceeds?|\d+ ?px)\b"),
    (Reason.IMAGE_FORMAT,
     rf"\b{_UNFIT} {_few(2)}(?:{_IMAGE} {_few(1)}(?:format|type|encoding)|base64)\b"
     rf"|\b{_IMAGE} {_few(1)}(?:format|type|encoding) {_few(2)}(?:{_UNFIT}|not)\b"
     rf"|\bnot {_few(3)}(?:base64|{_IMAGE} format|valid {_IMAGE})\b"
     rf"|\b(?:decode|identify|parse|read|open) {_few(2)}{_IMAGE}\b|\bcorrupt(?:ed)? {_IMAGE}\b"
     rf"|\b{_IMAGE} {_few(3)}(?:corrupt|be (?:decoded|read|parsed|opened))"
     rf"|\binvalid (?:input )?{_IMAGE}(?! (?:count|number|index|param|field|id|list))\b"),
    (Reason.MODERATION,
     r"\brisk control\b|\bnsfw\b|\bcopyright|\bcelebrit|\b(?:real|public) (?:person|people|figure)"
     rf"|\b(?:content|safety|usage|community|platform) {_few(1)}"
     r"(?:polic|guideline|violat|moderated|filter|standards)"
     rf"|\bviolat\w* {_few(4)}(?:polic|rule|guideline|terms|law|standard)"
     r"|(?<!no )(?<!without )\b(?:sensitive|prohibited|inappropriate|unsafe|illegal|harmful|explicit"
     rf"|adult|violent|restricted) {_few(2)}(?:content|words?|information|material|text|images?)\b"
     rf"|\bcontent(?! type| length| encoding) {_few(3)}(?:blocked|flagged|rejected|refused|filtered"
     r"|prohibited|not allowed|not permitted|sensitive|inappropriate)\b"
     rf"|\bmoderation {_few(3)}(?:fail|reject|block|flag|refus|triggered)"
     rf"|\b(?:fail|reject|block|flag|refus|not pass)\w* {_few(4)}(?:moderation|safety)\b"
     r"|^(?:content )?(?:moderation|moderated|blocked|flagged)$"),
    (Reason.OUT_OF_CREDIT,
     rf"\b(?:insufficient|not enough|out of|lacks?) {_few(2)}(?:credits?|balance|funds|quota)\b"
     rf"|\b(?:credits?|balance|funds|resource pack\w*) {_few(4)}(?:insufficient|not enough|depleted"
     r"|exhausted|expired|used up|empty|too low)\b|\bin arrears\b|\bpayment required\b"),
    (Reason.RATE_LIMIT,
     rf"\brate limit|\btoo many {_few(2)}(?:requests|tasks|jobs|calls)\b|\bthrottl|\btoo frequent"
     rf"|\b(?:parallel|concurren\w*) {_few(4)}(?:limit|exceed|over|too)"
     rf"|\b(?:limit|exceed\w*) {_few(3)}(?:parallel|concurren)"),
    (Reason.KEY_REJECTED,
     r"\b(?:api|subscription|access|secret) ?(?:key|token)s? (?:is |was |has |are )?(?:been )?(?:not "
     r"valid|invalid|rejected|missing|expired|revoked|incorrect|wrong|disabled|required)\b"
     rf"|\b(?:invalid|missing|expired|revoked|incorrect|wrong|needs an) {_few(2)}(?:api|subscription"
     r"|access) ?(?:key|token)\b|\bunauthori[sz]ed\b(?! access)"
     r"|\bauthentication (?:is )?(?:failed|error|required)\b|\b(?:invalid|missing) (?:or \w+ )?"
     r"(?:authentication|authorization|credentials)\b"),
    (Reason.NO_ACCESS,
     r"\b(?:access|permission) denied\b|\b(?:no|lacks?) (?:permission|access)\b|\bunauthorized access"
     r"|\bnot (?:authorized|allowed|permitted) to (?:use|access)\b|\bforbidden\b"
     rf"|\bip {_few(3)}not (?:allowed|permitted)\b|\bnot available in your (?:region|country)\b"),
)  # fmt: skip
"""Patterns for the words of a message, the most certain first. A word stands for all its spellings:
``INVALID_IMAGE``, ``InvalidImage`` and ``Invalid image`` are the same."""
_BROAD = (
    (Reason.INVALID_PARAMETER,
     rf"\b{_UNFIT} (?:or \w+ )?{_few(2)}(?:param|argument|field|value|option|request|input|duration|"
     r"aspect ratio|mode|model|prompt|size)(?:s|eter|eters)?\b"
     rf"|\b(?:param|parameter|argument|field|value|input|duration|ratio|mode|model|prompt)s? {_few(3)}"
     r"(?:invalid|unsupported|missing|required|not (?:valid|supported)|too long|out of range"
     r"|must be)\b|\bvalidation error\b|\bbad request\b|\bmust be one of\b|\bis required\b"
     rf"|\btoo many {_few(2)}{_IMAGE}\b|\bmaximum \d+ {_IMAGE}\b"),
    (Reason.SERVER_ERROR,
     rf"\b(?:internal|{_SERVICE}) {_few(1)}(?:error|exception|failure)\b|\binternal error\b"
     r"|\bunexpected error\b|\bbad gateway\b|\btime ?out\b|\btimed ?out\b|\bdeadline exceeded\b"
     r"|\boverload|\bat capacity\b|\bmaintenance\b|\btemporarily unavailable\b"
     r"|\bno answer within\b|\bconnection (?:reset|refused|closed|failed)\b|\bcannot reach the\b"),
    (Reason.CANCELLED, r"\bcancell?ed\b|\bcancellation\b"),
)  # fmt: skip
"""Patterns that are tried only if neither these nor a broad code tell the reason."""


def _compiled(rules: tuple[tuple[Reason, str], ...]) -> tuple[tuple[Reason, re.Pattern[str]], ...]:
    return tuple((reason, re.compile(pattern)) for reason, pattern in rules)


_PRECISE_RULES, _BROAD_RULES = _compiled(_PRECISE), _compiled(_BROAD)
_URL = re.compile(r"\w{2,10}://\S+")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\W_]+")
_CODE_IN_TEXT = re.compile(r"\b(?:code|status|http|error) (\d{3,4})\b|^(\d{3,4})\b")
_CODE_IN_REPLY = re.compile(
    r'"(?:error_?)?(?:code|type)": ?(?:"(?P<word>[^"\\]{1,60})"|(?P<number>\d{3,4})\b)', re.IGNORECASE
)


def failure_reason(job: Job) -> Reason | None:
    """Return why a job failed; None if it has not."""
    if job.status is not Status.FAILED:
        return None
    return _reason_of_reply(job.message or "", job.raw_status or "", job.reply or "")


@lru_cache(maxsize=1024)
def _reason_of_reply(message: str, raw_status: str, reply: str) -> Reason:
    """Return the reason in a reply; its code counts where nothing else tells the reason."""
    reason = classify(None, message, raw_status)
    if reason is Reason.OTHER and (match := _CODE_IN_REPLY.search(reply)):
        return classify(match["word"] or match["number"])
    return reason


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
    texts = [words for part in parts if (words := _words(part))]
    codes = [code] if code is not None else []
    codes += [int(match[1] or match[2]) for text in texts for match in _CODE_IN_TEXT.finditer(text)]
    return (
        _by_code(_CODES, codes)
        or _by_words(_PRECISE_RULES, texts)
        or _by_code(_BROAD_CODES, codes)
        or _by_words(_BROAD_RULES, texts)
        or Reason.OTHER
    )


def _by_code(table: dict[int, Reason], codes: list[int]) -> Reason | None:
    return next((table[code] for code in codes if code in table), None)


def _by_words(
    rules: tuple[tuple[Reason, re.Pattern[str]], ...], texts: list[str]
) -> Reason | None:
    return next(
        (reason for text in texts for reason, pattern in rules if pattern.search(text)), None
    )


def _words(text: str) -> str:
    """Return the words of a text in lower case, with single spaces; a URL is the word "url"."""
    line = _URL.sub(" url ", sanitize_line(text, _MAX_LENGTH))
    return _SEPARATORS.sub(" ", _CAMEL_CASE.sub(" ", line)).strip().lower()


def _number(code: object) -> int | None:
    """Return a code of at most six digits as a number."""
    if isinstance(code, str):
        digits = code.strip()
        return int(digits) if len(digits) <= 6 and digits.isdecimal() else None
    if isinstance(code, bool) or not isinstance(code, int | float):
        return None
    return int(code) if abs(code) < 1_000_000 and code == int(code) else None
