"""Small programs that tests start, and what they write."""

import json
import sys
from pathlib import Path

from kling_tui.formatting.output import job_as_json
from kling_tui.notifications.command import NotifyCommand
from tests.support.waiting import wait_until

_SAVE_INPUT = "import os, sys; open(f'{sys.argv[1]}/{os.getpid()}', 'w').write(sys.stdin.read())"


def python_command(script: str) -> tuple[str, ...]:
    """Return the command line of a Python program."""
    return (sys.executable, "-c", script)


async def wait_for_line(file: Path) -> str:
    """Return the content of a file once it ends with a whole line."""
    await wait_until(lambda: content(file).endswith("\n"))
    return content(file)


def content(file: Path) -> str:
    """Return the content of a file; "" where there is none."""
    return file.read_text("utf-8") if file.exists() else ""


def command_saving_to(folder: Path) -> NotifyCommand:
    """Return a command that saves its input in a new file of a folder at each run."""
    return NotifyCommand(
        (*python_command(_SAVE_INPUT), str(folder)), lambda job: json.dumps(job_as_json(job)), {}
    )
