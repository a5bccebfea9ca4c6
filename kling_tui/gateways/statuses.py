"""Maps the status values of all endpoints to Status.

The values were seen in replies of the gateway and its siblings; the API documents have only
``succeed`` and ``processing`` (I2V), ``COMPLETED``, ``IN_PROGRESS`` and ``FAILED`` (O1).
"""

from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields
from kling_tui.jobs import Status

_RAW_STATUSES = {
    Status.SUCCEEDED: "succeed succeeded success complete completed finished done ready",
    Status.FAILED: "failed fail error cancelled canceled",
    Status.QUEUED: "submitted queued in_queue pending created starting wait",
    Status.RUNNING: "processing in_progress running",
}
_STATUS_BY_RAW = {raw: status for status, raws in _RAW_STATUSES.items() for raw in raws.split()}


def status_from_raw(raw_status: str) -> Status:
    """Return the Status of an endpoint's status value in any case; UNKNOWN for other values."""
    return _STATUS_BY_RAW.get(raw_status.strip().lower(), Status.UNKNOWN)


def status_from_body(
    body: Mapping[str, Any], http_status: int, *, has_result: bool
) -> Status | None:
    """Return the Status in an O1 or unified status reply; None if it is not about a job.

    ===============================================  =====================
    body                                             Status
    ===============================================  =====================
    ``{"status": "COMPLETED", …}``                   by ``status``
    no ``status``, but a result                      SUCCEEDED
    HTTP 500 and ``{"detail": {"msg": "…"}}``        FAILED
    "still in progress" in the error message of a    RUNNING
    failure, or of a body without status
    ===============================================  =====================
    """
    raw_status = json_fields.text(body.get("status"))
    if raw_status is not None:
        status = status_from_raw(raw_status)
    elif has_result:
        return Status.SUCCEEDED
    elif http_status == 500 and json_fields.text(
        json_fields.mapping(body.get("detail")).get("msg")
    ):
        status = Status.FAILED
    else:
        status = None
    unfinished = "still in progress" in (json_fields.error_message(body) or "").lower()
    return Status.RUNNING if unfinished and status in (None, Status.FAILED) else status


def is_conclusive(status: Status, http_status: int, *, has_result: bool) -> bool:
    """Return whether an ended status counts without confirmation by further polls.

    It does not if the HTTP status contradicts it, or if a finished job has no result yet.
    """
    return http_status < 300 and (status is Status.FAILED or has_result)
