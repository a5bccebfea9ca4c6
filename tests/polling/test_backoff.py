"""Intervals between the polls of a job, and delays after failed polls."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.gateways import GatewayError
from kling_tui.polling.backoff import PollSchedule
from tests.support.virtual_gateway import (
    BAD_REQUEST,
    NOT_FOUND,
    SERVER_ERROR,
    UNAUTHORIZED,
    UNREACHABLE,
    new_limiter,
    rate_limited,
)

RATE_LIMITED = rate_limited(retry_after=30.0)


class TestIntervals:
    """The seconds until a job's next poll."""

    @given(
        first=st.floats(0.1, 60),
        more=st.floats(0, 60),
        jitter=st.floats(0, 0.9),
        polls=st.integers(1, 10_000),
        seed=st.integers(0, 9),
    )
    @settings(max_examples=200)
    def test_interval_is_between_first_and_max_give_or_take_the_jitter(
        self, first: float, more: float, jitter: float, polls: int, seed: int
    ) -> None:
        """The jitter is a fraction of the interval."""
        schedule = PollSchedule(first, first + more, jitter)
        wait = new_limiter(schedule, seed=seed).interval(polls)
        assert first * (1 - jitter) * 0.999 <= wait <= (first + more) * (1 + jitter) * 1.001

    def test_intervals_grow_from_first_to_max(self) -> None:
        """Then they stay the same."""
        waits = [new_limiter().interval(polls) for polls in range(1, 12)]
        assert waits[0] == 5.0
        assert all(later > earlier for earlier, later in pairwise(waits[:8]))
        assert waits[8:] == [15.0] * 3

    def test_jitter_makes_jobs_drift_apart(self) -> None:
        """Jobs that were polled together get different intervals."""
        limiter = new_limiter(PollSchedule(5.0, 15.0, 0.2))
        assert len({limiter.interval(1) for _ in range(20)}) == 20

    @pytest.mark.parametrize(
        ("remaining", "wait"),
        [(400.0, 15.0), (15.5, 15.0), (8.0, 8.0), (2.5, 2.5), (1.0, 2.5), (0.0, 2.5)],
    )
    def test_estimate_moves_the_poll_to_the_expected_end(
        self, remaining: float, wait: float
    ) -> None:
        """It is never later than usual, nor sooner than half the first interval."""
        assert new_limiter().interval(50, remaining) == wait

    @given(first=st.floats(0.1, 60), remaining=st.floats(0, 1e9), polls=st.integers(1, 99))
    @settings(max_examples=100)
    def test_estimate_keeps_half_the_first_interval(
        self, first: float, remaining: float, polls: int
    ) -> None:
        """However soon the end is expected, polls do not get more frequent."""
        limiter = new_limiter(PollSchedule(first, first * 3, 0.2))
        assert first / 2 <= limiter.interval(polls, remaining) <= first * 3 * 1.201

    @pytest.mark.parametrize(
        ("error", "waits"),
        [
            (UNREACHABLE, [10, 20, 40, 60, 60, 60]),
            (SERVER_ERROR, [10, 20, 40, 60, 60, 60]),
            (NOT_FOUND, [10, 20, 40, 80, 160, 320, 600, 600]),
            (BAD_REQUEST, [10, 20, 40, 80, 160, 320, 600, 600]),
            (
                UNAUTHORIZED,
                [5, 5, 5],
            ),  # the circuit breaker waits longer
            (RATE_LIMITED, [35, 35, 45, 65, 65]),
        ],
    )
    def test_retry_delay_doubles_up_to_a_maximum_for_the_kind_of_error(
        self, error: GatewayError, waits: list[float]
    ) -> None:
        """The maximum is higher for errors that the user may have to fix."""
        limiter = new_limiter()
        failures = range(1, len(waits) + 1)
        assert [limiter.retry_delay(count, error) for count in failures] == waits
        assert limiter.retry_delay(10**6, error) == waits[-1]

    def test_retry_jitter_only_adds_and_keeps_retry_after(self) -> None:
        """No retry comes before the delay without jitter."""
        limiter = new_limiter(PollSchedule(5.0, 15.0, 0.5))
        waits = [limiter.retry_delay(1, UNREACHABLE) for _ in range(50)]
        assert 10 <= min(waits) < max(waits) <= 15
        assert min(limiter.retry_delay(1, RATE_LIMITED) for _ in range(50)) == 35

    def test_retries_are_never_more_frequent_than_successful_polls(self) -> None:
        """Where the settings make polls rare, retries are as rare."""
        limiter = new_limiter(PollSchedule(900.0, 3600.0, 0.0))
        assert limiter.retry_delay(1, UNREACHABLE) == 1800.0
