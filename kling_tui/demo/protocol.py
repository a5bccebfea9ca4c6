"""What the gateway replies to which request; strict, so that a client's mistakes show.

Paths, fields, headers and error bodies of i2v and o1 are those of the two documents, "Kling AI I2V
API Documentation" and "Kling O1 API Documentation".
"""

import json
from collections.abc import Mapping
from urllib.parse import unquote

from kling_tui.demo import i2v, o1, v2, wan
from kling_tui.demo.clips import CLIPS
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Request, Response, error_response, json_response
from kling_tui.demo.range_requests import file_response
from kling_tui.demo.simulator import JobSimulator

KEY_HEADER = "Ocp-Apim-Subscription-Key"
BAD_REQUEST = error_response(400, "Invalid request parameters")

_ENDPOINTS = {
    endpoint.path: endpoint for endpoint in (i2v.ENDPOINT, o1.ENDPOINT, v2.ENDPOINT, wan.ENDPOINT)
}
_CLIPS = {clip.path: clip for clip in CLIPS}
_ASK = (
    'POST {"task_id": ID} (i2v) or {"request_id": ID} (o1, wan) to the endpoint of its kind, with '
    "Content-Type: application/json and Cache-Control: no-cache, or GET endpoint/ID (v2); "
    f"for all but i2v with {KEY_HEADER}: ANY"
)


def handle_request(request: Request, stage: JobSimulator) -> Response:
    """Reply to any request whose framing is sound."""
    path = request.path.partition("?")[0]
    endpoint, job_id = _asked(request, path)
    if endpoint:
        return _poll(request, endpoint, job_id, stage)
    if request.method in {"GET", "HEAD"}:
        if path == "/":
            return _about(stage)
        if path in _CLIPS:
            clip = _CLIPS[path].read()
            return file_response(request.method, request.headers, clip, "video/mp4")
    return error_response(404, "Endpoint not found")


def _asked(request: Request, path: str) -> tuple[Endpoint | None, str | None]:
    """Find the endpoint that is asked, and about which id; None where anything is wrong."""
    if request.method == "POST":
        endpoint = _ENDPOINTS.get(path)
        if endpoint and endpoint.id_field:
            return endpoint, _job_id(request, endpoint.id_field)
    if request.method == "GET":
        folder, _, last = path.rpartition("/")
        endpoint = _ENDPOINTS.get(folder)
        if endpoint and not endpoint.id_field:
            return endpoint, unquote(last) or None
    return None, None


def _poll(
    request: Request, endpoint: Endpoint, job_id: str | None, stage: JobSimulator
) -> Response:
    if endpoint.needs_key and not request.headers.get(KEY_HEADER.lower()):
        return error_response(401, "Invalid or missing authentication")
    if job_id is None:
        return BAD_REQUEST
    well_shaped = endpoint.id_pattern.fullmatch(job_id) is not None
    reply = stage.poll(endpoint.kind, job_id, well_shaped=well_shaped)
    return endpoint.not_found(job_id) if reply is None else reply


def _job_id(request: Request, id_field: str) -> str | None:
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


def _about(stage: JobSimulator) -> Response:
    jobs = [{"id": job.id, "kind": job.kind, "label": job.label} for job in stage.jobs()]
    paths = {endpoint.kind: path for path, endpoint in _ENDPOINTS.items()}
    return json_response({"ask": _ASK, "endpoints": paths, "jobs": jobs}, indent=2)
