"""Sort orders of the job table."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.jobs import Job, Price, Status, Video
from kling_tui.queries import parse
from kling_tui.queries.lexer import quoted
from kling_tui.tui.sorting import SORT_ORDERS, SortedJobs, SortOrder, sort_order_by_id
from tests.support.jobs import JOBS, NOW, O1_PRICE, a_job, after

JOB_LISTS = st.lists(JOBS, max_size=5, unique_by=lambda job: job.id)
ORDERS = st.sampled_from(SORT_ORDERS)
POLLED_FIELDS = (
    *("checked_at", "updated_at", "eta_seconds", "queue_position", "processing_seconds"),
    *("message", "problem", "problem_since", "raw_status", "reply"),
)
any_jobs = settings(max_examples=25)


def matching(filter_text: str) -> Callable[[Job], bool]:
    """Return the test of a filter of plain text."""
    query = parse(quoted(filter_text))
    return lambda job: query.matches(job, NOW)


def shown_ids(
    jobs: list[Job], sort_id: str = "live", filter_text: str = "", *, reverse: bool = False
) -> str:
    """Return the ids of the jobs that are shown, in order, separated by blanks."""
    order = sort_order_by_id(sort_id)
    return " ".join(SortedJobs(jobs, order, matching(filter_text), reverse=reverse).ids)


def shown_jobs(
    jobs: list[Job], order: SortOrder, filter_text: str = "", *, reverse: bool = False
) -> list[Job]:
    """Return the jobs that are shown, in order."""
    by_id = {job.id: job for job in jobs}
    ids = SortedJobs(jobs, order, matching(filter_text), reverse=reverse).ids
    return [by_id[job_id] for job_id in ids]


def test_first_order_is_the_default() -> None:
    """Every order has its own id."""
    ids = ["live", "age", "ended", "elapsed", "status", "job", "kind", "profile", "cost"]
    assert [order.id for order in SORT_ORDERS] == ids
    assert len({order.letter for order in SORT_ORDERS}) == len(ids)
    assert sort_order_by_id("cost").id == "cost"
    assert sort_order_by_id("").id == sort_order_by_id("no such").id == "live"


def test_titles_of_orders_have_one_form_and_say_what_comes_first() -> None:
    """In both directions, and without a comma: the title of the table is a list."""
    titles = [title for order in SORT_ORDERS for title in order.titles]
    assert len(set(titles)) == len(titles)
    assert all(re.fullmatch(r"[a-z ]+ first|[a-z]+ (A to Z|Z to A)", title) for title in titles)


@pytest.mark.parametrize(
    ("sort_id", "changes", "expected"),
    [
        (
            "live",
            [
                {"status": Status.FAILED},
                {},
                {"status": Status.SUCCEEDED},
                {"status": Status.QUEUED},
            ],
            "3 1 2 0",
        ),
        ("age", [{"status": Status.FAILED}, {}, {}, {"status": Status.SUCCEEDED}], "3 2 1 0"),
        ("status", [{"status": status} for status in Status], "3 1 4 0 2"),
        ("job", [{"label": "b"}, {"label": "C"}, {"label": "A"}, {}], "3 2 0 1"),
        ("profile", [{"profile": "studio"}, {"profile": ""}, {"profile": "a"}], "2 1 0"),
        (
            "ended",
            [
                {"status": Status.FAILED, "ended_at": after(50)},
                {},
                {"status": Status.SUCCEEDED, "ended_at": after(90)},
                {"status": Status.FAILED},
            ],
            "3 1 2 0",
        ),
        (
            "elapsed",
            [
                {"status": Status.FAILED, "ended_at": after(50), "processing_seconds": 30.0},
                {},
                {"status": Status.FAILED, "ended_at": after(60), "processing_seconds": 40.0},
                {"created_at": after(-5)},
                {"status": Status.FAILED},
            ],
            "3 1 2 0 4",
        ),
        ("kind", [{"kind": "o1"}, {"kind": "i2v"}, {"kind": "i2v"}], "2 1 0"),
        (
            "cost",
            [{"price": None}, {}, {"price": O1_PRICE}, {"videos": (Video("x", duration=15.2),)}],
            "3 2 1 0",
        ),
    ],
)
def test_each_order_sorts_equal_jobs_newest_first(
    sort_id: str, changes: list[dict[str, Any]], expected: str
) -> None:
    """The order does not depend on that of the jobs passed, and can be reversed."""
    jobs = [a_job(str(age), added_at=after(age), **fields) for age, fields in enumerate(changes)]
    assert shown_ids(jobs, sort_id) == expected
    assert shown_ids(jobs[::-1], sort_id) == expected
    assert shown_ids(jobs, sort_id, reverse=True) == " ".join(reversed(expected.split()))


def test_last_of_jobs_added_together_is_the_newest() -> None:
    """They have the same time."""
    assert shown_ids([a_job("a"), a_job("b"), a_job("c")]) == "c b a"


@any_jobs
@given(JOB_LISTS, JOBS, ORDERS)
def test_polls_that_change_no_status_move_no_job(
    jobs: list[Job], other: Job, order: SortOrder
) -> None:
    """The position of a live job does not depend on fields that change with each poll."""
    polled_fields = {name: getattr(other, name) for name in POLLED_FIELDS}
    live = ((index, job) for index, job in enumerate(jobs) if not job.ended)
    for index, job in live:
        polled = [*jobs[:index], replace(job, **polled_fields), *jobs[index + 1 :]]
        assert shown_ids(polled, order.id) == shown_ids(jobs, order.id)


@any_jobs
@given(JOB_LISTS, ORDERS)
def test_without_a_filter_every_job_is_shown_once(jobs: list[Job], order: SortOrder) -> None:
    """They are sorted, and reversed on request."""
    shown = shown_jobs(jobs, order)
    assert sorted(job.id for job in shown) == sorted(job.id for job in jobs)
    keys = [order.key(job) for job in shown]
    assert keys == sorted(keys)
    assert shown_jobs(jobs, order, reverse=True) == shown[::-1]


@any_jobs
@given(JOB_LISTS, ORDERS, st.text(max_size=3))
def test_filter_keeps_the_order(jobs: list[Job], order: SortOrder, filter_text: str) -> None:
    """A filter hides jobs, but does not move the others."""
    shown = shown_jobs(jobs, order, filter_text)
    assert shown == [job for job in shown_jobs(jobs, order) if job in shown]


def test_unknown_price_sorts_like_no_cost() -> None:
    """A job without a price is sorted with the free ones."""
    jobs = [a_job("a", price=None), a_job("b", price=Price(O1_PRICE.usd * 0)), a_job("c")]
    assert shown_ids(jobs, "cost") == "c b a"


@any_jobs
@given(
    JOB_LISTS, st.lists(JOBS, max_size=5), ORDERS, st.sampled_from(["", "a", "i2v"]), st.booleans()
)
def test_moving_one_job_equals_sorting_all(
    jobs: list[Job],
    others: list[Job],
    order: SortOrder,
    filter_text: str,
    reverse: bool,  # noqa: FBT001
) -> None:
    """Jobs change or are added one by one; each time the order is that of a new sort."""
    matches = matching(filter_text)
    sorted_jobs = SortedJobs(jobs, order, matches, reverse=reverse)
    current = list(jobs)
    for index, other in enumerate(others):
        if index < len(jobs):
            changed = replace(other, id=jobs[index].id)
            current[index] = changed
        else:
            changed = replace(other, id=f"new {index}")
            current.append(changed)
        before = sorted_jobs.ids
        moved = sorted_jobs.move(changed, matches=matches(changed))
        expected = SortedJobs(current, order, matches, reverse=reverse).ids
        assert sorted_jobs.ids == expected
        assert moved or sorted_jobs.ids == before
