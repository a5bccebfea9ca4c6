"""A disk that cannot take a video: that download's error, and nothing is lost."""

import asyncio
import errno
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kling_tui.downloads import Download, DownloadError, DownloadRequest, exclusive
from kling_tui.downloads.partial_file import PartialFile
from tests.support.broken_connections import reset
from tests.support.downloading import (
    LIMITS,
    download_error,
    download_video,
    file_names,
    hidden_files,
    no_link,
)
from tests.support.full_disk import limited_file_size
from tests.support.scripted_server import Request
from tests.support.video_files import box
from tests.support.video_server import VIDEO, VideoServer
from tests.support.waiting import TIMEOUT

LONG_VIDEO = VIDEO + box("free", b"\0" * (4 << 20))


async def test_what_was_received_is_kept_when_the_disk_is_full(tmp_path: Path) -> None:
    """All but one MiB, which is given back so that the job file can be saved."""
    async with VideoServer() as server:
        server.video = LONG_VIDEO
        with limited_file_size(3 << 20):
            message = await download_error(server.link(), tmp_path)
        assert message == f"the disk is full, at {tmp_path}"
        assert hidden_files(tmp_path) == {".C1-1.part", ".C1-1.part.json"}
        assert (tmp_path / ".C1-1.part").stat().st_size == 2 << 20
        file = await download_video(server.link(), tmp_path)
    assert file.read_bytes() == LONG_VIDEO
    assert server.requests[-1].range_start == 2 << 20


async def test_a_folder_that_is_deleted_during_a_download_is_an_error(tmp_path: Path) -> None:
    """The message names the folder; another download of the same video succeeds."""
    folder = tmp_path / "clips"
    async with VideoServer() as server:

        async def delete_folder(request: Request, writer: asyncio.StreamWriter) -> None:
            shutil.rmtree(folder)
            await server.serve(request, writer)

        server.handlers += [delete_folder]
        message = await download_error(server.link(), folder)
        assert message.startswith(f"{folder}: cannot be written to: ")
        assert (await download_video(server.link(), folder)).read_bytes() == VIDEO


async def test_a_partial_file_that_cannot_be_removed_is_no_error(tmp_path: Path) -> None:
    """The reason why the download failed is reported, such as a disk that became read-only."""
    async with VideoServer() as server:
        part = tmp_path / ".C1-1.part"

        async def replace_part(request: Request, writer: asyncio.StreamWriter) -> None:
            part.unlink()
            part.mkdir()
            await reset(request, writer)

        server.handlers += [replace_part, *[reset] * LIMITS.max_attempts]
        assert "(3 attempts)" in await download_error(server.link(), tmp_path)
        assert "cannot be written to" in await download_error(server.link(), tmp_path)
        part.rmdir()
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO


async def test_a_partial_file_that_cannot_be_begun_is_not_left_locked(tmp_path: Path) -> None:
    """Once the obstacle has gone, the download succeeds."""
    obstacle = tmp_path / ".C1-1.part.json"
    obstacle.mkdir()
    async with VideoServer() as server:
        assert "cannot be written to" in await download_error(server.link(), tmp_path)
        obstacle.rmdir()
        assert (await download_video(server.link(), tmp_path)).read_bytes() == VIDEO
    assert file_names(tmp_path) == {"clip.mp4"}


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EACCES])
def test_a_file_is_renamed_where_hard_links_are_not_possible(tmp_path: Path, number: int) -> None:
    """Such as on memory cards, network drives, and between two quota projects."""

    def no_link(_source: Path, _path: Path) -> None:
        raise OSError(number, "no links")

    source = tmp_path / ".C1-1.part"
    source.write_bytes(VIDEO)
    (tmp_path / "clip.mp4").write_text("mine")
    path = exclusive.link_to_free_name(source, "clip", ".mp4", no_link)
    assert path == tmp_path / "clip-2.mp4"
    assert path.read_bytes() == VIDEO
    assert (tmp_path / "clip.mp4").read_text() == "mine"
    assert file_names(tmp_path) == {"clip.mp4", "clip-2.mp4"}


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
async def test_a_folder_that_cannot_be_named_is_an_error(tmp_path: Path, name: str) -> None:
    """The file system's encoding lacks a character of it."""
    assert "clips" in await download_error("https://cdn.test/", tmp_path / f"clips{name}")


class _WholeVideo:
    """A client that sends a video at once."""

    def __init__(self, video: bytes) -> None:
        self._video = video

    async def fetch(self, url: str, partial_file: PartialFile) -> None:  # noqa: ARG002 - as Client
        partial_file.restart(None, len(self._video))
        partial_file.write(self._video)


async def test_a_complete_file_is_checked_in_a_thread(tmp_path: Path) -> None:
    """A file of millions of parts must not keep the event loop from running."""
    may_check = threading.Event()
    video = VIDEO[:32] + box("free", b"") * (1 << 21)
    with ThreadPoolExecutor(1) as executor:
        asyncio.get_running_loop().set_default_executor(executor)
        executor.submit(may_check.wait, TIMEOUT)
        request = DownloadRequest("https://cdn.test/a.mp4", tmp_path, "clip", "C1-1")
        download = Download(request, LIMITS, lambda: 0.0)
        task = asyncio.create_task(download.run(_WholeVideo(video), no_link))
        try:
            for _ in range(10):
                await asyncio.sleep(0)
            assert download.progress.received == len(video)
            assert not task.done()
        finally:
            may_check.set()
        with pytest.raises(DownloadError, match="incomplete"):
            await task
    assert file_names(tmp_path) == set()
