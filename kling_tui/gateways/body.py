"""Reads the body of an HTTP response, with a bound on its size."""

import zlib

import httpx

from kling_tui.gateways.base import ErrorKind, GatewayError

MAX_REPLY_BYTES = 1 << 20
"""Reading stops beyond this size, which holds for the decompressed body too."""
_COMPRESSED = {"gzip", "x-gzip", "deflate"}
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


async def read_body(response: httpx.Response) -> bytes:
    """Return the decompressed body; raises GatewayError if it is too large or damaged.

    A server may compress it even though no request asks for that.
    """
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        _check_size(body)
    compressed = response.headers.get("content-encoding", "").lower() in _COMPRESSED
    return _decompress(bytes(body)) if compressed else bytes(body)


def _decompress(compressed: bytes) -> bytes:
    try:
        decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
        body = decompressor.decompress(compressed, MAX_REPLY_BYTES + 1)
    except zlib.error as error:
        message = "the reply cannot be decompressed"
        raise GatewayError(ErrorKind.SERVER_ERROR, message) from error
    _check_size(body)
    return body


def _check_size(body: bytes | bytearray) -> None:
    if len(body) > MAX_REPLY_BYTES:
        raise GatewayError(ErrorKind.SERVER_ERROR, "the reply is larger than 1 MiB")
