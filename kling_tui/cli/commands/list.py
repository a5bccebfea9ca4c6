"""Prints the tracked jobs as last known."""

import argparse
import json
from datetime import datetime

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import set_kind_completer, set_label_completer
from kling_tui.cli.exit_status import OK, print_error
from kling_tui.cli.since import define_since
from kling_tui.formatting import output, text
from kling_tui.gateways import with_not_polled_reason
from kling_tui.jobs import Job, Status

_EXAMPLES = """examples:
  kling-tui list --status running --status queued
  kling-tui list --kind o1 --label "hero shot" --since 2d
  kling-tui list --json --status failed > failed.json
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="as a JSON array")
    again = "; may be given again"
    states = list(map(str, Status))
    words = f"only jobs in this state: {', '.join(states)}{again}"
    parser.add_argument(
        "--status", action="append", choices=states, type=_parse_status, metavar="S", help=words
    )
    words = f"only jobs of this kind: i2v, o1, v2 or one of your [endpoints]{again}"
    set_kind_completer(parser.add_argument("--kind", action="append", metavar="K", help=words))
    words = f"only jobs with exactly this label{again}"
    set_label_completer(parser.add_argument("--label", action="append", metavar="TEXT", help=words))
    define_since(parser, "only jobs tracked since")


def run(options: argparse.Namespace) -> int:
    """Print what the job file says."""
    settings, _ = bootstrap.load_settings(options)
    tracked = bootstrap.open_store(options, settings).jobs.values()
    own = bootstrap.jobs_of_profile(tracked, bootstrap.selected_profile(options, settings, tracked))
    endpoints, now = bootstrap.endpoints(settings), bootstrap.now()
    bootstrap.check_kinds(options.kind or (), [*endpoints, *(job.kind for job in tracked)])
    wanted = (job for job in own if _matches(job, options, now))
    jobs = [with_not_polled_reason(job, endpoints, settings.gateways) for job in wanted]
    if options.json:
        print(json.dumps([output.job_as_json(job) for job in jobs], indent=2, ensure_ascii=False))
    elif jobs:
        print("\n".join(output.jobs_as_lines(jobs, now, bootstrap.output_style())))
    elif tracked:
        print_error(f"none of {text.count(len(tracked), 'tracked job')} is like that")
    else:
        print_error("no jobs; track some by:  kling-tui add ID")
    return OK


def _parse_status(value: str) -> str:
    """Take the word that stands in the table too."""
    return str(Status.SUCCEEDED) if value == "done" else value


def _matches(job: Job, options: argparse.Namespace, now: datetime) -> bool:
    # One that is in the queue by its position is listed as queued, whatever its status word.
    states = {job.status, Status.QUEUED} if job.in_queue else {job.status}
    return (
        (options.status is None or not states.isdisjoint(options.status))
        and (options.kind is None or job.kind in options.kind)
        and (options.label is None or job.label in options.label)
        and (options.since is None or job.added_at >= options.since(now))
    )
