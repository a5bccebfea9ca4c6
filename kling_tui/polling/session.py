"""The tracked jobs while a program is open: polled, kept in their file, changed by a person."""

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
from kling_tui.polling.leader import ELECTION_INTERVAL, LeaderLock
from kling_tui.polling.poller import Poller, PollResult
from kling_tui.polling.rate_limiter import EndpointLimiter, EndpointStatus, PollSchedule
from kling_tui.storage.store import Store
from kling_tui.storage.sync import StoreSync

FOLLOWER_PROBE_INTERVAL = 60.0
"""Seconds after which a program that does not ask may again find out why the other one fails."""
Connect = Callable[[], AbstractAsyncContextManager[Mapping[Source, Gateway]]]
"""Opens the gateways, by what they are the source of."""


class Session:
    """Runs the poller and the keeper on one store, and does what a person asks for.

    `heard` is called with a job as it was and the poll that it had, here or in another program;
    `changed` when others changed jobs, when it turned out whether they can be saved, and when the
    asking moved.

    Of all sessions on one job file, one asks the gateway. The others hold their polls back, but
    for those that a person asks for, and learn from the file.
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
        """When each job is polled next."""
        self.paused = False
        self.is_leader = False
        """Whether it is this session that asks the gateway."""
        self._store = store
        self.endpoints = endpoints
        self.now = now
        self._notify_poll = on_poll
        self._notify_external_change = on_external_change
        self._sync = StoreSync(
            store, self._on_external_change, before_load=before_load, after_load=after_load
        )
        self._leader_lock = LeaderLock(store.path)
        self._last_seen = dict(store.jobs)
        self._probed_at: dict[Source, float] = {}
        self._limiters: dict[Source, EndpointLimiter] = {}
        self._poller: Poller | None = None
        self._removed: list[list[Job]] = []

    @property
    def polling(self) -> bool:
        """Whether the gateways are connected."""
        return self._poller is not None

    @property
    def problem(self) -> str | None:
        """Why the jobs could not be saved or read the last time."""
        return self._sync.problem

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why jobs may be missing, though all others are read and saved."""
        return self._sync.warnings

    @property
    def endpoint_statuses(self) -> dict[Source, EndpointStatus]:
        """How each source of jobs answers."""
        return {source: limiter.status for source, limiter in self._limiters.items()}

    @property
    def can_undo(self) -> bool:
        """Whether any removal can be taken back."""
        return bool(self._removed)

    async def run_sync(self) -> None:
        """Keep the store and its file alike until cancelled."""
        await self._sync.run()

    async def save(self) -> None:
        """Save now; what goes wrong is in `problem` afterwards."""
        await self._sync.sync(save=True)

    async def poll(
        self, connect: Connect, schedule: PollSchedule, concurrency: int, random: Random
    ) -> None:
        """Connect, and poll what is live until cancelled.

        There are `concurrency` polls at once at most for each profile.
        """
        async with connect() as gateways:
            slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(concurrency))
            self._limiters = {
                source: EndpointLimiter(schedule, slots[source.profile], self.now, random)
                for source in gateways
            }
            self._poller = Poller(self._store, gateways, self._limiters, self._on_poll)
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
        """Ask if nobody else does, unless a person wants peace."""
        if self._poller is None:
            return
        if self.paused:
            self._leader_lock.release()
        asked, self.is_leader = self.is_leader, not self.paused and self._leader_lock.try_acquire()
        for limiter in self._limiters.values():
            if limiter.paused == self.is_leader:
                limiter.pause(paused=not self.is_leader)
        if asked != self.is_leader:
            self.next_at.clear()
            self._notify_external_change()

    def release_leadership(self) -> None:
        """Let another program ask, because this one is about to be suspended."""
        self._leader_lock.release()

    def _on_poll(self, before: Job, polled: PollResult) -> None:
        self._last_seen[polled.job.id] = polled.job
        self.next_at[polled.job.id] = polled.next_at
        if polled.job.differs_from(before):
            self._sync.save_soon()
        self._notify_poll(before, polled)

    def _on_external_change(self) -> None:
        """Take over what others did: their polls are heard of like those of this session."""
        told, self._last_seen = self._last_seen, dict(self._store.jobs)
        for job_id in self.next_at.keys() - self._last_seen.keys():
            del self.next_at[job_id]
        if self._poller:
            self._poller.sync_with_store()
        for job in self._last_seen.values():
            before = told.get(job.id)
            if before is not None and job is not before and job != before:
                self._notify_poll(before, PollResult(job, self.next_at.get(job.id)))
                self._probe_as_follower(job)
        self._notify_external_change()

    def _probe_as_follower(self, job: Job) -> None:
        """Ask for itself why the program that asks fails: its key or its line may be the fault."""
        if self.is_leader or job.ended or not job.problem or not self._poller:
            return
        now = asyncio.get_running_loop().time()
        if now >= self._probed_at.get(job.source, now):
            self._probed_at[job.source] = now + FOLLOWER_PROBE_INTERVAL
            self._poller.refresh(job)

    async def poll_once(self, job: Job) -> Job:
        """Poll a job once, though it has ended, and return it; raises GatewayError."""
        if self._poller is None:
            raise GatewayError(ErrorKind.UNREACHABLE, "the gateway is not connected yet")
        return await self._poller.poll_once(job)

    def save_soon(self) -> None:
        """Have what changed in the store saved at once."""
        self._last_seen = dict(self._store.jobs)
        self._sync.save_soon()

    def track(self, parsed_ids: Iterable[ParsedId], label: str, profile: str) -> list[Job]:
        """Track new jobs, at today's price, all with the same label and profile; returns them."""
        jobs = [new_job(each, label, self.endpoints, self.now(), profile) for each in parsed_ids]
        self._put(jobs)
        return jobs

    def _put(self, jobs: list[Job]) -> None:
        self._store.put(*jobs)
        self._last_seen.update((job.id, job) for job in jobs)
        self._sync.save_soon()
        if self._poller:
            self._poller.sync_with_store()

    def relabel(self, jobs: Iterable[Job], label: str) -> None:
        """Give jobs another label, the same for all."""
        self._put([replace(job, label=clean_label(label)) for job in jobs])

    def remove(self, jobs: Iterable[Job]) -> None:
        """Stop tracking jobs, which one undo brings back together."""
        removed = self._store.remove(*(job.id for job in jobs))
        self._removed.append(removed)
        self._sync.save_soon()
        for job in removed:
            self.next_at.pop(job.id, None)
            if self._poller:
                self._poller.unwatch(job.id)

    def undo(self) -> list[Job]:
        """Track again what was removed last; returns it."""
        jobs = self._removed.pop() if self._removed else []
        self._put(jobs)
        return jobs

    def refresh(self, jobs: Collection[Job]) -> datetime | None:
        """Poll jobs at once; returns until when, if one's source has asked to be left alone."""
        for job in jobs:
            if self._poller:
                self._poller.refresh(job)
        sources = {job.source for job in jobs}
        limiters = (limiter for source, limiter in self._limiters.items() if source in sources)
        waits = (limiter.status.until for limiter in limiters if limiter.rate_limited)
        return max((until for until in waits if until), default=None)

    def pause(self, *, paused: bool) -> None:
        """Hold back all polls but those that a person asks for, or let them go on."""
        self.paused = paused
        self._update_leadership()
