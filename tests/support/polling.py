"""Ways to poll one endpoint: over HTTP, or with a given reply and no server."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from kling_tui.demo import Kind
from kling_tui.gateways import BUILT_IN, GatewayError
from kling_tui.gateways.client import HttpGateway, connect
from kling_tui.jobs import Report
from tests.support.waiting import TIMEOUT

IDS = {
    "i2v": "CjNQtmctxFMAAAAxxxxxx",
    "o1": "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8",
    "v2": "klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3",
}
"""The documents' own examples, and for V2 one that the gateway gave."""
KINDS: list[Kind] = ["i2v", "o1", "v2"]
KEY = 'k3y/0f+"n0b0dy"='
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
RECORDED_REPLIES = Path(__file__).parent.parent / "recorded_replies"
"""A folder for each kind."""


def recorded_reply(kind: str, name: str) -> bytes:
    """Return a recorded reply."""
    return (RECORDED_REPLIES / kind / f"{name}.json").read_bytes()


def recorded_json(kind: str, name: str) -> dict[str, Any]:
    """Return the JSON of a recorded reply."""
    body: dict[str, Any] = json.loads(recorded_reply(kind, name))
    return body


def finished_reply(kind: str) -> bytes:
    """Return the document's reply for a job that has succeeded."""
    return recorded_reply(kind, "succeed" if kind == "i2v" else "completed")


def status_reply(kind: str, status: str, message: str = "") -> dict[str, object]:
    """Return the shortest reply with a status and a message."""
    if kind == "i2v":
        return {"code": 0, "data": {"task_status": status, "task_status_msg": message}}
    return {"status": status, "error": message}


async def poll(url: str, kind: str, key: str = KEY, timeout: float = TIMEOUT) -> Report:
    """Poll once over HTTP."""
    async with connect(BUILT_IN, url, key, timeout, through_proxies=False) as gateways:
        return await gateways[kind].poll(IDS[kind])


async def poll_error(url: str, kind: str, key: str = KEY, timeout: float = TIMEOUT) -> GatewayError:
    """Poll once over HTTP, and return the error; raises AssertionError if the poll succeeds."""
    try:
        report = await poll(url, kind, key, timeout)
    except GatewayError as error:
        return error
    raise AssertionError(f"the poll has not failed: {report}")


async def poll_reply(
    kind: str,
    body: bytes | object,
    status: int = 200,
    headers: dict[str, str] | None = None,
    key: str = KEY,
) -> Report | GatewayError:
    """Poll once where this is the reply, as JSON if it is not bytes; returns what it means."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = httpx.Response(status, headers=headers, stream=httpx.ByteStream(raw))
    transport = httpx.MockTransport(lambda _: reply)
    gateway = HttpGateway(
        BUILT_IN[kind], transport, "http://gateway.test", key, TIMEOUT, lambda: NOW
    )
    try:
        return await gateway.poll(IDS[kind])
    except GatewayError as error:
        return error
