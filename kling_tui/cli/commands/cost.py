"""``cost``: prints what jobs cost."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable
from typing import Any

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, print_error
from kling_tui.cli.filters import define_filter, found_by, parse_filter, report_no_match
from kling_tui.cli.since import define_since
from kling_tui.costs import GROUPINGS, Totals, group_totals, totals
from kling_tui.failures import Reason
from kling_tui.formatting import output, reasons, text
from kling_tui.formatting.columns import Span
from kling_tui.formatting.kept_costs import kept_cost_lines, kept_costs_as_json

Groups = dict[str, dict[str, Totals]]
"""Totals by grouping and by group."""

_EXAMPLES = """examples:
  kling-tui cost
  kling-tui cost --since yesterday --json
  kling-tui cost --filter "label:campaign -status:failed"
  kling-tui cost --csv > cost.csv
"""
_COLUMNS = ("jobs", "spent_usd", "in_flight_usd", "failed_usd", "unpriced_jobs")


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_since(parser, "that ended, or were tracked and have not ended, since")
    define_filter(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")


def run(options: argparse.Namespace) -> int:
    """Print the totals of the tracked jobs."""
    settings, _ = bootstrap.load_settings(options)
    now = bootstrap.now()
    since = options.since(now) if options.since else None
    tracked = bootstrap.open_store(options, settings).jobs.values()
    profile = bootstrap.selected_profile(options, settings, tracked)
    query = parse_filter(options, settings, tracked)
    jobs = [
        job
        for job in found_by(query, bootstrap.jobs_of_profile(tracked, profile), now)
        if since is None or (job.ended_at or job.added_at) >= since
    ]
    if query and not jobs:
        report_no_match(tracked)
    today = now.astimezone().date()
    overall = totals(jobs, today)
    groups = {by: group_totals(jobs, by, today) for by in GROUPINGS}
    if options.json:
        _print_json(overall, groups, kept_costs_as_json(jobs))
    elif options.csv:
        _print_csv(overall, groups)
    else:
        print("\n".join(_lines(overall, groups)))
        for line in kept_cost_lines(jobs, bootstrap.output_style()):
            print(line)
        _print_notes(overall)
    return OK


def _amounts(sums: Totals) -> dict[str, int | str]:
    dollars = map(output.usd_string, (sums.spent, sums.in_flight, sums.failed))
    values: tuple[int | str, ...] = (sums.counts.total(), *dollars, sums.unpriced)
    return dict(zip(_COLUMNS, values, strict=True))


def _print_json(overall: Totals, groups: Groups, others: dict[str, Any]) -> None:
    body: dict[str, Any] = dict(_amounts(overall))
    for by, by_group in groups.items():
        body[f"by_{by}"] = {name: _amounts(sums) for name, sums in by_group.items()}
    body.update(others)
    print(json.dumps(body, indent=2, ensure_ascii=False))


def _print_csv(overall: Totals, groups: Groups) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("by", "group", *_COLUMNS))
    writer.writerow(("all", "", *_amounts(overall).values()))
    for by, by_group in groups.items():
        writer.writerows((by, name, *_amounts(sums).values()) for name, sums in by_group.items())


def _lines(overall: Totals, groups: Groups) -> Iterable[str]:
    """Return a table; it groups by batch, profile or reason only if a job has one."""
    headings = ("JOBS", "SPENT", "IN FLIGHT", "FAILED", "UNPRICED")
    rows = [_row("", headings, "muted"), _totals_row("all", overall)]
    if set(groups["profile"]) <= {""}:
        groups = {by: by_group for by, by_group in groups.items() if by != "profile"}
    for by, by_group in groups.items():
        if not by_group:
            continue
        rows.append(_row(f"by {by}", [""] * len(headings), "muted"))
        for group, sums in by_group.items():
            rows.append(_totals_row(f"  {_group_name(by, group)}", sums))
    return output.align_columns(rows, bootstrap.output_style(), right=range(1, len(headings) + 1))


def _group_name(by: str, group: str) -> str:
    match by:
        case "profile":
            return text.profile_name(group)
        case "reason":
            return reasons.name(Reason(group))
        case _:
            return group or "(none)"


def _totals_row(name: str, sums: Totals) -> list[Span]:
    jobs = sums.counts.total()
    amounts = map(text.money, (sums.spent, sums.in_flight, sums.failed))
    # Jobs without a known price do not cost $0.00.
    shown = ["?"] * 3 if jobs and sums.unpriced == jobs else amounts
    return _row(name, (str(jobs), *shown, str(sums.unpriced or "")), "plain")


def _row(name: str, cells: Iterable[str], style: str) -> list[Span]:
    return [(cell, style) for cell in (name, *cells)]


def _print_notes(overall: Totals) -> None:
    """Print what the totals do not include, to standard error."""
    if overall.failed:
        print_error("failed jobs are not counted in SPENT; they may not be billed")
    if overall.unpriced:
        one = overall.unpriced == 1
        print_error(
            f"{text.count(overall.unpriced, 'job')} {'has' if one else 'have'} no known price and "
            f"{'is' if one else 'are'} not counted; see [price] and [endpoints] in the config"
        )
