"""A server like ntfy on 127.0.0.1, which takes messages, limits the rate and drops connections."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Self

from tests.support.scripted_server import Handler, Request, ScriptedServer, http_response

TOPIC = "s3cr3t-t0pic"


async def accept(_: Request, writer: asyncio.StreamWriter) -> None:
    """Take the message."""
    writer.write(http_response(b'{"event": "message"}'))


async def drop(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection without a reply, and without taking the message."""
    writer.transport.abort()


async def break_off(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection in the middle of the reply's head."""
    writer.write(b"HTTP/1.1 2")
    writer.close()


def limit(*headers: str) -> Handler:
    """Return a handler that replies with 429."""
    return fail("429 Too Many Requests", *headers)


def fail(status: str, *headers: str) -> Handler:
    """Return a handler that replies with an error; its body has the topic in it, as some have."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"error": f"{TOPIC}: {request.header('Authorization')}"}).encode()
        writer.write(http_response(body, status, *headers))

    return handler


class PushServer:
    """Treats the first requests as scripted, and takes the messages of all others."""

    def __init__(self, script: Iterable[Handler] = ()) -> None:
        self.accepted: list[dict[str, Any]] = []
        """The JSON of the messages that were taken."""
        self.requests: list[Request] = []
        self._script = list(script)
        self._server = ScriptedServer(self._handle)

    @property
    def url(self) -> str:
        """The URL of the topic."""
        return f"{self._server.url}/{TOPIC}"

    @property
    def lines(self) -> list[str]:
        """The lines of all messages that were taken, one for each job."""
        return [line for message in self.accepted for line in message["message"].split("\n")]

    def announced(self, job_id: str) -> int:
        """Return in how many lines a job is named."""
        return sum(job_id in line for line in self.lines)

    async def _handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        handler = self._script.pop(0) if self._script else accept
        await handler(request, writer)
        if handler is accept:
            self.accepted.append(json.loads(request.body))

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.__aexit__()

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
