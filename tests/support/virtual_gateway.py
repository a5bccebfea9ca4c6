"""A scripted gateway for tests in virtual time, with usual reports and errors."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.jobs import Report, Status, Video
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.endpoint_status import Health
from kling_tui.polling.wakeup import Wakeup
from tests.support.virtual_time import seeded_random, time_of_day

Outcome = Report | GatewayError

RUNNING = Report(status=Status.RUNNING, raw_status="processing")
DONE = Report(
    status=Status.SUCCEEDED, raw_status="succeed", videos=(Video("https://cdn.test/1.mp4"),)
)
FAILED = Report(status=Status.FAILED, raw_status="failed", message="Image pixel is invalid")
UNREACHABLE = GatewayError(ErrorKind.UNREACHABLE, "no answer within 10 s")
SERVER_ERROR = GatewayError(ErrorKind.SERVER_ERROR, "the gateway is in trouble (500)")
NOT_FOUND = GatewayError(ErrorKind.NOT_FOUND, "the gateway does not know this job (404)")
BAD_REQUEST = GatewayError(ErrorKind.BAD_REQUEST, "the gateway does not take this id (400)")
UNAUTHORIZED = GatewayError(ErrorKind.UNAUTHORIZED, "the gateway refuses the key (401)")

STEADY = PollSchedule(first=5.0, max_interval=15.0, jitter=0.0)
"""The default schedule without chance."""


def rate_limited(retry_after: float | None = None) -> GatewayError:
    """Return the error of a 429, with the seconds of its Retry-After."""
    message = "the gateway asks for fewer polls (429)"
    return GatewayError(ErrorKind.RATE_LIMITED, message, retry_after=retry_after)


class VirtualGateway:
    """A gateway whose outcomes are a function of the job's id and the loop's second."""

    def __init__(
        self,
        outcome_at: Callable[[str, float], Outcome],
        duration: float = 0.25,
        *,
        usable: bool = True,
    ) -> None:
        """Each poll takes `duration` seconds; `usable` is as in Gateway."""
        self.usable = usable
        self.outcome_at = outcome_at
        self.polls: list[tuple[float, str]] = []
        """The second and the job's id of each poll."""
        self.forgotten: list[str] = []
        """The ids of the jobs whose polls have ended."""
        self.in_flight = 0
        self.max_in_flight = 0
        self._duration = duration

    @property
    def poll_times(self) -> list[float]:
        """The second of each poll."""
        return [at for at, _ in self.polls]

    async def poll(self, job_id: str) -> Report:
        """Return the report or raise the error of this job at this second."""
        self.polls.append((loop_time(), job_id))
        outcome = self.outcome_at(job_id, loop_time())
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self._duration)
        finally:
            self.in_flight -= 1
        if isinstance(outcome, GatewayError):
            # A new one, because an exception keeps the tracebacks of every raise.
            raise GatewayError(outcome.kind, outcome.message, outcome.retry_after)
        return outcome

    def forget(self, job_id: str) -> None:
        """Note that a job is no longer polled."""
        self.forgotten.append(job_id)


def answering(*outcomes: Outcome, duration: float = 0.25) -> VirtualGateway:
    """Return a gateway with these outcomes in turn, and the last one for ever."""
    rest = iter(outcomes[:-1])
    return VirtualGateway(lambda *_: next(rest, outcomes[-1]), duration)


def new_limiter(
    schedule: PollSchedule = STEADY,
    slots: int | asyncio.Semaphore = 8,
    seed: int = 7,
    now: Callable[[], datetime] = time_of_day,
) -> EndpointLimiter:
    """Return the limiter of an endpoint that was never polled; `slots` may be shared."""
    semaphore = asyncio.Semaphore(slots) if isinstance(slots, int) else slots
    return EndpointLimiter(schedule, semaphore, now, seeded_random(seed))


def health_of(limiter: EndpointLimiter) -> Health:
    """Return an endpoint's health; a function, so that mypy does not narrow it."""
    return limiter.status.health


def max_polls_in(poll_times: Iterable[float], span: float) -> int:
    """Return the largest number of polls that start within `span` seconds of each other."""
    times = sorted(poll_times)
    return max(sum(0 <= at - begin < span for at in times) for begin in times)


async def poll_once(
    limiter: EndpointLimiter,
    gateway: VirtualGateway,
    job_id: str = "job",
    wakeup: Wakeup | None = None,
) -> Outcome:
    """Poll a job as soon as the limiter allows it."""
    try:
        return await limiter.poll(gateway, job_id, wakeup or Wakeup())
    except GatewayError as error:
        return error


async def poll_all(limiter: EndpointLimiter, gateway: VirtualGateway, jobs: int) -> None:
    """Poll that many jobs concurrently."""
    await asyncio.gather(*(poll_once(limiter, gateway, f"job {number}") for number in range(jobs)))
