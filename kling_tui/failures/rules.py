"""The tables by which failures are classified: codes, and patterns for the words of messages."""

import re
from enum import StrEnum

from msgspec import Struct


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


CODES = {
    **dict.fromkeys(range(1000, 1005), Reason.KEY_REJECTED),
    **dict.fromkeys(range(1100, 1103), Reason.OUT_OF_CREDIT),
    **dict.fromkeys((1103, 1304), Reason.NO_ACCESS),
    **dict.fromkeys((1300, 1301), Reason.MODERATION),
    **dict.fromkeys((1302, 1303), Reason.RATE_LIMIT),
}
"""Codes of the model maker that say more than any message."""
BROAD_CODES = {
    **dict.fromkeys((1200, 1201, 400, 422), Reason.INVALID_PARAMETER),
    **dict.fromkeys((5000, 5001, 5002, 408, 500, 502, 503, 504, 522), Reason.SERVER_ERROR),
    401: Reason.KEY_REJECTED,
    402: Reason.OUT_OF_CREDIT,
    403: Reason.NO_ACCESS,
    429: Reason.RATE_LIMIT,
}
"""Codes of the model maker and HTTP statuses to which a message may add detail."""

_IMAGE = r"(?:image|picture|photo|frame|file|media)s?"
_SIZE = r"(?:pixels?|resolution|dimensions?|size|width|height)"
_FORMAT = r"(?:format|type|encoding)"
_NOT_DONE = r"(?:failed to|failure to|cannot|can ?not|can t|could not|couldn t|unable to|error)"
_FETCH = r"(?:download|fetch|load|retriev|access)\w*"
_UNFIT = r"(?:invalid|unsupported|missing|bad|wrong|illegal|unknown|incorrect|malformed|unsafe)"
_REFUSED = r"(?:fail|reject|block|flag|refus|not pass)\w*"
_SERVICE = r"(?:service|server|system|provider|gateway|backend|upstream|model)s?"
_KEY = r"(?:api|subscription|access|secret) ?(?:key|token)s?"
_PARAMETER = (
    r"(?:param|parameter|argument|field|value|option|request|input|duration|aspect ratio|mode"
    r"|model|prompt|size)s?"
)


def _few(count: int) -> str:
    """Return a pattern for at most `count` words and the space after each."""
    return rf"(?:\w+ ){{0,{count}}}"


class Rule(Struct, frozen=True):
    """The messages that stand for one reason."""

    reason: Reason
    parts: str
    """Parts of words; a message without any of them is not searched for the patterns.

    So most patterns are never compiled, which takes longer than all else here.
    """
    patterns: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Return whether one of the patterns is at the start of a word of `text`."""
        if not any(part in text for part in self.parts.split()):
            return False
        return re.search(rf"\b(?:{'|'.join(self.patterns)})", text) is not None


PRECISE_RULES = (
    # That the content filter is out of order does not mean that it rejected the job.
    Rule(Reason.SERVER_ERROR,
         "unavailable busy down overloaded timed timeout", (
        rf"{_SERVICE} {_few(2)}(?:unavailable|busy|down|overloaded|timed out|timeout)\b",
    )),
    Rule(Reason.IMAGE_URL,
         "url download fetch load retriev access reach found", (
        rf"{_UNFIT} (?:or \w+ )?(?:(?!callback|webhook)\w+ ){{0,2}}urls?\b",
        (rf"(?<!callback )(?<!webhook )urls? {_few(3)}(?:{_UNFIT}|unreachable|inaccessible|expired"
        r"|cannot|could not|not (?:valid|accessible|reachable|found|available)|timed out|4\d\d)\b"),
        rf"{_NOT_DONE} (?:be )?{_FETCH} {_few(4)}(?:{_IMAGE}|urls?)\b",
        rf"{_IMAGE} {_few(3)}{_FETCH} (?:failed|failure|error|timed out|timeout)",
        rf"{_IMAGE} {_few(2)}(?:inaccessible|unreachable|not (?:accessible|reachable|found))\b",
        rf"{_IMAGE} {_few(2)}(?:cannot|could not) be {_FETCH}",
    )),
    Rule(Reason.IMAGE_RATIO,
         "ratio wide tall", (
        rf"{_IMAGE} {_few(4)}ratio\b",
        rf"ratio {_few(3)}{_IMAGE}\b",
        rf"ratio {_few(3)}(?:between|exceeds?|out of|too)\b",
        rf"{_IMAGE} {_few(3)}too (?:wide|tall)\b",
    )),
    Rule(Reason.IMAGE_SIZE,
         "pixel resolution dimension size width height small large big", (
        rf"{_IMAGE} {_few(3)}{_SIZE}\b",
        rf"{_SIZE} {_few(3)}{_IMAGE}\b",
        rf"{_IMAGE} {_few(3)}too (?:small|large|big)\b",
        rf"too (?:small|large|big) {_few(1)}{_IMAGE}\b",
        rf"(?:width|height) {_few(4)}(?:at least|at most|between|less than|exceeds?|\d+ ?px)\b",
    )),
    Rule(Reason.IMAGE_FORMAT,
         "format type encoding base64 decode identify parse read open corrupt valid", (
        rf"{_UNFIT} {_few(2)}(?:{_IMAGE} {_few(1)}{_FORMAT}|base64)\b",
        rf"{_IMAGE} {_few(1)}{_FORMAT} {_few(2)}(?:{_UNFIT}|not)\b",
        rf"not {_few(3)}(?:base64|{_IMAGE} format|valid {_IMAGE})\b",
        rf"(?:decode|identify|parse|read|open) {_few(2)}{_IMAGE}\b",
        rf"corrupt(?:ed)? {_IMAGE}\b",
        rf"{_IMAGE} {_few(3)}(?:corrupt|be (?:decoded|read|parsed|opened))",
        rf"invalid (?:input )?{_IMAGE}(?! (?:count|number|index|param|field|id|list))\b",
    )),
    Rule(Reason.MODERATION,
         "risk nsfw copyright celebrit real public polic guideline violat moderat filter "
         "standards sensitive prohibited inappropriate unsafe illegal harmful explicit "
         "adult violent restricted content safety blocked flagged", (
        r"risk control\b", r"nsfw\b", r"copyright", r"celebrit",
        r"(?:real|public) (?:person|people|figure)",
        (rf"(?:content|safety|usage|community|platform) {_few(1)}"
        r"(?:polic|guideline|violat|moderated|filter|standards)"),
        rf"violat\w* {_few(4)}(?:polic|rule|guideline|terms|law|standard)",
        (r"(?<!no )(?<!without )(?:sensitive|prohibited|inappropriate|unsafe|illegal|harmful"
        r"|explicit|adult|violent|restricted) "
        rf"{_few(2)}(?:content|words?|information|material|text|images?)\b"),
        (rf"content(?! type| length| encoding) {_few(3)}(?:blocked|flagged|rejected|refused"
        r"|filtered|prohibited|not allowed|not permitted|sensitive|inappropriate)\b"),
        rf"moderation {_few(3)}{_REFUSED}",
        rf"{_REFUSED} {_few(4)}(?:moderation|safety)\b",
        r"(?<!\w )(?:content )?(?:moderation|moderated|blocked|flagged)$",
    )),
    Rule(Reason.OUT_OF_CREDIT,
         "credit balance funds quota resource arrears payment", (
        rf"(?:insufficient|not enough|out of|lacks?) {_few(2)}(?:credits?|balance|funds|quota)\b",
        (rf"(?:credits?|balance|funds|resource pack\w*) {_few(4)}(?:insufficient|not enough"
        r"|depleted|exhausted|expired|used up|empty|too low)\b"),
        r"in arrears\b", r"payment required\b",
    )),
    Rule(Reason.RATE_LIMIT,
         "rate throttl frequent many parallel concurren", (
        r"rate limit", r"throttl", r"too frequent",
        rf"too many {_few(2)}(?:requests|tasks|jobs|calls)\b",
        rf"(?:parallel|concurren\w*) {_few(4)}(?:limit|exceed|over|too)",
        rf"(?:limit|exceed\w*) {_few(3)}(?:parallel|concurren)",
    )),
    Rule(Reason.KEY_REJECTED,
         "key token unauthori authenticat authoriz credentials", (
        (rf"{_KEY} (?:(?:is|was|has|are|been) ){{0,2}}(?:not valid|invalid|rejected|missing|expired"
        r"|revoked|incorrect|wrong|disabled|required)\b"),
        rf"(?:{_UNFIT}|expired|revoked|needs an) {_few(2)}{_KEY}\b",
        r"unauthori[sz]ed\b(?! access)",
        r"authentication (?:is )?(?:failed|error|required)\b",
        r"(?:invalid|missing) (?:or \w+ )?(?:authentication|authorization|credentials)\b",
    )),
    Rule(Reason.NO_ACCESS,
         "access permi forbidden authorized allowed region country", (
        r"(?:access|permission) denied\b", r"(?:no|lacks?) (?:permission|access)\b",
        r"unauthorized access\b", r"forbidden\b",
        r"not (?:authorized|allowed|permitted) to (?:use|access)\b",
        rf"ip {_few(3)}not (?:allowed|permitted)\b",
        r"not available in your (?:region|country)\b",
    )),
)  # fmt: skip
"""For the words of a message, the most certain rules first. A word stands for all its spellings:
``INVALID_IMAGE``, ``InvalidImage`` and ``Invalid image`` are the same."""
BROAD_RULES = (
    Rule(Reason.INVALID_PARAMETER,
         "valid support missing bad wrong illegal unknown incorrect malformed unsafe "
         "required long range must many maximum", (
        rf"{_UNFIT} (?:or \w+ )?{_few(2)}{_PARAMETER}\b",
        (rf"{_PARAMETER} {_few(3)}(?:invalid|unsupported|missing|required|not (?:valid|supported)"
        r"|too long|out of range|must be)\b"),
        r"validation error\b", r"bad request\b", r"must be one of\b", r"is required\b",
        rf"too many {_few(2)}{_IMAGE}\b", rf"maximum \d+ {_IMAGE}\b",
    )),
    Rule(Reason.SERVER_ERROR,
         "error exception failure gateway time deadline overload capacity maintenance "
         "unavailable answer reach connection", (
        rf"(?:internal|{_SERVICE}) {_few(1)}(?:error|exception|failure)\b",
        r"internal error\b", r"unexpected error\b", r"bad gateway\b", r"time ?out\b",
        r"timed ?out\b", r"deadline exceeded\b", r"overload", r"at capacity\b", r"maintenance\b",
        r"temporarily unavailable\b", r"no answer within\b", r"cannot reach the\b",
        r"connection (?:reset|refused|closed|failed)\b",
    )),
    Rule(Reason.CANCELLED,
         "cancel", (r"cancell?ed\b", r"cancellation\b")),
)  # fmt: skip
"""Rules that are tried only if neither those nor a broad code tell the reason."""
