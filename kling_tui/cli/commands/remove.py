"""``remove``: stops tracking jobs."""

import argparse

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import set_id_completer
from kling_tui.cli.exit_status import print_error
from kling_tui.cli.piped import expand_ids
from kling_tui.costs import totals
from kling_tui.formatting import text

_EXAMPLES = """examples:
  kling-tui remove CjI17WevH1IAAAAAAHmgsw
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    ids = parser.add_argument(
        "ids", nargs="+", metavar="ID", help="tracked job; - reads ids from standard input"
    )
    set_id_completer(ids)


def run(options: argparse.Namespace) -> int:
    """Stop tracking jobs."""
    ids = expand_ids(options.ids)
    settings, _ = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    untracked = [job_id for job_id in ids if job_id not in store.jobs]
    removed = store.remove(*ids)
    store.save()
    if uncounted := text.uncounted_cost(totals(removed, bootstrap.now().date())):
        print_error(uncounted)
    return bootstrap.report_untracked(untracked)
