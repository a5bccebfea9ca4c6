"""Tracks jobs."""

import argparse
import sys

from kling_tui.commands import parts
from kling_tui.commands.outcome import BAD, FINE, UsageError, complain
from kling_tui.gateways import ENDPOINTS
from kling_tui.intake import Found, find_ids, new_job

_EXAMPLES = """examples:
  kling-tui add CjI17WevH1IAAAAAAHmgsw --label "hero shot"
  kling-tui add - --kind o1 < ids.txt
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "ids", nargs="+", metavar="ID", help="an id; - reads ids or JSON from a pipe"
    )
    parser.add_argument(
        "--kind", choices=list(ENDPOINTS), help="instead of the kind by the id's shape"
    )
    parser.add_argument("--label", default="", metavar="TEXT", help="a name for all of them")


def run(options: argparse.Namespace) -> int:
    """Track ids, and print each that was not tracked yet."""
    settings, _ = parts.settings(options)
    found: dict[str, Found] = {}
    for given in options.ids:
        # Each by itself: piped JSON is no JSON any more with an id in front of it.
        for each in find_ids(_piped() if given == "-" else given, options.kind):
            found.setdefault(each.id, each)
    if not found:
        raise UsageError("add: no ids were given")
    store = parts.store(options, settings)
    new: list[Found] = []
    known: list[Found] = []
    for each in found.values():
        if each.problem is None:
            (known if each.id in store.jobs else new).append(each)
        else:
            complain(f"{each.id!r} {each.problem}")
    prices, now = parts.prices(settings), parts.now()
    store.put(*(new_job(each, options.label, prices, now) for each in new))
    store.save()
    for each in known:
        complain(f"{each.id} is already tracked")
    for each in new:
        print(each.id)
    return FINE if len(new) + len(known) == len(found) else BAD


def _piped() -> str:
    if sys.stdin is None:
        raise UsageError("add: standard input is closed")
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")
