"""Requests that differ from the documents."""

import pytest

from kling_tui.demo import DEMO_JOBS, DemoGateway
from tests.support.demo_client import (
    HEADERS,
    I2V_PATH,
    KEY_HEADERS,
    O1_PATH,
    V2_PATH,
    WAN_PATH,
    DemoClient,
)

BODY = b'{"task_id": "CjNQtmctxFMAAAAxxxxxx"}'
V2 = "klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3"
NOT_FOUND = {"error": "Endpoint not found"}
BAD_REQUEST = {"error": "Invalid request parameters"}
UNAUTHORIZED = {"error": "Invalid or missing authentication"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", I2V_PATH),
        ("PUT", I2V_PATH),
        ("POST", "/"),
        ("POST", "/clips/dusk.mp4"),
        ("POST", I2V_PATH + "/"),
        ("POST", I2V_PATH.lower()),
        ("POST", V2_PATH),
        ("POST", f"{V2_PATH}/{V2}"),
        ("GET", f"{O1_PATH}/{DEMO_JOBS[1].id}"),
        ("GET", V2_PATH),
        ("DELETE", O1_PATH),
        ("GET", "/clips/"),
        ("GET", "/clips/../__init__.py"),
        ("GET", "/clips/none.mp4"),
        ("OPTIONS", "/"),
    ],
)
def test_an_undocumented_path_or_method_is_404(client: DemoClient, method: str, path: str) -> None:
    """The body is the documented one."""
    reply = client.http.request(method, path, content=BODY, headers=KEY_HEADERS)
    assert (reply.status_code, reply.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Cache-Control": "no-cache"},
        {"Cache-Control": "no-cache", "Content-Type": "text/plain"},
        {"Cache-Control": "max-age=0", "Content-Type": "application/json"},
        {},
    ],
)
def test_the_documented_headers_are_required(client: DemoClient, headers: dict[str, str]) -> None:
    """A missing or different value is a bad request."""
    reply = client.http.post(I2V_PATH, content=BODY, headers=headers)
    assert (reply.status_code, reply.json()) == (400, BAD_REQUEST)


def test_headers_may_have_parameters(client: DemoClient) -> None:
    """A charset, another directive and upper case are accepted."""
    headers = {
        "content-type": "Application/JSON; charset=utf-8",
        "cache-control": "No-Cache, no-store",
    }
    assert client.http.post(I2V_PATH, content=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"CjNQtmctxFMAAAAxxxxxx"',
        b"{}",
        b'{"task_id": 842250903629086785}',
        b'{"task_id": null}',
        b'{"task_id": ""}',
        b'{"request_id": "CjNQtmctxFMAAAAxxxxxx"}',
        b'{"task_id": "\xff"}',
        b"[" * 60_000,
    ],
)
def test_an_invalid_body_is_a_bad_request(client: DemoClient, body: bytes) -> None:
    """It must be a JSON object with the id as a string."""
    reply = client.http.post(I2V_PATH, content=body, headers=HEADERS)
    assert (reply.status_code, reply.json()) == (400, BAD_REQUEST)


@pytest.mark.parametrize("key", [{}, {"Ocp-Apim-Subscription-Key": ""}, {"Authorization": "k"}])
def test_o1_without_a_key_is_unauthorized(client: DemoClient, key: dict[str, str]) -> None:
    """The key is checked before the body."""
    reply = client.http.post(O1_PATH, content=b"{", headers=HEADERS | key)
    assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)


def test_any_key_is_accepted(client: DemoClient) -> None:
    """I2V does not need one, but accepts it."""
    headers = HEADERS | {"Ocp-Apim-Subscription-Key": "made up"}
    body = {"request_id": "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"}
    assert client.http.post(O1_PATH, json=body, headers=headers).status_code == 200
    assert client.http.post(I2V_PATH, content=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "job_id", ["nope", "C" * 19, "C" * 25, "D" * 22, "1" * 14, "1" * 21, DEMO_JOBS[1].id]
)
def test_an_implausible_i2v_id_is_not_found(client: DemoClient, job_id: str) -> None:
    """So is an O1 id; the code is 1203."""
    reply = client.i2v(job_id)
    body = reply.json()
    assert reply.status_code == 404
    assert body.pop("request_id")
    assert body == {"code": 1203, "message": "Task not found"}


def test_a_lone_surrogate_is_not_found(client: DemoClient) -> None:
    """JSON can express it, but UTF-8 cannot."""
    reply = client.http.post(I2V_PATH, content=b'{"task_id": "\\ud800"}', headers=HEADERS)
    assert (reply.status_code, reply.json()["code"]) == (404, 1203)


@pytest.mark.parametrize("job_id", ["nope", "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n", DEMO_JOBS[0].id])
def test_an_implausible_o1_id_is_not_found(client: DemoClient, job_id: str) -> None:
    """So is an I2V id."""
    reply = client.o1(job_id)
    assert (reply.status_code, reply.json()) == (404, {"error": "Request not found"})


@pytest.mark.parametrize("job_id", ["nope", "video_nope", DEMO_JOBS[0].id, DEMO_JOBS[1].id])
def test_an_implausible_v2_id_is_not_found(client: DemoClient, job_id: str) -> None:
    """It needs the API id of a model and a complete UUID."""
    reply = client.v2(job_id)
    assert (reply.status_code, reply.json()) == (404, {"error": "Request not found"})


def test_v2_needs_an_id_and_a_key(client: DemoClient) -> None:
    """Without an id it is a bad request; without a key it is unauthorized, as for wan."""
    reply = client.v2("")
    assert (reply.status_code, reply.json()) == (400, BAD_REQUEST)
    for reply in (client.http.get(f"{V2_PATH}/{V2}"), client.http.post(WAN_PATH, json={})):
        assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("job_id", ["nope", "wan-0", V2])
def test_an_implausible_wan_id_is_not_found(client: DemoClient, job_id: str) -> None:
    """So is a v2 id."""
    reply = client.wan(job_id)
    assert (reply.status_code, reply.json()) == (404, {"error": "Request not found"})


def test_the_front_page_lists_jobs_and_endpoints(gateway: DemoGateway, client: DemoClient) -> None:
    """``GET /`` also explains how to poll them."""
    page = client.http.get("/").json()
    assert [(job["id"], job["kind"], job["label"]) for job in page["jobs"]] == [
        (job.id, job.kind, job.label) for job in DEMO_JOBS
    ]
    assert page["endpoints"] == {"i2v": I2V_PATH, "o1": O1_PATH, "v2": V2_PATH, "wan": WAN_PATH}
    assert "\n" not in page["ask"]
    assert gateway.key
