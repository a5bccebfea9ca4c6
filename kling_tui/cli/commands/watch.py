"""Polls without a screen, and prints a line for each change."""

import argparse
import json
import os
import sys
from collections.abc import Collection

from kling_tui.cli import bootstrap
from kling_tui.cli.headless import Teller, attend
from kling_tui.cli.wait_condition import Goal, define_goal
from kling_tui.formatting import output
from kling_tui.formatting.columns import Scene
from kling_tui.jobs import Job

_EXAMPLES = """examples:
  kling-tui watch
  kling-tui watch --json --timeout 600
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_goal(parser)
    parser.add_argument("--json", action="store_true", help="as a JSON object a line")


def run(options: argparse.Namespace) -> int:
    """Watch."""
    goal = Goal(tuple(options.ids), fail_fast=options.fail_fast, timeout=options.timeout)
    return attend(options, goal, _teller(as_json=options.json))


def _teller(*, as_json: bool) -> Teller:
    if as_json:
        return JsonLines()
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        from kling_tui.cli.live_display import LiveLines

        return LiveLines(sys.stdout, bootstrap.paint(), bootstrap.now)
    return Lines()


class JsonLines:
    """A JSON object for each change."""

    def tell(self, job: Job) -> None:
        """Print the job as it is now."""
        print(json.dumps(output.as_json(job), ensure_ascii=False), flush=True)

    def tick(self, live: Collection[Job], scene: Scene) -> None:
        """Leave out what is no change."""


class Lines:
    """A line of plain text for each change."""

    def tell(self, job: Job) -> None:
        """Print the job as it is now."""
        print(output.as_line(job, bootstrap.now()), flush=True)

    def tick(self, live: Collection[Job], scene: Scene) -> None:
        """Leave out what is no change."""
