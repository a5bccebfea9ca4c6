"""``add``: tracks jobs."""

import argparse

from kling_tui.cli import bootstrap, piped
from kling_tui.cli.completers import set_kind_completer, set_label_completer
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
        "ids",
        nargs="+",
        metavar="ID",
        help="track this id; - reads ids or JSON from standard input",
    )
    kind = parser.add_argument(
        "--kind",
        metavar="K",
        help="set the kind, which is detected by default: i2v, o1, v2 or one of your [endpoints]",
    )
    set_kind_completer(kind)
    label = parser.add_argument(
        "--label", default="", metavar="TEXT", help="set the label of all new jobs"
    )
    set_label_completer(label)


def run(options: argparse.Namespace) -> int:
    """Track ids, and print each id that is tracked now, including those that already were."""
    settings, _ = bootstrap.load_settings(options)
    endpoints = bootstrap.endpoints(settings)
    bootstrap.check_kinds([options.kind] if options.kind else [], endpoints)
    profile = bootstrap.selected_profile(options, settings)
    found = _find_ids(options, endpoints)
    valid = [parsed for parsed in found if parsed.problem is None]
    store, now = bootstrap.open_store(options, settings), bootstrap.now()
    before = dict(store.jobs)
    refusals = {
        parsed.id: _refusal(before[parsed.id], options.kind, profile)
        for parsed in valid
        if parsed.id in before
    }
    tracked = [parsed for parsed in valid if not refusals.get(parsed.id)]
    for parsed in tracked:
        job = before.get(parsed.id)
        if job is None:
            store.put(new_job(parsed, options.label, endpoints, now, profile or ""))
        elif options.kind not in (None, job.kind):
            store.put(with_kind(job, options.kind, endpoints))
    store.save()
    for parsed in valid:
        if refusal := refusals.get(parsed.id):
            print_error(f"{parsed.id} {refusal}")
            continue
        if parsed.id in before:
            print_error(f"{parsed.id} is already tracked{_changes(before[parsed.id], options)}")
        print(parsed.id)
    return OK if len(tracked) == len(found) else USAGE


def _find_ids(options: argparse.Namespace, endpoints: Endpoints) -> list[ParsedId]:
    """Return what was found in the arguments, and print what is not an id."""
    found: dict[str, ParsedId] = {}
    for argument in options.ids:
        # One argument at a time: JSON from standard input must not be joined to an id.
        text_with_ids = piped.read_text() if argument == piped.STANDARD_INPUT else argument
        for parsed in find_ids(text_with_ids, endpoints, options.kind):
            found.setdefault(parsed.id, parsed)
    if not found:
        raise UsageError("add: no ids were given")
    for parsed in found.values():
        if parsed.problem is not None:
            hint = f"; set --kind to one of {', '.join(endpoints)}" if parsed.needs_kind else ""
            print_error(f"{parsed.id!r}: {parsed.problem}{hint}")
    return list(found.values())


def _refusal(job: Job, kind: str | None, profile: str | None) -> str:
    """Return why a tracked job cannot get this kind or profile; "" if it can."""
    if profile not in (None, job.profile):
        return (
            f"is already tracked for the profile {text.profile_name(job.profile)}; "
            f"to track it for another, first run: kling-tui remove {job.id}"
        )
    if job.ended and kind not in (None, job.kind):
        return (
            f"is already tracked and has ended as {job.kind}, so its kind was not changed; "
            f"to track it as {kind}, first run: kling-tui remove {job.id}"
        )
    return ""


def _changes(job: Job, options: argparse.Namespace) -> str:
    """Return what happened to the kind and the label of a job that was already tracked."""
    kind_changed = options.kind not in (None, job.kind)
    kind = f"; its kind is now {options.kind}, not {job.kind}" if kind_changed else ""
    return f"{kind}{'; its label was not changed' if options.label else ''}"
