"""The file that says of what the user was notified, so that all processes notify once.

It is beside the job file and is read and written under the lock of that. The end of a job is found
in the job file, where it was saved with the job: what is in neither of the two files of this record
is still to be announced, whichever process found it, and also after a restart.

Of budgets, the file has only what is to be pushed; `storage.alerts` knows what was said.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from kling_tui.notifications.budgets import BudgetAlert, claim_alert
from kling_tui.notifications.ends import not_after
from kling_tui.notifications.outbox import Batch, BudgetNews, Outbox, Turn
from kling_tui.storage.atomic import atomic_write, read_with_version
from kling_tui.storage.locks import LockedError, locked
from kling_tui.storage.toml_format import StoreError

_T = TypeVar("_T")


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
        self._own: Outbox | None = None
        """The content, where the file cannot be used."""

    def begin(self, now: datetime) -> bool:
        """Note that ends are pushed from now on, if that was not noted before.

        Returns whether there are budgets that a process had to push which has ended.
        """
        return self._update(now, lambda outbox: (outbox, outbox.has_budgets))

    def take(self, found: Mapping[str, datetime], now: datetime, *, at_once: bool = False) -> Turn:
        """Return what to send of some ends; `found` is when they were found, by job id.

        The caller sends the batch and settles it. With `at_once`, the next attempt of a batch is
        due now.
        """

        def change(outbox: Outbox) -> tuple[Outbox, Turn]:
            return (outbox.retry_now() if at_once else outbox).take(found, self._owner, now)

        return self._update(now, change)

    def claim_alert(self, alert: BudgetAlert, channel: str) -> BudgetAlert | None:
        """Return what of an alert no process has given on a channel; see `claim_alert`."""
        return claim_alert(self._jobs, alert, channel)

    def add_budgets(self, news: Sequence[BudgetNews], now: datetime) -> None:
        """Have these pushed, by any process."""
        self._update(now, lambda outbox: (outbox.add_budgets(news), None))

    def settle(self, batch: Batch, now: datetime, delay: float | None = None) -> None:
        """Note that a batch was sent, or in how many seconds it is to be sent again."""

        def change(outbox: Outbox) -> tuple[Outbox, None]:
            if delay is None:
                return outbox.sent(batch), None
            return outbox.failed(batch, self._owner, now + timedelta(seconds=delay)), None

        self._update(now, change)

    def claim_commands(self, found: Mapping[str, datetime], now: datetime) -> list[str]:
        """Return the ids of the jobs for which no process has run the notify command yet."""
        return self._update(now, lambda outbox: outbox.claim_commands(found))

    def _update(self, now: datetime, change: Callable[[Outbox], tuple[Outbox, _T]]) -> _T:
        """Change the content of the file, and return what `change` returns beside it."""
        content = self._own
        try:
            with locked(self._jobs, self._lock_timeout):
                in_file = self._read()
                content = in_file or self._own
                if in_file and self._own:
                    content = in_file.merged_with(self._own)
                changed, outcome = _changed(content, now, change)
                if changed != in_file:
                    atomic_write(self._path, msgspec.json.encode(changed), beside=self._jobs)
                self._own = None
        except LockedError:
            raise
        except StoreError:
            self._own, outcome = _changed(content, now, change)
        return outcome

    def _read(self) -> Outbox | None:
        """Return the content of the file; None if there is none, or none that makes sense."""
        try:
            outbox = msgspec.json.decode(read_with_version(self._path)[0], type=Outbox)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        batch = outbox.batch
        is_empty = batch is not None and not (batch.found or batch.budgets)
        return replace(outbox, batch=None) if is_empty else outbox


def _changed(
    content: Outbox | None, now: datetime, change: Callable[[Outbox], tuple[Outbox, _T]]
) -> tuple[Outbox, _T]:
    """Return what `change` makes of a content, or of a new one, and what it returns beside it."""
    outbox = content or Outbox(since=now)
    changed, outcome = change(replace(outbox, since=not_after(now, outbox.since)))
    return changed.without_old(now), outcome
