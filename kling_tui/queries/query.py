"""A parsed query: which jobs it finds, and when that changes by time alone."""

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.queries.conditions import Condition, expiry_changes

_TIMED_WORDS = ("expiring", "expired")
"""Words that find a job by a state that changes with time."""


class Word(Struct, frozen=True):
    """A word or phrase that the texts of a job contain, or do not."""

    text: str
    """In lower case."""
    negated: bool

    @property
    def depends_on_time(self) -> bool:
        """Whether it may find a job that is not downloaded yet by its expiry."""
        return any(self.text in word for word in _TIMED_WORDS)


class Term(Struct, frozen=True):
    """A field with its values: one of them matches, or none."""

    conditions: tuple[Condition, ...]
    negated: bool

    def matches(self, job: Job, now: datetime) -> bool:
        """Return whether a job matches at a time."""
        for condition in self.conditions:  # a loop is faster than any()
            if condition.matches(job, now):
                return not self.negated
        return self.negated


def search_text(job: Job) -> str:
    """Return the texts of a job in which words are looked for, in lower case."""
    fields = (
        job.id, job.label, job.status, text.status(job), job.kind, job.profile, job.prompt,
        job.problem, job.message, "downloaded" if job.downloaded else "",
    )  # fmt: skip
    return "\n".join(field for field in fields if field).casefold()


class Query:
    """A filter of jobs; the empty one matches all."""

    def __init__(
        self, text: str = "", words: Iterable[Word] = (), terms: Iterable[Term] = ()
    ) -> None:
        self.text = text
        """As it was typed."""
        self._words = [(word.text, word.negated, word.depends_on_time) for word in words]
        self._terms = tuple(terms)
        conditions = [condition for term in self._terms for condition in term.conditions]
        changes = [condition.changes for condition in conditions if condition.changes]
        if any(depends_on_time for _, _, depends_on_time in self._words):
            changes.append(expiry_changes)
        self._changes = tuple(changes)

    def __bool__(self) -> bool:
        return bool(self._words or self._terms)

    @property
    def depends_on_time(self) -> bool:
        """Whether a job may start or stop matching by time alone."""
        return bool(self._changes)

    def matches(
        self, job: Job, now: datetime, search_text: Callable[[Job], str] = search_text
    ) -> bool:
        """Return whether a job matches at a time; `search_text` may be a faster one."""
        for term in self._terms:
            if not term.matches(job, now):
                return False
        if not self._words:
            return True
        found_in = search_text(job)
        for word, negated, timed in self._words:
            found = word in found_in or (timed and word in _expiry_word(job, now))
            if found is negated:
                return False
        return True

    def next_change(self, job: Job, now: datetime) -> datetime | None:
        """Return the next moment at which the result for a job may change by time alone."""
        moments = (moment for changes in self._changes for moment in changes(job, now))
        return min((moment for moment in moments if moment > now), default=None)


class SearchTexts:
    """The search texts of many jobs, each made once while the job does not change."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Job, str]] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def __call__(self, job: Job) -> str:
        """Return the search text of a job."""
        known, text = self._texts.get(job.id, (None, ""))
        if known is not job:
            text = search_text(job)
            self._texts[job.id] = job, text
        return text


def _expiry_word(job: Job, now: datetime) -> str:
    if job.expires_soon(now):
        return "expiring"
    return "expired" if job.is_expired(now) else ""
