"""The parts of the footer's two lines."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kling_tui.costs import totals
from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Source, Status
from kling_tui.polling.endpoint_status import EndpointStatus, Health
from kling_tui.tui.widgets.cost_footer import FooterState, money_spans, state_spans
from tests.support.jobs import NOW, a_job

HEALTHY, REJECTED, NO_KEY, NO_CREDIT = (
    EndpointStatus(Health.HEALTHY),
    *(
        EndpointStatus(Health.UNAUTHORIZED, refusal=kind)
        for kind in (ErrorKind.UNAUTHORIZED, ErrorKind.NO_KEY, ErrorKind.NO_CREDIT)
    ),
)


def endpoint_parts(endpoint_statuses: dict[Source, EndpointStatus]) -> list[str]:
    """Return the texts about the gateway's endpoints."""
    parts = state_spans(totals([], NOW.date()), FooterState(endpoint_statuses), NOW)
    return ["".join(text for text, _ in part) for part in parts[:-1]]


@pytest.mark.parametrize(
    ("default", "studio", "expected"),
    [
        ((HEALTHY, HEALTHY), None, ["gateway OK"]),
        ((REJECTED, REJECTED), None, ["API key rejected"]),
        ((REJECTED, HEALTHY), None, ["i2v API key rejected"]),
        ((HEALTHY, HEALTHY), (HEALTHY, HEALTHY), ["gateway OK"]),
        ((HEALTHY, HEALTHY), (REJECTED, REJECTED), ["studio API key rejected"]),
        ((HEALTHY, REJECTED), (REJECTED, REJECTED),
         ["default o1 API key rejected", "studio API key rejected"]),
        ((REJECTED, REJECTED), (REJECTED, REJECTED),
         ["default API key rejected", "studio API key rejected"]),
        ((HEALTHY, NO_KEY), None, ["o1 API key missing"]),
        ((NO_CREDIT, NO_KEY), None, ["i2v account out of credit", "o1 API key missing"]),
        ((NO_CREDIT, NO_CREDIT), None, ["account out of credit"]),
    ],
)  # fmt: skip
def test_endpoints_with_problems_are_named_by_profile_or_kind(
    default: tuple[EndpointStatus, EndpointStatus],
    studio: tuple[EndpointStatus, EndpointStatus] | None,
    expected: list[str],
) -> None:
    """By profile where there are several, and by kind where the kinds of a profile differ."""
    endpoint_statuses = dict(zip((Source("i2v"), Source("o1")), default, strict=True))
    for source, status in zip(tuple(endpoint_statuses), studio or (), strict=False):
        endpoint_statuses[source._replace(profile="studio")] = status
    assert endpoint_parts(endpoint_statuses) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (EndpointStatus(), "gateway idle"),
        (EndpointStatus(Health.UNREACHABLE, since=NOW - timedelta(seconds=36)),
         "gateway unreachable for 36 s"),
        (EndpointStatus(Health.UNREACHABLE, since=NOW, until=NOW + timedelta(seconds=5)),
         f"gateway unreachable for 0 s, retry at {NOW + timedelta(seconds=5):%H:%M:%S}"),
        (EndpointStatus(Health.UNAUTHORIZED, refusal=ErrorKind.NO_ACCESS), "access denied"),
        (EndpointStatus(Health.THROTTLED), "gateway rate-limited (429), polling slower"),
        (EndpointStatus(Health.THROTTLED, slowdown=4.0),
         "gateway rate-limited (429), polling 4× slower"),
    ],
)  # fmt: skip
def test_each_state_of_an_endpoint_has_its_text(status: EndpointStatus, expected: str) -> None:
    """With the time of the next poll, where polling waits for it."""
    assert endpoint_parts({Source("i2v"): status}) == [expected]


@pytest.mark.parametrize(
    ("failing", "elsewhere", "expected"),
    [
        ("", {"i2v", "o1"}, []),
        ("a", {"i2v", "o1"}, []),
        ("ab", {"i2v", "o1"}, ["all polls of i2v fail"]),
        ("abc", {"i2v", "o1"}, ["all polls fail"]),
        ("abc", {"o1"}, ["all polls of o1 fail"]),
        ("abc", set(), []),
    ],
)
def test_it_says_that_all_polls_of_another_process_fail(
    failing: str, elsewhere: set[str], expected: list[str]
) -> None:
    """It reads that from the jobs; a job that ended with a problem is not polled any more."""
    kinds = {"a": "i2v", "b": "i2v", "c": "o1"}
    jobs = [a_job(name, kind=kind, status=Status.RUNNING) for name, kind in kinds.items()]
    jobs = [job.with_poll_error("down", NOW) if job.id in failing else job for job in jobs]
    counted = totals([*jobs, a_job("d", status=Status.FAILED, problem="other end")], NOW.date())
    state = FooterState(
        {Source("i2v"): HEALTHY, Source("o1"): HEALTHY, Source("v2"): HEALTHY},
        polled_elsewhere=elsewhere == {"i2v", "o1"},
        failing_elsewhere=frozenset(map(Source, elsewhere)) & counted.failing_sources,
    )
    shown = ["".join(text for text, _ in part) for part in state_spans(counted, state, NOW)]
    assert shown[1:-1] == expected


def test_each_profile_has_its_sum_where_any_job_names_one() -> None:
    """Jobs without a profile are summed up as "default"."""
    job = a_job(status=Status.SUCCEEDED, ended_at=NOW)

    def sums(*profiles: str) -> list[str]:
        jobs = (replace(job, profile=profile) for profile in profiles)
        parts = money_spans(totals(jobs, NOW.date()))
        return ["".join(text for text, _ in part) for part in parts]

    assert not any(part.startswith("default") for part in sums("", ""))
    assert sums("studio", "", "")[-2:] == ["default $0.70", "studio $0.35"]


def test_batches_are_listed_by_what_they_cost() -> None:
    """The most expensive first, after the kinds."""
    jobs = [
        a_job(str(number), label=label, status=Status.SUCCEEDED, ended_at=NOW)
        for number, label in enumerate(["a/1", "b/1", "b/2", "single"])
    ]
    parts = ["".join(text for text, _ in part) for part in money_spans(totals(jobs, NOW.date()))]
    assert parts[-3:] == ["i2v $1.40", "b/ $0.70", "a/ $0.35"]


def test_failures_are_counted_by_reason() -> None:
    """The most frequent first; nothing is shown where no reason is known."""

    def shown(*messages: str) -> list[str]:
        jobs = [
            a_job(str(number), status=Status.FAILED, message=message)
            for number, message in enumerate(messages)
        ]
        state = FooterState({Source("i2v"): HEALTHY})
        parts = state_spans(totals(jobs, NOW.date()), state, NOW)
        return ["".join(text for text, _ in part) for part in parts[2:]]

    moderation, small = "Failure to pass the risk control system", "Image pixel is invalid"
    assert shown(small, moderation, moderation) == ["failed: 2 moderation, 1 image size"]
    assert shown(
        small, "bad", "no credit: out of credit", "rate limit", "rate limit", "Canceled"
    ) == ["failed: 2 rate limit, 1 cancelled, 1 image size, 2 other"]
    assert shown("bad") == []


def test_progress_stands_after_what_is_known_of_the_jobs() -> None:
    """Before the channels, which change less."""
    counted = totals([a_job(status=Status.RUNNING)], NOW.date())
    state = FooterState({}, progress="1 of 2 done", notification_summary="toast")
    shown = ["".join(text for text, _ in part) for part in state_spans(counted, state, NOW)]
    assert shown[-2:] == ["1 of 2 done", "notify: toast"]
