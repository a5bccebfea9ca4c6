"""``doctor``: checks the installation, and prints what to do about each problem."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from kling_tui.cli import bootstrap, user_files
from kling_tui.cli.doctor.config import check_config, check_key
from kling_tui.cli.doctor.environment import check_environment
from kling_tui.cli.doctor.gateway import check_gateway
from kling_tui.cli.doctor.jobs import check_jobs
from kling_tui.cli.doctor.notifications import check_notifications
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.cli.doctor.terminal import check_terminal
from kling_tui.cli.doctor.versions import check_versions
from kling_tui.cli.exit_status import OK, USAGE
from kling_tui.config.errors import ConfigError
from kling_tui.config.settings import Config
from kling_tui.formatting import text
from kling_tui.sanitize import sanitize_line

_EXAMPLES = """examples:
  kling-tui doctor
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--notify",
        action="store_true",
        help="push a test message, and run notify.command for a test job",
    )


def run(options: argparse.Namespace) -> int:
    """Print each result as soon as it is available."""
    style, status = bootstrap.output_style(), OK
    for result in _results(options):
        colour = "muted" if result.absent else "succeeded" if result.ok else "failed"
        mark = style(result.mark, colour)
        print(f"{mark} {result.topic:<13}  {sanitize_line(result.message)}", flush=True)
        for line in result.advice.splitlines():
            print(f"    → {sanitize_line(line)}", flush=True)
        if not result.ok:
            status = USAGE
    return status


def _results(options: argparse.Namespace) -> Iterator[CheckResult]:
    yield from check_versions()
    option, default = user_files.config_paths(options)
    yield from check_config(option, os.environ, default)
    selected = None
    try:
        settings, file = bootstrap.load_settings(options)
        selected = bootstrap.selected_profile(options, settings)
    except ConfigError:
        # check_config reported the error; the rest is checked with the defaults.
        settings, file = Config(), None
    for profile in settings.gateways if selected is None else [selected]:
        prefix = f"{text.profile_name(profile)}: " if settings.profile else ""
        for result in _profile_results(profile, settings, file):
            yield replace(result, message=f"{prefix}{result.message}")
    yield from check_jobs(user_files.job_file(options, settings), bootstrap.now())
    yield from check_notifications(
        settings, file or Path("the config"), bootstrap.now(), send=options.notify
    )
    yield from check_environment(os.environ, stock_output=settings.ui.output == "stock")
    if sys.stdin is not None and sys.stdout is not None:
        yield from check_terminal(settings, os.environ, sys.stdin, sys.stdout)


def _profile_results(profile: str, settings: Config, file: Path | None) -> Iterator[CheckResult]:
    result, access = check_key(settings, os.environ, profile, file)
    yield result
    yield from check_gateway(access, bootstrap.endpoints(settings), bootstrap.now())
