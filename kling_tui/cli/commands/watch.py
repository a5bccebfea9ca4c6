"""``watch``: polls until jobs have ended, and prints one line per change."""

import argparse
import json
import os
import sys
from collections.abc import Collection

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import print_error
from kling_tui.cli.headless import run_headless
from kling_tui.cli.headless_run import Reporter
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
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def run(options: argparse.Namespace) -> int:
    """Watch."""
    ids = tuple(expand_ids(options.ids))
    condition = WaitCondition(ids, fail_fast=options.fail_fast, timeout=options.timeout)
    return run_headless(options, condition, _reporter(as_json=options.json))


def _reporter(*, as_json: bool) -> Reporter:
    if as_json:
        return JsonReporter()
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        from kling_tui.cli.live_display import LiveDisplay

        return LiveDisplay(sys.stdout, bootstrap.output_style(), bootstrap.now)
    return LineReporter()


class JsonReporter:
    """Prints a JSON object for each change."""

    def report(self, job: Job, _: str, /) -> None:
        """Print the job."""
        print(json.dumps(output.job_as_json(job), ensure_ascii=False), flush=True)

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Print nothing."""

    def notice(self, message: str) -> None:
        """Print the message to standard error."""
        print_error(message)


class LineReporter:
    """Prints a line of plain text for each change."""

    def report(self, job: Job, _: str, /) -> None:
        """Print the job."""
        print(output.job_as_line(job, bootstrap.now()), flush=True)

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Print nothing."""

    def notice(self, message: str) -> None:
        """Print the message to standard error."""
        print_error(message)
