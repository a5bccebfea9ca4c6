"""The terminal and the locale according to the environment, and the output of the app to it."""

import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import version

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.api_keys import without_keys
from kling_tui.formatting.symbols import HAS_UTF8
from kling_tui.tui.diff_output.textual_internals import unexpected_in_textual
from kling_tui.tui.terminal import Terminal

TESTED_TEXTUAL = "8.2"
"""The minor version whose private parts the diff renderer was written for."""
_VARIABLES = ("TERM", "COLORTERM", "NO_COLOR")
_TMUX_TIMEOUT = 2.0
"""Seconds for ``tmux -V``."""


def check_environment(environ: Mapping[str, str], *, stock_output: bool) -> Iterator[CheckResult]:
    """Yield the facts for a bug report that no other check shows.

    `stock_output` is whether the config chooses Textual's own output.
    """
    terminal = Terminal.detect(environ)
    shown, multiplexer = terminal.name or "terminal not recognised", terminal.multiplexer
    if multiplexer == "tmux":
        shown += f" in {tmux_version(environ) or 'tmux, which does not respond'}"
    elif multiplexer:
        shown += f" in {multiplexer}"
    variables = (f"{name}={environ[name]}" for name in _VARIABLES if name in environ)
    encoding = "UTF-8" if HAS_UTF8 else "no UTF-8"
    yield CheckResult("environment", ", ".join((shown, *variables, encoding)))
    if stock_output:
        yield CheckResult("output", 'Textual\'s own, because ui.output is "stock"')
    else:
        yield output_result(unexpected_in_textual())


def tmux_version(environ: Mapping[str, str]) -> str:
    """Return the name and version of tmux; "" if it does not respond."""
    try:
        process = subprocess.run(
            ["tmux", "-V"],  # noqa: S607 - the tmux of the user
            capture_output=True,
            check=False,
            env=without_keys(environ),
            stdin=subprocess.DEVNULL,
            timeout=_TMUX_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return process.stdout.decode("utf-8", "replace").strip()


def version_numbers(name_and_version: str) -> tuple[int, ...]:
    """Return major and minor version, () if there is none."""
    found = re.search(r"(\d+)\.(\d+)", name_and_version)
    return tuple(map(int, found.groups())) if found else ()


def output_result(unexpected: Collection[str]) -> CheckResult:
    """Return which output the app uses; `unexpected` names the parts of Textual that differ."""
    if not unexpected:
        return CheckResult("output", "only changed cells are sent")
    return CheckResult(
        "output",
        f"Textual's own, which sends more: textual {version('textual')} differs in "
        f"{', '.join(unexpected)}. To send only changed cells, install textual {TESTED_TEXTUAL}",
        absent=True,
    )
