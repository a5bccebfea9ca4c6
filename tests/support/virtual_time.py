"""Time that leaps or hurries: event loops in which nobody waits long, and a gateway that leaps."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from selectors import DefaultSelector, SelectorKey
from typing import Any, ParamSpec, TypeVar

from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.jobs import Report, Status, Video
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.endpoint_status import Health

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
"""The time of day at the loop's second 0."""
RUNNING = Report(status=Status.RUNNING, raw_status="processing")
DONE = Report(
    status=Status.SUCCEEDED, raw_status="succeed", videos=(Video("https://cdn.test/1.mp4"),)
)
STEADY = PollSchedule(first=5.0, max_interval=15.0, jitter=0.0)
UNREACHABLE = GatewayError(ErrorKind.UNREACHABLE, "no answer within 10 s")

P = ParamSpec("P")
T = TypeVar("T")
Outcome = Report | GatewayError


class _VirtualSelector(DefaultSelector):
    """Lets the whole of every timeout pass at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Leap to what comes next; if that is nothing, the test waits for what never comes."""
        if ready := super().select(0):
            return ready
        if timeout is None:
            raise RuntimeError("everyone waits, and nothing will ever happen")
        self.now += max(0.0, timeout)
        return []


class _InlineExecutor(ThreadPoolExecutor):
    """Does without threads what is to be done in one, since time leaps while a thread works."""

    def submit(self, act: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it here and now."""
        done: Future[T] = Future()
        try:
            done.set_result(act(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is awaited
            done.set_exception(error)
        return done


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds take no time."""

    def __init__(self) -> None:
        self._leaping = _VirtualSelector()
        super().__init__(self._leaping)
        self.set_default_executor(_InlineExecutor())

    def time(self) -> float:
        """Tell the loop's second."""
        return self._leaping.now


class _AcceleratedSelector(DefaultSelector):
    """Lets timeouts pass so many times faster."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self._times = times

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for sockets, but not as long as is said."""
        return super().select(None if timeout is None else timeout / self._times)


class AcceleratedLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds pass faster, while its sockets are as fast as they are."""

    def __init__(self, times: float) -> None:
        self._times = times
        super().__init__(_AcceleratedSelector(times))

    def time(self) -> float:
        """Tell the loop's second."""
        return super().time() * self._times


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in a loop of its own, in which to sleep takes no time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def seeded_random(seed: int) -> Random:
    """Return chances that are the same in every run."""
    return Random(seed)  # noqa: S311 - no secret depends on them


def loop_time() -> float:
    """Tell the loop's second."""
    return asyncio.get_running_loop().time()


def time_of_day() -> datetime:
    """Tell the time of day that goes with the loop's second."""
    return START + timedelta(seconds=loop_time())


def new_limiter(
    schedule: PollSchedule = STEADY,
    slots: int | asyncio.Semaphore = 8,
    seed: int = 7,
    now: Callable[[], datetime] = time_of_day,
) -> EndpointLimiter:
    """Return the pace of an endpoint that was not asked yet, with places of its own or shared."""
    places = asyncio.Semaphore(slots) if isinstance(slots, int) else slots
    return EndpointLimiter(schedule, places, now, seeded_random(seed))


def health_of(limiter: EndpointLimiter) -> Health:
    """Tell how an endpoint answers at present."""
    return limiter.status.health


class VirtualGateway:
    """A gateway that answers as a function of the job's id and the second of the question."""

    def __init__(self, answer: Callable[[str, float], Outcome], duration: float = 0.25) -> None:
        """Each answer `takes` so many seconds."""
        self.outcome_at = answer
        self.polls: list[tuple[float, str]] = []
        """When it was asked about which job."""
        self.in_flight = 0
        self.max_in_flight = 0
        self._duration = duration

    @property
    def poll_times(self) -> list[float]:
        """When it was asked."""
        return [at for at, _ in self.polls]

    def poll_times_of(self, job_id: str) -> list[float]:
        """When it was asked about a job."""
        return [at for at, asked in self.polls if asked == job_id]

    async def poll(self, job_id: str) -> Report:
        """Answer."""
        self.polls.append((loop_time(), job_id))
        outcome = self.outcome_at(job_id, loop_time())
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self._duration)
        finally:
            self.in_flight -= 1
        if isinstance(outcome, GatewayError):
            # A fresh one: an exception remembers everyone who ever raised it.
            raise GatewayError(outcome.kind, outcome.message, outcome.retry_after)
        return outcome
