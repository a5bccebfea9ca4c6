"""A web server on 127.0.0.1 that serves one video, well or badly, and counts what it sends."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kling_tui.demo import BLOOM, DUSK

VIDEO = DUSK.read()
OTHER_VIDEO = BLOOM.read()
TIMEOUT = 20.0
"""Seconds after which something that must happen is taken to have failed to."""


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    """By lower-case name."""

    @property
    def range_start(self) -> int:
        """The first byte that is asked for."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(found[1]) if found else 0


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
"""What a server does about a request."""


@dataclass
class VideoServer:
    """Serves `video` with ranges, but for what `plays` does about the first requests."""

    validators: dict[str, str]
    """Headers that tell one version of the video from another."""
    video: bytes = VIDEO
    handlers: list[Handler] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    bytes_sent = 0
    """Bytes of the video."""
    url = ""

    def link(self, name: str = "clip.mp4") -> str:
        """Return a link to the video."""
        return f"{self.url}/{name}"

    async def handle(self, asked: Request, writer: asyncio.StreamWriter) -> None:
        """Do what comes next."""
        self.requests.append(asked)
        await (self.handlers.pop(0) if self.handlers else self.whole)(asked, writer)

    async def whole(self, asked: Request, writer: asyncio.StreamWriter) -> None:
        """Serve as good servers do."""
        await self.serve(asked, writer)

    async def serve(
        self, asked: Request, writer: asyncio.StreamWriter, max_bytes: int | None = None
    ) -> None:
        """Serve what is asked for, or just its first bytes."""
        mark = asked.headers.get("if-range")
        start = asked.range_start if mark is None or mark in self.validators.values() else 0
        if start and start >= len(self.video):
            extent = f"Content-Range: bytes */{len(self.video)}"
            writer.write(response_head("416 Range Not Satisfiable", "Content-Length: 0", extent))
            return
        lines = [f"{name}: {value}" for name, value in self.validators.items()]
        lines += ["Content-Type: video/mp4", f"Content-Length: {len(self.video) - start}"]
        if start:
            lines.append(f"Content-Range: bytes {start}-{len(self.video) - 1}/{len(self.video)}")
        writer.write(response_head("206 Partial Content" if start else "200 OK", *lines))
        await self.send(writer, self.video[start:][:max_bytes])

    async def send(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        """Send bytes of the video."""
        self.bytes_sent += len(body)
        writer.write(body)
        await writer.drain()

    def close_after(self, after: int) -> Handler:
        """Hang up after some bytes."""

        async def play(asked: Request, writer: asyncio.StreamWriter) -> None:
            await self.serve(asked, writer, after)
            writer.close()

        return play

    def stall_after(self, after: int) -> Handler:
        """Say nothing more after some bytes."""

        async def play(asked: Request, writer: asyncio.StreamWriter) -> None:
            await self.serve(asked, writer, after)

        return play

    def replace_after(self, video: bytes, mark: str, after: int) -> Handler:
        """Hang up after some bytes, and have another video there from then on."""

        async def play(asked: Request, writer: asyncio.StreamWriter) -> None:
            await self.close_after(after)(asked, writer)
            self.video, self.validators = video, {"ETag": mark}

        return play


def respond(status: str, *lines: str, body: bytes = b"") -> Handler:
    """Answer so, with the length of the body among the headers."""

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response_head(status, *lines, f"Content-Length: {len(body)}") + body)

    return play


def send_and_close(answer: bytes) -> Handler:
    """Send these bytes and hang up."""

    async def play(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    return play


async def reset(_: Request, writer: asyncio.StreamWriter) -> None:
    """Cut the line without a goodbye."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def response_head(status: str, *lines: str) -> bytes:
    """Return the head of a reply."""
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def _asked(request: bytes) -> Request:
    first, *lines = request.decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines if line)
    return Request(first.split()[1], {name.lower(): value for name, value in pairs})


@asynccontextmanager
async def serving(*plays: Handler, **marks: str) -> AsyncIterator[VideoServer]:
    """Listen on loopback; `plays` come first, `marks` tell the version of the video."""
    server = VideoServer(validators=marks or {"ETag": '"one"'})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Either side may hang up on the other at any time.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            try:
                while not writer.is_closing():
                    await server.handle(_asked(await reader.readuntil(b"\r\n\r\n")), writer)
            finally:
                writer.close()
            await writer.wait_closed()

    async with asyncio.TaskGroup() as connections:

        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.create_task(serve(reader, writer))

        async with await asyncio.start_server(take, "127.0.0.1", 0) as listening:
            server.url = "http://{}:{}".format(*listening.sockets[0].getsockname())
            server.handlers += plays
            yield server
