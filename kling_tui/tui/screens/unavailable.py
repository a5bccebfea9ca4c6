"""Why a key of the main screen can do nothing now, as a sentence for the user."""

from collections.abc import Mapping

from kling_tui.formatting import text
from kling_tui.jobs import Job, Status
from kling_tui.tui.screens.bindings import displayed_key
from kling_tui.tui.screens.selection import Selection

_NO_JOBS = "No jobs are shown."
_NOTHING = {
    "undo": "Nothing to undo.",
    "redo": "Nothing to redo.",
    "clear": "Nothing to close or to clear.",
}
_NEEDS_RESULT = frozenset({"copy", "copy_path", "open", "download", "keep", "reject"})


class UnavailableReasons:
    """Explains keys whose actions are not available."""

    def __init__(self, selection: Selection, keys: Mapping[str, str]) -> None:
        """`keys` is the config's [keys]."""
        self._selection = selection
        self._keys = keys

    def reason(self, name: str) -> str:
        """Return why the action `name` can do nothing now, such as "copy"."""
        if name in _NOTHING:
            return _NOTHING[name]
        if name == "select":
            key = displayed_key("save_view", self._keys)
            return f"No view has this key. Press {key} to save one."
        targets, job = self._selection.targets, self._selection.job
        if name in _NEEDS_RESULT and targets:
            several = len(targets) > 1
            return "None of these jobs has a result." if several else _no_result(targets[0])
        if batch := self._selection.batch:
            key, count = displayed_key("fold", self._keys), text.count(batch.size, "job")
            return (
                f"{batch.title} has {count}; this key needs one of them. Press {key} to unfold it."
            )
        if job is None:
            return _NO_JOBS
        if name == "play":
            key = displayed_key("download", self._keys)
            return f"Not downloaded. Press {key} to download it." if job.videos else _no_result(job)
        return "No response from the gateway yet." if name == "reply" else ""


def _no_result(job: Job) -> str:
    if job.status is Status.FAILED:
        return "This job failed: it has no result."
    if job.ended:
        return "The gateway gave no link to a result."
    return f"No result yet: this job is {text.status(job)}."
