"""What is still to be announced, what was, and which process announces it: values without I/O.

Messages are pushed at least once. A batch is noted before it is sent, and crossed out afterwards: a
process that ends in between leaves it to another one, which sends it again, with the same key.
Commands are run at most once: they are crossed out before they run.
"""

import math
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from kling_tui.gateways.errors import MAX_RETRY_AFTER
from kling_tui.notifications.ends import MAX_AGE

MAX_BATCH = 500
"""Jobs of one message: after a night without messages, a phone does not ring for an hour."""
CLAIM_SECONDS = 30.0
"""Seconds after which a batch that a process began to send may be sent by another one."""
_KEPT = 500
"""Ends that are kept at least, however old: the clock may be wrong for a while."""
_LOOK_AGAIN = 2.0
"""Seconds until a process looks again whether another one has sent a batch."""
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

    def seconds_until_due(self, owner: str, now: datetime) -> float:
        """Return for how many seconds the process `owner` must not send it.

        Other machines may share the file, whose clocks differ a little. A time that lies too far
        ahead is that of a clock that was wrong.
        """
        if self.owner and self.owner != owner:
            elapsed = (now - self.claimed_at).total_seconds() if self.claimed_at else math.inf
            return _LOOK_AGAIN if abs(elapsed) < CLAIM_SECONDS else 0.0
        wait = (self.retry_at - now).total_seconds() if self.retry_at else 0.0
        return wait if 0.0 < wait <= MAX_RETRY_AFTER else 0.0


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


class Outbox(Struct, frozen=True):
    """The content of the record; what processes do to it returns another one."""

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

    @property
    def has_budgets(self) -> bool:
        """Whether there are budgets to be pushed."""
        return bool(self.budgets or (self.batch and self.batch.budgets))

    def take(
        self, found: Mapping[str, datetime], owner: str, now: datetime
    ) -> tuple["Outbox", Turn]:
        """Have the process `owner` send what is due of some ends and of the budgets."""
        due = {
            job_id: at
            for job_id, at in sorted(found.items(), key=lambda item: item[1])
            if at >= self.since and job_id not in self.pushed
        }
        settled = frozenset(found.keys() - due.keys())
        batch, budgets, given_up = self.batch, self.budgets, None
        if batch and batch.newest < now - MAX_AGE:
            given_up, batch = batch, None
        if batch and (wait := batch.seconds_until_due(owner, now)):
            return self, Turn(settled=settled, wait=wait)
        if batch is None and budgets:
            some, budgets = budgets[:MAX_BATCH], budgets[MAX_BATCH:]
            batch = Batch(secrets.token_hex(8), {}, budgets=some)
        elif batch is None and due:
            batch = Batch(secrets.token_hex(8), dict(list(due.items())[:MAX_BATCH]))
        if batch:
            batch = replace(batch, owner=owner, claimed_at=now)
        return replace(self, batch=batch, budgets=budgets), Turn(batch, settled, given_up)

    def retry_now(self) -> "Outbox":
        """Make the next attempt of the batch due now."""
        return replace(self, batch=self.batch and replace(self.batch, retry_at=None))

    def sent(self, batch: Batch) -> "Outbox":
        """Note that a batch was sent."""
        rest = None if self._has(batch) else self.batch
        return replace(self, pushed={**self.pushed, **batch.found}, batch=rest)

    def failed(self, batch: Batch, owner: str, retry_at: datetime) -> "Outbox":
        """Note when a batch is to be sent again, unless another process has taken it over."""
        if not self._has(batch) or not self.batch or self.batch.owner != owner:
            return self
        waiting = replace(batch, owner="", retry_at=retry_at, attempts=batch.attempts + 1)
        return replace(self, batch=waiting)

    def _has(self, batch: Batch) -> bool:
        return self.batch is not None and self.batch.key == batch.key

    def add_budgets(self, news: Sequence[BudgetNews]) -> "Outbox":
        """Have these pushed, by any process."""
        return replace(self, budgets=(*self.budgets, *news))

    def claim_commands(self, found: Mapping[str, datetime]) -> tuple["Outbox", list[str]]:
        """Return the ids of the jobs for which no process has run the notify command yet."""
        new = {job_id: at for job_id, at in found.items() if job_id not in self.commands}
        return replace(self, commands={**self.commands, **new}), list(new)

    def merged_with(self, other: "Outbox") -> "Outbox":
        """Return what is in one of the two; `other` was noted while this one could not be."""
        pushed = {**self.pushed, **other.pushed}
        batches = (batch for batch in (self.batch, other.batch) if batch)
        batch = next((batch for batch in batches if _is_pending(batch, pushed)), None)
        waiting = other.batch.budgets if other.batch and other.batch is not batch else ()
        return replace(
            self,
            pushed=pushed,
            batch=batch,
            commands={**self.commands, **other.commands},
            budgets=(*self.budgets, *other.budgets, *waiting),
        )

    def without_old(self, now: datetime) -> "Outbox":
        """Forget ends that are no news any more, as far as there are too many."""
        return replace(
            self,
            pushed=_without_old(self.pushed, now),
            commands=_without_old(self.commands, now),
        )


def _is_pending(batch: Batch, pushed: Mapping[str, datetime]) -> bool:
    return bool(batch.budgets) or not batch.found.keys() <= pushed.keys()


def _without_old(ends: dict[str, datetime], now: datetime) -> dict[str, datetime]:
    oldest = now - 2 * MAX_AGE
    old = [job_id for job_id, at in ends.items() if at < oldest]
    forgotten = set(old[: max(len(ends) - _KEPT, 0)])
    return {job_id: at for job_id, at in ends.items() if job_id not in forgotten}
