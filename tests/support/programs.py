"""Small programs that tests start, and what they write."""

import sys
from pathlib import Path

from tests.support.waiting import wait_until


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
