"""A video is at its name whole or not at all, however its server behaves."""

import asyncio
import os
from pathlib import Path

import pytest

from kling_tui.downloads import Download, DownloadError, DownloadRequest, Limits
from kling_tui.downloads.client import MAX_REDIRECTS, connect
from kling_tui.downloads.partial_file import PartialFile
from tests.support.downloading import LIMITS, failed, fetch, hidden, named, names, no_link
from tests.support.video_server import (
    OTHER,
    PATIENCE,
    VIDEO,
    Asked,
    Play,
    head,
    raw,
    reply,
    reset,
    serving,
)

SIZE = len(VIDEO)
MODIFIED = {"Last-Modified": "Thu, 19 Nov 2026 10:00:00 GMT"}
JSON = b'{"error": {"message": "no such file"}}'
PAGE = b"<html><body>" + b"Sign in, please. " * 500


async def test_a_whole_video(tmp_path: Path) -> None:
    """It is there to the byte, under its name, and nothing is left beside it."""
    folder = tmp_path / "not" / "yet"
    async with serving() as server:
        file = await fetch(server.link(), folder)
    assert file == folder / "clip.mp4"
    assert file.read_bytes() == VIDEO
    assert names(folder) == {"clip.mp4"}
    assert len(server.asked) == 1


async def test_the_link_is_asked_for_to_the_letter_and_without_a_key(tmp_path: Path) -> None:
    """The query stays as it is, and no header tells who asks."""
    query = "clip.mp4?cacheKey=a%2Fb%20c&x-kcdn-pid=1&s=~!*'();:@,/?+%7e&&e="
    async with serving() as server:
        await fetch(server.link(query), tmp_path)
    assert server.asked[0].path == f"/{query}"
    assert set(server.asked[0].headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent",
    }  # fmt: skip


@pytest.mark.parametrize("marks", [{"ETag": '"one"'}, MODIFIED], ids=["etag", "date"])
async def test_after_cuts_only_the_rest_is_fetched(tmp_path: Path, marks: dict[str, str]) -> None:
    """However often the line is cut, no byte is sent twice."""
    async with serving(**marks) as server:
        server.plays += [server.cut(20_000), server.cut(1), server.cut(30_000), reset]
        file = await fetch(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.sent == SIZE
    assert [each.start for each in server.asked] == [0, 20_000, 20_001, 50_001, 50_001]


async def test_a_server_without_ranges_is_begun_anew(tmp_path: Path) -> None:
    """A plain 200 replaces what had come, also where it is of the same version."""
    async with serving() as server:

        async def ignore(asked: Asked, writer: asyncio.StreamWriter) -> None:
            del asked.headers["range"]
            await server.whole(asked, writer)

        server.plays += [server.cut(40_000), ignore]
        file = await fetch(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.asked[1].headers["if-range"] == '"one"'


@pytest.mark.parametrize("other", [OTHER, VIDEO[:60_000] + b"\0" * (SIZE - 60_000)])
async def test_another_file_at_the_link_is_fetched_from_its_start(
    tmp_path: Path, other: bytes
) -> None:
    """Beginnings and ends of two files never meet."""
    async with serving() as server:
        server.plays += [server.change(other, '"two"', after=40_000)]
        file = await fetch(server.link(), tmp_path)
    assert file.read_bytes() == other


async def test_a_server_that_sends_the_rest_of_another_file_all_the_same(tmp_path: Path) -> None:
    """A 206 of another version, place or length is not taken."""
    body = b"\0" * 1000
    lines = ("Content-Type: video/mp4", 'ETag: "one"')
    for extent, mark in [
        (f"bytes 0-999/{SIZE}", lines[1]),
        (f"bytes 40000-40999/{SIZE + 1}", lines[1]),
        (f"bytes 40000-40999/{SIZE}", 'ETag: "two"'),
        ("", lines[1]),
    ]:
        async with serving() as server:
            wrong = reply(
                "206 Partial Content", lines[0], mark, f"Content-Range: {extent}", body=body
            )
            server.plays += [server.cut(40_000), wrong]
            file = await fetch(server.link(), tmp_path)
        assert file.read_bytes() == VIDEO


async def test_a_file_that_shrank_is_begun_anew(tmp_path: Path) -> None:
    """A range that is not to be had means that the file is another."""
    async with serving() as server:
        server.plays += [server.cut(40_000), reply("416 Range Not Satisfiable")]
        file = await fetch(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert [each.start for each in server.asked] == [0, 40_000, 0]


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
async def test_where_versions_cannot_be_told_apart_it_is_begun_anew(
    tmp_path: Path, marks: dict[str, str]
) -> None:
    """Without a strong mark nobody knows whether the rest belongs to the beginning."""
    async with serving(**marks) as server:
        server.plays += [server.cut(40_000)]
        file = await fetch(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert [each.start for each in server.asked] == [0, 0]


async def test_what_one_run_began_another_goes_on_with(tmp_path: Path) -> None:
    """What has come is kept aside when the tries are used up, and no byte is fetched twice."""
    async with serving() as server:
        server.plays += [server.cut(40_000), *[reset] * LIMITS.max_attempts]
        assert "3 times" in await failed(server.link(), tmp_path)
        assert named(tmp_path) == set()
        assert hidden(tmp_path) == {".C1-1.part", ".C1-1.part.json"}
        file = await fetch(server.link(), tmp_path)
    assert file.read_bytes() == VIDEO
    assert server.sent == SIZE
    assert hidden(tmp_path) == set()


async def test_a_fresh_link_to_the_same_file_goes_on_too(tmp_path: Path) -> None:
    """The query of a link is its ticket; the file behind it is the same."""
    async with serving() as server:
        server.plays += [server.cut(40_000), reply("403 Forbidden")]
        file = await fetch(server.link("clip.mp4?t=1"), tmp_path, server.link("clip.mp4?t=2"))
    assert file.read_bytes() == VIDEO
    assert server.sent == SIZE
    assert [each.path[-1] for each in server.asked] == ["1", "1", "2"]


async def test_a_fresh_link_elsewhere_is_begun_anew(tmp_path: Path) -> None:
    """A mark means nothing for another address."""
    async with serving() as server:
        server.plays += [server.cut(40_000), reply("410 Gone")]
        file = await fetch(server.link("a.mp4"), tmp_path, server.link("b.mp4"))
    assert file.read_bytes() == VIDEO
    assert [each.start for each in server.asked] == [0, 40_000, 0]


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "410 X"])
async def test_a_result_that_is_gone_is_said_to_be(tmp_path: Path, status: str) -> None:
    """Only after the gateway was asked once; nothing is kept."""
    async with serving(*[reply(status, body=JSON)] * 3) as server:
        words = await failed(server.link(), tmp_path, server.link("fresh.mp4"))
    assert words.startswith("the result is gone: the gateway's fresh link does not work either")
    assert f"({status[:3]}): no such file" in words
    assert len(server.asked) == 2
    assert names(tmp_path) == set()


async def test_a_result_without_any_link(tmp_path: Path) -> None:
    """Where the gateway has no other link, that is the end."""
    async with serving(reply("404 Not Found")) as server:
        assert (await failed(server.link(), tmp_path)).startswith("the result is gone: ")


class TestNoVideo:
    """What is no video is nowhere."""

    @pytest.mark.parametrize(
        ("play", "words"),
        [
            (reply("200 OK", "Content-Type: text/html", body=PAGE), "sent text/html instead"),
            (reply("200 OK", "Content-Type: Application/JSON;a=b", body=JSON), "no such file"),
            (reply("200 OK", "Content-Type: video/mp4", body=PAGE), "is no video"),
            (reply("200 OK", body=b"\0" * 5000), "is no video"),
            (reply("200 OK", "Content-Type: video/mp4", body=VIDEO[:900]), "is no video"),
            (reply("200 OK", "Content-Type: video/mp4"), "is no video"),
            (reply("204 No Content"), "(204)"),
            (reply("200 OK", "Content-Encoding: gzip", body=VIDEO), "packed (gzip)"),
            (reply("400 Bad Request", body=JSON), "(400): no such file"),
            (raw(head("200 OK", "Content-Type: video/mp4") + VIDEO[:-500]), "ends too early"),
            (reply("200 OK", "Content-Type: video/mp4", body=VIDEO[:50_000]), "ends too early"),
        ],
    )  # fmt: skip
    async def test_is_refused(self, tmp_path: Path, play: Play, words: str) -> None:
        """Pages, errors, stubs and stumps are told of once, and kept nowhere."""
        async with serving(play) as server:
            assert words in await failed(server.link(), tmp_path)
        assert len(server.asked) == 1
        assert names(tmp_path) == set()

    async def test_is_not_read_to_its_end(self, tmp_path: Path) -> None:
        """Its first bytes are enough."""
        sent = asyncio.get_running_loop().create_future()

        async def endless(_: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(head("200 OK", "Content-Type: video/mp4", f"Content-Length: {1 << 30}"))
            number = 0
            try:
                while True:
                    writer.write(b"\0" * 65_536)
                    await writer.drain()
                    number += 65_536
            finally:
                sent.set_result(number)

        async with asyncio.timeout(PATIENCE), serving(endless) as server:
            assert "is no video" in await failed(server.link(), tmp_path)
            assert await sent < 64 << 20
        assert names(tmp_path) == set()

    async def test_nor_without_end(self, tmp_path: Path) -> None:
        """Without a length, there is a bound."""

        async def endless(_: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(head("200 OK", "Content-Type: video/mp4") + VIDEO[:1000])
            while True:
                writer.write(b"\0" * 65_536)
                await writer.drain()

        async with asyncio.timeout(PATIENCE), serving(endless) as server:
            limits = Limits(max_bytes=1 << 20)
            assert "without end" in await failed(server.link(), tmp_path, limits=limits)
        assert names(tmp_path) == set()


class TestLength:
    """A server that lies about the length."""

    async def test_too_long(self, tmp_path: Path) -> None:
        """What never comes is not made up: no file, whatever is tried."""
        async with serving() as server:

            async def lie(asked: Asked, writer: asyncio.StreamWriter) -> None:
                if asked.start:
                    await server.whole(asked, writer)
                    return
                lines = ("Content-Type: video/mp4", 'ETag: "one"', f"Content-Length: {SIZE + 500}")
                writer.write(head("200 OK", *lines) + VIDEO)
                writer.close()

            server.plays += [lie] * 20
            await failed(server.link(), tmp_path)
            assert len(server.asked) < 10
        assert named(tmp_path) == set()

    async def test_too_short(self, tmp_path: Path) -> None:
        """A stump is known by its own boxes."""
        lie = raw(head("200 OK", "Content-Type: video/mp4", "Content-Length: 50000") + VIDEO)
        async with serving(lie) as server:
            assert "wrong length" in await failed(server.link(), tmp_path)
        assert names(tmp_path) == set()

    async def test_none(self, tmp_path: Path) -> None:
        """Where no length is told, the video's own end is believed."""
        async with serving(raw(head("200 OK", "Content-Type: video/mp4") + VIDEO)) as server:
            assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO

    @pytest.mark.parametrize("length", ["-5", "abc", "1e5", "9" * 30])
    async def test_nonsense(self, tmp_path: Path, length: str) -> None:
        """What is no length is an error in words."""
        lie = raw(head("200 OK", f"Content-Length: {length}") + VIDEO)
        async with serving(*[lie] * 5) as server:
            assert await failed(server.link(), tmp_path)
        assert named(tmp_path) == set()


class TestRedirects:
    """Links that lead elsewhere."""

    async def test_to_another_host(self, tmp_path: Path) -> None:
        """They are followed, the rest of a part too, and nothing is told to the other host."""
        async with serving() as other, serving() as server:
            there = reply("302 Found", f"Location: {other.link('x.mp4?k=1')}", "Set-Cookie: a=b")
            server.plays += [there, there]
            other.plays += [other.cut(40_000)]
            file = await fetch(server.link(), tmp_path)
        assert file.read_bytes() == VIDEO
        assert other.sent == SIZE
        assert {name for each in other.asked for name in each.headers} == {
            "host", "accept", "accept-encoding", "connection", "user-agent", "range", "if-range",
        }  # fmt: skip

    async def test_within_a_host(self, tmp_path: Path) -> None:
        """An address without a host is one of the same host."""
        async with serving(reply("307 Temporary Redirect", "Location: ../b.mp4")) as server:
            await fetch(server.link("c/a.mp4"), tmp_path)
        assert server.asked[1].path == "/b.mp4"

    @pytest.mark.parametrize(
        "location",
        ["http://10.0.0.7/clip.mp4", "http://localhost.test/", "ftp://127.0.0.1/", "file:///etc/passwd"],
    )  # fmt: skip
    async def test_to_what_is_not_followed(self, tmp_path: Path, location: str) -> None:
        """Only https is, and what stays on this machine."""
        async with serving(reply("301 Moved", f"Location: {location}")) as server:
            words = await failed(server.link(), tmp_path)
        assert words.startswith(f"the link leads to {location.partition(':')[0]}://")
        assert "only https" in words
        assert names(tmp_path) == set()

    @pytest.mark.parametrize("url", ["http://cdn.test/a.mp4", "ftp://cdn.test/", "https://", "x"])
    async def test_links_that_are_not_followed_at_all(self, tmp_path: Path, url: str) -> None:
        """So it is with the link itself."""
        assert "only https" in await failed(url, tmp_path)

    async def test_in_a_circle(self, tmp_path: Path) -> None:
        """A circle is left after a few rounds."""
        async with serving() as server:
            server.plays += [reply("302 Found", f"Location: {server.link()}")] * 20
            assert "in a circle" in await failed(server.link(), tmp_path)
        assert len(server.asked) == MAX_REDIRECTS + 1

    async def test_from_elsewhere_to_this_machine(self, tmp_path: Path) -> None:
        """A server elsewhere gets nobody to talk to this machine."""
        import httpx

        from kling_tui.downloads.client import HttpClient
        from kling_tui.gateways.transport import ClientPool

        def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(302, headers={"Location": "http://127.0.0.1:1/"})

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            wanted = DownloadRequest("https://cdn.test/a.mp4", tmp_path, "clip", "C1-1")
            own = HttpClient(ClientPool(lambda: client), LIMITS)
            with pytest.raises(DownloadError, match="only https"):
                await Download(wanted, LIMITS, lambda: 0.0).run(own, no_link)


class TestLine:
    """Lines that break, and servers in trouble."""

    @pytest.mark.parametrize(
        "play",
        [
            reset,
            raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
            raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
            reply("502 Bad Gateway", "Content-Type: text/html", body=PAGE),
            reply("503 Service Unavailable", "Retry-After: 0"),
            reply("403 Forbidden", "Retry-After: 0"),
            reply("429 Too Many Requests", body=JSON),
        ],
    )
    async def test_are_tried_again(self, tmp_path: Path, play: Play) -> None:
        """What may pass is tried again, so many times and no more."""
        async with serving(play, play) as server:
            assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO
            assert len(server.asked) == 3
            server.plays += [play] * 10
            assert f"{LIMITS.max_attempts} times" in await failed(server.link(), tmp_path)
            assert len(server.asked) == 3 + LIMITS.max_attempts

    async def test_that_stall(self, tmp_path: Path) -> None:
        """A server that falls silent is left, and asked for the rest."""
        async with asyncio.timeout(PATIENCE), serving() as server:
            server.plays += [server.stall(40_000)]
            limits = Limits(read_timeout=0.2, max_attempts=2, first_delay=0.0)
            file = await fetch(server.link(), tmp_path, limits=limits)
        assert file.read_bytes() == VIDEO
        assert server.sent == SIZE

    async def test_that_drip(self, tmp_path: Path) -> None:
        """Nor is a server waited for that sends a byte now and then."""

        async def drip(_: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(head("200 OK", f"Content-Length: {SIZE}"))
            for index in range(SIZE):
                writer.write(VIDEO[index : index + 1])
                await writer.drain()
                await asyncio.sleep(0.01)

        async with asyncio.timeout(PATIENCE), serving(drip) as server:
            limits = Limits(read_timeout=0.1, max_attempts=1)
            assert await failed(server.link(), tmp_path, limits=limits) == "nothing came for 0.1 s"

    async def test_that_do_not_answer(self, tmp_path: Path) -> None:
        """So it is where no answer begins."""

        async def silent(_: Asked, writer: asyncio.StreamWriter) -> None:
            """Keep the line open."""

        async with asyncio.timeout(PATIENCE), serving(silent) as server:
            limits = Limits(read_timeout=0.1, max_attempts=1)
            assert "nothing came" in await failed(server.link(), tmp_path, limits=limits)


class TestDisk:
    """Disks that are full, folders that are not to be written to, names that are taken."""

    async def test_names_that_are_taken(self, tmp_path: Path) -> None:
        """Nothing is ever replaced, be it a file, a folder or a link to nowhere."""
        (tmp_path / "clip.mp4").write_text("mine")
        (tmp_path / "clip-2.mp4").mkdir()
        (tmp_path / "clip-3.mp4").symlink_to("nowhere")
        async with serving() as server:
            assert (await fetch(server.link(), tmp_path)).name == "clip-4.mp4"
        assert (tmp_path / "clip.mp4").read_text() == "mine"
        assert named(tmp_path) == {"clip.mp4", "clip-2.mp4", "clip-3.mp4", "clip-4.mp4"}

    async def test_more_than_there_is_room_for(self, tmp_path: Path) -> None:
        """What cannot fit is not begun."""
        huge = raw(head("200 OK", "Content-Type: video/mp4", f"Content-Length: {10**17}"))
        async with serving(huge) as server:
            assert "the disk is too full" in await failed(server.link(), tmp_path)
        assert names(tmp_path) == set()

    async def test_a_folder_that_cannot_be(self, tmp_path: Path) -> None:
        """The words name the folder."""
        (tmp_path / "file").write_text("")
        words = await failed("http://127.0.0.1:1/", tmp_path / "file" / "clips")
        assert words.startswith(f"{tmp_path}/file/clips: cannot be written to: ")

    @pytest.mark.parametrize("what", ["link", "pipe", "folder"])
    async def test_a_part_that_is_none(self, tmp_path: Path, what: str) -> None:
        """What stands where the part would be is neither followed nor written to."""
        part, other = tmp_path / ".C1-1.part", tmp_path / "other"
        other.write_text("mine")
        if what == "link":
            part.symlink_to(other)
        elif what == "pipe":
            os.mkfifo(part)
        else:
            part.mkdir()
        async with serving() as server:
            await failed(server.link(), tmp_path)
        assert other.read_text() == "mine"
        assert named(tmp_path) == {"other"}

    async def test_a_part_with_a_second_name_is_left_alone(self, tmp_path: Path) -> None:
        """After a crash between the naming and the removal, the named file stays as it is."""
        async with serving() as server:
            server.plays += [server.cut(40_000), *[reset] * LIMITS.max_attempts]
            await failed(server.link(), tmp_path)
            os.link(tmp_path / ".C1-1.part", tmp_path / "mine")
            before = (tmp_path / "mine").read_bytes()
            assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO
        assert (tmp_path / "mine").read_bytes() == before

    async def test_a_part_that_is_held_by_another(self, tmp_path: Path) -> None:
        """Two at once never write to one part."""
        async with serving() as server:
            with PartialFile(tmp_path, "C1-1"):
                words = await failed(server.link(), tmp_path)
            assert words == "another kling-tui is fetching it"
            assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO

    @pytest.mark.parametrize("notes", ["", "[]", "{}", '{"place": 1, "validator": 2, "total": 3}',
                                       "[" * 100_000, "\udcff"])  # fmt: skip
    async def test_notes_that_are_damaged(self, tmp_path: Path, notes: str) -> None:
        """Where it is not known what a part belongs to, it is begun anew."""
        (tmp_path / ".C1-1.part").write_bytes(b"\0" * 40_000)
        (tmp_path / ".C1-1.part.json").write_text(notes, errors="surrogateescape")
        async with serving() as server:
            assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO
        assert server.asked[0].start == 0

    async def test_a_part_that_is_whole(self, tmp_path: Path) -> None:
        """After a crash before the naming nothing is asked for any more."""
        async with serving() as server:
            server.plays += [server.cut(SIZE - 1), *[reset] * LIMITS.max_attempts]
            await failed(server.link(), tmp_path)
            with (tmp_path / ".C1-1.part").open("ab") as part:
                part.write(VIDEO[-1:])
            server.asked.clear()
            assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO
        assert server.asked == []


async def test_a_download_that_is_called_off_is_gone_on_with(tmp_path: Path) -> None:
    """What had come stays, hidden, and the rest is fetched another time."""
    async with asyncio.timeout(PATIENCE), serving() as server:
        server.plays += [server.stall(40_000)]
        wanted = DownloadRequest(server.link(), tmp_path, "clip", "C1-1")
        download = Download(wanted, LIMITS, lambda: 0.0)
        async with connect(LIMITS, through_proxies=False) as client:
            task = asyncio.create_task(download.run(client, no_link))
            while download.progress.received < 40_000:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
            assert download.progress.total == SIZE
            assert download.progress.fraction == 40_000 / SIZE
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert named(tmp_path) == set()
        assert (await fetch(server.link(), tmp_path)).read_bytes() == VIDEO
    assert server.sent == SIZE
