"""Stops tracking jobs."""

import argparse

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import offer_ids
from kling_tui.cli.exit_status import OK, USAGE, print_error
from kling_tui.cli.piped import expand_ids
from kling_tui.sanitize import sanitize_line

_EXAMPLES = """examples:
  kling-tui remove CjI17WevH1IAAAAAAHmgsw
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    offer_ids(
        parser.add_argument(
            "ids", nargs="+", metavar="ID", help="a tracked job; - reads ids from a pipe"
        )
    )


def run(options: argparse.Namespace) -> int:
    """Stop tracking jobs."""
    ids = expand_ids(options.ids)
    settings, _ = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    unknown = [job_id for job_id in ids if job_id not in store.jobs]
    store.remove(*ids)
    store.save()
    for job_id in unknown:
        print_error(f"{sanitize_line(job_id)!r} is not tracked")
    return USAGE if unknown else OK
