"""Prints what jobs cost."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, print_error
from kling_tui.cli.since import define_since
from kling_tui.costs import GROUPINGS, Totals, group_totals, totals
from kling_tui.formatting import output, text
from kling_tui.formatting.columns import Span

Groups = dict[str, dict[str, Totals]]
"""Totals by grouping and by group."""

_EXAMPLES = """examples:
  kling-tui cost
  kling-tui cost --since yesterday --json
  kling-tui cost --csv > cost.csv
"""
_COLUMNS = ("jobs", "spent_usd", "in_flight_usd", "failed_usd", "unpriced_jobs")


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_since(parser, "only jobs that ended, or were tracked and have not ended, since")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as a JSON object")
    form.add_argument("--csv", action="store_true", help="as comma-separated values")


def run(options: argparse.Namespace) -> int:
    """Add up the tracked jobs."""
    settings, _ = bootstrap.load_settings(options)
    now = bootstrap.now()
    since = options.since(now) if options.since else None
    tracked = bootstrap.open_store(options, settings).jobs.values()
    own = bootstrap.jobs_of_profile(tracked, bootstrap.selected_profile(options, settings, tracked))
    jobs = [job for job in own if since is None or (job.ended_at or job.added_at) >= since]
    today = now.astimezone().date()
    whole = totals(jobs, today)
    groups = {by: group_totals(jobs, by, today) for by in GROUPINGS}
    if options.json:
        body = {
            **_amounts(whole),
            **{f"by_{by}": _amounts_by_group(sums) for by, sums in groups.items()},
        }
        print(json.dumps(body, indent=2, ensure_ascii=False))
    elif options.csv:
        _write_csv(whole, groups)
    else:
        print("\n".join(_lines(whole, groups)))
        _print_notes(whole)
    return OK


def _amounts(sums: Totals) -> dict[str, int | str]:
    dollars = map(output.usd_string, (sums.spent, sums.in_flight, sums.failed))
    values: tuple[int | str, ...] = (sums.counts.total(), *dollars, sums.unpriced)
    return dict(zip(_COLUMNS, values, strict=True))


def _amounts_by_group(groups: dict[str, Totals]) -> dict[str, dict[str, int | str]]:
    return {name: _amounts(sums) for name, sums in groups.items()}


def _write_csv(overall: Totals, groups: Groups) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("by", "group", *_COLUMNS))
    writer.writerow(("all", "", *_amounts(overall).values()))
    for by, sums in groups.items():
        writer.writerows((by, name, *_amounts(each).values()) for name, each in sums.items())


def _lines(overall: Totals, groups: Groups) -> Iterable[str]:
    heads = ("JOBS", "SPENT", "IN FLIGHT", "FAILED", "UNPRICED")
    rows = [_row("", heads, "muted"), _totals_row("all", overall)]
    if set(groups["profile"]) <= {""}:
        groups = {by: sums for by, sums in groups.items() if by != "profile"}
    for by, sums in groups.items() if overall.counts else ():
        rows.append(_row(f"by {by}", [""] * len(heads), "muted"))
        names = (text.profile(name) if by == "profile" else name or "(none)" for name in sums)
        rows += [
            _totals_row(f"  {name}", each) for name, each in zip(names, sums.values(), strict=True)
        ]
    return output.align_columns(rows, bootstrap.output_style(), right=range(1, len(heads) + 1))


def _totals_row(name: str, sums: Totals) -> list[Span]:
    jobs = sums.counts.total()
    amounts = map(text.money, (sums.spent, sums.in_flight, sums.failed))
    # What nobody knows is not nothing.
    told = ["?"] * 3 if jobs and sums.unpriced == jobs else amounts
    return _row(name, (str(jobs), *told, str(sums.unpriced or "")), "plain")


def _row(name: str, cells: Iterable[str], style: str) -> list[Span]:
    return [(words, style) for words in (name, *cells)]


def _print_notes(overall: Totals) -> None:
    """Say what the sums leave open."""
    if overall.failed:
        print_error("failed jobs are in no other sum: they may not be billed")
    if overall.unpriced:
        words = "see [price] and [endpoints] in the config"
        print_error(f"{text.count(overall.unpriced, 'job')} without a price, in no sum; {words}")
