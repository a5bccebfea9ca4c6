"""The command that downloads, as scripts meet it: what it prints, leaves behind and survives."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.documented_gateway import (
    KEY_HEADER,
    DocumentedGateway,
    i2v_done_reply,
    json_reply,
)
from tests.support.downloading import file_names, hidden_files, visible_files
from tests.support.scripted_server import respond, response_head
from tests.support.terminal import PROGRAM, Account
from tests.support.video_server import VIDEO, VideoServer
from tests.support.waiting import TIMEOUT

TASK = "CjNQtmctxFMAAAAxxxxxx"
OTHER = "CjI17WevH1IAAAAAAHmgsw"
KEY = "s3cr3t-0f-4-k3y"
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
def account(tmp_path: Path) -> Account:
    """Make an account that has nothing yet."""
    return Account(tmp_path)


@pytest.fixture
def gateway() -> Iterator[DocumentedGateway]:
    """Start a gateway that knows no job."""
    with DocumentedGateway() as started:
        yield started


@pytest.fixture
async def server() -> AsyncIterator[VideoServer]:
    """Start a web server that serves a video."""
    async with VideoServer() as started:
        yield started


def track(account: Account, *jobs: tuple[str, str, list[str]]) -> None:
    """Write a job file with finished jobs: their ids, labels and links."""
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


async def download(account: Account, *arguments: str, **more: str) -> CompletedProcess[str]:
    """Run the command while this loop serves."""
    return await asyncio.to_thread(account.run, "download", *arguments, **more)


async def begun(account: Account) -> Process:
    """Start the command, and wait until the first 40,000 bytes are on the disk."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "download", env=account.environment, cwd=account.home, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(TIMEOUT):
        while sum(part.stat().st_size for part in folder(account).glob(".*.part")) < 40_000:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return process


def folder(account: Account) -> Path:
    """Return where downloads go by default where there is no folder for videos."""
    return account.home / "Downloads" / "kling-tui"


def files(account: Account, job_id: str) -> list[str | None]:
    """Return where the videos of a job are."""
    return [video["file"] for video in account.tracked()[job_id]["videos"]]


async def test_every_result_that_is_not_here(account: Account, server: VideoServer) -> None:
    """Each final path is a line of standard output, and stands in the job; a second run is idle."""
    track(
        account,
        (TASK, "hero shot", [server.link("a.mp4"), server.link("b.mp4")]),
        (OTHER, "", [server.link("c.mp4")]),
    )
    ended = await download(account, PIXAZO_API_KEY=KEY)
    expected = [folder(account) / f"hero-shot-i2v-{TASK}-{n}.mp4" for n in (1, 2)]
    expected.append(folder(account) / f"i2v-{OTHER}-1.mp4")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(ended.stdout.splitlines()) == sorted(map(str, expected))
    assert all(file.read_bytes() == VIDEO for file in expected)
    assert files(account, TASK) == [str(file) for file in expected[:2]]
    assert KEY not in str(server.requests)
    assert KEY_HEADER.lower() not in str(server.requests).lower()
    again = await download(account)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "kling-tui: every result is here\n"
    assert len(server.requests) == 3


async def test_where_to_and_under_which_name(account: Account, server: VideoServer) -> None:
    """The option wins over the settings, which name the folder for videos and the files."""
    track(account, (TASK, "x", [server.link()]), (OTHER, "y", [server.link()]))
    account.configure('[downloads]\ndir = "~/clips"\nname = "{id}"\n')
    ended = await download(account, TASK)
    assert ended.stdout == f"{account.home}/clips/{TASK}.mp4\n"
    ended = await download(account, "--dir", "here", TASK, OTHER)
    assert set(ended.stdout.splitlines()) == {
        f"{account.home}/here/{TASK}.mp4",
        f"{account.home}/here/{OTHER}.mp4",
    }


async def test_the_folder_for_videos(account: Account, server: VideoServer) -> None:
    """Where the account has one, it is used."""
    (account.home / "Videos").mkdir()
    track(account, (TASK, "", [server.link()]))
    assert (await download(account)).stdout.startswith(f"{account.home}/Videos/kling-tui/")


async def test_a_file_that_was_deleted_is_fetched_again(
    account: Account, server: VideoServer
) -> None:
    """What the job file says is looked after."""
    track(account, (TASK, "", [server.link()]))
    first = await download(account)
    (folder(account) / f"i2v-{TASK}-1.mp4").unlink()
    assert (await download(account)).stdout == first.stdout
    assert first.stdout == f"{folder(account)}/i2v-{TASK}-1.mp4\n"
    assert file_names(folder(account)) == {f"i2v-{TASK}-1.mp4"}


async def test_results_that_cannot_be_had(account: Account, server: VideoServer) -> None:
    """Status 1, words on which and why, and the others are fetched all the same."""
    track(account, (TASK, "a page", [server.link("page")]), (OTHER, "fine", [server.link()]))
    account.configure("[gateway]\nurl = 'http://127.0.0.1:9'\n")
    server.handlers += [respond("200 OK", "Content-Type: text/html", body=b"<p>" * 999)]
    ended = await download(account, TASK, OTHER)
    assert ended.returncode == 1
    assert ended.stdout == f"{folder(account)}/fine-i2v-{OTHER}-1.mp4\n"
    assert ended.stderr == "kling-tui: a page: the server sent text/html instead of a video\n"
    assert file_names(folder(account)) == {f"fine-i2v-{OTHER}-1.mp4"}


async def test_a_job_without_a_result(account: Account) -> None:
    """To name one is a failure; to leave the choice to the command is none."""
    account.track(TASK)
    ended = await download(account, TASK)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"kling-tui: {TASK} has no result: new\n"
    assert (await download(account)).returncode == 0
    assert (await download(account, "no-such")).returncode == 2


async def test_a_fresh_link(
    account: Account, server: VideoServer, gateway: DocumentedGateway
) -> None:
    """A link that is used up is asked for again, once, and the job keeps the new one."""
    track(account, (TASK, "", [server.link("old.mp4")]))
    account.configure(f"[gateway]\nurl = '{gateway.url}'\n")
    gateway.script(
        TASK, i2v_done_reply({"url": server.link("new.mp4"), "id": "v1", "duration": "5"})
    )
    server.handlers += [respond("403 Forbidden")]
    ended = await download(account, PIXAZO_API_KEY=KEY)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [each.path for each in server.requests] == ["/old.mp4", "/new.mp4"]
    assert gateway.requests[0].header(KEY_HEADER) == [KEY]
    assert KEY not in str(server.requests)
    assert account.tracked()[TASK]["videos"][0]["url"] == server.link("new.mp4")
    assert files(account, TASK) == [ended.stdout.strip()]


async def test_a_gateway_that_refuses(
    account: Account, server: VideoServer, gateway: DocumentedGateway
) -> None:
    """Where the fresh link is refused, the status says so."""
    track(account, (TASK, "x", [server.link()]))
    account.configure(f"[gateway]\nurl = '{gateway.url}'\n")
    gateway.script(TASK, json_reply({"error": "no"}, 401))
    server.handlers += [respond("404 Not Found")]
    ended = await download(account)
    assert ended.returncode == 4
    assert "x: the link no longer works (404), and the gateway gave no new one: " in ended.stderr
    assert len(gateway.requests) == 1


async def test_killed_and_started_again(account: Account, server: VideoServer) -> None:
    """After a kill nothing is at the name, and only the rest is fetched."""
    track(account, (TASK, "", [server.link()]))
    server.handlers += [server.stall_after(40_000)]
    process = await begun(account)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert visible_files(folder(account)) == set()
    ended = await download(account)
    assert ended.stdout == f"{folder(account)}/i2v-{TASK}-1.mp4\n"
    assert (folder(account) / f"i2v-{TASK}-1.mp4").read_bytes() == VIDEO
    assert server.bytes_sent == len(VIDEO)
    assert hidden_files(folder(account)) == set()


async def test_interrupted(account: Account, server: VideoServer) -> None:
    """The status is 130, and what had come is gone on with."""
    track(account, (TASK, "", [server.link()]))
    server.handlers += [server.stall_after(40_000)]
    process = await begun(account)
    process.send_signal(signal.SIGINT)
    output, errors = await process.communicate()
    assert (process.returncode, output, errors) == (130, b"", b"")
    assert (await download(account)).returncode == 0
    assert server.bytes_sent == len(VIDEO)


async def test_a_disk_that_gets_full(account: Account, server: VideoServer) -> None:
    """It is said, nothing is kept, and what was taken is given back."""
    track(account, (TASK, "x", [server.link()]))
    # A bound on the size of files stands in for the disk: the write fails just so.
    bounded = (
        "import os, resource, sys;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000));"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-ISc", bounded, *PROGRAM, "download"),
        env=account.environment, cwd=account.home, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert (process.returncode, output) == (1, b"")
    assert errors.decode() == f"kling-tui: x: the disk is full, at {folder(account)}\n"
    assert file_names(folder(account)) == set()


async def test_two_at_once_fetch_each_result_once(account: Account, server: VideoServer) -> None:
    """Whoever comes second says who is at it, and leaves no second file."""
    track(account, (TASK, "x", [server.link()]))
    server.handlers += [server.stall_after(40_000)]
    first = await begun(account)
    second = await download(account)
    first.kill()
    await first.communicate()
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == "kling-tui: x: another kling-tui is downloading it\n"


async def test_progress_on_a_terminal(account: Account, server: VideoServer) -> None:
    """How far it is stands on the last line, which is gone in the end."""
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
