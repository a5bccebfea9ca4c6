"""One download: a video is saved complete or not at all, whatever its server does."""

import asyncio
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kling_tui.downloads import Download, DownloadError, DownloadRequest, Limits
from kling_tui.downloads.client import MAX_REDIRECTS, connect
from kling_tui.downloads.partial_file import PartialFile
from tests.support.broken_connections import reset
from tests.support.downloading import (
    LIMITS,
    download_error,
    download_video,
    file_names,
    hidden_files,
    no_link,
    visible_files,
)
from tests.support.scripted_server import Handler, Request, respond, response_head, send_and_close
from tests.support.video_server import OTHER_VIDEO, VIDEO, VideoServer
from tests.support.waiting import TIMEOUT

SIZE = len(VIDEO)
MODIFIED = {"Last-Modified": "Thu, 19 Nov 2026 10:00:00 GMT"}
JSON = b'{"error": {"message": "no such file"}}'
PAGE = b"<html><body>" + b"Sign in, please. " * 500


async def test_a_video_is_saved_under_its_name(tmp_path: Path) -> None:
    """Every byte is saved, the folder is created, and no partial file is left."""
    folder = tmp_path / "not" / "yet"
    async with VideoServer() as server:
        file = await download_video(server.link(), folder)
    assert file == folder / "clip.mp4"
    assert file.read_bytes() == VIDEO
    assert file_names(folder) == {"clip.mp4"}
    assert len(server.requests) == 1


async def test_the_link_is_requested_unchanged_and_without_a_key(tmp_path: Path) -> None:
    """The query is not normalised, and no header identifies the user."""
    query = "clip.mp4?cacheKey=a%2Fb%20c&x-kcdn-pid=1&s=~!*'();:@,/?+%7e&&e="
    async with VideoServer() as server:
        await download_video(server.link(query), tmp_path)
    assert server.requests[0].path == f"/{query}"
    assert set(server.requests[0].headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent",
    }  # fmt: skip


@pytest.mark.parametrize("marks", [{"ETag": '"one"'}, MODIFIED], ids=["etag", "date"])
async def test_a_broken_download_is_resumed(tmp_path: Path, marks: dict[str, str]) -> None:
    """However often the connection breaks, no byte is sent twice."""
    async with VideoServer(**marks) as server:
        server.handlers += [
            server.close_after(20_000),
            server.close_after(1),
            server.close_after(30_000),
            reset,
        ]
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.bytes_sent == SIZE
    assert [request.range_start for request in server.requests] == [
        0,
        20_000,
        20_001,
        50_001,
        50_001,
    ]


async def test_a_download_restarts_if_the_server_ignores_the_range(tmp_path: Path) -> None:
    """A 200 replaces what was received, even if the version is the same."""
    async with VideoServer() as server:

        async def ignore(asked: Request, writer: asyncio.StreamWriter) -> None:
            del asked.headers["range"]
            await server.serve(asked, writer)

        server.handlers += [server.close_after(40_000), ignore]
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.requests[1].header("If-Range") == ['"one"']


@pytest.mark.parametrize("other", [OTHER_VIDEO, VIDEO[:60_000] + b"\0" * (SIZE - 60_000)])
async def test_a_download_restarts_if_the_file_has_changed(tmp_path: Path, other: bytes) -> None:
    """Parts of two versions are never combined."""
    async with VideoServer() as server:
        server.handlers += [server.replace_after(40_000, other, '"two"')]
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == other


async def test_a_206_of_another_version_range_or_length_is_rejected(tmp_path: Path) -> None:
    """The download restarts."""
    body = b"\0" * 1000
    lines = ("Content-Type: video/mp4", 'ETag: "one"')
    for content_range, validator in [
        (f"bytes 0-999/{SIZE}", lines[1]),
        (f"bytes 40000-40999/{SIZE + 1}", lines[1]),
        (f"bytes 40000-40999/{SIZE}", 'ETag: "two"'),
        ("", lines[1]),
    ]:
        async with VideoServer() as server:
            wrong = respond(
                "206 Partial Content",
                lines[0],
                validator,
                f"Content-Range: {content_range}",
                body=body,
            )
            server.handlers += [server.close_after(40_000), wrong]
            file = await download_video(server.link(), tmp_path)
        assert file.read_bytes() == VIDEO


async def test_a_download_restarts_after_416(tmp_path: Path) -> None:
    """An unsatisfiable range means that the file has changed."""
    async with VideoServer() as server:
        server.handlers += [server.close_after(40_000), respond("416 Range Not Satisfiable")]
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 40_000, 0]


@pytest.mark.parametrize(
    "marks",
    [
        {"ETag": 'W/"weak"'},
        {"X": "none"},
        {"Accept-Ranges": "none", "ETag": '"one"'},
        {"Last-Modified": "yesterday"},
        {**MODIFIED, "Date": "Thu, 19 Nov 2026 10:00:00 GMT"},
    ],
    ids=["weak", "none", "no ranges", "no date", "young"],
)
async def test_a_download_restarts_without_a_strong_validator(
    tmp_path: Path, marks: dict[str, str]
) -> None:
    """Without one, the rest could be of another version."""
    async with VideoServer(**marks) as server:
        server.handlers += [server.close_after(40_000)]
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 0]


async def test_another_run_resumes_a_failed_download(tmp_path: Path) -> None:
    """The partial file is kept after the last attempt, and no byte is sent twice."""
    async with VideoServer() as server:
        server.handlers += [server.close_after(40_000), *[reset] * LIMITS.max_attempts]
        assert "(3 attempts)" in await download_error(server.link(), tmp_path)
        assert visible_files(tmp_path) == set()
        assert hidden_files(tmp_path) == {".C1-1.part", ".C1-1.part.json"}
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.bytes_sent == SIZE
    assert hidden_files(tmp_path) == set()


async def test_a_refreshed_link_to_the_same_file_resumes(tmp_path: Path) -> None:
    """Only the query of the link has changed: its signature."""
    async with VideoServer() as server:
        server.handlers += [server.close_after(40_000), respond("403 Forbidden")]
        file = await download_video(
            server.link("clip.mp4?t=1"), tmp_path, server.link("clip.mp4?t=2")
        )
    assert file.read_bytes() == VIDEO
    assert server.bytes_sent == SIZE
    assert [request.path[-1] for request in server.requests] == ["1", "1", "2"]


async def test_a_refreshed_link_to_another_path_restarts(tmp_path: Path) -> None:
    """A validator is valid for one path only."""
    async with VideoServer() as server:
        server.handlers += [server.close_after(40_000), respond("410 Gone")]
        file = await download_video(server.link("a.mp4"), tmp_path, server.link("b.mp4"))
    assert file.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [0, 40_000, 0]


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "410 X"])
async def test_a_result_is_gone_if_the_refreshed_link_fails(tmp_path: Path, status: str) -> None:
    """The gateway is asked for a new link once; no file is kept."""
    async with VideoServer(*[respond(status, body=JSON)] * 3) as server:
        message = await download_error(server.link(), tmp_path, server.link("new.mp4"))
    assert message.startswith("the result is gone: the gateway's new link does not work either")
    assert f"({status[:3]}): no such file" in message
    assert len(server.requests) == 2
    assert file_names(tmp_path) == set()


async def test_a_result_is_gone_if_the_gateway_has_no_link(tmp_path: Path) -> None:
    """Without a link in the gateway's reply there is nothing to retry."""
    async with VideoServer(respond("404 Not Found")) as server:
        assert (await download_error(server.link(), tmp_path)).startswith("the result is gone: ")


class TestInvalidContent:
    """A response that is not a complete video is an error, and is not saved."""

    @pytest.mark.parametrize(
        ("play", "message"),
        [
            (respond("200 OK", "Content-Type: text/html", body=PAGE), "sent text/html instead"),
            (respond("200 OK", "Content-Type: Application/JSON;a=b", body=JSON), "no such file"),
            (respond("200 OK", "Content-Type: video/mp4", body=PAGE), "sent text/html instead"),
            (respond("200 OK", body=b"\0" * 5000), "is not a video"),
            (respond("200 OK", "Content-Type: video/mp4", body=VIDEO[:900]), "is not a video"),
            (respond("200 OK", "Content-Type: video/mp4"), "is not a video"),
            (respond("204 No Content"), "(204)"),
            (respond("400 Bad Request", body=JSON), "(400): no such file"),
            (
                send_and_close(response_head("200 OK", "Content-Type: video/mp4") + VIDEO[:-500]),
                "is incomplete",
            ),
            (respond("200 OK", "Content-Type: video/mp4", body=VIDEO[:50_000]), "is incomplete"),
        ],
    )  # fmt: skip
    async def test_is_an_error(self, tmp_path: Path, play: Handler, message: str) -> None:
        """Pages, JSON errors and truncated videos are requested once and not kept."""
        async with VideoServer(play) as server:
            assert message in await download_error(server.link(), tmp_path)
        assert len(server.requests) == 1
        assert file_names(tmp_path) == set()

    async def test_is_not_downloaded_to_the_end(self, tmp_path: Path) -> None:
        """The first bytes are enough to reject it."""
        sent = asyncio.get_running_loop().create_future()

        async def endless(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(
                response_head("200 OK", "Content-Type: video/mp4", f"Content-Length: {1 << 30}")
            )
            number = 0
            try:
                while True:
                    writer.write(b"\0" * 65_536)
                    await writer.drain()
                    number += 65_536
            finally:
                sent.set_result(number)

        async with asyncio.timeout(TIMEOUT), VideoServer(endless) as server:
            assert "is not a video" in await download_error(server.link(), tmp_path)
            assert await sent < 64 << 20
        assert file_names(tmp_path) == set()

    async def test_without_a_length_is_limited_in_size(self, tmp_path: Path) -> None:
        """A server that sends no length cannot fill the disk."""

        async def endless(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(response_head("200 OK", "Content-Type: video/mp4") + VIDEO[:1000])
            while True:
                writer.write(b"\0" * 65_536)
                await writer.drain()

        async with asyncio.timeout(TIMEOUT), VideoServer(endless) as server:
            limits = Limits(max_bytes=1 << 20)
            assert "larger than 1,048,576 bytes" in await download_error(
                server.link(), tmp_path, limits=limits
            )
        assert file_names(tmp_path) == set()


class TestContentLength:
    """Wrong, missing and invalid Content-Length headers."""

    async def test_too_long_is_an_error(self, tmp_path: Path) -> None:
        """The missing bytes never arrive, so there is no file."""
        async with VideoServer() as server:

            async def lie(asked: Request, writer: asyncio.StreamWriter) -> None:
                if asked.range_start:
                    await server.serve(asked, writer)
                    return
                lines = ("Content-Type: video/mp4", 'ETag: "one"', f"Content-Length: {SIZE + 500}")
                writer.write(response_head("200 OK", *lines) + VIDEO)
                writer.close()

            server.handlers += [lie] * 20
            await download_error(server.link(), tmp_path)
            assert len(server.requests) < 10
        assert visible_files(tmp_path) == set()

    async def test_too_short_is_an_error(self, tmp_path: Path) -> None:
        """The truncated video is recognised by its boxes."""
        lie = send_and_close(
            response_head("200 OK", "Content-Type: video/mp4", "Content-Length: 50000") + VIDEO
        )
        async with VideoServer(lie) as server:
            assert "wrong length" in await download_error(server.link(), tmp_path)
        assert file_names(tmp_path) == set()

    async def test_missing_is_accepted(self, tmp_path: Path) -> None:
        """The video ends where the connection does."""
        async with VideoServer(
            send_and_close(response_head("200 OK", "Content-Type: video/mp4") + VIDEO)
        ) as server:
            assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO

    @pytest.mark.parametrize("length", ["-5", "abc", "1e5", "9" * 30])
    async def test_invalid_is_an_error(self, tmp_path: Path, length: str) -> None:
        """No file is saved."""
        lie = send_and_close(response_head("200 OK", f"Content-Length: {length}") + VIDEO)
        async with VideoServer(*[lie] * 5) as server:
            assert await download_error(server.link(), tmp_path)
        assert visible_files(tmp_path) == set()


class TestRedirects:
    """Redirected links."""

    async def test_to_another_host_are_followed(self, tmp_path: Path) -> None:
        """A resumed download follows them too, and no cookie is sent to the other host."""
        async with VideoServer() as other, VideoServer() as server:
            there = respond("302 Found", f"Location: {other.link('x.mp4?k=1')}", "Set-Cookie: a=b")
            server.handlers += [there, there]
            other.handlers += [other.close_after(40_000)]
            file = await download_video(server.link(), tmp_path)
        assert file.read_bytes() == VIDEO
        assert other.bytes_sent == SIZE
        assert {name for request in other.requests for name in request.headers} == {
            "host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range",
        }  # fmt: skip

    async def test_to_a_relative_url_are_followed(self, tmp_path: Path) -> None:
        """A relative location is resolved against the link."""
        async with VideoServer(respond("307 Temporary Redirect", "Location: ../b.mp4")) as server:
            await download_video(server.link("c/a.mp4"), tmp_path)
        assert server.requests[1].path == "/b.mp4"

    @pytest.mark.parametrize(
        "location",
        ["http://10.0.0.7/clip.mp4", "http://localhost.test/", "ftp://127.0.0.1/", "file:///etc/passwd"],
    )  # fmt: skip
    async def test_to_insecure_urls_are_errors(self, tmp_path: Path, location: str) -> None:
        """Only https is followed, and http from this machine to itself."""
        async with VideoServer(respond("301 Moved", f"Location: {location}")) as server:
            message = await download_error(server.link(), tmp_path)
        assert message.startswith(f"the link leads to {location.partition(':')[0]}://")
        assert "only https" in message
        assert file_names(tmp_path) == set()

    @pytest.mark.parametrize("url", ["http://cdn.test/a.mp4", "ftp://cdn.test/", "https://", "x"])
    async def test_an_insecure_link_is_an_error(self, tmp_path: Path, url: str) -> None:
        """The link itself must be https as well."""
        assert "only https" in await download_error(url, tmp_path)

    async def test_in_a_loop_end(self, tmp_path: Path) -> None:
        """The number of redirects is limited."""
        async with VideoServer() as server:
            server.handlers += [respond("302 Found", f"Location: {server.link()}")] * 20
            assert "too many redirects" in await download_error(server.link(), tmp_path)
        assert len(server.requests) == MAX_REDIRECTS + 1

    async def test_from_another_host_to_this_machine_are_errors(self, tmp_path: Path) -> None:
        """A remote server cannot trigger a request to a local one."""
        import httpx

        from kling_tui.downloads.client import HttpClient

        def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(302, headers={"Location": "http://127.0.0.1:1/"})

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            request = DownloadRequest("https://cdn.test/a.mp4", tmp_path, "clip", "C1-1")
            own = HttpClient(client, LIMITS)
            with pytest.raises(DownloadError, match="only https"):
                await Download(request, LIMITS, lambda: 0.0).run(own, no_link)


class TestRetries:
    """Broken connections and temporary server errors."""

    @pytest.mark.parametrize(
        "play",
        [
            reset,
            send_and_close(b"HTTP/1.1 200 OK\r\nContent-Le"),
            send_and_close(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
            respond("502 Bad Gateway", "Content-Type: text/html", body=PAGE),
            respond("503 Service Unavailable", "Retry-After: 0"),
            respond("403 Forbidden", "Retry-After: 0"),
            respond("429 Too Many Requests", body=JSON),
        ],
    )
    async def test_after_a_transient_error_are_limited(self, tmp_path: Path, play: Handler) -> None:
        """Another attempt follows, up to the limit."""
        async with VideoServer(play, play) as server:
            assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
            assert len(server.requests) == 3
            server.handlers += [play] * 10
            assert f"({LIMITS.max_attempts} attempts)" in await download_error(
                server.link(), tmp_path
            )
            assert len(server.requests) == 3 + LIMITS.max_attempts

    async def test_after_a_stall_resume(self, tmp_path: Path) -> None:
        """If the server stops sending, the rest is requested again."""
        async with asyncio.timeout(TIMEOUT), VideoServer() as server:
            server.handlers += [server.stall_after(40_000)]
            limits = Limits(read_timeout=0.2, max_attempts=2, first_delay=0.0)
            file = await download_video(server.link(), tmp_path, limits=limits)
        assert file.read_bytes() == VIDEO
        assert server.bytes_sent == SIZE

    async def test_a_slow_trickle_times_out(self, tmp_path: Path) -> None:
        """A byte now and then does not keep the connection alive."""

        async def drip(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(response_head("200 OK", f"Content-Length: {SIZE}"))
            for index in range(SIZE):
                writer.write(VIDEO[index : index + 1])
                await writer.drain()
                await asyncio.sleep(0.01)

        async with asyncio.timeout(TIMEOUT), VideoServer(drip) as server:
            limits = Limits(read_timeout=0.1, max_attempts=1)
            assert (
                await download_error(server.link(), tmp_path, limits=limits)
                == "no data received for 0.1 s"
            )

    async def test_a_missing_response_times_out(self, tmp_path: Path) -> None:
        """The read timeout applies to the headers as well."""

        async def silent(_: Request, writer: asyncio.StreamWriter) -> None:
            """Keep the line open."""

        async with asyncio.timeout(TIMEOUT), VideoServer(silent) as server:
            limits = Limits(read_timeout=0.1, max_attempts=1)
            assert "no data received" in await download_error(
                server.link(), tmp_path, limits=limits
            )


class TestDisk:
    """Taken names, a full disk, unusable folders, and partial files of any state."""

    async def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        """A number is added if the name is taken by a file, a folder or a broken symlink."""
        (tmp_path / "clip.mp4").write_text("mine")
        (tmp_path / "clip-2.mp4").mkdir()
        (tmp_path / "clip-3.mp4").symlink_to("nowhere")
        async with VideoServer() as server:
            assert (await download_video(server.link(), tmp_path)).name == "clip-4.mp4"
        assert (tmp_path / "clip.mp4").read_text() == "mine"
        assert visible_files(tmp_path) == {"clip.mp4", "clip-2.mp4", "clip-3.mp4", "clip-4.mp4"}

    async def test_a_file_larger_than_the_free_space_is_not_started(self, tmp_path: Path) -> None:
        """The error is raised before anything is written."""
        huge = send_and_close(
            response_head("200 OK", "Content-Type: video/mp4", f"Content-Length: {10**17}")
            + VIDEO[:1000]
        )
        async with VideoServer(huge) as server:
            assert "the disk is too full" in await download_error(server.link(), tmp_path)
        assert file_names(tmp_path) == set()

    async def test_an_unusable_folder_is_named_in_the_error(self, tmp_path: Path) -> None:
        """The message begins with what is in the way, and says what it is."""
        (tmp_path / "file").write_text("")
        (tmp_path / "link").symlink_to(tmp_path / "not there")
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        dangling = "is a link to a folder that does not exist"
        for name, reason in [
            ("file", "is not a folder"),
            ("file/clips", "is not a folder"),
            ("link", dangling),
            ("link/clips/new", dangling),
            ("loop", dangling),
            ("x" * 300, "cannot be written to: File name too long"),
        ]:
            message = await download_error("http://127.0.0.1:1/", tmp_path / name)
            obstacle = tmp_path / name if "x" in name else tmp_path / name.split("/")[0]
            assert message.startswith(f"{obstacle}: {reason}"), message
        assert file_names(tmp_path) == {"file", "link", "loop"}
        message = await download_error("http://127.0.0.1:1/", Path("/proc/clips"))
        assert message.startswith("/proc/clips: cannot be written to: ")

    @pytest.mark.parametrize("type_", ["symlink", "pipe", "folder"])
    async def test_a_partial_file_of_another_type_is_not_written_to(
        self, tmp_path: Path, type_: str
    ) -> None:
        """A symlink, pipe or folder in its place is neither followed nor written to."""
        part, other = tmp_path / ".C1-1.part", tmp_path / "other"
        other.write_text("mine")
        if type_ == "symlink":
            part.symlink_to(other)
        elif type_ == "pipe":
            os.mkfifo(part)
        else:
            part.mkdir()
        async with VideoServer() as server:
            await download_error(server.link(), tmp_path)
        assert other.read_text() == "mine"
        assert visible_files(tmp_path) == {"other"}

    async def test_a_partial_file_with_a_second_hard_link_is_not_written_to(
        self, tmp_path: Path
    ) -> None:
        """After a crash between linking the final name and removing the partial file."""
        async with VideoServer() as server:
            server.handlers += [server.close_after(40_000), *[reset] * LIMITS.max_attempts]
            await download_error(server.link(), tmp_path)
            os.link(tmp_path / ".C1-1.part", tmp_path / "mine")
            before = (tmp_path / "mine").read_bytes()
            assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
        assert (tmp_path / "mine").read_bytes() == before

    async def test_a_locked_partial_file_is_an_error(self, tmp_path: Path) -> None:
        """Two processes never write to the same file."""
        async with VideoServer() as server:
            with PartialFile(tmp_path, "C1-1"):
                message = await download_error(server.link(), tmp_path)
            assert message == "another kling-tui is downloading it"
            assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"place": 1, "validator": 2, "total": 3}',
                                      "[" * 100_000, "\udcff"])  # fmt: skip
    async def test_a_damaged_validator_restarts_the_download(
        self, tmp_path: Path, text: str
    ) -> None:
        """The version of the partial file is unknown."""
        (tmp_path / ".C1-1.part").write_bytes(b"\0" * 40_000)
        (tmp_path / ".C1-1.part.json").write_text(text, errors="surrogateescape")
        async with VideoServer() as server:
            assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
        assert server.requests[0].range_start == 0

    async def test_a_complete_partial_file_is_only_named(self, tmp_path: Path) -> None:
        """After a crash before linking the final name, no request is sent."""
        async with VideoServer() as server:
            server.handlers += [server.close_after(SIZE - 1), *[reset] * LIMITS.max_attempts]
            await download_error(server.link(), tmp_path)
            with (tmp_path / ".C1-1.part").open("ab") as part:
                part.write(VIDEO[-1:])
            server.requests.clear()
            assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
        assert server.requests == []


async def test_a_cancelled_download_is_resumed_later(tmp_path: Path) -> None:
    """The partial file is kept, and another run requests the rest."""
    async with asyncio.timeout(TIMEOUT), VideoServer() as server:
        server.handlers += [server.stall_after(40_000)]
        request = DownloadRequest(server.link(), tmp_path, "clip", "C1-1")
        download = Download(request, LIMITS, lambda: 0.0)
        async with connect(LIMITS, through_proxies=False) as client:
            task = asyncio.create_task(download.run(client, no_link))
            while download.progress.received < 40_000:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0)
            assert download.progress.total == SIZE
            assert download.progress.fraction == 40_000 / SIZE
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert visible_files(tmp_path) == set()
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert server.bytes_sent == SIZE


class CompleteClient:
    """Sends a whole video at once."""

    async def fetch(self, url: str, partial_file: PartialFile) -> None:  # noqa: ARG002 - as Client
        """Write it."""
        partial_file.restart(None, SIZE)
        partial_file.write(VIDEO)


async def test_a_second_cancellation_does_not_interrupt_naming(tmp_path: Path) -> None:
    """The thread that syncs and names a complete file is waited for, and the file is kept."""
    may_finish = threading.Event()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as executor:
        loop.set_default_executor(executor)
        executor.submit(may_finish.wait, TIMEOUT)
        request = DownloadRequest("https://cdn.test/a.mp4", tmp_path, "clip", "C1-1")
        download = Download(request, LIMITS, lambda: 0.0)
        task = asyncio.create_task(download.run(CompleteClient(), no_link))
        try:
            await asyncio.sleep(0)
            assert download.progress.received == SIZE
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0)
            assert not task.done()
        finally:
            may_finish.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert download.file == tmp_path / "clip.mp4"
    assert download.file.read_bytes() == VIDEO
    assert file_names(tmp_path) == {"clip.mp4"}


async def test_the_validator_file_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    """Its field names are fixed, so that an update does not lose partial files."""
    async with VideoServer() as server:
        (tmp_path / ".C1-1.part").write_bytes(VIDEO[:40_000])
        fields = {"place": server.link(), "validator": '"one"', "total": SIZE}
        (tmp_path / ".C1-1.part.json").write_text(json.dumps(fields))
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [40_000]
