"""Decoding a reply, and the text of it that is kept with a job."""

import json

import pytest

from kling_tui.gateways import GatewayError
from kling_tui.gateways.reply import MAX_KEPT_REPLY
from kling_tui.jobs import Status
from tests.support.polling import KINDS, finished_reply, poll_reply, recorded_reply


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
