"""Polls without a screen, and prints a line for each change."""

import argparse
import json
import os
import sys
from collections.abc import Collection

from kling_tui.cli import bootstrap
from kling_tui.cli.headless import Reporter, run_headless
from kling_tui.cli.piped import expand_ids
from kling_tui.cli.wait_condition import WaitCondition, define_wait_options
from kling_tui.formatting import output
from kling_tui.formatting.columns import RenderContext
from kling_tui.jobs import Job

_EXAMPLES = """examples:
  kling-tui watch
  kling-tui watch --json --timeout 600
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_wait_options(parser)
    parser.add_argument("--json", action="store_true", help="as a JSON object a line")


def run(options: argparse.Namespace) -> int:
    """Watch."""
    ids = tuple(expand_ids(options.ids))
    goal = WaitCondition(ids, fail_fast=options.fail_fast, timeout=options.timeout)
    return run_headless(options, goal, _reporter(as_json=options.json))


def _reporter(*, as_json: bool) -> Reporter:
    if as_json:
        return JsonLines()
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        from kling_tui.cli.live_display import LiveLines

        return LiveLines(sys.stdout, bootstrap.output_style(), bootstrap.now)
    return Lines()


class JsonLines:
    """A JSON object for each change."""

    def report(self, job: Job) -> None:
        """Print the job as it is now."""
        print(json.dumps(output.job_as_json(job), ensure_ascii=False), flush=True)

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Leave out what is no change."""


class Lines:
    """A line of plain text for each change."""

    def report(self, job: Job) -> None:
        """Print the job as it is now."""
        print(output.job_as_line(job, bootstrap.now()), flush=True)

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Leave out what is no change."""
