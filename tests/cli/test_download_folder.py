"""``download``: where the files are, and what a name or a link cannot do."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

from tests.support.commands import run_download
from tests.support.downloading import file_names
from tests.support.terminal import PROGRAM, Account
from tests.support.video_server import VIDEO, VideoServer

IDS = ("CjNQtmctxFMAAAAxxxxxx", "CjI17WevH1IAAAAAAHmgsw")
_JOB = """
[[jobs]]
id = "{id}"
kind = "i2v"
label = "{label}"
added_at = 2026-11-20T10:00:00Z
status = "succeeded"
ended_at = 2026-11-20T10:01:00Z
videos = [{{ url = {url} }}]
"""


def track(account: Account, *urls: str, label: str = "") -> None:
    """Write a job file with a finished job for each link."""
    jobs = [
        _JOB.format(id=job_id, label=label, url=json.dumps(url))
        for job_id, url in zip(IDS, urls, strict=False)
    ]
    account.jobs.parent.mkdir(parents=True, exist_ok=True)
    account.jobs.write_text("version = 1\n" + "".join(jobs), "utf-8")


def content(path: str) -> bytes:
    """Return what is in the file at a printed path."""
    return Path(path.strip()).read_bytes()


async def test_a_video_whose_folder_was_deleted_is_downloaded_again(tmp_path: Path) -> None:
    """With its id or without, and to the same path."""
    account = Account(tmp_path)
    async with VideoServer() as server:
        track(account, server.link())
        first = await run_download(account)
        for arguments in ((), (IDS[0],)):
            shutil.rmtree(tmp_path / "Downloads")
            again = await run_download(account, *arguments)
            assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
            assert content(again.stdout) == VIDEO


async def test_dir_puts_a_video_there_that_is_elsewhere(tmp_path: Path) -> None:
    """It is copied, or downloaded if the earlier file has gone; a second run changes nothing."""
    account = Account(tmp_path)
    async with VideoServer() as server:
        track(account, server.link())
        first = Path((await run_download(account)).stdout.strip())
        for _ in range(2):
            result = await run_download(account, "--dir", "new", IDS[0])
            assert (result.returncode, result.stderr) == (0, "")
            assert result.stdout == f"{tmp_path}/new/{first.name}\n"
            assert file_names(tmp_path / "new") == {first.name}
        assert len(server.requests) == 1
        assert content(str(first)) == content(result.stdout) == VIDEO
        assert account.tracked()[IDS[0]]["videos"][0]["file"] == result.stdout.strip()
        shutil.rmtree(tmp_path / "new")
        result = await run_download(account, "--dir", "newer", IDS[0])
        assert result.stdout == f"{tmp_path}/newer/{first.name}\n"
        assert len(server.requests) == 2


async def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """The message says what is in the way; a path that does not exist is not printed."""
    account = Account(tmp_path)
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").write_text("mine")
    async with VideoServer() as server:
        track(account, server.link(), label="x")
        for name, reason in [
            ("dangling", "is a link to a folder that does not exist"),
            ("file", "is not a folder"),
        ]:
            result = await run_download(account, "--dir", name, IDS[0])
            assert (result.returncode, result.stdout) == (1, "")
            assert result.stderr.startswith(f"kling-tui: x: {tmp_path}/{name}: {reason}")
        assert server.requests == []
    assert (tmp_path / "file").read_text() == "mine"


async def test_a_link_with_an_invalid_host_stops_no_other_download(tmp_path: Path) -> None:
    """It is an error of that job."""
    account = Account(tmp_path)
    async with VideoServer() as server:
        track(account, "https://xn--a.invalid/v.mp4", server.link())
        result = await run_download(account)
    assert result.returncode == 1
    assert result.stdout == f"{tmp_path}/Downloads/kling-tui/i2v-{IDS[1]}-1.mp4\n"
    assert result.stderr.startswith(f"kling-tui: {IDS[0]}: the link is not a valid URL: ")
    assert len(result.stderr.splitlines()) == 1


async def test_a_name_fits_a_locale_without_unicode(tmp_path: Path) -> None:
    """Its characters outside the file system's encoding are left out or replaced."""
    account = Account(tmp_path)
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    account.configure('[downloads]\nname = "{label} {id}"\n')
    async with VideoServer() as server:
        track(account, server.link(), label="镜头 café")
        result = await asyncio.to_thread(
            subprocess.run,
            [*PROGRAM, "download"],
            env=account.environment | plain,
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == f"{tmp_path}/Downloads/kling-tui/__ caf_ {IDS[0]}.mp4\n"
    assert content(result.stdout.decode()) == VIDEO
