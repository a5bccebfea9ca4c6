"""Splits pasted text into words and decoded objects, and leaves out what surrounds them."""

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from kling_tui.gateways import json_fields
from kling_tui.gateways.literals import read_literal

MAX_TEXT_LENGTH = 10_000_000
"""Characters; more are not read."""
MAX_BROKEN = 100
"""Objects that are cut off or nested too deep; each may take as long as all of the text."""
_NO_OBJECT = "neither an id nor valid JSON"
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_HTTP_HEAD = re.compile(
    r"^(?:[<>] )?(?:HTTP/[\d.]+ \d{3}|[A-Z]{3,7} \S+ HTTP/[\d.]+)[^\n]*\n?"
    r"(?:(?:[<>] )?[!-9;-~]+:[^\n]*(?:\n|\Z))*",
    re.MULTILINE,
)
"""What ``curl -i`` and ``curl -v`` print before a body."""
_CURL_NOTE = re.compile(r"^(?:\* |[{}] \[\d+ bytes data\]|[<>]\s*$)[^\n]*(?:\n|\Z)", re.MULTILINE)
_HEADER_LINE = re.compile(r"^([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+): [^\n]*(?:\n|\Z)", re.MULTILINE)
_HTML = re.compile(
    r"<(?:!--|\?xml|(?:!doctype|html|head|body|title|script|h1|p|error)\b)", re.IGNORECASE
)
_SEPARATORS = re.compile(r"[\s,\ufeff]*")
_WORD = re.compile(r"[^\s,]+")
_REST_OF_LINE = re.compile(r".*")
_NAME = re.compile(r"[\"']?([A-Za-z][\w.-]*)[\"']?[ \t]*[:=][ \t]*(?!//)")
_NAMED_WORD = re.compile(r"[\"']?([^\s\"',;&{}\[\]]+)[\"']?")
_BETWEEN_NAMES = re.compile(r"[\s,;&]*")
_MAX_NAMES = 50
_BULLETS = re.compile(r"[-*•·|>–—]+")


class Piece(Struct, frozen=True):
    """A word, or an object with its decoded value, or text with the reason why it is neither."""

    text: str
    value: object = None
    is_decoded: bool = False
    problem: str | None = None


def split_text(text: str) -> Iterator[Piece]:
    """Yield the pieces of a text in their order.

    Spaces, commas and line ends separate them. Objects are JSON, or as Python, Node or PowerShell
    print them. ``task_id: A`` outside of objects is an object too. Colour codes, HTTP headers and
    names before an object are left out.
    """
    if len(text) > MAX_TEXT_LENGTH:
        problem = f"only the first {MAX_TEXT_LENGTH:,} characters were read"
        yield Piece("…", problem=problem)
        text = text[:MAX_TEXT_LENGTH]
    if "\x1b" in text:
        text = _ANSI.sub("", text) or "\x1b"
    body = _without_headers(text)
    if not body.strip() and text.strip():
        yield Piece(text.strip(), problem="HTTP headers without a body, not a job id")
    broken = 0
    position = _end_of_match(_SEPARATORS, body, 0)
    while position < len(body):
        if broken == MAX_BROKEN:
            yield Piece(
                body[position:][:200], problem=f"not read: {MAX_BROKEN} broken objects before it"
            )
            return
        pieces, position = _next_pieces(body, position)
        broken += any(piece.problem == _NO_OBJECT for piece in pieces)
        yield from pieces
        position = _end_of_match(_SEPARATORS, body, position)


def _without_headers(text: str) -> str:
    """Return a text without HTTP heads, and what `curl -v` says besides, if it has one."""
    body = _HTTP_HEAD.sub("", text)
    if body != text:
        body = _CURL_NOTE.sub("", body)
    return _HEADER_LINE.sub(lambda line: line[0] if _is_id_name(line[1]) else "", body)


def _next_pieces(text: str, position: int) -> tuple[list[Piece], int]:
    """Return the pieces that begin at a position, and where they end."""
    if (object_start := _object_start(text, position)) is not None:
        return _read_object(text, object_start)
    if _HTML.match(text, position):
        return [Piece(text[position:][:200], problem="HTML or XML, neither an id nor JSON")], len(
            text
        )
    if found := _read_names(text, position):
        return found
    end = _end_of_match(_WORD, text, position)
    word = text[position:end]
    return ([] if _BULLETS.fullmatch(word) else [Piece(word)]), end


def _object_start(text: str, position: int) -> int | None:
    """Return the position of the bracket of an object that begins here; PowerShell's has an @."""
    position += text.startswith("@{", position)
    return position if text.startswith(("{", "["), position) else None


def _read_object(text: str, position: int) -> tuple[list[Piece], int]:
    for read in (json.JSONDecoder().raw_decode, read_literal):
        try:
            value, end = read(text, position)
        except (ValueError, RecursionError):
            continue
        return [Piece(text[position:end][:200], value, is_decoded=True)], end
    end = _end_of_match(_REST_OF_LINE, text, position)
    return [Piece(text[position:end], problem=_NO_OBJECT)], end


def _read_names(text: str, position: int) -> tuple[list[Piece], int] | None:
    """Read ``name: value`` pairs; return None if none of them is an id or has an object.

    Pairs one after another are one object, up to a name that it has already.
    """
    start, fields, objects = position, dict[str, object](), list[Piece]()
    while (match := _NAME.match(text, position)) and len(fields) < _MAX_NAMES:
        name, value_start = match[1], match.end()
        if name in fields:
            break
        if (object_start := _object_start(text, value_start)) is not None:
            pieces, end = _read_object(text, object_start)
            objects += pieces
            fields[name] = pieces[0].value
        elif word := _NAMED_WORD.match(text, value_start):
            fields[name], end = word[1], word.end()
        else:
            break
        position = _end_of_match(_BETWEEN_NAMES, text, end)
    if any(map(_is_id_name, fields)) or (objects and len(fields) > 1 and "data" in fields):
        return [Piece(text[start:position][:200], fields, is_decoded=True)], position
    return (objects, position) if objects else None


def _is_id_name(name: str) -> bool:
    return json_fields.normalise(name) in ("taskid", "requestid", "jobid")


def _end_of_match(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
