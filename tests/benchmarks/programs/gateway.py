"""A gateway that replies at once or after a fixed delay, and reports when it was polled.

``python -m tests.benchmarks.programs.gateway [DELAY [changing]]`` prints its URL, and ends with its
standard input. With ``changing``, each reply about a job differs from the one before. Besides the
two documented endpoints, ``POST /end`` ends the jobs named in a JSON array, ``GET /polls`` returns
the monotonic second of each poll, the job's id and whether it had ended, ``GET /count`` the number
of polls.
"""

import asyncio
import json
import sys
import time
import zlib
from functools import cache

from tests.support.documented_gateway import (
    O1_DONE,
    O1_PATH,
    O1_RUNNING,
    i2v_done_reply,
    i2v_reply,
    o1_reply,
    requested_job_id,
)
from tests.support.scripted_server import Request, ScriptedServer, http_response

_STARTED_MS = int(time.time() * 1000)


class Gateway:
    """Replies that jobs are running, until they are ended."""

    def __init__(self, delay: float, *, changing: bool) -> None:
        """`delay` is the seconds between a poll and its reply."""
        self._delay = delay
        self._changing = changing
        self._polls: list[tuple[float, str, bool]] = []
        self._ended: set[str] = set()

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Respond to a poll or to a call of the benchmarks."""
        if request.path == "/polls":
            body = json.dumps(self._polls).encode()
        elif request.path == "/count":
            body = json.dumps(len(self._polls)).encode()
        elif request.path == "/end":
            self._ended.update(json.loads(request.body))
            body = b"{}"
        else:
            body = self._poll(request)
            await asyncio.sleep(self._delay)
        writer.write(http_response(body, "200 OK", "Content-Type: application/json"))

    def _poll(self, request: Request) -> bytes:
        job_id = requested_job_id(request)
        ended = job_id in self._ended
        self._polls.append((request.received_at, job_id, ended))
        if self._changing:
            return _changing_body(request.path, len(self._polls))
        if request.path == O1_PATH:
            return (O1_DONE if ended else O1_RUNNING).body
        return _i2v_body(job_id, ended=ended)


@cache
def _i2v_body(job_id: str, *, ended: bool) -> bytes:
    if ended:
        url = f"https://cdn.klingai.com/bs2/{job_id}.mp4"
        return i2v_done_reply({"id": job_id, "url": url, "duration": "5.1"}).body
    created_at = _STARTED_MS - 1000 * (zlib.crc32(job_id.encode()) % 500)
    return i2v_reply("processing", "Processing", created_at=created_at, updated_at=created_at).body


def _changing_body(path: str, number: int) -> bytes:
    """Return the reply to the poll of this number: statuses, texts and estimates all change."""
    if path == O1_PATH:
        status = ("QUEUED", "IN_PROGRESS", "PROCESSING")[number // 200 % 3]
        return o1_reply(
            status, queue_position=number // 7 % 9, estimated_wait_seconds=number // 3 % 600
        ).body
    status = ("submitted", "processing")[number // 200 % 2]
    return i2v_reply(status, f"step {number // 3 % 5000}", created_at=_STARTED_MS).body


async def main(delay: float, *, changing: bool) -> None:
    """Serve until standard input ends."""
    async with ScriptedServer(Gateway(delay, changing=changing).handle) as server:
        print(server.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["0"]
    asyncio.run(main(float(arguments[0]), changing="changing" in arguments))
