"""The format of job files: TOML with ``version = 1`` and one ``[[jobs]]`` table for each job.

Whatever else a file says is in comments, which older versions of the program ignore.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import tomli
import tomli_w

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.revision import Revision
from kling_tui.storage.schema import job_from_table, job_to_table
from kling_tui.storage.validators import FieldError, InvalidValueError, validate_field

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
    """Does what `dump` and `load` do, but formats and parses only the jobs that changed.

    TOML is slow: 10,000 jobs take half a second. Of each job in the last file, the codec keeps the
    digest of its text; the text itself would take more memory than the job.
    """

    def __init__(self) -> None:
        self._job_of_digest: dict[bytes, Job] = {}

    def dump(
        self, jobs: Iterable[Job], revision: Revision | None = None, old_text: str = ""
    ) -> str:
        """Return `jobs` as the text of a job file.

        `old_text` is that of the file now, from which the text of unchanged jobs is taken.
        """
        old_texts: dict[str, tuple[Job, str]] = {}
        for text in _job_texts(old_text):
            if job := self._job_of_digest.get(_digest(text)):
                old_texts[job.id] = job, text
        texts, job_of_digest = [_header(revision)], {}
        for job in jobs:
            old_job, text = old_texts.get(job.id, (None, ""))
            if job != old_job:
                text = _dump_job(job)
            texts.append(text)
            job_of_digest[_digest(text)] = job
        self._job_of_digest = job_of_digest
        return "".join(texts)

    def load(self, text: str, name: str) -> dict[str, Job]:
        """Return the jobs of a file by id; raises StoreError, which begins with `name`."""
        try:
            job_of_digest = self._load_each(text)
        except (CorruptFileError, LookupError):
            return load(text, name)  # its error has the line in the whole file
        self._job_of_digest = job_of_digest
        return {job.id: job for job in job_of_digest.values()}

    def _load_each(self, text: str) -> dict[bytes, Job]:
        """Load job by job; raises LookupError if the text is not laid out as by `dump`.

        A job header inside a job's text is no problem: the part before it ends inside a string
        or an array, so it is not TOML.
        """
        first = text.find(_JOB_HEADER)
        if text[: first if first >= 0 else None] != _header(Revision.parse(text)):
            raise LookupError
        job_of_digest: dict[bytes, Job] = {}
        ids = set()
        for job_text in _job_texts(text):
            digest = _digest(job_text)
            job = self._job_of_digest.get(digest)
            if job is None:
                job, *others = load(_VERSION_LINE + job_text, "").values()
                if others:
                    raise LookupError
            if job.id in ids:
                raise LookupError
            ids.add(job.id)
            job_of_digest[digest] = job
        return job_of_digest


def _job_texts(text: str) -> Iterator[str]:
    """Yield the text of each job in a file that is laid out as by `dump`.

    One at a time: all texts together would leave much memory between the jobs unused.
    """
    start = text.find(_JOB_HEADER)
    while start >= 0:
        end = text.find(_JOB_HEADER, start + 1)
        yield text[start:] if end < 0 else text[start:end]
        start = end


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


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
