"""Prints the tracked jobs as last known."""

import argparse
import json

from kling_tui import listing
from kling_tui.commands import parts
from kling_tui.commands.outcome import FINE, complain
from kling_tui.jobs import Status

_EXAMPLES = """examples:
  kling-tui list
  kling-tui list --json --status running --status queued
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="as a JSON array")
    words = "only jobs in this state; may be given again"
    parser.add_argument(
        "--status", action="append", choices=list(map(str, Status)), metavar="S", help=words
    )


def run(options: argparse.Namespace) -> int:
    """Print what the job file says."""
    settings, _ = parts.settings(options)
    wanted = options.status or list(Status)
    tracked = parts.store(options, settings).jobs.values()
    # One that is in the queue by its position is listed as queued, whatever its status word.
    jobs = [
        job for job in tracked if job.status in wanted or (job.in_queue and Status.QUEUED in wanted)
    ]
    if options.json:
        print(json.dumps([listing.as_json(job) for job in jobs], indent=2, ensure_ascii=False))
    elif jobs:
        print("\n".join(listing.as_lines(jobs, parts.now(), parts.paint())))
    elif tracked:
        complain(f"no job is {' or '.join(wanted)}")
    else:
        complain("no jobs; track some by:  kling-tui add ID")
    return FINE
