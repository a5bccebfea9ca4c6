"""The format of job files: TOML with ``version = 1`` and one ``[[jobs]]`` table for each job.

Whatever else a file says is in comments, which older versions of the program ignore.
"""

from collections.abc import Iterable
from typing import Any

import tomli
import tomli_w

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.revision import Revision
from kling_tui.storage.schema import (
    FieldError,
    InvalidValueError,
    job_from_table,
    job_to_table,
    validate_field,
)

VERSION = 1
_VERSION_LINE = f"version = {VERSION}\n"
# Comments are not invited: a save writes each changed job again, without the comments in it.
_HEADER = (
    "# The jobs that kling-tui tracks. They may be edited, also while kling-tui runs.\n"
    "# Comments are lost when it saves; use label for notes.\n"
)
_JOB_HEADER = "\n[[jobs]]\n"
_NOTHING_CHANGED = "; nothing was changed"


class StoreError(Exception):
    """A job file cannot be read or written; the message names it and says what to do."""


class CorruptFileError(StoreError):
    """A job file cannot be parsed."""


class _NewerFormatError(Exception):
    """A job file has a format that this version of the program does not know."""


def dump(jobs: Iterable[Job]) -> str:
    """Return `jobs` as the text of a job file without a revision."""
    return _header(None) + "".join(map(_dump_job, jobs))


def load(text: str, name: str) -> dict[str, Job]:
    """Return the jobs of a file by id; raises StoreError, which begins with `name`.

    It is a CorruptFileError unless a newer version of the program wrote the file.
    """
    try:
        return _jobs_from_document(tomli.loads(text))
    except _NewerFormatError as error:
        message = (
            f"made by a newer kling-tui: {error}; update kling-tui, or choose another job file"
        )
        raise StoreError(f"{name}: {message}{_NOTHING_CHANGED}") from error
    except tomli.TOMLDecodeError as error:
        message = f"not TOML: {sanitize_line(str(error))}"
        raise CorruptFileError(f"{name}: {message}{_NOTHING_CHANGED}") from error
    except FieldError as error:
        raise CorruptFileError(f"{name}: {error}{_NOTHING_CHANGED}") from error
    except (ValueError, RecursionError) as error:
        message = "a number in it is too long, or its brackets are nested too deep"
        raise CorruptFileError(f"{name}: {message}{_NOTHING_CHANGED}") from error


def load_last(text: str, number: int) -> dict[str, Job]:
    """Return the last jobs of a file by id, at most `number`; none where they cannot be read."""
    if not text.startswith(_header(Revision.parse(text))):
        return {}
    _, *bodies = text.rsplit(_JOB_HEADER, number)
    try:
        return load(_VERSION_LINE + "".join(_JOB_HEADER + body for body in bodies), "")
    except StoreError:
        return {}


class CachedCodec:
    """Does what `dump` and `load` do, but caches the text of each job of the last file.

    TOML is slow: 10,000 jobs take most of a second.
    """

    def __init__(self) -> None:
        self._cache: dict[str, tuple[Job, str]] = {}

    def dump(self, jobs: Iterable[Job], revision: Revision | None = None) -> str:
        """Return `jobs` as the text of a job file."""
        cache = {job.id: (job, self._dump_job(job)) for job in jobs}
        self._cache = cache
        return _header(revision) + "".join(text for _, text in cache.values())

    def load(self, text: str, name: str) -> dict[str, Job]:
        """Return the jobs of a file by id; raises StoreError, which begins with `name`."""
        try:
            cache = self._load_each(text)
        except (CorruptFileError, LookupError):
            return load(text, name)  # its error has the line in the whole file
        self._cache = cache
        return {job_id: job for job_id, (job, _) in cache.items()}

    def _dump_job(self, job: Job) -> str:
        cached, text = self._cache.get(job.id, (None, ""))
        return text if cached is not None and (cached is job or cached == job) else _dump_job(job)

    def _load_each(self, text: str) -> dict[str, tuple[Job, str]]:
        """Load job by job; raises LookupError if the text is not laid out as by `dump`.

        A job header inside a job's text is no problem: the part before it ends inside a string
        or an array, so it is not TOML.
        """
        header, *bodies = text.split(_JOB_HEADER)
        if header != _header(Revision.parse(header)):
            raise LookupError
        job_of_text = {text: job for job, text in self._cache.values()}
        cache: dict[str, tuple[Job, str]] = {}
        for body in bodies:
            text = f"{_JOB_HEADER}{body}"
            if text in job_of_text:
                jobs = [job_of_text[text]]
            else:
                jobs = list(load(_VERSION_LINE + text, "").values())
            if len(jobs) != 1 or jobs[0].id in cache:
                raise LookupError
            cache[jobs[0].id] = jobs[0], text
        return cache


def _header(revision: Revision | None) -> str:
    return f"{_HEADER}{revision.line if revision else ''}{_VERSION_LINE}"


def _dump_job(job: Job) -> str:
    # tomli_w would write a list of one short job on a single line, which is hard to edit.
    text = tomli_w.dumps({"jobs": job_to_table(job)}, multiline_strings=True)
    return _JOB_HEADER + text.removeprefix("[jobs]\n")


def _jobs_from_document(document: dict[str, Any]) -> dict[str, Job]:
    """Return the jobs of a parsed job file; raises FieldError and _NewerFormatError.

    Unknown keys are errors: a file with a misspelt [[jobs]] must not count as empty.
    """
    if "version" not in document:
        raise FieldError("version: missing")
    version = document.pop("version")
    if type(version) is int and version > VERSION:
        raise _NewerFormatError(f"its version is {version}, and this program reads {VERSION}")
    validate_field("version", _version, version)
    tables = validate_field("jobs", _tables, document.pop("jobs", []))
    for key in document:
        raise FieldError(f"{sanitize_line(key, 60)}: no such key")
    jobs: dict[str, Job] = {}
    for number, table in enumerate(tables, 1):
        job = validate_field(f"job {number}", job_from_table, table)
        if job.id in jobs:
            raise FieldError(f"job {number}: id: {job.id} is in the file twice")
        jobs[job.id] = job
    return jobs


def _version(value: Any) -> None:
    if type(value) is not int or value != VERSION:
        raise InvalidValueError(str(VERSION))


def _tables(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidValueError("[[jobs]] tables")
    return value
