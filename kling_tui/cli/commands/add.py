"""Tracks jobs."""

import argparse
import sys

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import set_kind_completer, set_label_completer
from kling_tui.cli.exit_status import OK, USAGE, UsageError, print_error
from kling_tui.formatting import text
from kling_tui.gateways.job_ids import ParsedId, find_ids, new_job
from kling_tui.jobs import Job

_EXAMPLES = """examples:
  kling-tui add CjI17WevH1IAAAAAAHmgsw --label "hero shot"
  kling-tui add - --kind o1 < ids.txt
  kling-tui add - < ids.txt | xargs kling-tui wait
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "ids", nargs="+", metavar="ID", help="an id; - reads ids or JSON from a pipe"
    )
    words = "instead of the kind by the id's shape: i2v, o1, v2 or one of your [endpoints]"
    set_kind_completer(parser.add_argument("--kind", metavar="K", help=words))
    words = "a name for all of them"
    set_label_completer(parser.add_argument("--label", default="", metavar="TEXT", help=words))


def run(options: argparse.Namespace) -> int:
    """Track ids, and print each that is tracked now, also those that were before."""
    settings, _ = bootstrap.load_settings(options)
    endpoints = bootstrap.endpoints(settings)
    bootstrap.check_kinds([options.kind] if options.kind else [], endpoints)
    profile = bootstrap.selected_profile(options, settings)
    found: dict[str, ParsedId] = {}
    for given in options.ids:
        # Each by itself: piped JSON is no JSON any more with an id in front of it.
        for each in find_ids(_read_stdin() if given == "-" else given, endpoints, options.kind):
            found.setdefault(each.id, each)
    if not found:
        raise UsageError("add: no ids were given")
    good = [each for each in found.values() if each.problem is None]
    for each in found.values():
        if each.problem is not None:
            print_error(f"{each.id!r} {each.problem}")
    store, now = bootstrap.open_store(options, settings), bootstrap.now()
    known = dict(store.jobs)
    new = [each for each in good if each.id not in known]
    store.put(*(new_job(each, options.label, endpoints, now, profile or "") for each in new))
    store.save()
    tracked = [
        _print_tracked(each.id, known.get(each.id), profile, labelled=bool(options.label))
        for each in good
    ]
    return OK if all(tracked) and len(good) == len(found) else USAGE


def _print_tracked(job_id: str, before: Job | None, profile: str | None, *, labelled: bool) -> bool:
    """Print an id that is tracked as was asked for, and return whether it is.

    `before` is its job, where it was tracked already.
    """
    if before and profile not in (None, before.profile):
        words = f"{job_id} is already tracked, for the profile {text.profile(before.profile)}"
        print_error(f"{words}; to track it for another, first:  kling-tui remove {job_id}")
        return False
    if before:
        stays = "; its label stays as it is" if labelled else ""
        print_error(f"{job_id} is already tracked{stays}")
    print(job_id)
    return True


def _read_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("add: standard input is closed")
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")
