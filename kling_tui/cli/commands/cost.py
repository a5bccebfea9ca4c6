"""``cost``: prints what jobs cost."""

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Iterable, Sequence

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, print_error
from kling_tui.cli.filters import define_filter, found_by, parse_filter, report_no_match
from kling_tui.cli.since import define_since
from kling_tui.costs import Amounts, Breakdown
from kling_tui.costs.budget import BudgetUse, budget_uses
from kling_tui.costs.report import PERIODS, CostReport, cost_report
from kling_tui.formatting import output, text
from kling_tui.formatting.budgets import use_as_json
from kling_tui.formatting.cost_chart import budget_lines, cost_chart
from kling_tui.formatting.cost_figures import amounts_as_json, figures_as_json, rate
from kling_tui.formatting.group_chart import group_name
from kling_tui.formatting.spans import Span

_EXAMPLES = """examples:
  kling-tui cost
  kling-tui cost --chart --days 90
  kling-tui cost --since yesterday --json
  kling-tui cost --filter "label:campaign -status:failed"
  kling-tui cost --csv > cost.csv
"""
_DAYS = 30


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_since(parser, "that ended, or were tracked and have not ended, since")
    define_filter(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")
    form.add_argument("--chart", action="store_true", help="print bars per day and by group")
    parser.add_argument(
        "--days",
        choices=[str(days) for days in PERIODS],
        default=str(_DAYS),
        metavar="N",
        help=f"days of --chart: {', '.join(map(str, PERIODS))} (default: {_DAYS})",
    )


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
    breakdown = Breakdown(jobs)
    report = cost_report(breakdown, now, int(options.days))
    uses = budget_uses(bootstrap.budget(settings), Breakdown(tracked), now)
    if options.json:
        _print_json(report, uses)
    elif options.csv:
        _print_csv(report)
    else:
        print("\n".join(_chart_lines(report, uses) if options.chart else _lines(report, uses)))
        _print_notes(report.total)
    return OK


def _chart_lines(report: CostReport, uses: Sequence[BudgetUse]) -> Iterable[str]:
    cells = shutil.get_terminal_size().columns
    return map(_styled, cost_chart(report, uses, cells).lines)


def _styled(line: Iterable[Span]) -> str:
    style = bootstrap.output_style()
    return "".join(style(*span) for span in line).rstrip()


def _print_json(report: CostReport, uses: Sequence[BudgetUse]) -> None:
    body = figures_as_json(report)
    for by, groups in report.groups.items():
        body[f"by_{by}"] = {name: amounts_as_json(each) for name, each in sorted(groups.items())}
    body["budgets"] = [use_as_json(use) for use in uses]
    print(json.dumps(body, indent=2, ensure_ascii=False))


def _print_csv(report: CostReport) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    overall = amounts_as_json(report.total)
    writer.writerow(("by", "group", *overall))
    writer.writerow(("all", "", *overall.values()))
    for by, groups in report.groups.items():
        writer.writerows(
            (by, name, *amounts_as_json(each).values()) for name, each in sorted(groups.items())
        )


def _lines(report: CostReport, uses: Sequence[BudgetUse]) -> Iterable[str]:
    """Return a table, and the budgets; it groups by batch, profile or reason only if a job has one.

    What a kept second costs is in it once a result is reviewed.
    """
    headings: tuple[str, ...] = ("JOBS", "SPENT", "IN FLIGHT", "FAILED", "UNPRICED")
    reviewed = bool(report.total.kept_jobs or report.total.rejected_jobs)
    if reviewed:
        headings = (*headings, "KEPT", "REJECTED", "PER KEPT SECOND")
    rows = [_row("", headings, "muted"), _amounts_row("all", report.total, reviewed=reviewed)]
    for by, groups in report.groups.items():
        if not groups or (by == "profile" and set(groups) <= {""}):
            continue
        rows.append(_row(f"by {by}", [""] * len(headings), "muted"))
        for group, amounts in sorted(groups.items()):
            rows.append(_amounts_row(f"  {group_name(by, group)}", amounts, reviewed=reviewed))
    table = output.align_columns(rows, bootstrap.output_style(), right=range(1, len(headings) + 1))
    return (*table, *map(_styled, budget_lines(uses)))


def _amounts_row(name: str, amounts: Amounts, *, reviewed: bool) -> list[Span]:
    dollars = map(text.money, (amounts.spent, amounts.in_flight, amounts.failed))
    # Jobs without a known price do not cost $0.00.
    shown = ["?"] * 3 if amounts.is_unknown else dollars
    cells = [f"{amounts.jobs}", *shown, str(amounts.unpriced or "")]
    if reviewed:
        per_second = amounts.per_kept_second
        cells += [str(amounts.kept_jobs or ""), str(amounts.rejected_jobs or "")]
        cells.append("" if per_second is None else rate(per_second))
    return _row(name, cells, "plain")


def _row(name: str, cells: Iterable[str], style: str) -> list[Span]:
    return [(cell, style) for cell in (name, *cells)]


def _print_notes(overall: Amounts) -> None:
    """Print what the totals do not include, to standard error."""
    if overall.failed:
        print_error("failed jobs are not counted in SPENT; they may not be billed")
    if overall.unpriced:
        one = overall.unpriced == 1
        print_error(
            f"{text.count(overall.unpriced, 'job')} {'has' if one else 'have'} no known price and "
            f"{'is' if one else 'are'} not counted; set it: kling-tui edit ID --price USD"
        )
