"""``add``: tracks jobs."""

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
    found: dict[str, ParsedId] = {}
    for given in options.ids:
        # One argument at a time: JSON from standard input must not be joined to an id.
        for parsed in find_ids(_read_stdin() if given == "-" else given, endpoints, options.kind):
            found.setdefault(parsed.id, parsed)
    if not found:
        raise UsageError("add: no ids were given")
    valid = [parsed for parsed in found.values() if parsed.problem is None]
    for parsed in found.values():
        if parsed.problem is not None:
            hint = f"; set --kind to one of {', '.join(endpoints)}" if parsed.needs_kind else ""
            print_error(f"{parsed.id!r}: {parsed.problem}{hint}")
    store, now = bootstrap.open_store(options, settings), bootstrap.now()
    before = dict(store.jobs)
    new = [parsed for parsed in valid if parsed.id not in before]
    store.put(*(new_job(parsed, options.label, endpoints, now, profile or "") for parsed in new))
    store.save()
    labelled = bool(options.label)
    tracked = [
        _print_tracked(parsed.id, before.get(parsed.id), profile, labelled=labelled)
        for parsed in valid
    ]
    return OK if all(tracked) and len(valid) == len(found) else USAGE


def _print_tracked(job_id: str, before: Job | None, profile: str | None, *, labelled: bool) -> bool:
    """Print an id unless it is tracked for another profile; return whether it was printed.

    `before` is the job that already had the id; `labelled` is whether a label was given.
    """
    if before and profile not in (None, before.profile):
        print_error(
            f"{job_id} is already tracked for the profile {text.profile_name(before.profile)}; "
            f"to track it for another, first run: kling-tui remove {job_id}"
        )
        return False
    if before:
        print_error(
            f"{job_id} is already tracked{'; its label was not changed' if labelled else ''}"
        )
    print(job_id)
    return True


def _read_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("add: standard input is closed")
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")
