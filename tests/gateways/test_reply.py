"""Decoding a reply, and the text of it that is kept with a job."""

import json

import pytest

from kling_tui.gateways import GatewayError
from kling_tui.gateways.reply import MAX_HEADER_LENGTH, MAX_KEPT_HEADERS, MAX_KEPT_REPLY
from kling_tui.jobs import Exchange, Report, Status
from tests.support.polling import KEY, KINDS, NOW, finished_reply, poll_reply, recorded_reply


@pytest.mark.parametrize("kind", KINDS)
async def test_kept_reply_is_bounded(kind: str) -> None:
    """A long reply is parsed completely."""
    body = json.loads(finished_reply(kind)) | {"noise": ["x" * 100] * 5_000}
    outcome = await poll_reply(kind, body)
    assert not isinstance(outcome, GatewayError)
    assert outcome.status is Status.SUCCEEDED
    assert len(outcome.reply or "") == MAX_KEPT_REPLY


@pytest.mark.parametrize("kind", KINDS)
async def test_byte_order_mark_is_ignored(kind: str) -> None:
    """Some servers begin a body with it."""
    outcome = await poll_reply(kind, b"\xef\xbb\xbf" + finished_reply(kind))
    assert not isinstance(outcome, GatewayError)


async def test_numbers_out_of_range_are_none() -> None:
    """NaN, infinity and 1e300 leave the other fields as they are."""
    raw = recorded_reply("o1", "completed").replace(b"87", b"NaN").replace(b"720", b"1e300")
    outcome = await poll_reply("o1", raw.replace(b'"duration": 5', b'"duration": -Infinity'))
    assert not isinstance(outcome, GatewayError)
    (video,) = outcome.videos
    assert (outcome.processing_seconds, video.height, video.duration) == (None, None, None)
    assert video.width == 1280


@pytest.mark.parametrize("depth", [10, 150, 400, 900])
@pytest.mark.parametrize("kind", KINDS)
async def test_deeply_nested_unused_field_is_ignored(kind: str, depth: int) -> None:
    """The job's fields are read."""
    nested = b'{"task_info":' * depth + b'"x\\n"' + b"}" * depth
    outcome = await poll_reply(
        kind, finished_reply(kind).rstrip()[:-1] + b', "more": ' + nested + b"}"
    )
    assert not isinstance(outcome, GatewayError)
    assert outcome.videos


@pytest.mark.parametrize("kind", KINDS)
async def test_deeply_nested_reply_is_kept_without_indentation(kind: str) -> None:
    """Indentation would make it many times longer."""
    nested = b'{"":' * 900 + b"7" + b"}" * 900
    outcome = await poll_reply(
        kind, body := finished_reply(kind).rstrip()[:-1] + b', "more": ' + nested + b"}"
    )
    assert not isinstance(outcome, GatewayError)
    assert outcome.reply == body.decode()


@pytest.mark.parametrize("kind", KINDS)
async def test_nesting_near_the_recursion_limit_is_no_crash(kind: str) -> None:
    """No depth can be decoded and then is too deep to encode."""
    for depth in range(900, 1_000, 3):
        nested = b'{"":' * depth + b'"\\n"' + b"}" * depth
        await poll_reply(kind, finished_reply(kind).rstrip()[:-1] + b', "more": ' + nested + b"}")


async def exchange_with(headers: dict[str, str], kind: str = "o1") -> Exchange:
    """Return what is kept of the exchange in which a reply has these headers."""
    outcome = await poll_reply(kind, finished_reply(kind), headers=headers)
    assert isinstance(outcome, Report)
    assert outcome.exchange
    return outcome.exchange


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("i2v", "POST", "/kling-ai-polling/v1/getImageToVideoStatus"),
        ("v2", "GET", "/v2/requests/status/klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3"),
    ],
)
async def test_exchange_is_kept_with_the_reply(kind: str, method: str, path: str) -> None:
    """Method, path, status, time, duration and headers; nothing of the request's headers."""
    exchange = await exchange_with({"Server": "demo"}, kind)
    assert (exchange.method, exchange.path, exchange.status) == (method, path, 200)
    assert (exchange.at, exchange.headers) == (NOW, ("server: demo",))
    assert exchange.seconds is not None
    assert exchange.seconds >= 0


async def test_kept_headers_are_bounded_and_sanitised() -> None:
    """In number and in length."""
    many = {f"x-{number}": "y" * 10_000 for number in range(100)}
    headers = (await exchange_with(many)).headers
    assert len(headers) == MAX_KEPT_HEADERS
    assert all(len(header) <= MAX_HEADER_LENGTH for header in headers)
    (header,) = (await exchange_with({"x-note": "a\x1b[31mb"})).headers
    assert header.isprintable()


async def test_no_secret_is_in_kept_headers() -> None:
    """Neither the key, in any spelling, nor cookies."""
    headers = {
        "X-Echo": f"key={KEY}",
        "X-Escaped": "".join(f"%{ord(character):02X}" for character in KEY),
        "Ocp-Apim-Subscription-Key": "short",
        "Set-Cookie": "session=abc123",
        "Authorization": "Bearer abc123",
    }
    kept = (await exchange_with(headers)).headers
    assert kept == (
        "x-echo: key=[key]",
        "x-escaped: [key]",
        "ocp-apim-subscription-key: [hidden]",
        "set-cookie: [hidden]",
        "authorization: [hidden]",
    )
