"""Tracks jobs."""

import argparse

from kling_tui.cli import bootstrap, piped
from kling_tui.cli.completers import offer_kinds, offer_labels
from kling_tui.cli.exit_status import OK, USAGE, UsageError, print_error
from kling_tui.formatting import text
from kling_tui.gateways import Endpoints
from kling_tui.gateways.job_ids import ParsedId, find_ids, new_job, with_kind
from kling_tui.jobs import Job

_EXAMPLES = """examples:
  kling-tui add CjI17WevH1IAAAAAAHmgsw --label "hero shot"
  kling-tui add - --kind o1 < ids.txt
  kling-tui add - < ids.txt | kling-tui wait -
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "ids", nargs="+", metavar="ID", help="an id; - reads ids or JSON from a pipe"
    )
    words = "instead of the kind by the id's shape: i2v, o1, v2 or one of your [endpoints]"
    offer_kinds(parser.add_argument("--kind", metavar="K", help=words))
    words = "a name for all of them"
    offer_labels(parser.add_argument("--label", default="", metavar="TEXT", help=words))


def run(options: argparse.Namespace) -> int:
    """Track ids, and print each that is tracked now, also those that were before."""
    settings, _ = bootstrap.load_settings(options)
    endpoints = bootstrap.endpoints(settings)
    bootstrap.check_kinds([options.kind] if options.kind else [], endpoints)
    profile = bootstrap.selected_profile(options, settings)
    found = _find(options, endpoints)
    good = [each for each in found if each.problem is None]
    store, now = bootstrap.open_store(options, settings), bootstrap.now()
    known = dict(store.jobs)
    refusals = {
        each.id: _refusal(known[each.id], options.kind, profile)
        for each in good
        if each.id in known
    }
    tracked = [each for each in good if not refusals.get(each.id)]
    for each in tracked:
        before = known.get(each.id)
        if before is None:
            store.put(new_job(each, options.label, endpoints, now, profile or ""))
        elif options.kind not in (None, before.kind):
            store.put(with_kind(before, options.kind, endpoints))
    store.save()
    for each in good:
        if refusal := refusals.get(each.id):
            print_error(f"{each.id} {refusal}")
            continue
        if each.id in known:
            print_error(f"{each.id} is already tracked{_changes(known[each.id], options)}")
        print(each.id)
    return OK if len(tracked) == len(found) else USAGE


def _find(options: argparse.Namespace, endpoints: Endpoints) -> list[ParsedId]:
    """Return what was given, and print what is no id."""
    found: dict[str, ParsedId] = {}
    for argument in options.ids:
        # Each by itself: piped JSON is no JSON any more with an id in front of it.
        for each in find_ids(_text(argument), endpoints, options.kind):
            found.setdefault(each.id, each)
    if not found:
        raise UsageError("add: no ids were given")
    for each in found.values():
        if each.problem is not None:
            hint = f"; set --kind to one of {', '.join(endpoints)}" if each.needs_kind else ""
            print_error(f"{each.id!r}: {each.problem}{hint}")
    return list(found.values())


def _text(argument: str) -> str:
    return piped.read_text() if argument == piped.STANDARD_INPUT else argument


def _refusal(before: Job, kind: str | None, profile: str | None) -> str:
    """Return why a tracked job cannot be tracked as is asked for; "" if it can."""
    if profile not in (None, before.profile):
        words = f"is already tracked, for the profile {text.profile_name(before.profile)}"
        return f"{words}; to track it for another, first:  kling-tui remove {before.id}"
    if before.ended and kind not in (None, before.kind):
        words = f"is already tracked, and has ended as {before.kind}, so its kind stays"
        return f"{words}; to track it as {kind}, first:  kling-tui remove {before.id}"
    return ""


def _changes(before: Job, options: argparse.Namespace) -> str:
    """Return what becomes of the kind and the label of a job that is tracked already."""
    is_other = options.kind not in (None, before.kind)
    kind = f"; its kind is now {options.kind}, not {before.kind}" if is_other else ""
    return f"{kind}{'; its label stays as it is' if options.label else ''}"
