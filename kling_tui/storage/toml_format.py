"""The job file: jobs as TOML, ``version = 1`` and one ``[[jobs]]`` a job."""

import tomllib
from collections.abc import Iterable
from typing import Any

import tomli_w

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.schema import (
    FieldError,
    InvalidValueError,
    job_from_table,
    job_to_table,
    read,
)

VERSION = 1
_VERSION = f"version = {VERSION}\n"
_HEAD = (
    f"# The jobs that kling-tui tracks. It may be edited, also while kling-tui runs.\n{_VERSION}"
)
_JOB = "\n[[jobs]]\n"
_UNTOUCHED = "; nothing was changed"


class StoreError(Exception):
    """The job file cannot be read or written; the words say where and what to do."""


class CorruptFileError(StoreError):
    """What stands in a job file is no jobs."""


def dump(jobs: Iterable[Job]) -> str:
    """Return `jobs` as the text of a job file."""
    return _HEAD + "".join(map(_text_of, jobs))


def load(text: str, name: str) -> dict[str, Job]:
    """Return the jobs of a job file by id; raises DamageError, which says where in `name`."""
    try:
        return _jobs(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CorruptFileError(
            f"{name}: not TOML: {sanitize_line(str(error))}{_UNTOUCHED}"
        ) from error
    except FieldError as error:
        raise CorruptFileError(f"{name}: {error}{_UNTOUCHED}") from error
    except (ValueError, RecursionError) as error:
        words = "a number in it is too long, or its brackets are nested too deep"
        raise CorruptFileError(f"{name}: {words}{_UNTOUCHED}") from error


class CachedCodec:
    """Writes and reads job files as `dump` and `load` do, but each job only where it changed.

    TOML is slow: 10,000 jobs take the better part of a second. So the text of each job that the
    last file held is kept.
    """

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Job, str]] = {}

    def dump(self, jobs: Iterable[Job]) -> str:
        """Return `jobs` as the text of a job file."""
        texts = {job.id: (job, self._text_of(job)) for job in jobs}
        self._texts = texts
        return _HEAD + "".join(text for _, text in texts.values())

    def load(self, text: str, name: str) -> dict[str, Job]:
        """Return the jobs of a job file by id; raises DamageError, which says where in `name`."""
        try:
            texts = self._read(text)
        except (CorruptFileError, LookupError):
            return load(text, name)  # which knows the line
        self._texts = texts
        return {job_id: job for job_id, (job, _) in texts.items()}

    def _text_of(self, job: Job) -> str:
        known, text = self._texts.get(job.id, (None, ""))
        return text if known is not None and (known is job or known == job) else _text_of(job)

    def _read(self, text: str) -> dict[str, tuple[Job, str]]:
        """Read job by job; raises LookupError where the text is not as `dump` arranges it.

        A line that begins a job cannot stand inside another job's text: what is cut there ends
        amid a string or an array, and is no TOML.
        """
        head, *bodies = text.split(_JOB)
        if head != _HEAD:
            raise LookupError
        known = {text: job for job, text in self._texts.values()}
        texts: dict[str, tuple[Job, str]] = {}
        for body in bodies:
            text = f"{_JOB}{body}"
            jobs = [known[text]] if text in known else list(load(_VERSION + text, "").values())
            if len(jobs) != 1 or jobs[0].id in texts:
                raise LookupError
            texts[jobs[0].id] = jobs[0], text
        return texts


def _text_of(job: Job) -> str:
    # A list of one short job would be written on a single line, which no person likes to edit.
    text = tomli_w.dumps({"jobs": job_to_table(job)}, multiline_strings=True)
    return _JOB + text.removeprefix("[jobs]\n")


def _jobs(body: dict[str, Any]) -> dict[str, Job]:
    """Return the jobs of a job file's tables; one with a misspelt key must not pass for empty."""
    if "version" not in body:
        raise FieldError("version: missing")
    read("version", _version, body.pop("version"))
    entries = read("jobs", _tables, body.pop("jobs", []))
    for key in body:
        raise FieldError(f"{sanitize_line(key, 60)}: no such key")
    jobs: dict[str, Job] = {}
    for index, entry in enumerate(entries, 1):
        job = read(f"job {index}", job_from_table, entry)
        if job.id in jobs:
            raise FieldError(f"job {index}: id: {job.id} stands in the file twice")
        jobs[job.id] = job
    return jobs


def _version(value: Any) -> None:
    if type(value) is not int or value != VERSION:
        raise InvalidValueError(str(VERSION))


def _tables(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidValueError("[[jobs]] tables")
    return value
