"""File names from a template, none of which can leave its folder or harm a terminal."""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from string import Formatter

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

TEMPLATE = "{label}-{kind}-{id}-{n}.mp4"
FIELDS = ("label", "kind", "id", "n")
"""What a template may name: of the job, and the number of the video among its videos."""
MAX_STEM_BYTES = 200
"""Of a name without its suffix; file systems take 255 with all that is added."""
_MOST_OF_FIELD = 80
_LAST_RESORT = "video"
_UNFIT = re.compile(r'[/\\:*?"<>|\N{REPLACEMENT CHARACTER}]')
_SUFFIX = re.compile(r"\.(mp4|mov|webm|mkv)$", re.IGNORECASE)


def template_error(template: str) -> str | None:
    """Return what keeps a template from being used, in words; None where nothing does."""
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
    held = {"label": job.label, "kind": job.kind, "id": job.id, "n": str(n)}
    return _filled(_SUFFIX.sub("", template), held)


def partial_name(job: Job, n: int) -> str:
    """Return a name that is the same for the same video, whatever its label and the template."""
    key = "\0".join((job.kind, job.id, str(n))).encode("utf-8", "replace")
    digest = blake2b(key, digest_size=4).hexdigest()
    return _filled("{id}-{n}-{digest}", {"id": job.id, "n": str(n), "digest": digest})


def _filled(template: str, held: Mapping[str, str]) -> str:
    fields = {name: _fit(value, _MOST_OF_FIELD) for name, value in held.items()}
    return _fit(template.format(**fields), MAX_STEM_BYTES) or _LAST_RESORT


def _fit(text: str, most: int) -> str:
    """Return text as a part of a name: printable, no separator, at most so many bytes."""
    fit = _UNFIT.sub("_", sanitize_line(unicodedata.normalize("NFC", text)))
    raw = fit.lstrip(" .-").encode()[:most]
    return raw.decode("utf-8", "ignore").rstrip(" .-")
