"""The tracked jobs while the app or a command is open: polled, saved, and edited by the user."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from random import Random

from kling_tui.gateways import Endpoints, ErrorKind, Gateway, GatewayError
from kling_tui.gateways.job_ids import ParsedId, clean_label, new_job
from kling_tui.jobs import Job, Source
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.endpoint_status import EndpointStatus
from kling_tui.polling.leader import ELECTION_INTERVAL, LeaderLock
from kling_tui.polling.poller import Poller, PollResult
from kling_tui.storage.store import Store
from kling_tui.storage.sync import StoreSync

FOLLOWER_PROBE_INTERVAL = 60.0
"""Seconds between two polls of one source by a follower that checks why the leader's fail."""
Connect = Callable[[], AbstractAsyncContextManager[Mapping[Source, Gateway]]]
"""Opens the gateways, by the source of the jobs that they are for."""


class Session:
    """Runs the poller and the file sync on one store, and applies the user's edits.

    Of all sessions on one job file, one is the leader and polls the gateway. The others, the
    followers, pause their polls except those that the user forces, and read results from the file.

    `on_poll` is called with a job before a poll and the result, whichever session polled it;
    `on_external_change` when another process changed jobs or `problem` or the leader changed.
    """

    def __init__(
        self,
        store: Store,
        *,
        endpoints: Endpoints,
        now: Callable[[], datetime],
        on_poll: Callable[[Job, PollResult], None],
        on_external_change: Callable[[], None],
        before_load: Callable[[], None] = lambda: None,
        after_load: Callable[[], None] = lambda: None,
    ) -> None:
        self.next_at: dict[str, datetime | None] = {}
        """When each job is polled next, by its id."""
        self.paused = False
        self.is_leader = False
        """Whether this session polls the gateway."""
        self._store = store
        self.endpoints = endpoints
        self.now = now
        self._on_poll = on_poll
        self._on_external_change = on_external_change
        self._sync = StoreSync(
            store, self._handle_external_change, before_load=before_load, after_load=after_load
        )
        self._leader_lock = LeaderLock(store.path)
        self._last_seen = dict(store.jobs)
        self._next_probe_at: dict[Source, float] = {}
        self._limiters: dict[Source, EndpointLimiter] = {}
        self._poller: Poller | None = None
        self._removed: list[list[Job]] = []

    @property
    def polling(self) -> bool:
        """Whether the gateways are connected."""
        return self._poller is not None

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

    @property
    def can_undo(self) -> bool:
        """Whether there is a removal to undo."""
        return bool(self._removed)

    async def run_sync(self) -> None:
        """Keep the store and its file in sync until cancelled."""
        await self._sync.run()

    async def save(self) -> None:
        """Save now; if that fails, `problem` says why."""
        await self._sync.sync(save=True)

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
            self._poller = Poller(self._store, gateways, self._limiters, self._handle_poll)
            try:
                self._update_leadership()
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._leadership_loop())
                    await self._poller.run()
            finally:
                self._leader_lock.release()

    async def _leadership_loop(self) -> None:
        for job in list(self._store.jobs.values()):
            self._probe_as_follower(job)
        while True:
            await asyncio.sleep(ELECTION_INTERVAL)
            self._update_leadership()

    def _update_leadership(self) -> None:
        """Become the leader if no other process is, unless the user has paused polling."""
        if self._poller is None:
            return
        if self.paused:
            self._leader_lock.release()
        was_leader = self.is_leader
        self.is_leader = not self.paused and self._leader_lock.try_acquire()
        for limiter in self._limiters.values():
            limiter.pause(paused=not self.is_leader)
        if was_leader != self.is_leader:
            self.next_at.clear()
            self._on_external_change()

    def release_leadership(self) -> None:
        """Let another process become the leader, because this one is about to be suspended."""
        self._leader_lock.release()

    def _handle_poll(self, before: Job, result: PollResult) -> None:
        """Note and report a poll of this session; called by the poller."""
        self._last_seen[result.job.id] = result.job
        self.next_at[result.job.id] = result.next_at
        if result.job.differs_from(before):
            self._sync.save_soon()
        self._on_poll(before, result)

    def _handle_external_change(self) -> None:
        """Report the polls of other sessions like those of this one; called by the file sync."""
        last_seen, self._last_seen = self._last_seen, dict(self._store.jobs)
        for job_id in self.next_at.keys() - self._last_seen.keys():
            del self.next_at[job_id]
        if self._poller:
            self._poller.sync_with_store()
        for job in self._last_seen.values():
            before = last_seen.get(job.id)
            if before is not None and job is not before and job != before:
                self._on_poll(before, PollResult(job, self.next_at.get(job.id)))
                self._probe_as_follower(job)
        self._on_external_change()

    def _probe_as_follower(self, job: Job) -> None:
        """Poll a job that the leader failed to poll: its key or its network may be the cause."""
        if self.is_leader or job.ended or not job.problem or not self._poller:
            return
        now = loop_time()
        if now >= self._next_probe_at.get(job.source, now):
            self._next_probe_at[job.source] = now + FOLLOWER_PROBE_INTERVAL
            self._poller.refresh(job)

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
        self._put(jobs)
        return jobs

    def _put(self, jobs: list[Job]) -> None:
        self._store.put(*jobs)
        self._last_seen.update((job.id, job) for job in jobs)
        self._sync.save_soon()
        if self._poller:
            self._poller.sync_with_store()

    def relabel(self, jobs: Iterable[Job], label: str) -> None:
        """Give all jobs the same new label."""
        self._put([replace(job, label=clean_label(label)) for job in jobs])

    def remove(self, jobs: Iterable[Job]) -> None:
        """Stop tracking jobs; one `undo` brings all of them back."""
        self._removed.append(removed := self._store.remove(*(job.id for job in jobs)))
        self._sync.save_soon()
        for job in removed:
            self.next_at.pop(job.id, None)
            if self._poller:
                self._poller.unwatch(job.id)

    def undo(self) -> list[Job]:
        """Track the jobs of the last removal again, and return them."""
        jobs = self._removed.pop() if self._removed else []
        self._put(jobs)
        return jobs

    def refresh(self, jobs: Collection[Job]) -> datetime | None:
        """Poll jobs at once; returns until when that waits, if a source is rate limited (429)."""
        if self._poller is None:
            return None
        for job in jobs:
            self._poller.refresh(job)
        sources = self._limiters.keys() & {job.source for job in jobs}
        waits = (self._limiters[source].rate_limited_until for source in sources)
        return max((until for until in waits if until), default=None)

    def pause(self, *, paused: bool) -> None:
        """Stop all polls except those that the user forces, or resume them."""
        self.paused = paused
        self._update_leadership()
