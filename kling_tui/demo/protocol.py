"""What the gateway replies to which request; strict, so that a client's mistakes show.

Paths, fields, headers and error bodies are those of the two documents, "Kling AI I2V API
Documentation" and "Kling O1 API Documentation".
"""

import json
from collections.abc import Mapping

from kling_tui.demo import i2v, o1
from kling_tui.demo.clips import CLIPS
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.files import file_reply
from kling_tui.demo.staging import Stage
from kling_tui.demo.wire import Reply, Seen, error_reply, json_reply

KEY_HEADER = "Ocp-Apim-Subscription-Key"
BAD_REQUEST = error_reply(400, "Invalid request parameters")

_ENDPOINTS = {endpoint.path: endpoint for endpoint in (i2v.ENDPOINT, o1.ENDPOINT)}
_CLIPS = {clip.path: clip for clip in CLIPS}
_ASK = (
    'POST {"task_id": ID} (i2v) or {"request_id": ID} (o1) to the endpoint of its kind, with '
    f"Content-Type: application/json, Cache-Control: no-cache and, for o1, {KEY_HEADER}: ANY"
)


def answer(request: Seen, stage: Stage) -> Reply:
    """Reply to any request whose framing is sound."""
    path = request.path.partition("?")[0]
    if request.method == "POST" and path in _ENDPOINTS:
        return _poll(request, _ENDPOINTS[path], stage)
    if request.method in {"GET", "HEAD"}:
        if path == "/":
            return _about(stage)
        if path in _CLIPS:
            clip = _CLIPS[path].read()
            return file_reply(request.method, request.headers, clip, "video/mp4")
    return error_reply(404, "Endpoint not found")


def _poll(request: Seen, endpoint: Endpoint, stage: Stage) -> Reply:
    if endpoint.needs_key and not request.headers.get(KEY_HEADER.lower()):
        return error_reply(401, "Invalid or missing authentication")
    job_id = _job_id(request, endpoint.id_field)
    if job_id is None:
        return BAD_REQUEST
    well_shaped = endpoint.id_shape.fullmatch(job_id) is not None
    reply = stage.answer(endpoint.kind, job_id, well_shaped=well_shaped)
    return endpoint.unknown(job_id) if reply is None else reply


def _job_id(request: Seen, id_field: str) -> str | None:
    """Find the id that is asked about, or None when anything about the request is wrong."""
    if not _headers_are_documented(request.headers):
        return None
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):  # RecursionError: brackets nested thousands deep
        return None
    job_id = body.get(id_field) if isinstance(body, dict) else None
    return job_id if isinstance(job_id, str) and job_id else None


def _headers_are_documented(headers: Mapping[str, str]) -> bool:
    """Both documents, "Request Headers"."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    directives = headers.get("cache-control", "").lower().split(",")
    no_cache = "no-cache" in (directive.strip() for directive in directives)
    return media_type == "application/json" and no_cache


def _about(stage: Stage) -> Reply:
    jobs = [{"id": job.id, "kind": job.kind, "label": job.label} for job in stage.staged()]
    paths = {endpoint.kind: path for path, endpoint in _ENDPOINTS.items()}
    return json_reply({"ask": _ASK, "endpoints": paths, "jobs": jobs}, indent=2)
