"""Records incidents: periods in which polls failed, for the timeline, also after a restart."""

import asyncio
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Source
from kling_tui.polling.poller import PollResult
from kling_tui.storage.incidents import MAX_JOBS, MAX_PROBLEM, Incident, IncidentFile, merge
from kling_tui.storage.threads import run_in_thread_uncancelled

WRITE_INTERVAL = 60.0
"""Seconds at least between two writes of the file, however many polls fail."""
JOIN_WITHIN = timedelta(minutes=2)
"""An incident that comes this soon after another one with the same cause continues it."""
MAX_GAP = timedelta(minutes=30)
"""How long after a failed poll the next one must come to be of the same incident."""
_OUTAGES = (ErrorKind.UNREACHABLE, ErrorKind.UNAUTHORIZED, ErrorKind.NO_CREDIT, ErrorKind.NO_ACCESS)
"""Causes that are not about one job."""
_ALL_JOBS = 3
"""Jobs whose polls failed one after the other, without a reply about another one between them,
after which the cause concerns all jobs of the source."""
_Key = tuple[Source, ErrorKind]


class _Current(Struct):
    """The last incident of a source with one cause."""

    incident: Incident
    failed_at: datetime
    """The last failed poll."""
    failing: set[str]
    """The jobs whose last poll failed; empty once the incident has ended."""
    in_a_row: set[str]
    """Those whose polls failed since the last reply about any job of the source."""


class IncidentLog:
    """The incidents that the polls of this process found, and their file."""

    def __init__(self, file: IncidentFile) -> None:
        self.changes = 0
        """How often an incident of this process began, went on or ended."""
        self._file = file
        self._current: dict[_Key, _Current] = {}
        self._unsaved: dict[object, Incident] = {}
        self._changed = asyncio.Event()
        self._now: datetime | None = None

    def record(self, result: PollResult, at: datetime, *, outage: bool = False) -> None:
        """Take over the outcome of a poll at `at`.

        `outage` is whether the gateway is down for all jobs of the source, or rejects the key.
        """
        source, job_id, error = result.job.source, result.job.id, result.error
        for (other, cause), current in self._current.items():
            if other == source and cause is not error:
                self._note_reply(current, job_id, at)
        # Without a key nothing is sent, so that says nothing about the gateway.
        if error is not None and error is not ErrorKind.NO_KEY:
            self._note_failure((source, error), job_id, result.job.problem or "", at, outage)

    async def run(self) -> None:
        """Write the file until cancelled, only after changes and at most once a minute."""
        while True:
            await self._changed.wait()
            await self.save()
            await asyncio.sleep(WRITE_INTERVAL)

    async def save(self) -> None:
        """Write what is not written yet; what cannot be written is kept for the next time."""
        self._changed.clear()
        unsaved, now = dict(self._unsaved), self._now
        if not unsaved or now is None:
            return
        incidents = tuple(unsaved.values())
        if await run_in_thread_uncancelled(lambda: self._file.add(incidents, now)):
            for key, incident in unsaved.items():
                if self._unsaved.get(key) is incident:
                    del self._unsaved[key]

    async def load(self, now: datetime) -> list[Incident]:
        """Return the incidents of all processes, oldest first."""
        known = await run_in_thread_uncancelled(self._file.read)
        return merge(known, self._unsaved.values(), now)

    def _note_reply(self, current: _Current, job_id: str, at: datetime) -> None:
        """End an incident if the gateway replied about all of its jobs, or after an outage any."""
        current.in_a_row.clear()
        if not current.failing:
            return
        current.failing.discard(job_id)
        if current.incident.outage:
            current.failing.clear()
        if not current.failing and timedelta() <= at - current.failed_at <= MAX_GAP:
            self._put(current, replace(current.incident, end=max(at, current.incident.end)), at)

    def _note_failure(
        self,
        key: _Key,
        job_id: str,
        problem: str,
        at: datetime,
        outage: bool,  # noqa: FBT001 - as in `record`
    ) -> None:
        source, cause = key
        current = self._current.get(key)
        if current is None or not _continues(current, at):
            incident = Incident(
                kind=source.kind,
                profile=source.profile,
                cause=str(cause),
                start=at,
                end=at,
                problem=problem[:MAX_PROBLEM],
                outage=outage,
                jobs=(job_id,),
            )
            current = self._current[key] = _Current(incident, at, {job_id}, {job_id})
        else:
            before = current.incident
            current.in_a_row.add(job_id)
            outage |= cause in _OUTAGES and len(current.in_a_row) >= _ALL_JOBS
            is_new = job_id not in before.jobs and len(before.jobs) < MAX_JOBS
            jobs = (*before.jobs, job_id) if is_new else before.jobs
            incident = replace(
                before,
                end=max(at, before.end),
                outage=outage or before.outage,
                jobs=jobs,
                polls=before.polls + 1,
            )
            current.failed_at = at
            current.failing.add(job_id)
        self._put(current, incident, at)

    def _put(self, current: _Current, incident: Incident, at: datetime) -> None:
        current.incident = incident
        self._unsaved[incident.key] = incident
        self._now = at
        self._changed.set()
        self.changes += 1


def _continues(current: _Current, at: datetime) -> bool:
    """Return whether a poll that failed at `at` is of the same incident as those before it."""
    if current.failing:
        return timedelta() <= at - current.failed_at <= MAX_GAP
    return timedelta() <= at - current.incident.end <= JOIN_WITHIN
