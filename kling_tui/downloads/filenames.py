"""File names from a template; none can leave its folder or contain control characters."""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from string import Formatter

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

TEMPLATE = "{label}-{kind}-{id}-{n}.mp4"
FIELDS = ("label", "kind", "id", "n")
"""Fields of a template: three of the job, and the number of the video among its videos."""
MAX_STEM_BYTES = 200
"""Of a name without its suffix; file systems allow 255 for the whole name."""
_MAX_FIELD_BYTES = 80
_FALLBACK_STEM = "video"
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\N{REPLACEMENT CHARACTER}]')
_SUFFIX = re.compile(r"\.(mp4|mov|webm|mkv)$", re.IGNORECASE)


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


def file_stem(template: str, job: Job, n: int) -> str:
    """Return the name for the `n`-th video of a job, from 1, without its suffix."""
    values = {"label": job.label, "kind": job.kind, "id": job.id, "n": str(n)}
    return _format(_SUFFIX.sub("", template), values)


def partial_name(job: Job, n: int) -> str:
    """Return the partial file's name: the same for the same video, whatever label and template."""
    key = "\0".join((job.kind, job.id, str(n))).encode("utf-8", "replace")
    digest = blake2b(key, digest_size=4).hexdigest()
    return _format("{id}-{n}-{digest}", {"id": job.id, "n": str(n), "digest": digest})


def _format(template: str, values: Mapping[str, str]) -> str:
    fields = {name: _sanitize(value, _MAX_FIELD_BYTES) for name, value in values.items()}
    return _sanitize(template.format(**fields), MAX_STEM_BYTES) or _FALLBACK_STEM


def _sanitize(text: str, max_bytes: int) -> str:
    """Return text that is safe in a file name, at most `max_bytes` long in UTF-8."""
    safe = _FORBIDDEN.sub("_", sanitize_line(unicodedata.normalize("NFC", text)))
    raw = safe.lstrip(" .-").encode()[:max_bytes]
    return raw.decode("utf-8", "ignore").rstrip(" .-")
