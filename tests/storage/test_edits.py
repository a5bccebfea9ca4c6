"""Edits of the user, their undo and redo, on one store in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.jobs import Job, Review, Status
from kling_tui.storage.edits import MAX_EDITED_JOBS, MAX_EDITS, EditHistory, EditKind
from kling_tui.storage.store import Store
from tests.support.jobs import NOW, a_job, after


@pytest.fixture
def store() -> Store:
    """Return a store of three jobs that is never saved."""
    store = Store(Path("never-written.toml"))
    store.put(*(a_job(name, label=f"label of {name}") for name in ("one", "two", "three")))
    return store


def labels(store: Store) -> dict[str, str]:
    """Return the label of each tracked job."""
    return {job.id: job.label for job in store.jobs.values()}


def test_an_edit_of_many_jobs_is_undone_in_one_step(store: Store) -> None:
    """And says what it was, and which jobs it changed."""
    before, edits = labels(store), EditHistory(store)
    edits.relabel(store.jobs.values(), "all")
    reversal = edits.undo()
    assert reversal
    assert (reversal.edit.kind, reversal.skipped) == (EditKind.LABEL, 0)
    assert [job.id for job in reversal.edit.jobs] == ["one", "two", "three"]
    assert labels(store) == before
    assert edits.undo() is None


def test_edits_are_undone_last_first_and_redone_in_their_order(store: Store) -> None:
    """Each step of both leads to the jobs as they were at that point."""
    edits = EditHistory(store)
    states = [dict(store.jobs)]
    steps: list[Callable[[], None]] = [
        lambda: edits.relabel([store.jobs["one"], store.jobs["two"]], "both"),
        lambda: edits.add([a_job("four")]),
        lambda: edits.remove([store.jobs["one"], store.jobs["four"]]),
        lambda: edits.relabel([store.jobs["two"]], ""),
    ]
    for step in steps:
        step()
        states.append(dict(store.jobs))
    for state in reversed(states[:-1]):
        assert edits.undo()
        assert store.jobs == state
    assert not edits.undo()
    for state in states[1:]:
        assert edits.can_redo
        assert edits.redo()
        assert store.jobs == state
    assert not edits.can_redo
    assert not edits.redo()


def test_a_new_edit_ends_what_can_be_redone(store: Store) -> None:
    """As in every editor."""
    edits = EditHistory(store)
    edits.relabel([store.jobs["one"]], "a")
    edits.undo()
    edits.remove([store.jobs["two"]])
    assert not edits.can_redo
    assert edits.redo() is None


def test_an_edit_that_changes_nothing_is_no_step(store: Store) -> None:
    """A label that a job has already, and a job that is gone."""
    edits = EditHistory(store)
    edits.relabel([store.jobs["one"]], "label of one")
    edits.remove([a_job("gone")])
    edits.add([])
    assert edits.next_undo is None


def test_undo_of_a_label_keeps_what_polls_reported_since(store: Store) -> None:
    """Only the label changes."""
    edits = EditHistory(store)
    edits.relabel([store.jobs["one"]], "new")
    ended = replace(store.jobs["one"], status=Status.SUCCEEDED, ended_at=after(5))
    store.put(ended)
    edits.undo()
    assert store.jobs["one"] == replace(ended, label="label of one")
    store.put(replace(store.jobs["one"], message="later"))
    edits.redo()
    assert store.jobs["one"] == replace(ended, label="new", message="later")


def test_unread_marks_come_back_where_the_jobs_are_still_seen(store: Store) -> None:
    """Only of the jobs that were unread; what else has changed since stays."""
    store.put(*(replace(store.jobs[name], unread=True) for name in ("one", "two")))
    before, edits = dict(store.jobs), EditHistory(store)
    edits.mark_seen(store.jobs.values())
    assert not any(job.unread for job in store.jobs.values())
    store.put(replace(store.jobs["one"], label="theirs"))
    store.remove("two")
    reversal = edits.undo()
    assert reversal
    assert (reversal.edit.kind, len(reversal.edit.jobs), reversal.skipped) == (EditKind.SEEN, 2, 1)
    assert store.jobs["one"] == replace(before["one"], label="theirs")
    assert not store.jobs["three"].unread
    edits.redo()
    assert store.jobs["one"] == replace(before["one"], label="theirs", unread=False)


def test_a_review_that_another_process_changed_is_not_undone(store: Store) -> None:
    """The others are taken back; polls since are kept."""
    edits = EditHistory(store)
    edits.review([store.jobs["one"], store.jobs["two"]], Review.KEPT)
    store.put(
        replace(store.jobs["one"], checked_at=after(5)),
        replace(store.jobs["two"], review=Review.REJECTED),
    )
    reversal = edits.undo()
    assert reversal
    assert (reversal.edit.kind, reversal.skipped) == (EditKind.REVIEW, 1)
    assert (store.jobs["one"].review, store.jobs["one"].checked_at) == (None, after(5))
    assert store.jobs["two"].review is Review.REJECTED


def test_marks_that_another_process_has_set_already_are_no_change(store: Store) -> None:
    """There is nothing to undo in them."""
    store.put(unread := replace(store.jobs["one"], unread=True))
    edits = EditHistory(store)
    edits.mark_seen([unread])
    store.put(unread)
    reversal = edits.undo()
    assert reversal
    assert reversal.skipped == 1


def test_redo_of_an_addition_brings_back_its_results(store: Store) -> None:
    """The job is not as new as when it was added."""
    edits = EditHistory(store)
    edits.add([job := a_job("four")])
    store.put(ended := replace(job, status=Status.FAILED, ended_at=after(5)))
    edits.undo()
    assert "four" not in store.jobs
    edits.redo()
    assert store.jobs["four"] == ended


@pytest.mark.parametrize(
    "added_again",
    [{"added_at": after(60)}, {"profile": "studio"}],
    ids=["later", "for another profile"],
)
def test_a_job_that_was_added_again_is_not_touched(
    store: Store, added_again: dict[str, Any]
) -> None:
    """Neither its label, nor is it removed or overwritten, though its id and label are the same."""
    edits = EditHistory(store)
    edits.add([job := a_job("four", label="x")])
    edits.relabel([job], "y")
    edits.remove([labelled := store.jobs["four"]])
    store.put(new := replace(labelled, **added_again))
    for _ in range(3):
        reversal = edits.undo()
        assert reversal
        assert (reversal.changes, reversal.skipped) == ((), 1)
        assert store.jobs["four"] is new
    assert not edits.can_redo


def test_a_label_of_a_job_that_is_gone_is_skipped(store: Store) -> None:
    """The others get theirs back, and only those are redone."""
    edits = EditHistory(store)
    edits.relabel(store.jobs.values(), "all")
    store.remove("two")
    reversal = edits.undo()
    assert reversal
    assert reversal.skipped == 1
    assert labels(store) == {"one": "label of one", "three": "label of three"}
    store.put(a_job("two", label="back"))
    edits.redo()
    assert labels(store) == {"one": "all", "three": "all", "two": "back"}


def test_the_history_is_bounded_in_edits(store: Store) -> None:
    """What was edited for weeks would fill the memory."""
    edits = EditHistory(store)
    for number in range(MAX_EDITS + 5):
        edits.relabel([store.jobs["one"]], str(number))
    undone = 0
    while edits.undo():
        undone += 1
    assert undone == MAX_EDITS
    assert store.jobs["one"].label == "4"


def test_the_history_is_bounded_in_jobs(store: Store) -> None:
    """The last edit can be undone however large it is."""
    edits = EditHistory(store)
    edits.remove([store.jobs["one"]])
    edits.add([Job(id=str(number), kind="i2v", added_at=NOW) for number in range(MAX_EDITED_JOBS)])
    assert edits.undo()
    assert edits.next_undo is None
    edits.redo()
    edits.relabel([store.jobs["two"]], "last")
    assert edits.undo()
    assert edits.next_undo is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "label", "seen", "review", "undo", "redo"]),
        st.lists(st.sampled_from("abcd"), unique=True),
        st.sampled_from(["", "x", "y"]),
    ),
    max_size=15,
)


@given(STEPS)
def test_undoing_everything_leads_back_to_the_start(
    steps: list[tuple[str, list[str], str]],
) -> None:
    """Whatever was edited, undone and redone before; redoing everything leads to the end again."""
    store = Store(Path("never-written.toml"))
    store.put(a_job("a", unread=True), a_job("b", label="x"))
    start, edits = dict(store.jobs), EditHistory(store)
    for action, ids, label in steps:
        match action:
            case "add":
                edits.add([a_job(name) for name in ids if name not in store.jobs])
            case "remove":
                edits.remove([store.jobs[name] for name in ids if name in store.jobs])
            case "label":
                edits.relabel([store.jobs[name] for name in ids if name in store.jobs], label)
            case "review":
                review = {"x": Review.KEPT, "y": Review.REJECTED}.get(label)
                edits.review([store.jobs[name] for name in ids if name in store.jobs], review)
            case "seen":
                edits.mark_seen([store.jobs[name] for name in ids if name in store.jobs])
            case _:
                getattr(edits, action)()
    while edits.redo():
        pass
    end = dict(store.jobs)
    while reversal := edits.undo():
        assert reversal.skipped == 0
    assert store.jobs == start
    while edits.redo():
        pass
    assert store.jobs == end
