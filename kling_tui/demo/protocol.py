"""Decides which response answers which request; strict, so that mistakes of a client show.

Paths, fields, headers and error bodies of i2v and o1 are those of "Kling AI I2V API Documentation"
and "Kling O1 API Documentation".
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
_USAGE = (
    'POST {"task_id": ID} (i2v) or {"request_id": ID} (o1, wan) to the endpoint of its kind, with '
    "Content-Type: application/json and Cache-Control: no-cache, or GET endpoint/ID (v2); "
    f"for all but i2v with {KEY_HEADER}: ANY"
)


def handle_request(request: Request, simulator: JobSimulator) -> Response:
    """Return the response to a request."""
    path = request.path.partition("?")[0]
    endpoint, job_id = _route(request, path)
    if endpoint:
        return _poll(request, endpoint, job_id, simulator)
    if request.method in {"GET", "HEAD"}:
        if path == "/":
            return _index(simulator)
        if path in _CLIPS:
            clip = _CLIPS[path].read()
            return file_response(request.method, request.headers, clip, "video/mp4")
    return error_response(404, "Endpoint not found")


def _route(request: Request, path: str) -> tuple[Endpoint | None, str | None]:
    """Return the polled endpoint and job id; None for each that is missing or invalid."""
    if request.method == "POST":
        endpoint = _ENDPOINTS.get(path)
        if endpoint and endpoint.id_field:
            return endpoint, _id_in_body(request, endpoint.id_field)
    if request.method == "GET":
        parent, _, last = path.rpartition("/")
        endpoint = _ENDPOINTS.get(parent)
        if endpoint and not endpoint.id_field:
            return endpoint, unquote(last) or None
    return None, None


def _poll(
    request: Request, endpoint: Endpoint, job_id: str | None, simulator: JobSimulator
) -> Response:
    if endpoint.needs_key and not request.headers.get(KEY_HEADER.lower()):
        return error_response(401, "Invalid or missing authentication")
    if job_id is None:
        return BAD_REQUEST
    plausible = endpoint.id_pattern.fullmatch(job_id) is not None
    response = simulator.poll(endpoint.kind, job_id, generate=plausible)
    return endpoint.not_found(job_id) if response is None else response


def _id_in_body(request: Request, id_field: str) -> str | None:
    """Return the job id, or None if anything about the request is invalid."""
    if not _has_documented_headers(request.headers):
        return None
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):  # RecursionError: thousands of nested brackets
        return None
    job_id = body.get(id_field) if isinstance(body, dict) else None
    return job_id if isinstance(job_id, str) and job_id else None


def _has_documented_headers(headers: Mapping[str, str]) -> bool:
    """Return whether the headers are as in "Request Headers" of both documents."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    directives = headers.get("cache-control", "").lower().split(",")
    no_cache = "no-cache" in (directive.strip() for directive in directives)
    return media_type == "application/json" and no_cache


def _index(simulator: JobSimulator) -> Response:
    """Return the list of the demo's jobs and endpoints."""
    jobs = [{"id": job.id, "kind": job.kind, "label": job.label} for job in simulator.jobs()]
    paths = {endpoint.kind: path for path, endpoint in _ENDPOINTS.items()}
    return json_response({"ask": _USAGE, "endpoints": paths, "jobs": jobs}, indent=2)
