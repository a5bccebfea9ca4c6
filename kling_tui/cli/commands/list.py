"""``list``: prints the tracked jobs from the last poll."""

import argparse
import json
import shutil
import sys
from datetime import datetime

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import set_kind_completer, set_label_completer
from kling_tui.cli.exit_status import OK, print_error
from kling_tui.cli.filters import define_filter, found_by, parse_filter, report_no_match
from kling_tui.cli.since import define_since
from kling_tui.formatting import output
from kling_tui.gateways import with_not_polled_reason
from kling_tui.jobs import Job, Status
from kling_tui.queries.states import has_status

_EXAMPLES = """examples:
  kling-tui list --status running --status queued
  kling-tui list --kind o1 --label "hero shot" --since 2d
  kling-tui list --filter "status:failed ended:yesterday"
  kling-tui list --json --status failed > failed.json
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    statuses = list(map(str, Status))
    parser.add_argument(
        "--status",
        action="append",
        choices=statuses,
        type=_parse_status,
        metavar="S",
        help=f"include only jobs with this status: {', '.join(statuses)} (repeatable)",
    )
    kind = parser.add_argument(
        "--kind",
        action="append",
        metavar="K",
        help="include only jobs of this kind: i2v, o1, v2 or one of your [endpoints] (repeatable)",
    )
    set_kind_completer(kind)
    label = parser.add_argument(
        "--label",
        action="append",
        metavar="TEXT",
        help="include only jobs with exactly this label (repeatable)",
    )
    set_label_completer(label)
    define_since(parser, "tracked since")
    define_filter(parser)


def run(options: argparse.Namespace) -> int:
    """Print the jobs of the job file that match the options."""
    settings, _ = bootstrap.load_settings(options)
    tracked = bootstrap.open_store(options, settings).jobs.values()
    profile = bootstrap.selected_profile(options, settings, tracked)
    endpoints, now = bootstrap.endpoints(settings), bootstrap.now()
    bootstrap.check_kinds(options.kind or (), [*endpoints, *(job.kind for job in tracked)])
    query = parse_filter(options, settings, tracked)
    listed = [
        with_not_polled_reason(job, endpoints, settings.gateways)
        for job in bootstrap.jobs_of_profile(tracked, profile)
        if _matches(job, options, now)
    ]
    jobs = found_by(query, listed, now)
    if options.json:
        print(json.dumps([output.job_as_json(job) for job in jobs], indent=2, ensure_ascii=False))
    elif jobs:
        cells = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print("\n".join(output.jobs_as_lines(jobs, now, bootstrap.output_style(), cells)))
    elif tracked:
        report_no_match(tracked)
    else:
        print_error("no jobs yet. Add one: kling-tui add ID")
    return OK


def _parse_status(value: str) -> str:
    """Accept "done", which the table shows, for "succeeded"."""
    return str(Status.SUCCEEDED) if value == "done" else value


def _matches(job: Job, options: argparse.Namespace, now: datetime) -> bool:
    statuses = None if options.status is None else map(Status, options.status)
    return (
        (statuses is None or any(has_status(job, status) for status in statuses))
        and (options.kind is None or job.kind in options.kind)
        and (options.label is None or job.label in options.label)
        and (options.since is None or job.added_at >= options.since(now))
    )
