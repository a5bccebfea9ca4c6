"""Runs the commands of the config that print secrets: keys, URLs and headers."""

import subprocess
from collections.abc import Mapping, Sequence

from kling_tui.config.errors import ConfigError
from kling_tui.sanitize import sanitize_line

COMMAND_TIMEOUT = 30.0
"""Seconds; the user may have to type a passphrase."""


def first_line(output: str) -> str:
    """Return the first line of a command's output, without spaces around it."""
    return output.partition("\n")[0].strip()


def run_secret_command(
    source: str,
    argv: Sequence[str],
    environ: Mapping[str, str],
    timeout: float,
    what: str,
    *,
    interactive: bool,
) -> str:
    """Return what a command prints, the first line of which must not be empty.

    `source` is the setting that names it, and `what` is what it prints, for errors. If it is
    `interactive`, it shares the standard input of this process; else it has no terminal. Raises
    ConfigError.
    """
    try:
        result = subprocess.run(  # noqa: S603 - the user's own command, started without a shell
            argv,
            stdin=None if interactive else subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=environ,
            timeout=timeout,
            start_new_session=not interactive,
        )
    # The causes would show the command.
    except OSError as error:
        raise ConfigError(f"{source} cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{source} did not end within {timeout:g} s") from None
    output = result.stdout.decode("utf-8", "replace")
    if result.returncode or not first_line(output):
        problem = "failed" if result.returncode else f"printed no {what} on its first line"
        stderr = result.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        reason = sanitize_line(stderr, 200) or "no error message"
        raise ConfigError(f"{source} {problem}: exit status {result.returncode}, {reason}")
    return output
