"""Handlers of a `ScriptedServer` that break the connection or never finish a response."""

import asyncio
import socket
import struct

from tests.support.polling import finished_reply
from tests.support.scripted_server import Request, http_response


async def reset(_: Request, writer: asyncio.StreamWriter) -> None:
    """Reset the connection (RST)."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def close_without_response(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection at once."""
    writer.close()


async def truncate_head(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection in the middle of the head."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    writer.close()


async def truncate_body(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection in the middle of the body."""
    writer.write(http_response(finished_reply("i2v"))[:-40])
    writer.close()


async def truncate_chunk(_: Request, writer: asyncio.StreamWriter) -> None:
    """Close the connection in the middle of a chunk."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}")
    writer.close()


async def send_other_protocol(_: Request, writer: asyncio.StreamWriter) -> None:
    """Respond in another protocol."""
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    writer.close()


async def send_oversized_head(_: Request, writer: asyncio.StreamWriter) -> None:
    """Send more headers than any client reads."""
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 50_000)
    writer.close()


async def never_respond(_: Request, writer: asyncio.StreamWriter) -> None:
    """Keep the connection open and send nothing."""


async def stall_mid_body(_: Request, writer: asyncio.StreamWriter) -> None:
    """Keep the connection open after half of the response."""
    writer.write(http_response(finished_reply("i2v"))[:-40])


async def drip_body(_: Request, writer: asyncio.StreamWriter) -> None:
    """Send a body of 1 MB at 100 bytes a second, without a long pause."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def repeat_interim_responses(_: Request, writer: asyncio.StreamWriter) -> None:
    """Send ``102 Processing`` for ever."""
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
