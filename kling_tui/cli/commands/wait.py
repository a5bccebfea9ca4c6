"""``wait``: polls until jobs have ended, and prints only the URLs of results."""

import argparse
from collections.abc import Collection

from kling_tui.cli.exit_status import print_error
from kling_tui.cli.headless import run_headless
from kling_tui.cli.piped import expand_ids
from kling_tui.cli.wait_condition import WaitCondition, define_wait_options
from kling_tui.formatting import text
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import Job, Status

_EXAMPLES = """examples:
  kling-tui add - < ids.txt | kling-tui wait -
  kling-tui wait --all && echo all done
  kling-tui wait --any --timeout 600 | head -n 1
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_wait_options(parser)
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--all", action="store_true", help="wait until all have ended (default)")
    until.add_argument("--any", action="store_true", help="wait until one has succeeded")


def run(options: argparse.Namespace) -> int:
    """Wait."""
    ids = tuple(expand_ids(options.ids))
    condition = WaitCondition(ids, options.any, options.fail_fast, options.timeout)
    return run_headless(options, condition, UrlReporter())


class UrlReporter:
    """Prints URLs of results to standard output, and each problem once to standard error."""

    live = False

    def __init__(self) -> None:
        self._problems: dict[str, str | None] = {}

    def report(self, job: Job, name: str, /) -> None:
        """Print the URLs, or why there are none."""
        for video in job.videos if job.ended else ():
            print(video.url, flush=True)
        if job.status is Status.FAILED:
            print_error(f"{name} failed: {text.failure_message(job)}")
        elif job.ended and not job.videos:
            print_error(f"{name} is done, but no link was given")
        elif job.problem and job.problem not in self._problems.values():
            print_error(f"{name}: {job.problem}")
        if not job.ended:  # the last problem of an ended job was printed, and may be that of others
            self._problems[job.id] = job.problem

    def refresh(self, live: Collection[Job], context: RenderContext) -> None:
        """Print nothing."""

    def notice(self, message: str) -> None:
        """Print the message, unless it was the problem of a job that was printed."""
        if not any(problem and problem in message for problem in self._problems.values()):
            print_error(message)
