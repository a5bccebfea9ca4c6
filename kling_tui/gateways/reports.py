"""Makes the report of a reply: its Status, its message, and whether an end is certain."""

from collections.abc import Mapping
from typing import Any

from kling_tui.gateways import json_fields, units
from kling_tui.gateways.statuses import status_from_raw
from kling_tui.jobs import Report, Status, Video

_ERROR_FIELDS = (
    "error", "errors", "errormessage", "errormsg", "errmsg", "errordetail", "errordetails",
    "failurereason", "failreason", "failedreason", "exception", "errortype", "errorcode",
)  # fmt: skip
"""Fields that only a reply about something that failed has, or that are empty in others."""
_NO_ERROR = {
    "",
    "0",
    "200",
    "none",
    "null",
    "nil",
    "false",
    "no error",
    "ok",
    "success",
    "n/a",
}
"""Values of these fields that say that nothing failed."""
_ID_FIELDS = {"taskid", "requestid", "jobid", "id"}
_OWN_REQUEST = {"header", "query", "path", "cookie"}
"""Parts of the poll's own request, as a validation error names them."""


def read_report(
    raw_status: str | None,
    body: Mapping[str, Any],
    http_status: int,
    *,
    videos: tuple[Video, ...],
    message: str | None,
    times: Mapping[str, Any],
) -> Report | None:
    """Return what a reply says about a job; None if it is not about a job.

    `body` has the fields that may hold an error, and `times` those with times.

    ====================================================  =================================
    reply                                                 Status
    ====================================================  =================================
    a status value that means success, and an error       FAILED, with the error's message
    another status value                                  by `raw_status`
    no status value, but a result                         SUCCEEDED; with an error, FAILED
    HTTP 500 and ``{"detail": {"msg": "…"}}``             FAILED
    HTTP 422 and a ``detail`` about the job's own input   FAILED
    "still in progress" in the message of a failure, or   RUNNING
    of a body without status
    ====================================================  =================================

    An end is inconclusive if the HTTP status contradicts it, if a finished job has no result, or if
    there is a result next to an error.
    """
    error, has_result = job_error(body), bool(videos)
    status = _status(raw_status, body, http_status, has_result=has_result)
    contradicted = False
    if status is Status.SUCCEEDED and error:
        status, message, contradicted = Status.FAILED, error, has_result
    message = message or error
    if status in (None, Status.FAILED) and "still in progress" in (message or "").lower():
        status = Status.RUNNING
    if status is None:
        return None
    certain = has_result or status is Status.FAILED
    created_at, updated_at = units.read_times(times)
    return Report(
        status=status,
        raw_status=raw_status,
        message=message,
        videos=videos,
        created_at=created_at,
        updated_at=updated_at,
        conclusive=certain and not contradicted and http_status < 300,
    )


def _status(
    raw_status: str | None, body: Mapping[str, Any], http_status: int, *, has_result: bool
) -> Status | None:
    if raw_status is not None:
        return status_from_raw(raw_status)
    if has_result:
        return Status.SUCCEEDED
    return Status.FAILED if _is_failure_detail(body.get("detail"), http_status) else None


def job_error(body: Mapping[str, Any]) -> str | None:
    """Return the words of the error in a body; None if there is none.

    A ``message`` alone is no error: replies of finished jobs have one too.
    """
    fields = json_fields.normalised(body)
    for name in filter(fields.__contains__, _ERROR_FIELDS):
        if words := _error_words(fields[name], fields):
            return words
    detail = fields.get("detail")
    if isinstance(detail, dict | list) and (words := json_fields.error_message(detail)):
        return words
    if fields.get("success") is False:
        return json_fields.error_message(body) or "the gateway says that it had no success"
    return None


def _error_words(value: object, fields: Mapping[str, Any]) -> str | None:
    if value is True:
        return json_fields.error_message(fields) or "error"
    if isinstance(value, list | dict):
        message = json_fields.error_message(value)
        if message is None and isinstance(value, dict):
            message = _error_words(value.get("code") or value.get("type"), {})
    else:
        message = json_fields.text(value)
        if isinstance(value, int | float) and value:
            message = f"error {value}"
            if str(value) in _NO_ERROR:
                return None
    return None if (message or "").strip(" .!").lower() in _NO_ERROR else message


def _is_failure_detail(detail: object, http_status: int) -> bool:
    """Return whether the ``detail`` of an error body says that the job failed.

    A validation error (HTTP 422) is about the job if it names a part of the job's input; it is
    about the poll if it names the id, or something that a poll does not send.
    """
    if http_status == 500:
        return json_fields.text(json_fields.mapping(detail).get("msg")) is not None
    if http_status != 422 or not isinstance(detail, list):
        return False
    return bool(detail) and all(map(_is_about_input, detail))


def _is_about_input(entry: object) -> bool:
    fields = json_fields.mapping(entry)
    loc = fields.get("loc")
    parts = [json_fields.normalise(str(part)) for part in loc] if isinstance(loc, list) else []
    named = parts[1:] if parts[:1] == ["body"] else parts
    return (
        bool(named)
        and named[0] not in _OWN_REQUEST
        and not _ID_FIELDS.intersection(named)
        and "missing" not in str(fields.get("type"))
        and json_fields.text(fields.get("msg")) is not None
    )
