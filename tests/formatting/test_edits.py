"""What messages say about edits of jobs."""

import pytest

from kling_tui.formatting.edits import reversal_message
from kling_tui.formatting.names import JobNames
from kling_tui.storage.edits import Change, Edit, EditKind, Reversal
from tests.support.jobs import a_job

CHANGES = tuple(Change(a_job(name, label=name), None) for name in ("hero", "spin", "silk"))


@pytest.mark.parametrize(
    ("names", "reverted", "message"),
    [
        (("summer", "autumn"), 3, "Redone: renaming summer/ to autumn/"),
        (("summer", "autumn"), 2, "Redone: renaming summer/ to autumn/ (1 job changed elsewhere"),
        (("summer", ""), 3, "Redone: removing the batch name summer/"),
    ],
)
def test_message_names_the_batch_that_was_renamed(
    names: tuple[str, str], reverted: int, message: str
) -> None:
    """Rather than the jobs, whose labels the user has not edited."""
    reversal = Reversal(Edit(EditKind.LABEL, CHANGES, names), CHANGES[:reverted])
    assert reversal_message(reversal, "redone", JobNames()).startswith(message)


@pytest.mark.parametrize(
    ("kind", "edited", "reverted", "message"),
    [
        (EditKind.REMOVAL, 1, 1, "Undone: removal of hero"),
        (EditKind.LABEL, 3, 3, "Undone: label of 3 jobs"),
        (EditKind.LABEL, 3, 2, "Undone: label of 2 jobs (1 other changed elsewhere since)"),
        (EditKind.ADDITION, 3, 1, "Undone: addition of hero (2 others changed elsewhere since)"),
        (EditKind.SEEN, 1, 1, "Undone: 1 unread mark"),
        (EditKind.SEEN, 3, 2, "Undone: 2 unread marks (1 other changed elsewhere since)"),
        (EditKind.REVIEW, 1, 1, "Undone: review of hero"),
        (EditKind.REMOVAL, 3, 0, "Not undone: removal of 3 jobs (changed elsewhere since)"),
    ],
)
def test_message_names_the_edit_and_what_was_skipped(
    kind: EditKind, edited: int, reverted: int, message: str
) -> None:
    """One job by its name, several by their count."""
    reversal = Reversal(Edit(kind, CHANGES[:edited]), CHANGES[:reverted])
    assert reversal_message(reversal, "undone", JobNames()) == message
