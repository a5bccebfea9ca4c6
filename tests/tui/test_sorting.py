"""Which jobs are shown, and in which order."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.jobs import Job, Price, Status, Video
from kling_tui.tui.sorting import SORT_ORDERS, SortedJobs, SortOrder, sort_order_by_id
from tests.support.jobs import JOBS, NOW, O1_PRICE, a_job, after, seen

LISTS = st.lists(JOBS, max_size=5, unique_by=lambda job: job.id)
ANY_ORDER = st.sampled_from(SORT_ORDERS)
VOLATILE = (
    *("checked_at", "updated_at", "eta_seconds", "queue_position", "processing_seconds"),
    *("message", "problem", "problem_since", "raw_status", "reply"),
)
any_jobs = settings(max_examples=25)


def ids(jobs: list[Job], order: str = "live", wanted: str = "", *, backwards: bool = False) -> str:
    """Return the ids of the jobs that are shown, in order."""
    return " ".join(SortedJobs(jobs, sort_order_by_id(order), NOW, wanted, reverse=backwards).ids)


def arranged(
    jobs: list[Job], order: SortOrder, wanted: str = "", *, backwards: bool = False
) -> Any:
    """Return the jobs that are shown, in order."""
    by_id = {job.id: job for job in jobs}
    return [by_id[each] for each in SortedJobs(jobs, order, NOW, wanted, reverse=backwards).ids]


def test_orders() -> None:
    """The first order is the default, and every one has an id of its own."""
    assert [order.id for order in SORT_ORDERS] == ["live", "age", "status", "job", "kind", "cost"]
    assert sort_order_by_id("cost").id == "cost"
    assert sort_order_by_id("").id == sort_order_by_id("no such").id == "live"


@pytest.mark.parametrize(
    ("order", "changes", "expected"),
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
        ("kind", [{"kind": "o1"}, {"kind": "i2v"}, {"kind": "i2v"}], "2 1 0"),
        (
            "cost",
            [{"price": None}, {}, {"price": O1_PRICE}, {"videos": (Video("x", duration=15.2),)}],
            "3 2 1 0",
        ),
    ],
)
def test_order(order: str, changes: list[dict[str, Any]], expected: str) -> None:
    """Each order puts first what matters in it, and the newest among equals; it can be reversed."""
    jobs = [a_job(str(age), added_at=after(age), **each) for age, each in enumerate(changes)]
    assert ids(jobs, order) == expected
    assert ids(jobs[::-1], order) == expected
    assert ids(jobs, order, backwards=True) == " ".join(reversed(expected.split()))


def test_tracked_at_the_same_moment() -> None:
    """Of jobs that were added together the last one counts as the newest."""
    assert ids([a_job("a"), a_job("b"), a_job("c")]) == "c b a"


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
    "wanted",
    [
        *("", "  ", "cji17", "HERO", "strasse", "i2v", "running", "queued", "fox", "502", "almost"),
        "Studio",
        *("hero fox", "snow  I2V\thero", "fox fox"),
    ],
)
def test_filter_finds(wanted: str) -> None:
    """Each word is somewhere in what is known, in any order and in either case."""
    assert ids([JOB], wanted=wanted) == "CjI17"


@pytest.mark.parametrize("wanted", ["o1", "hero wolf", "heroi2v", "ready http\\", "[", "."])
def test_filter_leaves_out(wanted: str) -> None:
    """One word that is nowhere is enough to leave a job out; nothing in it is special."""
    assert ids([JOB], wanted=wanted) == ""


@any_jobs
@given(LISTS, JOBS, ANY_ORDER)
def test_nothing_moves_by_itself(jobs: list[Job], other: Job, order: SortOrder) -> None:
    """Where a job stands does not depend on anything that a poll may change while it lives."""
    said = {name: getattr(other, name) for name in VOLATILE}
    for index, job in enumerate(jobs):
        polled = [*jobs[:index], replace(job, **said), *jobs[index + 1 :]]
        assert ids(polled, order.id) == ids(jobs, order.id)


@any_jobs
@given(LISTS, ANY_ORDER)
def test_all_are_there(jobs: list[Job], order: SortOrder) -> None:
    """Without a filter each job stands there once, sorted, and reversed is the other way round."""
    shown = arranged(jobs, order, "")
    assert sorted(job.id for job in shown) == sorted(job.id for job in jobs)
    keys = [order.key(job) for job in shown]
    assert keys == sorted(keys)
    assert arranged(jobs, order, "", backwards=True) == shown[::-1]


@any_jobs
@given(LISTS, ANY_ORDER, st.text(max_size=3))
def test_a_filter_only_leaves_out(jobs: list[Job], order: SortOrder, wanted: str) -> None:
    """What a filter leaves stands in the order in which it stood before."""
    shown = arranged(jobs, order, wanted)
    assert shown == [job for job in arranged(jobs, order, "") if job in shown]


def test_no_price_is_no_cost() -> None:
    """What nobody knows the price of stands with what is free."""
    jobs = [a_job("a", price=None), a_job("b", price=Price(O1_PRICE.usd * 0)), a_job("c")]
    assert ids(jobs, "cost") == "c b a"


@any_jobs
@given(
    LISTS, st.lists(JOBS, max_size=5), ANY_ORDER, st.sampled_from(["", "a", "i2v"]), st.booleans()
)
def test_a_job_that_changes_finds_its_place(
    jobs: list[Job],
    others: list[Job],
    order: SortOrder,
    wanted: str,
    backwards: bool,  # noqa: FBT001
) -> None:
    """One job after the other changes, or is new, and all stand as if they were sorted anew."""
    arrangement = SortedJobs(jobs, order, NOW, wanted, reverse=backwards)
    now = list(jobs)
    for index, other in enumerate(others):
        if index < len(jobs):
            now[index] = replace(other, id=jobs[index].id)
            changed = now[index]
        else:
            changed = replace(other, id=f"new {index}")
            now.append(changed)
        before = arrangement.ids
        moved = arrangement.move(changed)
        assert arrangement.ids == SortedJobs(now, order, NOW, wanted, reverse=backwards).ids
        assert moved or arrangement.ids == before
