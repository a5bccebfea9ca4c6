"""Finds the ids of jobs in an object: a reply of any call, or this program's own JSON."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from kling_tui.gateways import Endpoints, json_fields
from kling_tui.gateways.endpoints import guess_kind
from kling_tui.gateways.reports import job_error
from kling_tui.gateways.statuses import is_synonym, status_from_raw
from kling_tui.jobs import Status

NO_ID = "no task_id, data.task_id or request_id"
NO_ID_IN_URL = "a URL without a job id"
_CONTAINERS = (
    "data", "result", "results", "output", "response", "body", "payload", "task", "tasks", "job",
    "jobs", "items", "list", "records", "requests", "taskids", "requestids", "ids",
)  # fmt: skip
"""Fields that hold the jobs of a reply."""
_OTHER_ID_FIELDS = ("jobid", "predictionid", "generationid")
_STATUS_FIELDS = ("status", "taskstatus", "state")
_URL_FIELDS = ("pollingurl", "statusurl", "responseurl")
_SUCCESS_CODES = {"", "0", "0.0", "200", "none", "false", "ok", "success", "succeed"}
_ERROR_STATUS = 400
"""From here on, a number as ``status`` is the HTTP status of an error."""
_MAX_DEPTH = 8
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_FILE_SUFFIX = re.compile(r"[_.-](?:raw|video|output|result|final|watermark)(?![A-Za-z]).*$")
_ID_AT_THE_END = re.compile(r"/(?:status|requests?|results?|tasks?|jobs?)/([^/]+)/?$")


class FoundId(Struct, frozen=True):
    """An id, or a piece of a reply with the reason why it is none."""

    text: str
    kind: str | None = None
    """The kind by the name of the id's field."""
    problem: str | None = None
    is_own: bool = False
    """Whether it is in this program's own JSON, so that its kind is right."""


def ids_in_value(value: object, endpoints: Endpoints) -> Iterator[FoundId]:
    """Yield the ids of the jobs in a decoded value, and what in it has none.

    ===============================================  ===================================
    value                                            ids
    ===============================================  ===================================
    ``{"task_id": A}``, ``{"data": {"task_id": A}}``   A; a ``request_id`` beside it is the
                                                     reply's
    ``{"request_id": A}``                            A
    ``{"request_id": …, "data": [{"task_id": A}]}``  A of each
    ``{"id": A, "kind": …}``                         A: this program's own JSON
    ``{"polling_url": ".../A"}``                     A
    ``{"code": 1102, "message": …}``, an ``error``   none: the submit was refused
    a list                                           those of each item
    ===============================================  ===================================
    """
    for item in value if isinstance(value, list) else [value]:
        if (job_id := _id(item)) is not None or isinstance(item, str):
            yield FoundId(job_id or "")
        elif isinstance(item, dict):
            yield from _ids_in_object(item, endpoints)
        else:
            yield FoundId(_shown(item), problem=NO_ID)


def _ids_in_object(value: Mapping[str, Any], endpoints: Endpoints) -> Iterator[FoundId]:
    if refusal := _refusal(value):
        yield FoundId(_shown(value), problem=refusal)
        return
    # Lazily, as there may be many more than are taken.
    found = _job_ids(value, endpoints, _MAX_DEPTH)
    if first := next(found, None):
        yield from chain([first], found)
        return
    message = json_fields.error_message(value)
    yield FoundId(_shown(value), problem=f"{NO_ID}: {message}" if message else NO_ID)


def _job_ids(value: Mapping[str, Any], endpoints: Endpoints, depth: int) -> Iterator[FoundId]:
    fields = json_fields.normalised(value)
    if own := _own_job(fields, endpoints):
        yield own
        return
    by_field = {
        json_fields.normalise(endpoint.id_field): endpoint.kind
        for endpoint in reversed(list(endpoints.values()))
        if endpoint.id_field
    }
    for name, kind in by_field.items():
        if name != "requestid" and (job_id := _id(fields.get(name))):
            yield FoundId(job_id, kind)
            return
    inner = _ids_in_containers(fields, endpoints, depth - 1) if depth else iter(())
    if first := next(inner, None):
        yield from chain([first], inner)
    elif (job_id := _id(fields.get("requestid"))) and _is_jobs(job_id, fields, endpoints):
        yield FoundId(job_id, by_field.get("requestid"))
    elif other := _other_id(fields, endpoints):
        yield FoundId(other)


def _ids_in_containers(
    fields: Mapping[str, Any], endpoints: Endpoints, depth: int
) -> Iterator[FoundId]:
    for name in _CONTAINERS:
        held = fields.get(name)
        for item in held if isinstance(held, list) else [held]:
            if isinstance(item, dict):
                if isinstance(held, list) and (refusal := _refusal(item)):
                    yield FoundId(_shown(item), problem=refusal)
                else:
                    yield from _job_ids(item, endpoints, depth)
            elif isinstance(held, list) and (job_id := _id(item)) and guess_kind(job_id, endpoints):
                yield FoundId(job_id)


def _own_job(fields: Mapping[str, Any], endpoints: Endpoints) -> FoundId | None:
    """Return the job of an object of `list --json` or `watch --json`."""
    job_id, kind = _id(fields.get("id")), fields.get("kind")
    if job_id is None or not isinstance(kind, str) or "addedat" not in fields:
        return None
    return FoundId(job_id, kind if kind in endpoints else None, is_own=True)


def _is_jobs(request_id: str, fields: Mapping[str, Any], endpoints: Endpoints) -> bool:
    """Return whether a ``request_id`` is a job's.

    In a reply with a ``code`` it is the reply's, unless the reply has the job's status too.
    """
    has_status = any(name in fields for name in _STATUS_FIELDS)
    return "code" not in fields or has_status or guess_kind(request_id, endpoints) == "i2v"


def _other_id(fields: Mapping[str, Any], endpoints: Endpoints) -> str | None:
    """Return a job's id in another field, or in the URL at which it is to be polled."""
    names = [name for name in _OTHER_ID_FIELDS if name in fields]
    if any(name in fields for name in _STATUS_FIELDS) and "url" not in fields:
        names.append("id")
    for name in names:
        if (job_id := _id(fields.get(name))) and guess_kind(job_id, endpoints):
            return job_id
    urls = (fields[name] for name in _URL_FIELDS if isinstance(fields.get(name), str))
    return next((job_id for url in urls if (job_id := id_in_url(url, endpoints))), None)


def _refusal(value: Mapping[str, Any]) -> str | None:
    """Return what an error reply says; None for other replies.

    The reply about a job that has failed is none: it has a status value of a job.
    """
    fields = json_fields.normalised(value)
    code = fields.get("code", fields.get("statuscode"))
    raw_status = json_fields.text(next((fields[n] for n in _STATUS_FIELDS if n in fields), None))
    http_status = json_fields.positive_int(fields.get("status")) or 0
    if code is None and http_status >= _ERROR_STATUS:
        code = http_status
    has_code = not isinstance(code, dict | list) and str(code).lower() not in _SUCCESS_CODES
    error = job_error(value)
    if raw_status is not None and not has_code:
        if raw_status.lower() != "error" and status_from_raw(raw_status) is not Status.UNKNOWN:
            return None
        error = error or (raw_status if is_synonym(raw_status, Status.FAILED) else None)
    if not has_code and error is None:
        return None
    words = json_fields.error_message(value) or error or "no reason given"
    return f"refused by the gateway{f' (code {_code(code)})' if has_code else ''}: {words}"


def _code(value: object) -> str:
    return json_fields.text(str(value), 40) or ""


def _id(value: object) -> str | None:
    """Return a string or a whole number as an id; some ids consist of digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) and value.strip() else None


def _shown(value: object) -> str:
    try:
        return json.dumps(value, default=str, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "…"


def id_in_url(url: str, endpoints: Endpoints) -> str | None:
    """Return the job's id in the URL of a poll or of a result; None if there is none.

    It is a query parameter, or else the last part of the path that has the format of an id; the
    name of a result's file may go on after it.
    """
    try:
        parts = urlsplit(url)
        parameters = parse_qsl(parts.query)
    except ValueError:
        return None
    for name, value in parameters:
        if json_fields.normalise(name) in ("taskid", "requestid", *_OTHER_ID_FIELDS):
            return value
    for segment in reversed(unquote(parts.path).split("/")):
        stem = _EXTENSION.sub("", segment)
        for candidate in (segment, stem, _FILE_SUFFIX.sub("", stem)):
            if candidate and guess_kind(candidate, endpoints):
                return candidate
    match = _ID_AT_THE_END.search(parts.path)
    return unquote(match[1]) if match else None
