"""The file that says of what the user was notified, so that all processes notify once.

It is beside the job file and is read and written under the lock of that. The end of a job is found
in the job file, where it was saved with the job: what is in neither of the two files of this record
is still to be announced, whichever process found it, and also after a restart.

Messages are pushed at least once. A batch is written to the record before it is sent, and crossed
out afterwards: a process that ends in between leaves it to another one, which sends it again, with
the same key. Commands are run at most once: they are crossed out before they run.

Of budgets, the file has only what is to be pushed; `storage.alerts` knows what was said.
"""

import math
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from kling_tui.gateways.errors import MAX_RETRY_AFTER
from kling_tui.notifications.budgets import BudgetAlert, claim_alert
from kling_tui.notifications.ends import MAX_AGE, not_after
from kling_tui.storage.atomic import atomic_write, read_with_version
from kling_tui.storage.locks import LockedError, locked
from kling_tui.storage.toml_format import StoreError

MAX_BATCH = 500
"""Jobs of one message: after a night without messages, a phone does not ring for an hour."""
CLAIM_SECONDS = 30.0
"""Seconds after which a batch that a process began to send may be sent by another one."""
_KEPT = 500
"""Ends that are kept at least, however old: the clock may be wrong for a while."""
_LOOK_AGAIN = 2.0
"""Seconds until a process looks again whether another one has sent a batch."""
_T = TypeVar("_T")
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class BudgetNews(Struct, frozen=True):
    """A budget that has reached a threshold."""

    text: str
    """One line."""
    at: _Time


class Batch(Struct, frozen=True):
    """What one message announces: the ends of jobs, or budgets."""

    key: str
    """The same at each attempt, so that a service can drop a message that it has already."""
    found: dict[str, _Time]
    """When the end of each job was found, by job id; oldest first."""
    owner: str = ""
    """The process that sends it now; "" while it waits for the next attempt."""
    claimed_at: datetime | None = None
    """Since when."""
    retry_at: datetime | None = None
    """When the next attempt is due; None: now."""
    attempts: int = 0
    budgets: tuple[BudgetNews, ...] = ()

    @property
    def newest(self) -> datetime:
        """When the last of the events happened."""
        return max((*self.found.values(), *(news.at for news in self.budgets)))


class Turn(Struct, frozen=True):
    """What a process is to do about the ends that it knows."""

    batch: Batch | None = None
    """What it sends now."""
    settled: frozenset[str] = frozenset()
    """The ids of those that need no message any more."""
    given_up: Batch | None = None
    """What could not be pushed for `MAX_AGE`."""
    wait: float = math.inf
    """Seconds until it should ask again; inf if nothing is left to be announced."""


class _Content(Struct, frozen=True):
    since: _Time
    """Ends that were found before are not pushed: push was not configured then."""
    pushed: dict[str, _Time] = field(default_factory=dict)
    """When the ends were found that were pushed, by job id."""
    batch: Batch | None = None
    """What is being sent, or waits for another attempt; until it is sent, all others wait."""
    commands: dict[str, _Time] = field(default_factory=dict)
    """When the ends were found for which the notify command was run, by job id."""
    budgets: tuple[BudgetNews, ...] = ()
    """What is still to be pushed."""


class NotificationRecord:
    """The record of a job file. Its methods read and write the file; they raise LockedError.

    Where it cannot be written, each process keeps a record of its own, and notifies of all ends.
    """

    def __init__(self, jobs: Path, lock_timeout: float = 5.0) -> None:
        """`lock_timeout` is how many seconds to wait for other processes that hold the lock."""
        self._jobs = jobs
        self._lock_timeout = lock_timeout
        self._path = jobs.with_name(f"{jobs.name}.notified")
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._own: _Content | None = None
        """The content, where the file cannot be used."""

    def begin(self, now: datetime) -> bool:
        """Note that ends are pushed from now on, if that was not noted before.

        Returns whether there are budgets that a process had to push which has ended.
        """

        def change(content: _Content) -> tuple[_Content, bool]:
            return content, bool(content.budgets or (content.batch and content.batch.budgets))

        return self._update(now, change)

    def take(self, found: Mapping[str, datetime], now: datetime, *, at_once: bool = False) -> Turn:
        """Return what to send of some ends; `found` is when they were found, by job id.

        The caller sends the batch and settles it. With `at_once`, the next attempt of a batch is
        due now.
        """

        def change(content: _Content) -> tuple[_Content, Turn]:
            if at_once and content.batch:
                content = replace(content, batch=replace(content.batch, retry_at=None))
            return self._take(content, found, now)

        return self._update(now, change)

    def claim_alert(self, alert: BudgetAlert, channel: str) -> BudgetAlert | None:
        """Return what of an alert no process has given on a channel; see `claim_alert`."""
        return claim_alert(self._jobs, alert, channel)

    def add_budgets(self, news: Sequence[BudgetNews], now: datetime) -> None:
        """Have these pushed, by any process."""
        self._update(
            now, lambda content: (replace(content, budgets=(*content.budgets, *news)), None)
        )

    def settle(self, batch: Batch, now: datetime, delay: float | None = None) -> None:
        """Note that a batch was sent, or in how many seconds it is to be sent again."""

        def change(content: _Content) -> tuple[_Content, None]:
            current = content.batch if content.batch and content.batch.key == batch.key else None
            if delay is None:
                rest = content.batch if current is None else None
                return replace(content, pushed={**content.pushed, **batch.found}, batch=rest), None
            if current is None or current.owner != self._owner:
                return content, None  # another process has taken it over
            retry_at, attempts = now + timedelta(seconds=delay), batch.attempts + 1
            waiting = replace(batch, owner="", retry_at=retry_at, attempts=attempts)
            return replace(content, batch=waiting), None

        self._update(now, change)

    def claim_commands(self, found: Mapping[str, datetime], now: datetime) -> list[str]:
        """Return the ids of the jobs for which no process has run the notify command yet."""

        def change(content: _Content) -> tuple[_Content, list[str]]:
            new = {job_id: at for job_id, at in found.items() if job_id not in content.commands}
            return replace(content, commands={**content.commands, **new}), list(new)

        return self._update(now, change)

    def _take(
        self, content: _Content, found: Mapping[str, datetime], now: datetime
    ) -> tuple[_Content, Turn]:
        due = {
            job_id: at
            for job_id, at in sorted(found.items(), key=lambda item: item[1])
            if at >= content.since and job_id not in content.pushed
        }
        settled = frozenset(found.keys() - due.keys())
        batch = content.batch
        given_up = None
        if batch and batch.newest < now - MAX_AGE:
            given_up, batch = batch, None
        if batch and (wait := self._wait(batch, now)):
            return content, Turn(settled=settled, wait=wait)
        if batch is None and content.budgets:
            some = content.budgets[:MAX_BATCH]
            content = replace(content, budgets=content.budgets[MAX_BATCH:])
            batch = Batch(secrets.token_hex(8), {}, budgets=some)
        elif batch is None and due:
            batch = Batch(secrets.token_hex(8), dict(list(due.items())[:MAX_BATCH]))
        if batch:
            batch = replace(batch, owner=self._owner, claimed_at=now)
        return replace(content, batch=batch), Turn(batch, settled, given_up)

    def _wait(self, batch: Batch, now: datetime) -> float:
        """Return for how many seconds this process must not send a batch.

        Other machines may share the file, whose clocks differ a little. A time that lies too far
        ahead is that of a clock that was wrong.
        """
        if batch.owner and batch.owner != self._owner:
            elapsed = (now - batch.claimed_at).total_seconds() if batch.claimed_at else math.inf
            return _LOOK_AGAIN if abs(elapsed) < CLAIM_SECONDS else 0.0
        wait = (batch.retry_at - now).total_seconds() if batch.retry_at else 0.0
        return wait if 0.0 < wait <= MAX_RETRY_AFTER else 0.0

    def _update(self, now: datetime, change: Callable[[_Content], tuple[_Content, _T]]) -> _T:
        """Change the content of the file, and return what `change` returns beside it."""
        content = self._own
        try:
            with locked(self._jobs, self._lock_timeout):
                in_file = self._read()
                content = _merged(in_file, self._own)
                changed, outcome = _changed(content, now, change)
                if changed != in_file:
                    atomic_write(self._path, msgspec.json.encode(changed), beside=self._jobs)
                self._own = None
        except LockedError:
            raise
        except StoreError:
            self._own, outcome = _changed(content, now, change)
        return outcome

    def _read(self) -> _Content | None:
        """Return the content of the file; None if there is none, or none that makes sense."""
        try:
            content = msgspec.json.decode(read_with_version(self._path)[0], type=_Content)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        batch = content.batch
        is_empty = batch is not None and not (batch.found or batch.budgets)
        return replace(content, batch=None) if is_empty else content


def _changed(
    content: _Content | None, now: datetime, change: Callable[[_Content], tuple[_Content, _T]]
) -> tuple[_Content, _T]:
    """Return what `change` makes of a content, or of a new one, and what it returns beside it."""
    content = content or _Content(since=now)
    changed, outcome = change(replace(content, since=not_after(now, content.since)))
    pushed, commands = _without_old(changed.pushed, now), _without_old(changed.commands, now)
    return replace(changed, pushed=pushed, commands=commands), outcome


def _merged(in_file: _Content | None, own: _Content | None) -> _Content | None:
    """Return the content of the file with what was noted while it could not be used."""
    if in_file is None or own is None:
        return in_file or own
    pushed = {**in_file.pushed, **own.pushed}
    batches = (batch for batch in (in_file.batch, own.batch) if batch)
    batch = next((batch for batch in batches if _is_pending(batch, pushed)), None)
    waiting = own.batch.budgets if own.batch and own.batch is not batch else ()
    return replace(
        in_file,
        pushed=pushed,
        batch=batch,
        commands={**in_file.commands, **own.commands},
        budgets=(*in_file.budgets, *own.budgets, *waiting),
    )


def _is_pending(batch: Batch, pushed: Mapping[str, datetime]) -> bool:
    return bool(batch.budgets) or not batch.found.keys() <= pushed.keys()


def _without_old(ends: dict[str, datetime], now: datetime) -> dict[str, datetime]:
    """Return ends without those that are no news any more, as far as there are too many."""
    oldest = now - 2 * MAX_AGE
    old = [job_id for job_id, at in ends.items() if at < oldest]
    forgotten = set(old[: max(len(ends) - _KEPT, 0)])
    return {job_id: at for job_id, at in ends.items() if job_id not in forgotten}
