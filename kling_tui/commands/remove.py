"""Stops tracking jobs."""

import argparse

from kling_tui.commands import parts
from kling_tui.commands.offers import offer_ids
from kling_tui.commands.outcome import BAD, FINE, complain
from kling_tui.sanitize import plain

_EXAMPLES = """examples:
  kling-tui remove CjI17WevH1IAAAAAAHmgsw
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    offer_ids(parser.add_argument("ids", nargs="+", metavar="ID"))


def run(options: argparse.Namespace) -> int:
    """Stop tracking jobs."""
    settings, _ = parts.settings(options)
    store = parts.store(options, settings)
    unknown = [job_id for job_id in options.ids if job_id not in store.jobs]
    store.remove(*options.ids)
    store.save()
    for job_id in unknown:
        complain(f"{plain(job_id)!r} is not tracked")
    return BAD if unknown else FINE
