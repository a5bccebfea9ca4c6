"""File names from a template; none can leave its folder or contain control characters."""

import re
import sys
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from string import Formatter

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

TEMPLATE = "{label}-{kind}-{id}-{n}.mp4"
"""The default. Names from it need no quotes in a shell, and say nothing twice."""
FIELDS = ("label", "kind", "id", "n")
"""Fields of a template: three of the job, and the number of the video among its videos."""
MAX_STEM_BYTES = 120
"""Of a name without its suffix; some encrypted file systems allow 143 for the whole name."""
_MAX_FIELD_BYTES = 80
_FALLBACK_STEM = "video"
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\N{REPLACEMENT CHARACTER}]')
_SUFFIX = re.compile(r"\.(mp4|mov|webm|mkv|gif)$", re.IGNORECASE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
"""Names of devices, which FAT, NTFS and network drives of Windows refuse."""
_TYPED_CATEGORIES = "LMN"
"""Letters, marks and numbers, of any script."""


def template_error(template: str) -> str | None:
    """Return what is wrong with a template; None if it can be used."""
    try:
        pieces = list(Formatter().parse(template))
    except ValueError:
        return "has a brace that is not closed"
    for _, field, spec, conversion in pieces:
        if field is not None and (field not in FIELDS or spec or conversion):
            return "has {" + sanitize_line(field, 40) + "}"
    if "/" in template or "\\" in template:
        return "leads into another folder"
    return None


def file_stem(template: str, job: Job, n: int, encoding: str | None = None) -> str:
    """Return the name for the `n`-th video of a job, from 1, without its suffix.

    It can be stored in a file system with that `encoding`, by default the one of this locale.
    """
    encoding = encoding or sys.getfilesystemencoding()
    values = {"label": job.label, "kind": job.kind, "id": job.id, "n": str(n)}
    if template == TEMPLATE:
        values = _distinct({name: _typeable(text, encoding) for name, text in values.items()})
        template = "-".join(f"{{{name}}}" for name in values)
    stem = _format(_SUFFIX.sub("", template), values, encoding)
    return f"_{stem}" if _RESERVED.match(stem) else stem


def partial_name(job: Job, n: int, encoding: str | None = None) -> str:
    """Return the partial file's name: the same for the same video, whatever label and template.

    `encoding` is as in `file_stem`.
    """
    key = "\0".join((job.kind, job.id, str(n))).encode("utf-8", "replace")
    values = {"id": job.id, "n": str(n), "digest": blake2b(key, digest_size=4).hexdigest()}
    return _format("{id}-{n}-{digest}", values, encoding or sys.getfilesystemencoding())


def _typeable(text: str, encoding: str) -> str:
    """Return text with a hyphen for all that has to be quoted in a shell, or is hard to type."""
    storable = _storable(sanitize_line(unicodedata.normalize("NFC", text)), encoding)
    return "".join(
        character
        if character in "._-" or unicodedata.category(character)[0] in _TYPED_CATEGORIES
        else "-"
        for character in storable
    )


def _distinct(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a name without empty ones and those whose words another one has."""
    label = re.sub(r"-{2,}", "-", values["label"]).strip("-")
    kept = {name: text for name, text in ({**values, "label": label}).items() if text}
    for name in ("kind", "label", "id"):
        others = [kept[other] for other in kept if other not in (name, "n")]
        if name in kept and any(_parts(kept[name]) in _parts(other) for other in others):
            del kept[name]
    return kept


def _parts(text: str) -> str:
    """Return the words of a text, each between hyphens."""
    return "-" + re.sub(r"[\W_]+", "-", text.lower()).strip("-") + "-"


def _format(template: str, values: Mapping[str, str], encoding: str) -> str:
    """Fill in a template; if the name is too long, the label is cut first."""
    fields = {name: _sanitize(value, _MAX_FIELD_BYTES, encoding) for name, value in values.items()}
    stem = template.format(**fields)
    excess = len(_storable(stem, encoding).encode(encoding)) - MAX_STEM_BYTES
    if excess > 0 and "label" in fields:
        label_bytes = len(fields["label"].encode(encoding))
        fields["label"] = _sanitize(fields["label"], max(0, label_bytes - excess), encoding)
        stem = template.format(**fields)
    return _sanitize(stem, MAX_STEM_BYTES, encoding) or _FALLBACK_STEM


def _sanitize(text: str, max_bytes: int, encoding: str) -> str:
    """Return text that is safe in a file name, at most `max_bytes` long in that encoding."""
    storable = _storable(sanitize_line(unicodedata.normalize("NFC", text)), encoding)
    safe = _FORBIDDEN.sub("_", storable)
    raw = safe.lstrip(" .-").encode(encoding)[:max_bytes]
    return raw.decode(encoding, "ignore").rstrip(" .-")


def _storable(text: str, encoding: str) -> str:
    """Return text with a question mark for each character that the encoding does not have."""
    return text.encode(encoding, "replace").decode(encoding)
