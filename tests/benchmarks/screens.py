"""The time that a screen over the table takes to open, with few jobs and with many."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from kling_tui.demo import clips
from kling_tui.storage.store import Store
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import HUNDRED_JOBS, Figure
from tests.benchmarks.pty_process import PtyProcess

_QUIET = 0.3
"""Seconds without output after which a screen is complete."""
_SECONDS = 8.0
"""Seconds after which the app has read all jobs and counted their costs."""
_BACK = b"\x1b"


class _Screen(NamedTuple):
    name: str
    key: bytes


_SCREENS = (_Screen("cost screen", b"C"), _Screen("timeline", b"T"), _Screen("clip wall", b"W"))
"""The screens that are measured; each is closed by escape."""


def screens(bench: Bench) -> Iterator[Figure]:
    """Open each screen with 100 jobs and with 10,000, in turn."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(_open_app(bench, total)) for total in (100, 10_000))
        for process in (few, many):
            process.read_until_quiet(_SECONDS, _SECONDS)
        for screen in _SCREENS:
            measures = [partial(_open, process, screen) for process in (few, many)]
            for measure in measures:
                measure()  # the first time imports modules
            hundred, ten_thousand = bench.medians(bench.full_or_quick(15, 7), *measures)
            name = f"opening the {screen.name}, 10,000 jobs"
            yield Figure(name, "ms", ten_thousand, hundred, HUNDRED_JOBS)


@contextmanager
def _open_app(bench: Bench, total: int) -> Iterator[PtyProcess]:
    """Open the app with so many ended jobs, whose results are in the same few files."""
    files = sorted(Path(clips.__file__).parent.glob("*.mp4"))
    with bench.track_jobs(total, 0) as tracked:
        store = Store(tracked.job_file)
        store.put(
            *(
                replace(job, videos=(replace(video, file=str(files[number % len(files)])),))
                for number, job in enumerate(store.jobs.values())
                for video in job.videos[:1]
            )
        )
        store.save()
        with tracked.open() as process:
            yield process


def _open(process: PtyProcess, screen: _Screen) -> float:
    """Open a screen and close it again; returns the milliseconds from the key to the last byte."""
    response = process.press_and_wait(screen.key, _QUIET)
    process.press_and_wait(_BACK, _QUIET)
    return response.seconds * 1000
