"""A response is judged by its bytes, and what a server says instead of a video is shown."""

from pathlib import Path

import pytest

from tests.support.downloading import download_error, download_video, file_names
from tests.support.scripted_server import respond, response_head, send_and_close
from tests.support.video_files import WHOLE_FILES
from tests.support.video_server import VIDEO, VideoServer

PAGE = b"<!DOCTYPE html><html><head><title>Sign in &amp; go on</title></head><body>Expires</body>"
S3 = b"<?xml version='1.0'?>\n<Error><Code>%s</Code><Message>%s</Message><Id>1</Id></Error>"
EXPIRED = S3 % (b"ExpiredToken", b"The provided token has expired.")
AZURE = b"\xef\xbb\xbf" + S3.replace(
    b"<Id>", b"<AuthenticationErrorDetail>Signature not valid in the specified time frame<"
    b"/AuthenticationErrorDetail><Id>") % (b"AuthenticationFailed", b"Server failed.")  # fmt: skip


@pytest.mark.parametrize(
    "header",
    ["Content-Type: text/plain", "Content-Type: text/html; charset=utf-8", "X-None: 1",
     "Content-Type: application/octet-stream", "Content-Type: application/json",
     "Content-Type: image/jpeg", "Content-Type: video/webm", "Content-Type: ",
     "Content-Type: \xff"],
)  # fmt: skip
async def test_a_video_is_accepted_with_any_content_type(tmp_path: Path, header: str) -> None:
    """Servers that do not know the suffix say anything."""
    async with VideoServer(respond("200 OK", header, body=VIDEO)) as server:
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO


@pytest.mark.parametrize("name", WHOLE_FILES)
async def test_a_video_is_accepted_in_any_container(tmp_path: Path, name: str) -> None:
    """Its suffix follows from its bytes, and a byte after its end is kept."""
    body = WHOLE_FILES[name] + (b"\n" if name not in ("live", "segment of unknown length") else b"")
    async with VideoServer(respond("200 OK", "Content-Type: video/mp4", body=body)) as server:
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == body
    suffixes = {"known lengths": ".webm", "live": ".webm", "segment of unknown length": ".webm"}
    assert file.suffix == {**suffixes, "gif": ".gif", "no ftyp": ".mov"}.get(name, ".mp4")


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("video/mp4", PAGE, "sent text/html instead of a video: Sign in & go on"),
        ("video/mp4", b"  \n" + PAGE, "sent text/html instead of a video: Sign in & go on"),
        ("video/mp4", b'{"error": "not yet"}', "sent application/json instead of a video: not yet"),
        ("", b'\xef\xbb\xbf{"msg": "later"}', "sent application/json instead of a video: later"),
        ("", S3 % (b"NoSuchBucket", b"It's &lt;gone&gt;"), "NoSuchBucket: It's <gone>"),
        ("application/octet-stream", b"quota used up\n", "text/plain instead of a video: quota"),
        ("video/mp4", '{"msg": "später"}'.encode("utf-16"), "application/json instead of a vid"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "sent image/png instead of a video"),
        ("video/mp4", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "the file is not a video"),
        ("", b"\0" * 3000, "the file is not a video"),
        ("", b"<Error><Message>\x1b[31mred\xe2\x80\xae</Message>", "video: [31mred"),
    ],
)  # fmt: skip
async def test_what_is_sent_instead_of_a_video_is_recognised_by_its_bytes(
    tmp_path: Path, content_type: str, body: bytes, message: str
) -> None:
    """Its message is shown, whatever the content type; it is requested once and not kept."""
    header = f"Content-Type: {content_type}"
    async with VideoServer(respond("200 OK", header, body=body)) as server:
        assert message in await download_error(server.link(), tmp_path)
    assert len(server.requests) == 1
    assert file_names(tmp_path) == set()


async def test_an_error_page_does_not_delete_what_was_received(tmp_path: Path) -> None:
    """For example the page of a hotel's network: the download is resumed once that has gone."""
    async with VideoServer() as server:
        server.handlers += [
            server.close_after(40_000),
            respond("200 OK", "Content-Type: text/html", body=PAGE),
        ]
        assert "text/html" in await download_error(server.link(), tmp_path)
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.bytes_sent == len(VIDEO)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("400 Bad Request", EXPIRED),
        ("403 Forbidden", EXPIRED),
        ("403 Forbidden", S3 % (b"AccessDenied", b"Request has expired")),
        ("403 Forbidden", AZURE),
        ("400 Bad Request", AZURE),
        ("400 Bad Request", S3 % (b"InvalidToken", b"The provided token is malformed.")),
        ("400 Bad Request", S3 % (b"AccessDenied", b"Request has expired.")),
        ("400 Bad Request", S3.replace(b"Code>", b"s:Code >") % (b"SecurityTokenExpired", b"")),
        ("400 Bad Request", b'{"error": {"code": "TokenExpired", "message": "again, please"}}'),
        ("400 Bad Request", b"link expired"),
        ("400 Bad Request", b"<html><title>URL Expired</title>"),
        ("422 Unprocessable", b'{"detail": "signature expired"}'),
        ("498 Invalid Token", EXPIRED),
        ("500 Internal Server Error", b'{"error": "url has expired"}'),
        ("200 OK", EXPIRED),
        ("200 OK", b'{"error": "the link has expired"}'),
        ("401 Unauthorized", b""),
        ("403 Forbidden", b""),
        ("404 Not Found", S3 % (b"NoSuchKey", b"The specified key does not exist.")),
        ("404 Not Found", S3 % (b"BlobNotFound", b"")),
        ("410 Gone", PAGE),
    ],
)
async def test_a_fresh_link_is_requested_for_an_expired_one(
    tmp_path: Path, status: str, body: bytes
) -> None:
    """Each storage service says so in its own way, and with its own status."""
    async with VideoServer(respond(status, body=body)) as server:
        file = await download_video(server.link(), tmp_path, server.link("new.mp4"))
    assert file.read_bytes() == VIDEO
    assert [request.path for request in server.requests] == ["/clip.mp4", "/new.mp4"]


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        ("400 Bad Request", S3 % (b"InvalidArgument", b"Bad name"), "(400): InvalidArgument: Bad"),
        ("400 Bad Request", b"", "the server refused the download (400)"),
        ("405 Method Not Allowed", b"no", "the server refused the download (405): no"),
        ("400 Bad Request", PAGE, "the server refused the download (400): Sign in & go on"),
    ],
)
async def test_another_refusal_is_final(
    tmp_path: Path, status: str, body: bytes, message: str
) -> None:
    """Neither the server nor the gateway is asked again; what a page's body says is no reason."""
    async with VideoServer(respond(status, body=body)) as server:
        assert message in await download_error(server.link(), tmp_path, server.link("new.mp4"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "200 OK"])
async def test_a_fresh_link_that_has_expired_too_is_final(tmp_path: Path, status: str) -> None:
    """The gateway is asked once."""
    async with VideoServer(*[respond(status, body=EXPIRED)] * 5) as server:
        message = await download_error(server.link(), tmp_path, server.link("new.mp4"))
    assert message.startswith("the result is gone: the gateway's new link does not work either")
    assert "ExpiredToken: The provided token has expired." in message
    assert len(server.requests) == 2


async def test_a_link_that_expires_again_during_a_long_download_is_refreshed(
    tmp_path: Path,
) -> None:
    """As long as bytes arrive in between."""
    expired = respond("403 Forbidden", body=EXPIRED)
    async with VideoServer() as server:
        server.handlers += [
            *(server.close_after(20_000), expired),
            *(server.close_after(20_000), expired),
        ]
        file = await download_video(server.link(), tmp_path, server.link())
    assert file.read_bytes() == VIDEO
    assert server.bytes_sent == len(VIDEO)


async def test_a_refusal_whose_body_is_cut_is_still_one(tmp_path: Path) -> None:
    """The status is enough to ask for a fresh link."""
    cut = send_and_close(response_head("403 Forbidden", "Content-Length: 900") + EXPIRED[:40])
    async with VideoServer(cut) as server:
        await download_video(server.link(), tmp_path, server.link("new.mp4"))
    assert [request.path for request in server.requests] == ["/clip.mp4", "/new.mp4"]
