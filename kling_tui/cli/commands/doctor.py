"""Checks config, key, gateway, job file and terminal, and says what to do about each problem."""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace

from kling_tui.cli import bootstrap
from kling_tui.cli.doctor.config import check_config, check_key
from kling_tui.cli.doctor.gateway import check_gateway
from kling_tui.cli.doctor.jobs import check_jobs
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.cli.doctor.terminal import check_terminal
from kling_tui.cli.doctor.versions import check_versions
from kling_tui.cli.exit_status import OK, USAGE
from kling_tui.config.settings import Config, ConfigError
from kling_tui.formatting import text

_EXAMPLES = """examples:
  kling-tui doctor
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES


def run(options: argparse.Namespace) -> int:
    """Print each finding as soon as it is there."""
    paint, status = bootstrap.output_style(), OK
    for finding in _results(options):
        mark = paint("✓", "succeeded") if finding.ok else paint("✗", "failed")
        print(f"{mark} {finding.topic:<13}  {finding.message}", flush=True)
        for line in finding.advice.splitlines():
            print(f"    → {line}", flush=True)
        if not finding.ok:
            status = USAGE
    return status


def _results(options: argparse.Namespace) -> Iterator[CheckResult]:
    yield from check_versions()
    option, default = bootstrap.config_paths(options)
    yield from check_config(option, os.environ, default)
    asked = None
    try:
        settings, _ = bootstrap.load_settings(options)
        asked = bootstrap.selected_profile(options, settings)
    except ConfigError:
        settings = Config()  # what is wrong was just said; the rest is checked all the same
    for profile in settings.gateways if asked is None else [asked]:
        for finding in _profile_results(profile, settings):
            several = f"{text.profile(profile)}: " if settings.profile else ""
            yield replace(finding, message=f"{several}{finding.message}")
    yield from check_jobs(bootstrap.job_file_path(options, settings), bootstrap.now())
    if sys.stdin is not None and sys.stdout is not None:
        yield from check_terminal(settings, os.environ, sys.stdin, sys.stdout)


def _profile_results(profile: str, settings: Config) -> Iterator[CheckResult]:
    finding, key = check_key(settings, os.environ, profile)
    yield finding
    yield from check_gateway(settings, profile, bootstrap.endpoints(settings), key, bootstrap.now())
