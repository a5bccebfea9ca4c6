"""``watch``: polls until jobs have ended, and prints one line per change."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Collection
from functools import partial

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError, print_error
from kling_tui.cli.headless import run_headless
from kling_tui.cli.piped import expand_ids
from kling_tui.cli.reporting import Reporter
from kling_tui.cli.wait_condition import WaitCondition, define_wait_options
from kling_tui.formatting import output
from kling_tui.formatting.render_context import RenderContext
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
    parser.add_argument(
        "--forever",
        action="store_true",
        help="watch all jobs until a signal, also those added later; notify and download as the "
        "config says",
    )


def run(options: argparse.Namespace) -> int:
    """Watch."""
    if options.forever:
        _require_alone(options)
        from kling_tui.cli.always_on import run_forever

        return run_forever(options, partial(_reporter, options))
    ids = tuple(expand_ids(options.ids))
    condition = WaitCondition(ids, fail_fast=options.fail_fast, timeout=options.timeout)
    return run_headless(options, condition, _reporter(options))


def _require_alone(options: argparse.Namespace) -> None:
    """Raise UsageError for an option that says when to end, or which jobs to wait for."""
    given = {
        "ids": options.ids,
        "--filter": options.filter is not None,
        "--timeout": options.timeout is not None,
        "--fail-fast": options.fail_fast,
    }
    if names := [name for name, is_given in given.items() if is_given]:
        raise UsageError(f"--forever watches all jobs until a signal; leave out {names[0]}")


def _reporter(
    options: argparse.Namespace, is_behind: Callable[[], bool] = lambda: False
) -> Reporter:
    if options.json:
        return JsonReporter()
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        from kling_tui.cli.live_display import LiveDisplay

        return LiveDisplay(sys.stdout, bootstrap.output_style(), bootstrap.now, is_behind)
    return LineReporter()


class JsonReporter:
    """Prints a JSON object for each change."""

    live = False

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

    live = False

    def report(self, job: Job, _: str, /) -> None:
        """Print the job."""
        print(output.job_as_line(job, bootstrap.now()), flush=True)

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Print nothing."""

    def notice(self, message: str) -> None:
        """Print the message to standard error."""
        print_error(message)
