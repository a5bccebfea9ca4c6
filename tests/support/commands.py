"""Checks of what commands print, and of the modules that they import."""

import asyncio
import json
from subprocess import CompletedProcess

from tests.support.terminal import Account

KEY = "s3cr3t-0f-4-k3y"
"""The API key of the account in tests/cli/conftest.py."""
NUMBER = "842250903629086785"
"""An I2V task id of the other documented shape."""
I2V_URL = "https://cdn.klingai.com/bs2/upload/text2video/raw_video_1.mp4?cacheKey=a%2Fb&x=1"
"""The result in `I2V_DONE`."""
O1_URL = "https://storage.pixazo.ai/videos/a1b2c3d4.mp4"
"""The result in `O1_DONE`."""


def assert_usage_error(result: CompletedProcess[str], *texts: str) -> None:
    """Check for exit status 2, a message that contains all texts, and no other output."""
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(("kling-tui: ", "usage: "))
    assert "Traceback" not in result.stderr
    for text in texts:
        assert text in result.stderr


async def run_download(account: Account, *arguments: str) -> CompletedProcess[str]:
    """Run ``download`` in a thread, so that this event loop can serve the video."""
    return await asyncio.to_thread(account.run, "download", *arguments)


def saved_ids(account: Account) -> list[str]:
    """Return the ids in the job file."""
    return [job["id"] for job in account.jobs_in_file()]


def listed_ids(account: Account, *options: str, **environment: str) -> list[str]:
    """Return the ids that ``list`` prints, with options in front of the command."""
    result = account.run(*options, "list", "--json", **environment)
    return [job["id"] for job in json.loads(result.stdout)]


def imported_modules(account: Account, *command: str) -> set[str]:
    """Run a command in a process, and return the modules that it imports."""
    result = account.run_process(*command, PYTHONPROFILEIMPORTTIME="1")
    assert result.returncode == 0
    return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
