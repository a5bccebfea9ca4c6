"""Which incidents are recorded of which polls, and when the file is written."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Status
from kling_tui.polling.incidents import MAX_GAP, WRITE_INTERVAL, IncidentLog
from kling_tui.polling.poller import PollResult
from kling_tui.storage.incidents import MAX_JOBS, Incident, IncidentFile
from tests.support.jobs import NOW, a_job, after, polled_job
from tests.support.virtual_time import in_virtual_time, until


class CountingFile(IncidentFile):
    """Counts how often it is written, and fails while it is told so."""

    def __init__(self, jobs: Path) -> None:
        super().__init__(jobs)
        self.writes = 0
        self.fails = False

    def add(self, incidents: Iterable[Incident], now: datetime) -> bool:
        """Count a write."""
        self.writes += 1
        return not self.fails and super().add(incidents, now)


def failed(
    job_id: str = "one", error: ErrorKind = ErrorKind.UNREACHABLE, kind: str = "i2v"
) -> PollResult:
    """Return the result of a failed poll."""
    return PollResult(a_job(job_id, kind=kind, problem=f"{error}: no"), None, error)


def succeeded(job_id: str = "one", kind: str = "i2v") -> PollResult:
    """Return the result of a poll that found a job running."""
    return PollResult(polled_job(Status.RUNNING, id=job_id, kind=kind), None)


async def recorded(log: IncidentLog) -> list[Incident]:
    """Return all incidents."""
    return await log.load(NOW)


class TestSpans:
    """From failed polls to incidents."""

    async def test_failed_polls_until_one_succeeds_are_one_incident(self, tmp_path: Path) -> None:
        """It ends with the poll that succeeded."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        for seconds in (0, 10, 30):
            log.record(failed(), after(seconds))
        log.record(succeeded(), after(60))
        [incident] = await recorded(log)
        assert (incident.start, incident.end, incident.polls) == (NOW, after(60), 3)
        assert (incident.jobs, incident.outage) == (("one",), False)
        assert incident.problem == "unreachable: no"

    async def test_it_ends_when_each_of_its_jobs_is_polled_again(self, tmp_path: Path) -> None:
        """Unless it is an outage, which any reply of the source ends."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        for job_id in ("one", "two"):
            log.record(failed(job_id, ErrorKind.SERVER_ERROR), NOW)
        log.record(succeeded("one"), after(20))
        log.record(failed("two", ErrorKind.SERVER_ERROR), after(30))
        log.record(succeeded("two"), after(50))
        [incident] = await recorded(log)
        assert incident.end == after(50)

    async def test_an_outage_ends_with_any_reply_of_the_source(self, tmp_path: Path) -> None:
        """A reply of another source says nothing."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        log.record(failed("one"), NOW, outage=True)
        log.record(succeeded("other", "o1"), after(10))
        assert [each.end for each in await recorded(log)] == [NOW]
        log.record(succeeded("two"), after(20))
        assert [each.end for each in await recorded(log)] == [after(20)]

    async def test_three_jobs_without_a_reply_are_an_outage(self, tmp_path: Path) -> None:
        """Also before the circuit breaker opens. Errors about jobs are none."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        for job_id in ("one", "two", "three"):
            log.record(failed(job_id), NOW)
            log.record(failed(job_id, ErrorKind.SERVER_ERROR, "o1"), NOW)
        assert {each.kind: each.outage for each in await recorded(log)} == {
            "i2v": True,
            "o1": False,
        }

    async def test_a_reply_in_between_is_no_outage(self, tmp_path: Path) -> None:
        """One job's failing polls say nothing about the others."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        for job_id in ("one", "two", "three"):
            log.record(failed(job_id), NOW)
            log.record(succeeded("four"), NOW)
        assert not any(each.outage for each in await recorded(log))

    async def test_a_gateway_that_fails_now_and_then_has_one_incident(self, tmp_path: Path) -> None:
        """A day of it must not displace the days before."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        for minute in range(100):
            log.record(failed(), after(60 * minute))
            log.record(succeeded(), after(60 * minute + 30))
        [incident] = await recorded(log)
        assert incident.polls == 100

    async def test_after_a_pause_or_sleep_a_new_incident_begins(self, tmp_path: Path) -> None:
        """What was in between is not known; nor is it after the clock was set back."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        log.record(failed(), NOW)
        later = NOW + MAX_GAP + timedelta(seconds=1)
        log.record(failed(), later)
        log.record(failed(), after(-3600))
        assert [(each.start, each.end) for each in await recorded(log)] == [
            (after(-3600), after(-3600)), (NOW, NOW), (later, later),
        ]  # fmt: skip

    async def test_a_missing_key_is_no_incident(self, tmp_path: Path) -> None:
        """Nothing was sent to the gateway."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        log.record(failed(error=ErrorKind.NO_KEY), NOW)
        assert await recorded(log) == []

    async def test_the_named_jobs_are_bounded(self, tmp_path: Path) -> None:
        """All polls are counted."""
        log = IncidentLog(IncidentFile(tmp_path / "jobs.toml"))
        for number in range(99):
            log.record(failed(str(number)), NOW)
        [incident] = await recorded(log)
        assert (len(incident.jobs), incident.polls) == (MAX_JOBS, 99)


class TestWriting:
    """The file is written in a thread, and rarely."""

    @in_virtual_time
    async def test_many_failed_polls_are_few_writes(self, tmp_path: Path) -> None:
        """At once when an incident begins, and then at most once a minute."""
        file = CountingFile(tmp_path / "jobs.toml")
        log = IncidentLog(file)
        task = asyncio.create_task(log.run())
        for second in range(int(3 * WRITE_INTERVAL)):
            log.record(failed(), after(second))
            await until(second + 0.5)
            assert file.read() != []
        assert 3 <= file.writes <= 4
        task.cancel()

    async def test_what_could_not_be_written_is_written_later(self, tmp_path: Path) -> None:
        """Also when the program ends."""
        file = CountingFile(tmp_path / "jobs.toml")
        log = IncidentLog(file)
        file.fails = True
        log.record(failed(), NOW)
        await log.save()
        assert file.read() == []
        assert len(await recorded(log)) == 1
        file.fails = False
        await log.save()
        await log.save()
        assert len(file.read()) == 1
        assert file.writes == 2
