"""Event loops whose time is virtual, so that hours of waiting pass at once, or accelerated."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from selectors import DefaultSelector, SelectorKey
from typing import Any, ParamSpec, TypeVar

from kling_tui.polling.clock import loop_time

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
"""The time of day at second 0 of a virtual loop."""

P = ParamSpec("P")
T = TypeVar("T")


class _VirtualSelector(DefaultSelector):
    """Lets the whole of every timeout pass at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Advance the time to the next event; without one, the test would wait for ever."""
        if ready := super().select(0):
            return ready
        if timeout is None:
            raise RuntimeError("all tasks wait for an event that no task will set")
        self.now += max(0.0, timeout)
        return []


class _InlineExecutor(ThreadPoolExecutor):
    """Runs work in the calling thread, because virtual time would pass while a thread works."""

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `work` at once."""
        done: Future[T] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is awaited
            done.set_exception(error)
        return done


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which sleeping takes no real time."""

    def __init__(self) -> None:
        self._virtual_selector = _VirtualSelector()
        super().__init__(self._virtual_selector)
        self.set_default_executor(_InlineExecutor())

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._virtual_selector.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Do nothing: the executor has no threads, and this loop could not wait for one."""

    def advance(self, seconds: float) -> None:
        """Let time pass without running what becomes due."""
        self._virtual_selector.now += seconds


class _AcceleratedSelector(DefaultSelector):
    """Shortens every timeout by a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for sockets for the shortened timeout."""
        return super().select(None if timeout is None else timeout / self._factor)


class AcceleratedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes faster by a factor, with real sockets."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        super().__init__(_AcceleratedSelector(factor))

    def time(self) -> float:
        """Return the accelerated time in seconds."""
        return super().time() * self._factor


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in a virtual loop that starts at second 0."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def until(seconds: float) -> None:
    """Sleep until that second of the loop."""
    await asyncio.sleep(seconds - loop_time())


def stall(seconds: float) -> None:
    """Let time pass in which the loop does nothing, as in a process that is stopped."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.advance(seconds)


def time_of_day() -> datetime:
    """Return the time of day that belongs to the loop's second."""
    return time_of_day_at(loop_time())


def time_of_day_at(seconds: float) -> datetime:
    """Return the time of day at a second of the loop."""
    return START + timedelta(seconds=seconds)


def seeded_random(seed: int) -> Random:
    """Return a random generator that is the same in every run."""
    return Random(seed)  # noqa: S311 - no secret depends on it
