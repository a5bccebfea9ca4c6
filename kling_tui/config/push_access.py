"""Finds the URL of [notify.push] and the headers for it, both of which are secrets."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kling_tui.config import validators
from kling_tui.config.errors import ConfigError
from kling_tui.config.secret_commands import COMMAND_TIMEOUT, first_line, run_secret_command
from kling_tui.config.settings import PushConfig
from kling_tui.sanitize import sanitize_line

_QUIET_TIMEOUT = 10.0
"""Seconds for a command that cannot ask the user."""
_HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*:[ \t]*([!-~]([ -~]*[!-~])?)")
_RESERVED = {"host", "content-length", "transfer-encoding", "connection"}
"""Headers that the HTTP client sets."""


class PushAccess(Struct, frozen=True):
    """A URL, and headers for it."""

    url: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        """Return nothing of it."""
        return "PushAccess(…)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return nothing of it: Struct would return the values."""
        return []


def push_access(
    settings: PushConfig, environ: Mapping[str, str], file: Path, *, interactive: bool = True
) -> PushAccess | None:
    """Return the URL and its headers, from the settings or their commands; None if there is none.

    Commands are run with `environ`; `file` is the config's, and `interactive` is as in
    `run_secret_command`. Raises ConfigError, which contains neither of them.
    """
    if not settings.configured:
        return None
    url = settings.url
    if not url:
        source = _source("url_command", file)
        output = _run(settings.url_command, source, environ, "URL", interactive=interactive)
        url = first_line(output)
        if not validators.PUSH_URL.is_valid(url):
            expected = validators.PUSH_URL.expected
            raise ConfigError(f"{source} gives a URL that is not shown; expected {expected}")
        if problem := settings.url_problem(url):
            raise ConfigError(f"{source} gives a URL that {problem}")
    return PushAccess(url, push_headers(settings, environ, file, interactive=interactive))


def push_headers(
    settings: PushConfig, environ: Mapping[str, str], file: Path, *, interactive: bool
) -> dict[str, str]:
    """Return what the headers_command prints, {} if there is none; arguments as `push_access`."""
    if not shlex.split(settings.headers_command):
        return {}
    source = _source("headers_command", file)
    output = _run(settings.headers_command, source, environ, "header", interactive=interactive)
    headers = {}
    for number, line in enumerate(output.splitlines(), 1):
        if not line.strip():
            continue
        match = _HEADER.fullmatch(line.strip())
        if match is None or match[1].lower() in _RESERVED:
            expected = "a header in ASCII, such as Authorization: Bearer TOKEN"
            raise ConfigError(f"{source}: line {number}, not shown, is none; expected {expected}")
        headers[match[1]] = match[2]
    return headers


def _run(
    command: str, source: str, environ: Mapping[str, str], what: str, *, interactive: bool
) -> str:
    timeout = COMMAND_TIMEOUT if interactive else _QUIET_TIMEOUT
    argv = shlex.split(command)
    return run_secret_command(source, argv, environ, timeout, what, interactive=interactive)


def _source(setting: str, file: Path) -> str:
    return f"notify.push.{setting} in {sanitize_line(str(file))}"
