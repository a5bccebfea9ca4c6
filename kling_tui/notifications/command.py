"""Runs programs with a text on their standard input, such as the user's notify command.

None is started through a shell, and none can read from or write to the terminal. Each gets exactly
the environment that the caller passes, which contains no API key.
"""

import asyncio
import logging
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from kling_tui.jobs import Job
from kling_tui.sanitize import sanitize_line

_TIMEOUT = 30.0
"""Seconds that one run of the notify command may take."""
_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # without a log file, nothing may reach the terminal


class ProgramError(Exception):
    """A program could not be started or failed; the message names it."""


async def run_with_input(
    argv: Sequence[str], text: str, timeout: float, environment: Mapping[str, str]
) -> None:
    """Run a program with `text` on its standard input until it ends.

    After `timeout` seconds, or when cancelled, its process group is killed. Raises ProgramError.
    """
    name = sanitize_line(argv[0], 60)
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramError(f"{name} cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(timeout):
            await process.communicate(text.encode())
    except TimeoutError as error:
        raise ProgramError(f"{name} did not end within {timeout:g} s") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    require_success(name, process.returncode)


def require_success(name: str, return_code: int | None) -> None:
    """Raise ProgramError if the program `name` failed, or was ended by a signal."""
    if return_code:
        raise ProgramError(
            f"{name} was ended by signal {-return_code}"
            if return_code < 0
            else f"{name} failed with status {return_code}"
        )


class NotifyCommand:
    """Runs the user's program for each job that ends, with the job on its standard input.

    It also gets messages about budgets.
    """

    def __init__(
        self,
        argv: Sequence[str],
        serialize: Callable[[Job], str],
        environment: Mapping[str, str],
        *,
        concurrency: int = 4,
    ) -> None:
        """`serialize` returns the input for a job."""
        self._argv = argv
        self._serialize = serialize
        self._environment = environment
        self._slots = asyncio.Semaphore(concurrency)

    async def run(self, job: Job) -> None:
        """Run the program for a job, and wait for its end. Raises ProgramError."""
        await self.run_with(self._serialize(job), job.id)

    async def run_with(self, text: str, subject: str) -> None:
        """Run the program with a text on its standard input, and wait for its end.

        `subject` is what the text is about, for the log. Raises ProgramError.
        """
        async with self._slots:
            try:
                await run_with_input(self._argv, text, _TIMEOUT, self._environment)
            except ProgramError as error:
                _log.warning("notify.command for %s: %s", subject, error)
                raise
