"""A web server on 127.0.0.1 that serves one video, well or badly, and counts what it sends."""

import asyncio

from kling_tui.demo import BLOOM, DUSK
from tests.support.scripted_server import Handler, Request, ScriptedServer, response_head

VIDEO = DUSK.read()
OTHER_VIDEO = BLOOM.read()


class VideoServer(ScriptedServer):
    """Serves `video` with range requests, once `handlers` have responded to the first requests.

    `validators` are the headers that identify the version of the video.
    """

    def __init__(self, *handlers: Handler, **validators: str) -> None:
        super().__init__(self._handle)
        self.video = VIDEO
        self.handlers = list(handlers)
        self.bytes_sent = 0
        """Bytes of the video."""
        self._validators = validators or {"ETag": '"one"'}

    def link(self, name: str = "clip.mp4") -> str:
        """Return a link to the video."""
        return f"{self.url}/{name}"

    async def _handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await (self.handlers.pop(0) if self.handlers else self.serve)(request, writer)

    async def serve(
        self, request: Request, writer: asyncio.StreamWriter, max_bytes: int | None = None
    ) -> None:
        """Serve the video or the range of it that is requested, or only its first bytes."""
        if_range, size = request.header("If-Range"), len(self.video)
        same_version = not if_range or if_range[0] in self._validators.values()
        start = request.range_start if same_version else 0
        if start and start >= size:
            extent = f"Content-Range: bytes */{size}"
            writer.write(response_head("416 Range Not Satisfiable", "Content-Length: 0", extent))
            return
        headers = [f"{name}: {value}" for name, value in self._validators.items()]
        headers += ["Content-Type: video/mp4", f"Content-Length: {size - start}"]
        if start:
            headers.append(f"Content-Range: bytes {start}-{size - 1}/{size}")
        writer.write(response_head("206 Partial Content" if start else "200 OK", *headers))
        await self.send(writer, self.video[start:][:max_bytes])

    async def send(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        """Send bytes of the video."""
        self.bytes_sent += len(content)
        writer.write(content)
        await writer.drain()

    def close_after(self, byte_count: int) -> Handler:
        """Return a handler that closes the connection after some bytes of the video."""

        async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
            await self.serve(request, writer, byte_count)
            writer.close()

        return handler

    def stall_after(self, byte_count: int) -> Handler:
        """Return a handler that sends some bytes of the video and then no more."""

        async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
            await self.serve(request, writer, byte_count)

        return handler

    def replace_after(self, byte_count: int, video: bytes, etag: str) -> Handler:
        """Return a handler that closes the connection and then replaces the video."""

        async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
            await self.close_after(byte_count)(request, writer)
            self.video, self._validators = video, {"ETag": etag}

        return handler
