"""The option ``--filter``: a query in the language of the app's filter."""

import argparse
from collections.abc import Collection, Iterable, Sized
from datetime import datetime
from typing import Any

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import candidates
from kling_tui.cli.exit_status import UsageError, print_error
from kling_tui.config.settings import Config
from kling_tui.jobs import Job
from kling_tui.queries import Names, Query, QueryError, parse, suggestions


def define_filter(parser: argparse.ArgumentParser) -> None:
    """Add the option; `options.filter` is None by default."""
    argument = parser.add_argument(
        "--filter",
        metavar="QUERY",
        help="include only jobs that QUERY finds, in the language of the app's filter: "
        "'status:failed ended:today', 'label:hero -is:downloaded', 'cost>0.5'",
    )
    vars(argument)["completer"] = _complete  # argcomplete looks for this attribute


def parse_filter(
    options: argparse.Namespace, settings: Config, tracked: Collection[Job]
) -> Query | None:
    """Return the query of the option, None if it is not given; raises UsageError.

    An empty query is an error: an unset variable in a script must not mean all jobs.
    """
    if options.filter is None:
        return None
    try:
        query = parse(options.filter, _names(settings, tracked))
    except QueryError as error:
        raise UsageError(f"--filter, character {error.position}: {error}") from error
    if not query:
        raise UsageError("--filter is empty; leave it out to include all jobs")
    return query


def found_by(query: Query | None, jobs: Iterable[Job], now: datetime) -> list[Job]:
    """Return the jobs that a query finds: all if there is none."""
    return [job for job in jobs if query is None or query.matches(job, now)]


def report_no_match(tracked: Sized) -> None:
    """Say that no job is meant, although jobs may be tracked."""
    print_error(f"no job matches ({len(tracked)} tracked)")


def _names(settings: Config, jobs: Iterable[Job]) -> Names:
    return Names.of(jobs, bootstrap.endpoints(settings), settings.gateways)


def _complete(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
    """Return the whole queries that the typed one may become."""

    def find(jobs: Collection[Job], settings: Config) -> dict[str, str]:
        found = suggestions(prefix, len(prefix), jobs, _names(settings, jobs))
        return {prefix[: each.start] + each.text: each.description for each in found}

    return candidates(parsed_args, find)
