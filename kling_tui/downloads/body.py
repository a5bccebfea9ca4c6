"""The body of a response: its first bytes are looked at before anything is written to the disk."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
from msgspec import Struct

from kling_tui.downloads import sniff
from kling_tui.downloads.errors import DownloadError, DownloadErrorKind

_GZIP = b"\x1f\x8b"
_GZIP_FORMAT, _ZLIB_FORMAT, _RAW_FORMAT = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MAX_LAYERS = 3
"""How often a body may be compressed in a compressed one."""
_MAX_PIECE = 1 << 16
"""Bytes to decompress at a time: a few bytes may stand for gigabytes."""
_UNSUPPORTED = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}


class Body(Struct, frozen=True):
    """The body of a response, decompressed."""

    head: bytes
    """The first bytes, at least `sniff.HEAD_SIZE` unless it is shorter."""
    chunks: AsyncGenerator[bytes]
    """All of it, `head` included."""
    compressed: bool = False
    """Whether the server sent it compressed, so that no range of it can be requested."""
    unsupported_coding: str = ""
    """A content coding that it may have and that cannot be decoded."""

    async def read(self, max_bytes: int) -> bytes:
        """Return the first bytes."""
        raw = bytearray()
        async with aclosing(self.chunks) as chunks:
            async for chunk in chunks:
                raw += chunk
                if len(raw) >= max_bytes:
                    break
        return bytes(raw[:max_bytes])


async def open_body(chunks: AsyncIterator[bytes], headers: httpx.Headers) -> Body:
    """Read the first bytes of a body, and decompress it unless they are those of a video.

    Storage servers repeat in Content-Encoding whatever was said at the upload, such as
    ``aws-chunked``, so that only ``deflate`` is believed; gzip is recognised by its bytes. Raises
    DownloadError if the compressed bytes are damaged.
    """
    codings = headers.get_list("content-encoding", split_commas=True)
    names = [coding.strip().lower() for coding in codings]
    body = await _peek(chunks)
    for _ in range(_MAX_LAYERS):
        if sniff.video_suffix(body.head):
            break
        if body.head.startswith(_GZIP):
            window_bits = _GZIP_FORMAT
        elif "deflate" in names:
            names.remove("deflate")
            window_bits = _ZLIB_FORMAT if _is_zlib(body.head) else _RAW_FORMAT
        else:
            break
        body = await _peek(_decompress(body.chunks, window_bits), compressed=True)
    unsupported = next((name for name in names if name in _UNSUPPORTED), "")
    return Body(body.head, body.chunks, body.compressed, unsupported)


async def _peek(chunks: AsyncIterator[bytes], *, compressed: bool = False) -> Body:
    """Return a body whose first bytes are known."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= sniff.HEAD_SIZE:
            break
    return Body(head, _chain(head, chunks), compressed)


async def _chain(head: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield head
    async for chunk in rest:
        yield chunk


def _is_zlib(head: bytes) -> bool:
    """Return whether the first bytes are a zlib header (RFC 1950); many servers omit it."""
    return len(head) >= 2 and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0


async def _decompress(chunks: AsyncIterator[bytes], window_bits: int) -> AsyncGenerator[bytes]:
    """Yield the decompressed body in small pieces."""
    decompressor = zlib.decompressobj(window_bits)
    try:
        async for chunk in chunks:
            rest = chunk
            while rest:
                if decompressor.eof:
                    if not rest.startswith(_GZIP):
                        break  # bytes after the end
                    decompressor = zlib.decompressobj(window_bits)  # several, as `cat` makes them
                yield decompressor.decompress(rest, _MAX_PIECE)
                await asyncio.sleep(0)  # other tasks run, however much one chunk stands for
                unused, tail = decompressor.unused_data, decompressor.unconsumed_tail
                rest = unused if decompressor.eof else tail
        if not decompressor.eof:
            yield decompressor.flush()
    except zlib.error as error:
        message = "the compressed video is damaged"
        raise DownloadError(message, DownloadErrorKind.TRANSIENT) from error
    if not decompressor.eof:
        message = "the connection closed before the end of the compressed video"
        raise DownloadError(message, DownloadErrorKind.TRANSIENT)
