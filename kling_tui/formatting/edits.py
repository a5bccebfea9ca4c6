"""What the user's edits of jobs are called, in messages about them."""

from msgspec.structs import replace

from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.storage.edits import Edit, EditKind, Reversal


def edit_name(edit: Edit, names: JobNames) -> str:
    """Return ``label of 12 jobs``, ``39 unread marks``, or ``renaming summer/ to autumn/``."""
    if edit.renamed:
        before, after = edit.renamed
        return f"renaming {before}/ to {after}/" if after else f"removing the batch name {before}/"
    if edit.kind is EditKind.SEEN:
        return text.count(len(edit.changes), "unread mark")
    return f"{edit.kind} of {names.name_or_count(edit.jobs)}"


def reversal_message(reversal: Reversal, verb: str, names: JobNames) -> str:
    """Return what an undo or a redo did; `verb` is ``undone`` or ``redone``."""
    edit = replace(reversal.edit, changes=reversal.changes or reversal.edit.changes)
    name = edit_name(edit, names)
    if not reversal.changes:
        return f"Not {verb}: {name} (changed elsewhere since)"
    noun = "job" if edit.renamed else "other"  # the message has no number of jobs then
    others = text.count(reversal.skipped, noun) if reversal.skipped else ""
    return f"{verb.capitalize()}: {name}" + (
        f" ({others} changed elsewhere since)" if others else ""
    )
