"""The key bindings of the main screen, the most important first: the last line shows what fits."""

from collections.abc import Mapping

from textual.binding import Binding
from textual.keys import format_key

from kling_tui.tui.views import KEYS as VIEW_KEYS

VIEW_IDS = tuple(f"view_{key}" for key in VIEW_KEYS)
"""The ids of the bindings that select views."""
OTHER_JOBS_IDS = frozenset({"filter", "filter_by", "clear", "undo", "redo", *VIEW_IDS})
"""The ids of the bindings that say nothing about the job under the cursor: they select other jobs,
or act on them."""
KEYS = (
    Binding("question_mark", "app.help", "Keys", id="help", tooltip="Show all keys"),
    Binding("q", "app.quit", "Quit", id="quit", tooltip="Quit"),
    Binding("a", "jobs('add')", "Add", id="add", tooltip="Track jobs by their ids"),
    Binding("enter", "view('detail')", "Detail", id="detail",
            tooltip="Enlarge or close the detail"),
    Binding("slash", "view('filter')", "Filter", id="filter", tooltip="Filter jobs"),
    Binding("escape", "views('clear')", "Back", id="clear",
            tooltip="Close detail, clear marks, filter, view, unread"),
    Binding("y", "results('copy')", "Copy", id="copy", tooltip="Copy the URL of the result"),
    Binding("C", "costs", "Costs", id="costs",
            tooltip="Costs by day and group, forecasts, budgets"),
    Binding("W", "wall", "Clips", id="wall",
            tooltip="Clip wall: all downloaded results"),
    Binding("T", "timeline", "Timeline", id="timeline", tooltip="Timeline of jobs and outages"),
    Binding("Y", "results('copy_id')", "Copy id", id="copy_id", show=False,
            tooltip="Copy the id"),
    Binding("p", "results('copy_path')", "Copy path", id="copy_path", show=False,
            tooltip="Copy the path of the file, or else the URL"),
    Binding("d", "results('download')", "Download", id="download",
            tooltip="Download (again: cancel)"),
    Binding("D", "results('download_all')", "Download all", id="download_all", show=False,
            tooltip="Download all missing (again: cancel)"),
    Binding("f", "views('filter_by')", "Filter by", id="filter_by",
            tooltip="Filter by… (a menu)"),
    Binding("r", "jobs('refresh')", "Refresh", id="refresh", tooltip="Refresh this job"),
    Binding("R", "jobs('refresh_all')", "Refresh all", id="refresh_all", show=False,
            tooltip="Refresh all unfinished jobs"),
    # Of two bindings with the same key and id, the one that is available counts.
    Binding("space", "pause", "Pause", id="pause", tooltip="Pause or resume all polling"),
    Binding("space", "resume", "Resume", id="pause", tooltip="Pause or resume all polling"),
    Binding("x", "jobs('remove')", "Remove", id="remove", tooltip="Stop tracking this job"),
    Binding("u", "jobs('undo')", "Undo", id="undo", tooltip="Undo the last change of jobs"),
    Binding("U", "jobs('redo')", "Redo", id="redo", tooltip="Redo what was undone"),
    Binding("e", "jobs('label')", "Label", id="label",
            tooltip="Edit this job's label, or rename the batch"),
    Binding("s", "view('sort')", "Sort", id="sort", tooltip="Sort by… (a menu)"),
    Binding("o", "results('open')", "Open", id="open",
            tooltip="Open the file or the page of the result"),
    Binding("v", "results('play')", "Play", id="play", tooltip="Play the downloaded video"),
    Binding("plus", "jobs('keep')", "Keep", id="keep", show=False,
            tooltip="Keep the result (again: not reviewed)"),
    Binding("minus", "jobs('reject')", "Reject", id="reject", show=False,
            tooltip="Reject the result (again: not reviewed)"),
    Binding("m", "view('mark')", "Mark", id="mark",
            tooltip="Mark this job; keys act on all marked jobs"),
    Binding("M", "view('mark_to')", "Mark to here", id="mark_to", show=False,
            tooltip="Mark all from the last mark to this job"),
    Binding("asterisk", "view('mark_all')", "Mark all", id="mark_all", show=False,
            tooltip="Mark all jobs shown, or unmark them"),
    Binding("z", "view('fold')", "Fold", id="fold", show=False,
            tooltip="Fold or unfold the batch of this job"),
    Binding("Z", "view('fold_all')", "Fold all", id="fold_all", show=False,
            tooltip="Fold or unfold all batches"),
    Binding("N", "view('next_unread')", "Next unread", id="next_unread", show=False,
            tooltip="Next unread job"),
    Binding("S", "view('reverse')", "Reverse", id="reverse", show=False,
            tooltip="Reverse the order"),
    *(
        # Without a description: the palette lists the views by name.
        Binding(key, f"views('select', '{key}')", "", id=f"view_{key}", show=False,
                tooltip=f"Select view {key}")
        for key in VIEW_KEYS
    ),
    Binding("V", "views('save')", "Save view", id="save_view", show=False,
            tooltip="Save filter and order as a view"),
    Binding("c", "view('columns')", "Columns", id="columns", show=False,
            tooltip="Choose the columns"),
    Binding("i", "jobs('reply')", "Reply", id="reply", show=False,
            tooltip="Last API response (JSON)"),
    Binding("n", "notifications", "Notify", id="notify", show=False,
            tooltip="Notification settings"),
    Binding("L", "app.show_log", "Log", id="log", show=False, tooltip="Show this program's log"),
    Binding("right_square_bracket,right", "view('next')", "Next", id="next", show=False,
            tooltip="Next job, also in the detail"),
    Binding("left_square_bracket,left", "view('previous')", "Previous", id="previous",
            show=False, tooltip="Previous job, also in the detail"),
)  # fmt: skip

SCREENS = "Screens"
"""The title of the group of the keys that open a screen of their own."""
_GROUPS = {
    "jobs": "Jobs",
    "results": "Results",
    "view": "View",
    "views": "View",
    "costs": SCREENS,
    "timeline": SCREENS,
    "wall": SCREENS,
}
"""Titles of groups by the objects whose actions the bindings run."""
_MOVING, _APP = "Moving", "App"
GROUP_TITLES = ("Jobs", "Results", _MOVING, SCREENS, "View", _APP)
"""The titles of the groups of keys, in the order in which the help shows them."""
TEXTUAL_KEYS = (
    (_MOVING, Binding("tab", "app.focus_next", tooltip="Move to the detail, and back")),
    (_APP, Binding("ctrl+p", "app.command_palette", tooltip="Palette: themes, and all commands")),
)
"""Keys that Textual binds, for the help; with the groups that they belong to."""
_MOVING_IDS = frozenset({"next", "previous"})
_MOVING_ACTIONS = ("move", "page")


def group_title(binding: Binding) -> str:
    """Return the group of the help that a binding belongs to."""
    target = binding.action.partition("(")[0]
    if binding.id in _MOVING_IDS or target.startswith(_MOVING_ACTIONS):
        return _MOVING
    return _GROUPS.get(target, _APP)


def displayed_key(binding_id: str, remapped: Mapping[str, str]) -> str:
    """Return a key of the main screen, as it is bound now, for a text for the user.

    `remapped` is the config's [keys].
    """
    default = next(binding.key for binding in KEYS if binding.id == binding_id)
    return format_key(remapped.get(binding_id, default).split(",")[0].strip())


def undo_hint(remapped: Mapping[str, str]) -> str:
    """Return how to undo what was done just now, as a sentence for the user."""
    return f"Press {displayed_key('undo', remapped)} to undo"
