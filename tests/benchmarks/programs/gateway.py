"""A gateway that answers fast, or after a time of its own, and tells when it was asked.

``python -m tests.benchmarks.programs.gateway [SECONDS]`` prints its URL, and ends with its
standard input. Besides the two documented endpoints, ``POST /end`` ends the jobs named in a JSON
array, and ``GET /asked`` tells of each poll the monotonic second, the job's id and whether it was
told that the job had ended.
"""

import asyncio
import json
import sys
import time
import zlib
from functools import cache

from tests.support.documented_gateway import (
    I2V_PATH,
    O1_DONE,
    O1_PATH,
    O1_RUNNING,
    Reply,
    i2v_done_reply,
    i2v_reply,
)

_STARTED = int(time.time() * 1000)


class Jobs:
    """The jobs, which run until they are ended."""

    def __init__(self, takes: float) -> None:
        """Track none yet; `takes` is after how many seconds an answer comes."""
        self.takes = takes
        self._asked: list[tuple[float, str, bool]] = []
        self._ended: set[str] = set()

    def answer(self, path: str, body: bytes) -> tuple[float, bytes]:
        """Return the seconds after which to answer, and the answer."""
        if path == "/asked":
            return 0.0, json.dumps(self._asked).encode()
        asked = json.loads(body)
        if path == "/end":
            self._ended.update(asked)
            return 0.0, b"{}"
        job_id = asked["task_id" if path == I2V_PATH else "request_id"]
        ended = job_id in self._ended
        self._asked.append((time.monotonic(), job_id, ended))
        if path == O1_PATH:
            return self.takes, (O1_DONE if ended else O1_RUNNING).body
        return self.takes, _i2v_body(job_id, ended=ended)


@cache
def _i2v_body(job_id: str, *, ended: bool) -> bytes:
    if ended:
        url = f"https://cdn.klingai.com/bs2/{job_id}.mp4"
        return i2v_done_reply({"id": job_id, "url": url, "duration": "5.1"}).body
    began = _STARTED - 1000 * (zlib.crc32(job_id.encode()) % 500)
    reply: Reply = i2v_reply("processing", "Processing", created_at=began, updated_at=began)
    return reply.body


class Exchange(asyncio.Protocol):
    """One connection, kept alive; requests come one after the other."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is whole."""
        self._waiting += data
        head, gap, body = self._waiting.partition(b"\r\n\r\n")
        _, named, rest = head.lower().partition(b"content-length:")
        length = int(rest.split(b"\r\n")[0]) if named else 0
        if gap and len(body) >= length:
            self._waiting = body[length:]
            path = head.split(b" ", 2)[1].decode()
            seconds, reply = self._jobs.answer(path, body[:length])
            asyncio.get_running_loop().call_later(seconds, self._send, reply)

    def _send(self, reply: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(reply)}"
        if self._transport is not None:
            self._transport.write(head.encode() + b"\r\n\r\n" + reply)


async def main(takes: float) -> None:
    """Serve until standard input ends."""
    loop, jobs = asyncio.get_running_loop(), Jobs(takes)
    server = await loop.create_server(lambda: Exchange(jobs), "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if sys.argv[1:] else 0.0))
