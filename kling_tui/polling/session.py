"""The tracked jobs while the app or a command is open: polled, saved, and edited by the user."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from random import Random

from msgspec.structs import replace

from kling_tui.gateways import Endpoints, ErrorKind, Gateway, GatewayError
from kling_tui.gateways.job_ids import ParsedId, clean_label, new_job
from kling_tui.jobs import Job, Review, Source
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.endpoint_status import OUTAGES, EndpointStatus
from kling_tui.polling.incidents import IncidentLog
from kling_tui.polling.leadership import Leadership
from kling_tui.polling.leases import LEASE_SECONDS, LeaseFile
from kling_tui.polling.poller import Poller, PollResult
from kling_tui.polling.wakeup import Wakeup
from kling_tui.storage.edits import EditHistory, Reversal
from kling_tui.storage.incidents import IncidentFile
from kling_tui.storage.store import Store
from kling_tui.storage.sync import StoreSync

Connect = Callable[[], AbstractAsyncContextManager[Mapping[Source, Gateway]]]
"""Opens the gateways, by the source of the jobs that they are for."""


class Session:
    """Runs the poller and the file sync on one store, and applies the user's edits.

    Of all sessions on one job file, one polls each source of jobs; see `Leadership`. The others
    poll its jobs only where the user forces that, and read the results from the file.

    `on_poll` is called with a job before a poll and the result, whichever session polled it;
    `on_external_change` when another process changed jobs, started or stopped polling a source,
    and when `problem` changed; `other_changed` and `on_check` are those of `StoreSync`.
    """

    def __init__(
        self,
        store: Store,
        *,
        endpoints: Endpoints,
        now: Callable[[], datetime],
        on_poll: Callable[[Job, PollResult], None],
        on_external_change: Callable[[], None],
        other_changed: Callable[[], bool] = lambda: False,
        on_check: Callable[[bool], None] = lambda _: None,
        before_load: Callable[[], None] = lambda: None,
        after_load: Callable[[], None] = lambda: None,
    ) -> None:
        self.next_at: dict[str, datetime | None] = {}
        """When each job is polled next, by its id."""
        self.paused = False
        self.edits = EditHistory(store)
        """What the user changed, to be undone."""
        self._store = store
        self.endpoints = endpoints
        self.now = now
        self._on_poll = on_poll
        self._on_external_change = on_external_change
        self._sync = StoreSync(
            store,
            self._handle_external_change,
            other_changed=other_changed,
            on_check=on_check,
            before_load=before_load,
            after_load=after_load,
        )
        self.incidents = IncidentLog(IncidentFile(store.path))
        """When polls failed."""
        self._leases = LeaseFile(store.path)
        self._last_seen = dict(store.jobs)
        self._limiters: dict[Source, EndpointLimiter] = {}
        self._poller: Poller | None = None
        self._leadership = Leadership(self._leases, self._limiters)
        self._update_due = Wakeup()
        self._jobs_seen_at = -math.inf
        """When there last was an unfinished job, by the event loop's clock."""

    @property
    def polling(self) -> bool:
        """Whether the gateways are connected."""
        return self._poller is not None

    @property
    def leading(self) -> set[Source]:
        """The sources of jobs that this session polls."""
        return self._leadership.leading

    @property
    def elsewhere(self) -> set[Source]:
        """The sources of jobs that other processes poll."""
        return self._leadership.elsewhere

    @property
    def polled_elsewhere(self) -> bool:
        """Whether other processes poll the sources of all unfinished jobs."""
        sources = self._poller.sources if self._poller else set()
        return bool(sources) and sources <= self.elsewhere

    @property
    def problem(self) -> str | None:
        """Why the last attempt to save or read the jobs failed."""
        return self._sync.problem

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why jobs may be missing, though all others are read and saved."""
        return self._sync.warnings

    @property
    def endpoint_statuses(self) -> dict[Source, EndpointStatus]:
        """The status of each source of jobs."""
        return {source: limiter.status for source, limiter in self._limiters.items()}

    async def run_sync(self) -> None:
        """Keep the store and its file in sync, and record incidents, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.incidents.run())
            await self._sync.run()

    async def save(self) -> None:
        """Save now; if that fails, `problem` says why."""
        await self._sync.sync(save=True)
        await self.incidents.save()

    async def poll(
        self, connect: Connect, schedule: PollSchedule, concurrency: int, random: Random
    ) -> None:
        """Connect and poll until cancelled, at most `concurrency` jobs of a profile at once."""
        async with connect() as gateways:
            slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(concurrency))
            self._limiters = {
                source: EndpointLimiter(schedule, slots[source.profile], self.now, random)
                for source in gateways
            }
            unusable = [source for source, gateway in gateways.items() if not gateway.usable]
            self._leadership = Leadership(self._leases, self._limiters, unusable)
            self._poller = Poller(self._store, gateways, self._limiters, self._handle_poll)
            try:
                async with asyncio.TaskGroup() as group:
                    # In this order, in which they start with each kind of task (Textual chooses
                    # eager ones): leases are taken for the jobs that the poller watches.
                    group.create_task(self._poller.run())
                    group.create_task(self._leadership_loop())
            finally:
                self._leadership.suspend()
                self._poller, self._limiters = None, {}
                self.next_at.clear()
                self._leadership = Leadership(self._leases, self._limiters)

    async def _leadership_loop(self) -> None:
        while True:
            self._update_leadership()
            # Without unfinished jobs, the leases were given up, and there is nothing to renew.
            idle = self._is_idle and not self._leadership.leading
            await self._update_due.sleep(math.inf if idle else self._leadership.next_update_in)

    @property
    def _is_idle(self) -> bool:
        """Whether there is no unfinished job.

        Not at once after the last one has ended: another process may not have read that yet, and
        would poll the job again if it got the lease.
        """
        return loop_time() - self._jobs_seen_at >= LEASE_SECONDS

    def _update_leadership(self) -> None:
        """Start or stop polling sources, as their jobs, their leases and the user allow."""
        if self._poller is None:
            return
        if self._poller.sources:
            self._jobs_seen_at = loop_time()
        elsewhere = self._leadership.elsewhere
        idle = self.paused or self._is_idle
        self._poller.poll_soon(self._leadership.update(idle=idle))
        if self._leadership.elsewhere != elsewhere:
            for job in self._store.jobs.values():
                if job.source in self._leadership.elsewhere:
                    self.next_at.pop(job.id, None)
            self._on_external_change()

    def release_leadership(self) -> None:
        """Let other processes poll, because this one is about to be suspended."""
        self._leadership.suspend()

    def _handle_poll(self, before: Job, result: PollResult) -> None:
        """Note and report a poll of this session; called by the poller."""
        self._last_seen[result.job.id] = result.job
        self.next_at[result.job.id] = result.next_at
        health = self._limiters[result.job.source].status.health
        self.incidents.record(result, self.now(), outage=health in OUTAGES)
        if result.job.differs_from(before):
            self._sync.save_soon()
        self._on_poll(before, result)
        if self._limiters[result.job.source].blocked_for:
            self._update_due.wake()  # others must know of a rate limit, or may poll instead

    def _handle_external_change(self) -> None:
        """Report the polls of other sessions like those of this one; called by the file sync."""
        self._follow_store()
        last_seen, self._last_seen = self._last_seen, dict(self._store.jobs)
        for job in self._last_seen.values():
            before = last_seen.get(job.id)
            if before is not None and job is not before and job != before:
                self._on_poll(before, PollResult(job, self.next_at.get(job.id)))
        self._on_external_change()

    async def poll_once(self, job: Job) -> Job:
        """Poll a job once, even if it has ended, and return it; raises GatewayError."""
        if self._poller is None:
            raise GatewayError(ErrorKind.UNREACHABLE, "the gateway is not connected yet")
        return await self._poller.poll_once(job)

    def save_soon(self) -> None:
        """Save changes that the caller has made in the store."""
        self._last_seen = dict(self._store.jobs)
        self._sync.save_soon()

    def track(self, parsed_ids: Iterable[ParsedId], label: str, profile: str) -> list[Job]:
        """Track new jobs at today's price, and return them."""
        jobs = [new_job(found, label, self.endpoints, self.now(), profile) for found in parsed_ids]
        self.edits.add(jobs)
        self._apply_edits()
        return jobs

    def mark_seen(self, job_ids: Iterable[str]) -> None:
        """Note that the user has seen the ends of jobs; saved with the next changes."""
        seen = [replace(self._store.jobs[job_id], unread=False) for job_id in job_ids]
        self._store.put(*seen)
        self._last_seen.update((job.id, job) for job in seen)

    def clear_unread(self, jobs: Iterable[Job]) -> None:
        """Mark jobs as seen as the user wishes; unlike `mark_seen`, this can be undone."""
        self.edits.mark_seen(jobs)
        self._apply_edits()

    def relabel(self, jobs: Iterable[Job], label: str) -> None:
        """Give all jobs the same new label."""
        self.edits.relabel(jobs, clean_label(label))
        self._apply_edits()

    def rename_batch(self, jobs: Iterable[Job], old_name: str, name: str) -> None:
        """Give the batch of all jobs another name; with "", they are taken out of their batch."""
        labels = [(job, clean_label(job.label_in_batch(name))) for job in jobs]
        self.edits.rename_batch(labels, old_name, name)
        self._apply_edits()

    def review(self, jobs: Iterable[Job], review: Review | None) -> None:
        """Keep or reject the results of jobs; None takes that back."""
        self.edits.review(jobs, review)
        self._apply_edits()

    def remove(self, jobs: Iterable[Job]) -> None:
        """Stop tracking jobs."""
        self.edits.remove(jobs)
        self._apply_edits()

    async def undo(self) -> Reversal | None:
        """Revert the user's last edit; None if there is none. See `EditHistory`."""
        return await self._revert(self.edits.undo)

    async def redo(self) -> Reversal | None:
        """Revert the last undo; None if there is none."""
        return await self._revert(self.edits.redo)

    async def _revert(self, revert: Callable[[], Reversal | None]) -> Reversal | None:
        await self._sync.sync(save=False)  # other processes may have changed the same jobs
        reversal = revert()
        self._apply_edits()
        return reversal

    def _apply_edits(self) -> None:
        """Save what the user edited, and poll what is tracked now."""
        self._follow_store()
        self.save_soon()

    def _follow_store(self) -> None:
        """Poll the jobs that are tracked now, each at its source, and no others."""
        for job_id in list(self.next_at):
            job, before = self._store.jobs.get(job_id), self._last_seen.get(job_id)
            if job is None or (before is not None and before.source != job.source):
                del self.next_at[job_id]
        if self._poller:
            self._poller.sync_with_store()
            self._update_due.wake()  # the first unfinished job needs a lease

    def refresh(self, jobs: Collection[Job]) -> datetime | None:
        """Poll jobs at once; returns until when that waits, if a source is rate limited (429)."""
        if self._poller is None:
            return None
        self._update_leadership()  # another process may have been rate limited just now
        for job in jobs:
            self._poller.refresh(job)
        sources = self._limiters.keys() & {job.source for job in jobs}
        waits = (self._limiters[source].rate_limited_until for source in sources)
        return max((until for until in waits if until), default=None)

    def pause(self, *, paused: bool) -> None:
        """Stop all polls except those that the user forces, or resume them."""
        self.paused = paused
        self._update_leadership()
