"""The tracked jobs while a program is open: polled, kept in their file, changed by a person."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from random import Random

from kling_tui.gateways import Endpoints, Fault, Gateway, GatewayError
from kling_tui.gateways.job_ids import Found, label_of, new_job
from kling_tui.jobs import Job, Source
from kling_tui.polling.leader import LOOK_EVERY, Asker
from kling_tui.polling.poller import Polled, Poller
from kling_tui.polling.rate_limiter import Cadence, Condition, Pace
from kling_tui.storage.store import Store
from kling_tui.storage.sync import Keeper

LOOK_AGAIN = 60.0
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
        heard: Callable[[Job, Polled], None],
        changed: Callable[[], None],
    ) -> None:
        self.next_at: dict[str, datetime | None] = {}
        """When each job is polled next."""
        self.paused = False
        self.asks = False
        """Whether it is this session that asks the gateway."""
        self._store = store
        self.endpoints = endpoints
        self.now = now
        self._heard_outside = heard
        self._changed_outside = changed
        self._keeper = Keeper(store, self._changed)
        self._asker = Asker(store.path)
        self._told = dict(store.jobs)
        self._looked_at: dict[Source, float] = {}
        self._paces: dict[Source, Pace] = {}
        self._poller: Poller | None = None
        self._removed: list[list[Job]] = []

    @property
    def polling(self) -> bool:
        """Whether the gateways are connected."""
        return self._poller is not None

    @property
    def problem(self) -> str | None:
        """Why the jobs could not be saved or read the last time."""
        return self._keeper.problem

    @property
    def conditions(self) -> dict[Source, Condition]:
        """How each source of jobs answers."""
        return {source: pace.condition for source, pace in self._paces.items()}

    @property
    def can_undo(self) -> bool:
        """Whether any removal can be taken back."""
        return bool(self._removed)

    async def keep(self) -> None:
        """Keep the store and its file alike until cancelled."""
        await self._keeper.run()

    async def save(self) -> None:
        """Save now; what goes wrong is in `problem` afterwards."""
        await self._keeper.sync(save=True)

    async def poll(
        self, connect: Connect, cadence: Cadence, concurrency: int, random: Random
    ) -> None:
        """Connect, and poll what is live until cancelled.

        There are `concurrency` polls at once at most for each profile.
        """
        async with connect() as gateways:
            slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(concurrency))
            self._paces = {
                source: Pace(cadence, slots[source.profile], self.now, random)
                for source in gateways
            }
            self._poller = Poller(self._store, gateways, self._paces, self._heard)
            try:
                self._settle()
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._take_turns())
                    await self._poller.run()
            finally:
                self._asker.leave()

    async def _take_turns(self) -> None:
        for job in list(self._store.jobs.values()):
            self._look_into(job)
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self._settle()

    def _settle(self) -> None:
        """Ask if nobody else does, unless a person wants peace."""
        if self._poller is None:
            return
        if self.paused:
            self._asker.leave()
        asked, self.asks = self.asks, not self.paused and self._asker.take()
        for pace in self._paces.values():
            if pace.paused == self.asks:
                pace.pause(paused=not self.asks)
        if asked != self.asks:
            self.next_at.clear()
            self._changed_outside()

    def rest(self) -> None:
        """Let another program ask, because this one is about to be suspended."""
        self._asker.leave()

    def _heard(self, before: Job, polled: Polled) -> None:
        self._told[polled.job.id] = polled.job
        self.next_at[polled.job.id] = polled.next_at
        if polled.job.tells_news(before):
            self._keeper.save_soon()
        self._heard_outside(before, polled)

    def _changed(self) -> None:
        """Take over what others did: their polls are heard of like those of this session."""
        told, self._told = self._told, dict(self._store.jobs)
        for job_id in self.next_at.keys() - self._told.keys():
            del self.next_at[job_id]
        if self._poller:
            self._poller.follow_store()
        for job in self._told.values():
            before = told.get(job.id)
            if before is not None and job is not before and job != before:
                self._heard_outside(before, Polled(job, self.next_at.get(job.id)))
                self._look_into(job)
        self._changed_outside()

    def _look_into(self, job: Job) -> None:
        """Ask for itself why the program that asks fails: its key or its line may be the fault."""
        if self.asks or job.ended or not job.problem or not self._poller:
            return
        now = asyncio.get_running_loop().time()
        if now >= self._looked_at.get(job.source, now):
            self._looked_at[job.source] = now + LOOK_AGAIN
            self._poller.refresh(job)

    async def ask(self, job: Job) -> Job:
        """Poll a job once, though it has ended, and return it; raises GatewayError."""
        if self._poller is None:
            raise GatewayError(Fault.AWAY, "the gateway is not connected yet")
        return await self._poller.ask(job)

    def save_soon(self) -> None:
        """Have what changed in the store saved at once."""
        self._told = dict(self._store.jobs)
        self._keeper.save_soon()

    def track(self, found: Iterable[Found], label: str, profile: str) -> list[Job]:
        """Track new jobs, at today's price, all with the same label and profile; returns them."""
        jobs = [new_job(each, label, self.endpoints, self.now(), profile) for each in found]
        self._put(jobs)
        return jobs

    def _put(self, jobs: list[Job]) -> None:
        self._store.put(*jobs)
        self._told.update((job.id, job) for job in jobs)
        self._keeper.save_soon()
        if self._poller:
            self._poller.follow_store()

    def relabel(self, jobs: Iterable[Job], label: str) -> None:
        """Give jobs another label, the same for all."""
        self._put([replace(job, label=label_of(label)) for job in jobs])

    def remove(self, jobs: Iterable[Job]) -> None:
        """Stop tracking jobs, which one undo brings back together."""
        removed = self._store.remove(*(job.id for job in jobs))
        self._removed.append(removed)
        self._keeper.save_soon()
        for job in removed:
            self.next_at.pop(job.id, None)
            if self._poller:
                self._poller.forget(job.id)

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
        paces = (pace for source, pace in self._paces.items() if source in sources)
        waits = (pace.condition.until for pace in paces if pace.at_peace)
        return max((until for until in waits if until), default=None)

    def pause(self, *, paused: bool) -> None:
        """Hold back all polls but those that a person asks for, or let them go on."""
        self.paused = paused
        self._settle()
