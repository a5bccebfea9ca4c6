"""What the user's edits of jobs are called, in messages about them."""

from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.storage.edits import Edit, EditKind, Reversal


def edit_name(edit: Edit, names: JobNames) -> str:
    """Return ``label of 12 jobs``, ``removal of hero shot``, or ``39 unread marks``."""
    if edit.kind is EditKind.SEEN:
        return text.count(len(edit.changes), "unread mark")
    return f"{edit.kind} of {names.name_or_count(edit.jobs)}"


def reversal_message(reversal: Reversal, verb: str, names: JobNames) -> str:
    """Return what an undo or a redo did; `verb` is ``undone`` or ``redone``."""
    name = edit_name(Edit(reversal.edit.kind, reversal.changes or reversal.edit.changes), names)
    if not reversal.changes:
        return f"Not {verb}: {name} (changed elsewhere since)"
    others = text.count(reversal.skipped, "other") if reversal.skipped else ""
    return f"{verb.capitalize()}: {name}" + (
        f" ({others} changed elsewhere since)" if others else ""
    )
