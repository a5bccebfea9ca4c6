"""``download``: output, files and exit statuses, and how it resumes after a kill."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.commands import KEY, run_download
from tests.support.documented_gateway import (
    KEY_HEADER,
    DocumentedGateway,
    i2v_done_reply,
    json_reply,
)
from tests.support.downloading import file_names, hidden_files, visible_files
from tests.support.jobs import TASK
from tests.support.scripted_server import respond, response_head
from tests.support.terminal import PROGRAM, Account, with_default_signals
from tests.support.video_server import VIDEO, VideoServer
from tests.support.waiting import TIMEOUT

OTHER = "CjNQtmctxFMAAAAxxxxxx"
_DONE = """
[[jobs]]
id = "{id}"
kind = "i2v"
label = "{label}"
added_at = 2026-11-20T10:00:00Z
status = "succeeded"
ended_at = {now}
videos = [{videos}]
history = [{{ at = 2026-11-20T10:00:00Z, status = "succeeded" }}]
"""


@pytest.fixture
async def server() -> AsyncIterator[VideoServer]:
    """Start a server with a video."""
    async with VideoServer() as started:
        yield started


def track(account: Account, *jobs: tuple[str, str, list[str]]) -> None:
    """Write a job file with finished jobs; each has an id, a label and result URLs."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = [
        _DONE.format(
            id=job_id,
            label=label,
            now=now,
            videos=", ".join(f"{{ url = {json.dumps(url)} }}" for url in urls),
        )
        for job_id, label, urls in jobs
    ]
    account.jobs.parent.mkdir(parents=True, exist_ok=True)
    account.jobs.write_text("version = 1\n" + "".join(entries), "utf-8")


async def start_download(account: Account) -> Process:
    """Start the command in a process, and wait until 40,000 bytes are on the disk."""
    process = await asyncio.create_subprocess_exec(
        *with_default_signals(*PROGRAM, "download"),
        env=account.environment, cwd=account.home, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    async with asyncio.timeout(TIMEOUT):
        while sum(part.stat().st_size for part in folder(account).glob(".*.part")) < 40_000:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return process


def folder(account: Account) -> Path:
    """Return the default download folder of an account without a Videos folder."""
    return account.home / "Downloads" / "kling-tui"


def files(account: Account, job_id: str) -> list[str | None]:
    """Return the paths of a job's downloaded videos."""
    return [video["file"] for video in account.tracked()[job_id]["videos"]]


async def test_downloads_every_missing_result(account: Account, server: VideoServer) -> None:
    """Each path is printed and saved in the job; a second run has nothing to do."""
    track(
        account,
        (TASK, "hero shot", [server.link("a.mp4"), server.link("b.mp4")]),
        (OTHER, "", [server.link("c.mp4")]),
    )
    account.environment["PIXAZO_API_KEY"] = KEY
    result = await run_download(account)
    expected = [folder(account) / f"hero-shot-i2v-{TASK}-{n}.mp4" for n in (1, 2)]
    expected.append(folder(account) / f"i2v-{OTHER}-1.mp4")
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(result.stdout.splitlines()) == sorted(map(str, expected))
    assert all(file.read_bytes() == VIDEO for file in expected)
    assert files(account, TASK) == [str(file) for file in expected[:2]]
    assert KEY not in str(server.requests)
    assert KEY_HEADER.lower() not in str(server.requests).lower()
    again = await run_download(account)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "kling-tui: all results are already downloaded\n"
    assert len(server.requests) == 3


async def test_folder_and_name_come_from_option_and_config(
    account: Account, server: VideoServer
) -> None:
    """--dir wins over downloads.dir; downloads.name is the template of the file name."""
    track(account, (TASK, "x", [server.link()]), (OTHER, "y", [server.link()]))
    account.configure('[downloads]\ndir = "~/clips"\nname = "{id}"\n')
    result = await run_download(account, TASK)
    assert result.stdout == f"{account.home}/clips/{TASK}.mp4\n"
    result = await run_download(account, "--dir", "here", TASK, OTHER)
    assert set(result.stdout.splitlines()) == {
        f"{account.home}/here/{TASK}.mp4",
        f"{account.home}/here/{OTHER}.mp4",
    }


async def test_videos_folder_is_the_default_if_it_exists(
    account: Account, server: VideoServer
) -> None:
    """Otherwise the Downloads folder is used."""
    (account.home / "Videos").mkdir()
    track(account, (TASK, "", [server.link()]))
    assert (await run_download(account)).stdout.startswith(f"{account.home}/Videos/kling-tui/")


async def test_deleted_file_is_downloaded_again(account: Account, server: VideoServer) -> None:
    """Saved paths are checked first."""
    track(account, (TASK, "", [server.link()]))
    first = await run_download(account)
    (folder(account) / f"i2v-{TASK}-1.mp4").unlink()
    assert (await run_download(account)).stdout == first.stdout
    assert first.stdout == f"{folder(account)}/i2v-{TASK}-1.mp4\n"
    assert file_names(folder(account)) == {f"i2v-{TASK}-1.mp4"}


async def test_failed_download_gives_status_1(account: Account, server: VideoServer) -> None:
    """The message names the job and the reason; other jobs are downloaded."""
    track(account, (TASK, "a page", [server.link("page")]), (OTHER, "fine", [server.link()]))
    account.configure("[gateway]\nurl = 'http://127.0.0.1:9'\n")
    server.handlers += [respond("200 OK", "Content-Type: text/html", body=b"<p>" * 999)]
    result = await run_download(account, TASK, OTHER)
    assert result.returncode == 1
    assert result.stdout == f"{folder(account)}/fine-i2v-{OTHER}-1.mp4\n"
    assert result.stderr == "kling-tui: a page: the server sent text/html instead of a video\n"
    assert file_names(folder(account)) == {f"fine-i2v-{OTHER}-1.mp4"}


async def test_named_job_without_a_result_is_a_failure(account: Account) -> None:
    """Without ids, such a job is left out."""
    account.track(TASK)
    result = await run_download(account, TASK)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"kling-tui: {TASK} has no result: new\n"
    assert (await run_download(account)).returncode == 0
    assert (await run_download(account, "no-such")).returncode == 2


async def test_expired_link_is_refreshed_once(
    account: Account, server: VideoServer, gateway: DocumentedGateway
) -> None:
    """The job is polled for a new link, which is saved."""
    track(account, (TASK, "", [server.link("old.mp4")]))
    gateway.script(
        TASK, i2v_done_reply({"url": server.link("new.mp4"), "id": "v1", "duration": "5"})
    )
    server.handlers += [respond("403 Forbidden")]
    result = await run_download(account)
    assert (result.returncode, result.stderr) == (0, "")
    assert [request.path for request in server.requests] == ["/old.mp4", "/new.mp4"]
    assert gateway.requests[0].header(KEY_HEADER) == [KEY]
    assert KEY not in str(server.requests)
    assert account.tracked()[TASK]["videos"][0]["url"] == server.link("new.mp4")
    assert files(account, TASK) == [result.stdout.strip()]


async def test_rejected_key_gives_status_4(
    account: Account, server: VideoServer, gateway: DocumentedGateway
) -> None:
    """The gateway does not give a new link."""
    track(account, (TASK, "x", [server.link()]))
    gateway.script(TASK, json_reply({"error": "no"}, 401))
    server.handlers += [respond("404 Not Found")]
    result = await run_download(account)
    assert result.returncode == 4
    assert "x: the link no longer works (404), and the gateway gave no new one: " in (result.stderr)
    assert len(gateway.requests) == 1


async def test_download_resumes_after_a_kill(account: Account, server: VideoServer) -> None:
    """A partial file has no final name, and only the rest is transferred."""
    track(account, (TASK, "", [server.link()]))
    server.handlers += [server.stall_after(40_000)]
    process = await start_download(account)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert visible_files(folder(account)) == set()
    result = await run_download(account)
    assert result.stdout == f"{folder(account)}/i2v-{TASK}-1.mp4\n"
    assert (folder(account) / f"i2v-{TASK}-1.mp4").read_bytes() == VIDEO
    assert server.bytes_sent == len(VIDEO)
    assert hidden_files(folder(account)) == set()


async def test_download_resumes_after_an_interrupt(account: Account, server: VideoServer) -> None:
    """The exit status is 130, and only the rest is transferred."""
    track(account, (TASK, "", [server.link()]))
    server.handlers += [server.stall_after(40_000)]
    process = await start_download(account)
    process.send_signal(signal.SIGINT)
    output, errors = await process.communicate()
    assert (process.returncode, output, errors) == (130, b"", b"")
    assert (await run_download(account)).returncode == 0
    assert server.bytes_sent == len(VIDEO)


async def test_full_disk_leaves_no_partial_file(account: Account, server: VideoServer) -> None:
    """The message names the folder."""
    track(account, (TASK, "x", [server.link()]))
    # A limit on the size of files makes writes fail like on a full disk.
    limit_file_size = (
        "import os, resource, sys;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000));"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-ISc", limit_file_size, *PROGRAM, "download"),
        env=account.environment, cwd=account.home, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert (process.returncode, output) == (1, b"")
    assert errors.decode() == f"kling-tui: x: the disk is full, at {folder(account)}\n"
    assert file_names(folder(account)) == set()


async def test_second_process_does_not_download_the_same_result(
    account: Account, server: VideoServer
) -> None:
    """It prints that another process is downloading it."""
    track(account, (TASK, "x", [server.link()]))
    server.handlers += [server.stall_after(40_000)]
    first = await start_download(account)
    second = await run_download(account)
    first.kill()
    await first.communicate()
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == "kling-tui: x: another kling-tui is downloading it\n"


@pytest.mark.pty
async def test_progress_line_on_a_terminal(account: Account, server: VideoServer) -> None:
    """The last line shows the progress, and is erased at the end."""
    track(account, (TASK, "x", [server.link()]))
    released = asyncio.Event()

    async def hold(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(
            response_head("200 OK", "Content-Type: video/mp4", f"Content-Length: {len(VIDEO)}")
        )
        writer.write(VIDEO[:40_000])
        await released.wait()
        writer.write(VIDEO[40_000:])

    server.handlers += [hold]
    with account.open("download") as terminal:
        await asyncio.to_thread(terminal.until_shows, "1 job to go: 40.0 kB of 62.2 kB")
        released.set()
        assert await asyncio.to_thread(terminal.wait) == 0
        assert f"x-i2v-{TASK}-1.mp4" in "".join(terminal.lines)
        assert not terminal.shows("to go")
