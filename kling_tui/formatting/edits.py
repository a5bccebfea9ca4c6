"""What the user's edits of jobs are called, in messages about them."""

from collections.abc import Sequence

from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.storage.edits import Edit, Reversal


def names(jobs: Sequence[Job]) -> str:
    """Return the name of a single job, or how many there are."""
    return jobs[0].name if len(jobs) == 1 else text.count(len(jobs), "job")


def edit_name(edit: Edit) -> str:
    """Return ``label of 12 jobs``, or ``removal of hero shot``."""
    return f"{edit.kind} of {names(edit.jobs)}"


def reversal_message(reversal: Reversal, verb: str) -> str:
    """Return what an undo or a redo did; `verb` is ``undone`` or ``redone``."""
    name = edit_name(Edit(reversal.edit.kind, reversal.changes or reversal.edit.changes))
    if not reversal.changes:
        return f"Not {verb}: {name} (changed elsewhere since)"
    others = text.count(reversal.skipped, "other") if reversal.skipped else ""
    return f"{verb.capitalize()}: {name}" + (
        f" ({others} changed elsewhere since)" if others else ""
    )
