"""Requests that are not what the documents ask for."""

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
def test_no_such_endpoint(ask: DemoClient, method: str, path: str) -> None:
    """A path, or a method on a path, that is not documented is a documented 404."""
    reply = ask.http.request(method, path, content=BODY, headers=KEY_HEADERS)
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
def test_headers_are_needed(ask: DemoClient, headers: dict[str, str]) -> None:
    """Without either documented header, or with another value, a poll is a bad request."""
    reply = ask.http.post(I2V_PATH, content=BODY, headers=headers)
    assert (reply.status_code, reply.json()) == (400, BAD_REQUEST)


def test_headers_may_say_more(ask: DemoClient) -> None:
    """A charset, another directive and capitals change nothing of what the headers mean."""
    headers = {
        "content-type": "Application/JSON; charset=utf-8",
        "cache-control": "No-Cache, no-store",
    }
    assert ask.http.post(I2V_PATH, content=BODY, headers=headers).status_code == 200


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
def test_bodies_are_checked(ask: DemoClient, body: bytes) -> None:
    """A body that is no JSON object with the id as a string is a bad request."""
    reply = ask.http.post(I2V_PATH, content=body, headers=HEADERS)
    assert (reply.status_code, reply.json()) == (400, BAD_REQUEST)


@pytest.mark.parametrize("key", [{}, {"Ocp-Apim-Subscription-Key": ""}, {"Authorization": "k"}])
def test_o1_needs_a_key(ask: DemoClient, key: dict[str, str]) -> None:
    """O1 without its key header is refused, whatever else is wrong."""
    reply = ask.http.post(O1_PATH, content=b"{", headers=HEADERS | key)
    assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)


def test_any_key_will_do(ask: DemoClient) -> None:
    """Keys are not looked at; I2V does not even need one, and takes one."""
    headers = HEADERS | {"Ocp-Apim-Subscription-Key": "made up"}
    body = {"request_id": "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"}
    assert ask.http.post(O1_PATH, json=body, headers=headers).status_code == 200
    assert ask.http.post(I2V_PATH, content=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "job_id", ["nope", "C" * 19, "C" * 25, "D" * 22, "1" * 14, "1" * 21, DEMO_JOBS[1].id]
)
def test_unknown_i2v_task(ask: DemoClient, job_id: str) -> None:
    """An I2V id that cannot be real, or is O1's, is not found: code 1203."""
    reply = ask.i2v(job_id)
    body = reply.json()
    assert reply.status_code == 404
    assert body.pop("request_id")
    assert body == {"code": 1203, "message": "Task not found"}


def test_an_id_that_is_no_text(ask: DemoClient) -> None:
    """Half a surrogate pair, which JSON can say but UTF-8 cannot, is an unknown id as well."""
    reply = ask.http.post(I2V_PATH, content=b'{"task_id": "\\ud800"}', headers=HEADERS)
    assert (reply.status_code, reply.json()["code"]) == (404, 1203)


@pytest.mark.parametrize("job_id", ["nope", "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n", DEMO_JOBS[0].id])
def test_unknown_o1_request(ask: DemoClient, job_id: str) -> None:
    """An O1 id that cannot be real, or is I2V's, is not found."""
    reply = ask.o1(job_id)
    assert (reply.status_code, reply.json()) == (404, {"error": "Request not found"})


@pytest.mark.parametrize("job_id", ["nope", "video_nope", DEMO_JOBS[0].id, DEMO_JOBS[1].id])
def test_unknown_to_the_unified_call(ask: DemoClient, job_id: str) -> None:
    """An id without the API id of a model before it, or with half an id behind it, is not found."""
    reply = ask.v2(job_id)
    assert (reply.status_code, reply.json()) == (404, {"error": "Request not found"})


def test_the_unified_call_needs_an_id_and_a_key(ask: DemoClient) -> None:
    """Without an id the request is bad; without a key it is refused, as by the sibling."""
    reply = ask.v2("")
    assert (reply.status_code, reply.json()) == (400, BAD_REQUEST)
    for reply in (ask.http.get(f"{V2_PATH}/{V2}"), ask.http.post(WAN_PATH, json={})):
        assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("job_id", ["nope", "wan-0", V2])
def test_unknown_to_the_sibling(ask: DemoClient, job_id: str) -> None:
    """It knows its own ids alone."""
    reply = ask.wan(job_id)
    assert (reply.status_code, reply.json()) == (404, {"error": "Request not found"})


def test_the_front_page_is_enough_to_begin(gateway: DemoGateway, ask: DemoClient) -> None:
    """``GET /`` lists the jobs, and endpoints at which each of them answers."""
    page = ask.http.get("/").json()
    assert [(job["id"], job["kind"], job["label"]) for job in page["jobs"]] == [
        (job.id, job.kind, job.label) for job in DEMO_JOBS
    ]
    assert page["endpoints"] == {"i2v": I2V_PATH, "o1": O1_PATH, "v2": V2_PATH, "wan": WAN_PATH}
    assert "\n" not in page["ask"]
    assert gateway.key
