"""How many jobs were in flight and ended in each of the last minutes."""

from hypothesis import given
from hypothesis import strategies as st

from kling_tui.timeline.minutes import MINUTES, MinuteCounts
from tests.support.jobs import NOW, after

SECONDS = st.integers(-3000, 60)
EVENTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), SECONDS, st.none() | st.integers(0, 2000), st.booleans())
)


def at(seconds: float) -> float:
    """Return a time in seconds since 1970."""
    return after(seconds).timestamp()


def counted(jobs: dict[str, tuple[float, float]]) -> tuple[list[int], list[int]]:
    """Return the counts by their definition."""
    first = at(0) - 60 * (MINUTES - 1)
    minutes = [(first + 60 * n, first + 60 * (n + 1)) for n in range(MINUTES)]
    in_flight = [
        sum(start < until and end >= since for start, end in jobs.values())
        for since, until in minutes
    ]
    return in_flight, [
        sum(since <= end < until for _, end in jobs.values()) for since, until in minutes
    ]


@given(EVENTS)
def test_counts_are_right_after_any_changes(
    events: list[tuple[str, int, int | None, bool]],
) -> None:
    """Jobs begin, end, change their times, and are removed."""
    counts = MinuteCounts()
    jobs: dict[str, tuple[float, float]] = {}
    for job_id, start, length, removed in events:
        if removed:
            counts.remove(job_id)
            jobs.pop(job_id, None)
            continue
        end = float("inf") if length is None else at(start + length)
        counts.put(job_id, at(start), end)
        jobs[job_id] = at(start), end
        counts.last(NOW)
    assert counts.last(NOW) == counted(jobs)
    assert counts.in_flight == sum(end == float("inf") for _, end in jobs.values())


def test_an_empty_count() -> None:
    """Without jobs."""
    assert MinuteCounts().last(NOW) == ([0] * MINUTES, [0] * MINUTES)
