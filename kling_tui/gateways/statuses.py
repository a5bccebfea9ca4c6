"""Maps the status values of all endpoints to Status.

The values were seen in replies of the gateway, its siblings and other vendors' status calls; the
API documents have only ``succeed`` and ``processing`` (I2V), ``COMPLETED``, ``IN_PROGRESS`` and
``FAILED`` (O1).
"""

import re
from functools import lru_cache

from kling_tui.jobs import Status

_SYNONYMS = {
    Status.SUCCEEDED: "succeed succeeded success successful complete completed finished done ready",
    Status.FAILED: "failed fail failure error errored unsuccessful",
    Status.QUEUED: "submitted queued in_queue pending created starting wait waiting",
    Status.RUNNING: "processing in_progress running",
}
"""Values that say no more than the Status does."""
_MORE_PRECISE = {
    Status.SUCCEEDED: (
        "partial partially_completed partial_completed partially_complete partial_complete "
        "partially_succeeded partial_succeeded partial_success partially_finished partially_done "
        "completed_with_errors completed_with_warnings"
    ),
    Status.FAILED: (
        "cancelled canceled timeout timed_out time_out aborted abort rejected reject expired "
        "terminated killed stopped interrupted crashed deleted revoked denied refused declined "
        "blocked moderated content_moderated flagged invalid incomplete"
    ),
}
"""Values that end a job and say how. Of a job that has partly succeeded there are results."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PREFIXES = {"task", "job", "status", "state", "request", "video", "generation", "prediction"}
"""Words before a value that say what is in this state: ``TASK_STATUS_SUCCEED``, ``jobFailed``."""


def _by_spelling(values_by_status: dict[Status, str]) -> dict[str, Status]:
    return {
        value.replace("_", ""): status
        for status, values in values_by_status.items()
        for value in values.split()
    }


_SYNONYM_STATUSES = _by_spelling(_SYNONYMS)
_ALL_STATUSES = _SYNONYM_STATUSES | _by_spelling(_MORE_PRECISE)


def status_from_raw(raw_status: str) -> Status:
    """Return the Status of an endpoint's status value; UNKNOWN for other values.

    The value may be in any case, and its words apart in any way: ``TIMED_OUT``, ``timed-out``,
    ``Timed out`` and ``timedOut`` are the same.
    """
    return _ALL_STATUSES.get(_spelling(raw_status), Status.UNKNOWN)


def is_synonym(raw_status: str, status: Status) -> bool:
    """Return whether a status value says no more than `status` does."""
    return _SYNONYM_STATUSES.get(_spelling(raw_status)) is status


@lru_cache(maxsize=256)
def _spelling(raw_status: str) -> str:
    """Return the words of a status value in lower case, without separators and prefixes."""
    words = [word.lower() for word in _WORD.findall(raw_status)]
    while len(words) > 1 and words[0] in _PREFIXES:
        words.pop(0)
    return "".join(words)
