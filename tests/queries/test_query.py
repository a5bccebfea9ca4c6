"""Which jobs a query finds, and when that changes by time alone."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.failures import Reason
from kling_tui.formatting import reasons
from kling_tui.jobs import EXPIRY_WARNING, RESULT_RETENTION, Job, Price, Status, Video
from kling_tui.queries import parse
from kling_tui.queries.fields import FIELDS
from kling_tui.queries.lexer import Value
from kling_tui.queries.names import Names
from kling_tui.queries.query import SearchTexts, search_text
from kling_tui.queries.states import REASONS, STATES, STATUSES
from tests.support.jobs import I2V_PRICE, JOBS, NOW, O1_PRICE, a_job, seen

LATER = NOW + timedelta(days=100)
VIDEO = Video("https://cdn.test/1.mp4", duration=5.0)
DOWNLOADED = replace(VIDEO, file="/videos/1.mp4")
few_jobs = settings(max_examples=25)
TERMS = st.sampled_from(
    [
        *("fox", "e", "expir", "downloaded", '"a b"', "status:done", "status:queued,new"),
        *("kind:i2v", "profile:default", "label:a", 'label:""', "label=a", "id:1", "prompt:a"),
        *("cost>0.5", "cost<=0.35", "cost:0.9", "ended>2d", "ended<2h", "ended>=12h", "ended<=1w"),
        *("ended:2d", "ended:today", "ended<yesterday", "ended>2026-11-19", "added:yesterday"),
        *("added>=today", "expires<7d", "expires>1h", "expires:today", "expires:tomorrow"),
        *(f"is:{name}" for name in STATES),
    ]
)
"""One term each."""


def found(query: str, job: Job, now: datetime = NOW) -> bool:
    """Return whether a query finds a job."""
    return parse(query).matches(job, now)


JOB = a_job(
    "CjI17",
    label="Hero Straße",
    profile="studio",
    status=Status.RUNNING,
    history=seen(Status.RUNNING),
    queue_position=2,
    prompt="a fox in snow",
    message="almost ready",
    problem="HTTP 502",
)


@pytest.mark.parametrize(
    "query",
    [
        *("", "  ", "cji17", "HERO", "strasse", "i2v", "running", "queued", "fox", "502", "almost"),
        *("Studio", "hero fox", "snow  I2V\thero", "fox fox", '"fox in"', '"fox" hero', '""'),
        *("-wolf", "--fox", '-"in fox"', "hero -wolf -bear"),
    ],
)
def test_words_are_found_in_any_order_and_case(query: str) -> None:
    """Each word is in some text of the job, and each with a dash is in none."""
    assert found(query, JOB)


@pytest.mark.parametrize(
    "query",
    ["o1", "hero wolf", "heroi2v", "ready http\\", "[", ".", "-fox", '"in fox"', '"ready HTTP"'],
)
def test_a_word_is_missing(query: str) -> None:
    """Words match literally, and within one text."""
    assert not found(query, JOB)


@pytest.mark.parametrize(
    "word", ["https://cdn.test/1", "shot:3", "10:30", "a=b", "x>1", '5"', "a,b"]
)
def test_text_that_resembles_no_field_is_a_plain_word(word: str) -> None:
    """Such as a URL or a number of a shot."""
    assert found(word, a_job(prompt=f"so {word} it is"))
    assert not found(word, a_job())


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("status:new", {}),
        ("status:unknown", {}),
        ("status:queued", {"status": Status.QUEUED}),
        ("status:queued", {"status": Status.RUNNING, "queue_position": 3}),
        ("status:running", {"status": Status.RUNNING, "queue_position": 3}),
        ("status:done", {"status": Status.SUCCEEDED}),
        ("Status:Succeeded", {"status": Status.SUCCEEDED}),
        ('status:"no video"', {"status": Status.SUCCEEDED}),
        ("status=failed", {"status": Status.FAILED}),
        ("status:queued,failed", {"status": Status.FAILED}),
        ("kind:o1", {"kind": "o1"}),
        ("kind:o1,I2V", {}),
        ("profile:studio", {"profile": "studio"}),
        ("profile:default", {}),
        ("label:hero", {"label": "The Hero"}),
        ('label:"o s"', {"label": "hero shot"}),
        ('label:wolf,"o s"', {"label": "hero shot"}),
        ('label:"a,b"', {"label": "a,b"}),
        (r'label:"say \"hi\""', {"label": 'say "hi"'}),
        ('label:5"', {"label": '5" wide'}),
        ('label="hero shot"', {"label": "Hero shot"}),
        ('label:""', {}),
        ('-label:""', {"label": "x"}),
        ("prompt:fox", {"prompt": "a Fox"}),
        ("message:image", {"message": "Invalid image"}),
        ("problem:502", {"problem": "HTTP 502"}),
        ('problem:""', {}),
        ("cost>0.3", {"price": I2V_PRICE}),
        ("cost>=0.35", {}),
        ("cost<=$0.35", {}),
        ("cost:0.350", {}),
        ("cost=.35", {}),
        ("cost:0.1,0.35", {}),
        ("cost:<1", {}),
        ("-cost>1", {"price": None}),
        ("is:live", {}),
        ("is:ended", {"status": Status.FAILED}),
        ("is:unpriced", {"price": None}),
        ("is:downloaded", {"status": Status.SUCCEEDED, "videos": (DOWNLOADED,)}),
        ("is:expiring,live", {}),
    ],
)
def test_field_finds_a_job(query: str, changes: dict[str, Any]) -> None:
    """And the same query with a dash does not."""
    assert found(query, a_job(**changes))
    negated = query.removeprefix("-") if query.startswith("-") else f"-{query}"
    assert not found(negated, a_job(**changes))


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("status:running", {"status": Status.QUEUED}),
        ("status:new", {"status": Status.QUEUED}),
        ('status:"no video"', {"status": Status.SUCCEEDED, "videos": (VIDEO,)}),
        ("kind:i2", {}),
        ("label=hero", {"label": "hero shot"}),
        ('label:""', {"label": "x"}),
        ("cost>0.35", {}),
        ("cost<0.35", {}),
        ("cost<100", {"price": None}),
        ("cost>=0", {"price": None}),
        ("ended<1w", {}),
        ("is:downloaded", {"videos": (DOWNLOADED, VIDEO)}),
    ],
)
def test_field_does_not_find_a_job(query: str, changes: dict[str, Any]) -> None:
    """What is not known matches no amount and no time."""
    assert not found(query, a_job(**changes))


@pytest.mark.parametrize("reason", Reason)
def test_every_shown_reason_can_be_found(reason: Reason) -> None:
    """As it is shown, with its spaces, and with other characters between its words."""
    shown = reasons.name(reason)
    for name in (reason.value, shown, shown.replace(" ", "-").upper(), shown.replace(" ", "_")):
        condition = FIELDS["reason"].condition(":", Value(name, 0, len(name)), Names())
        assert condition is REASONS[reason].condition


def test_every_shown_status_can_be_found() -> None:
    """Also those that the table shows for a status of the gateway; a raw one is a plain word."""
    assert {"new", "queued", "running", "done", "no video", "failed"} <= set(STATUSES)


@pytest.mark.parametrize(
    ("query", "before", "at", "after"),
    [
        ("ended>2d", False, False, True),
        ("ended>=2d", False, True, True),
        ("ended<2d", True, False, False),
        ("ended<=2d", True, True, False),
        ("ended:2d", True, True, False),
        ("ended=2d", True, True, False),
        ("-ended>2d", True, True, False),
    ],
)
def test_an_age_is_compared_to_the_second(query: str, before: bool, at: bool, after: bool) -> None:  # noqa: FBT001
    """`ended>2d` is more than two days ago."""
    job = a_job(ended_at=NOW)
    limit = NOW + timedelta(days=2)
    second = timedelta(seconds=1)
    assert [found(query, job, limit + shift) for shift in (-second, 0 * second, second)] == [
        before, at, after,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("expires<3d", True),
        ("expires<2d", False),
        ("expires>2d", True),
        ("expires:2d", True),
        ("expires<1d", False),
        ("expires:today", False),
        ("expires:2026-11-22", True),
    ],
)
def test_expiry_is_compared_as_the_time_left(query: str, expected: bool) -> None:  # noqa: FBT001
    """Here it is two days, and one second less for the queries that include it."""
    ended_at = NOW + timedelta(days=2) - RESULT_RETENTION
    job = a_job(status=Status.SUCCEEDED, videos=(VIDEO,), ended_at=ended_at)
    now = NOW - timedelta(seconds=1) if query == "expires>2d" else NOW
    assert found(query, job, now) is expected
    assert not found("expires<9999w", job, LATER)


def test_expiry_states_follow_the_time() -> None:
    """The words and `is:` agree; a downloaded result does not expire."""
    job = a_job(status=Status.SUCCEEDED, videos=(VIDEO,), ended_at=NOW)
    end = NOW + RESULT_RETENTION
    for state in ("expiring", "expired"):
        for query in (state, f"is:{state}"):
            assert not found(query, job, end - EXPIRY_WARNING - timedelta(seconds=1))
            assert found(query, job, end - EXPIRY_WARNING) is (state == "expiring")
            assert found(query, job, end) is (state == "expired")
            assert not found(query, replace(job, videos=(DOWNLOADED,)), end)


def test_results_await_their_download_until_they_expire() -> None:
    """Of jobs that have succeeded with a link, and are not downloaded."""
    job = a_job(status=Status.SUCCEEDED, videos=(VIDEO,), ended_at=NOW)
    end = NOW + RESULT_RETENTION
    query = parse("is:awaiting-download")
    assert query.matches(job, end - timedelta(seconds=1))
    assert query.next_change(job, end - timedelta(seconds=1)) == end
    assert not query.matches(job, end)
    for changes in ({"videos": (DOWNLOADED,)}, {"videos": ()}, {"status": Status.FAILED}):
        assert not query.matches(replace(job, **changes), NOW)


@pytest.mark.parametrize(
    ("added", "ended", "expected"),
    [(0, None, True), (-1, None, False), (-1, 0, True), (-2, -1, False)],
)
def test_today_is_what_was_added_or_ended_on_this_day(
    added: int,
    ended: int | None,
    expected: bool,  # noqa: FBT001
) -> None:
    """By the days since today; it changes at midnight."""
    job = a_job(
        added_at=NOW + timedelta(days=added),
        ended_at=None if ended is None else NOW + timedelta(days=ended),
        status=Status.UNKNOWN if ended is None else Status.FAILED,
    )
    query = parse("is:today")
    assert query.matches(job, NOW) is expected
    midnight = query.next_change(job, NOW)
    assert midnight is not None
    assert NOW < midnight <= NOW + timedelta(days=1)
    assert not query.matches(job, midnight)


@pytest.fixture
def berlin() -> Iterator[None]:
    """Use the time zone of Berlin, where clocks went back an hour on 2026-10-25."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("ended:today", "25 23:00", "26 22:59"),
        ("ended:yesterday", "24 22:00", "25 22:59"),
        ("ended:2026-10-25", "24 22:00", "25 22:59"),
        ("ended:2026-10-25T02:30", "25 00:30", "25 00:30"),
        ("ended:2026-10-25T02:30+01:00", "25 01:30", "25 01:30"),
    ],
)
def test_days_are_local_and_as_long_as_the_clock_makes_them(
    query: str, first: str, last: str
) -> None:
    """The day on which clocks go back has 25 hours. `first` and `last` are minutes in UTC."""
    now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    start, end = (
        datetime.strptime(f"2026-10-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        for text in (first, last)
    )
    minute = timedelta(minutes=1)
    for at, expected in (
        (start - minute, False),
        (start, True),
        (end, True),
        (end + minute, False),
    ):
        assert found(query, a_job(ended_at=at), now) is expected
        as_end = a_job(ended_at=at)
        parts = [query.replace(":", sign, 1) for sign in ("<", ">")]
        assert [found(part, as_end, now) for part in parts] == [at < start, at > end]


@few_jobs
@given(TERMS, JOBS, st.timedeltas(timedelta(), timedelta(days=40)))
def test_a_dash_is_the_complement(term: str, job: Job, passed: timedelta) -> None:
    """Of any single term, at any time."""
    now = NOW + passed
    assert found(f"-{term}", job, now) is not found(term, job, now)


@few_jobs
@given(TERMS, TERMS, JOBS)
def test_terms_are_combined_by_and(first: str, second: str, job: Job) -> None:
    """In any order."""
    both = found(first, job) and found(second, job)
    assert found(f"{first} {second}", job) is found(f"{second} {first}", job) is both


@few_jobs
@given(
    TERMS,
    JOBS,
    st.timedeltas(timedelta(days=-1), timedelta(days=40)),
    st.timedeltas(timedelta(), timedelta(days=40)),
    st.timedeltas(timedelta(), timedelta(days=40)),
)
def test_result_changes_by_time_only_when_announced(
    term: str, job: Job, ended: timedelta, passed: timedelta, more: timedelta
) -> None:
    """Until the next change, the result is the same; a query without time has none."""
    job = replace(job, ended_at=NOW - ended, added_at=NOW - ended)
    now = NOW + passed
    query = parse(term)
    change = query.next_change(job, now)
    assert change is None or (query.depends_on_time and change > now)
    later = now + more if change is None else min(now + more, change - timedelta(microseconds=1))
    assert query.matches(job, later) is query.matches(job, now)


def test_every_change_of_a_result_is_announced_in_time() -> None:
    """One that is evaluated at each announced moment, and right after, follows the time."""
    job = a_job(status=Status.SUCCEEDED, videos=(VIDEO,), ended_at=NOW, added_at=NOW)
    for text in ("ended>2d", "ended<=2h", "is:expiring", "expired", "expires<7d", "ended:today"):
        query = parse(text)
        results, now = [query.matches(job, NOW)], NOW
        while (change := query.next_change(job, now)) and change < LATER:
            now = change
            results.append(query.matches(job, now))
        assert {True, False} == set(results), text


@few_jobs
@given(st.lists(JOBS, max_size=3))
def test_remembered_search_texts_are_up_to_date(jobs: list[Job]) -> None:
    """They belong to one state of a job."""
    texts = SearchTexts()
    for job in (*jobs, *jobs, *(replace(job, label="other") for job in jobs)):
        assert texts(job) == search_text(job)


def test_cost_is_compared_exactly() -> None:
    """In decimals, not in floating point."""
    job = a_job(price=Price(Decimal("0.1") * 3))
    assert found("cost:0.3", job)
    assert not found("cost>0.3", job)
    assert found("cost>0.5", a_job(price=O1_PRICE))
