"""Lines that break or hang, as a server plays them; see `asking.serving`."""

import asyncio
import socket
import struct

from tests.support.polling import finished_reply, http_response


async def reset(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Cut the line without a goodbye."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def close_without_response(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Close the line without an answer."""
    writer.close()


async def truncate_head(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Close the line in the middle of the head."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    writer.close()


async def truncate_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Close the line in the middle of the body."""
    writer.write(http_response(finished_reply("i2v"))[:-40])
    writer.close()


async def truncate_chunk(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Close the line in the middle of a chunk."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}")
    writer.close()


async def send_other_protocol(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Answer in another protocol."""
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    writer.close()


async def send_oversized_head(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Send more headers than anybody reads."""
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 50_000)
    writer.close()


async def never_respond(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Keep the line open."""


async def stall_mid_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Keep the line open with half of the answer sent."""
    writer.write(http_response(finished_reply("i2v"))[:-40])


async def drip_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Send the answer byte by byte, so slowly that it takes for ever, yet never pausing long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def repeat_interim_responses(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Say for ever that the answer is about to come."""
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
