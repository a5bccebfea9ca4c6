"""The command line: names the commands, and loads only the one that is chosen."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from kling_tui import __version__
from kling_tui.cli import gc_policy

COMMANDS = {
    "demo": "open the app on a gateway of its own",
    "gateway": "run the demo gateway alone, print its URL",
    "add": "track jobs",
    "list": "print the tracked jobs as last known",
    "watch": "poll until jobs have ended, a line a change",
    "wait": "poll until jobs have ended, print their URLs",
    "cost": "print what jobs cost",
    "doctor": "check config, key, gateway, job file and terminal",
    "download": "fetch the results of finished jobs",
    "remove": "stop tracking jobs",
    "restore": "put the last good copy of a damaged job file back",
    "completion": "print what a shell needs to complete commands",
}
"""What each module of the commands does, but for `app`, which runs where none is named."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    gc_policy.during_import()
    if "_ARGCOMPLETE" in os.environ:
        return _complete()
    _accept_any_encoding()
    options = build_parser(words).parse_args(words)
    # Only now, so that to tell the version or the options takes nothing of the program.
    from kling_tui.cli.exit_status import run_command

    return run_command(importlib.import_module(_module_name(options.command or "app")).run, options)


def build_parser(words: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser of the command line.

    It knows the options of those commands that are among `words`.
    """
    parser = argparse.ArgumentParser(
        prog="kling-tui",
        description="Watches AI video generation jobs live. Opens the app by default.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--config", metavar="FILE", help="settings to use")
    parser.add_argument("--jobs", metavar="FILE", help="job file to use")
    profile = parser.add_argument(
        "--profile", metavar="NAME", help="only jobs of this profile, and new jobs for it"
    )
    vars(profile)["completer"] = _complete_profiles  # where argcomplete looks for it
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, does in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in words:
            importlib.import_module(_module_name(name)).define(command)
    return parser


def _complete_profiles(**asked: Any) -> dict[str, str]:
    """Return what can stand after --profile; to tell the options must not load what this does."""
    from kling_tui.cli.completers import complete_profiles

    return complete_profiles(**asked)


def _complete() -> int:
    """Answer a shell that asks what can come next."""
    from kling_tui.cli.commands.completion import complete

    complete(build_parser(os.environ.get("COMP_LINE", "").split()))
    return 0


def _module_name(command: str) -> str:
    return f"kling_tui.cli.commands.{command}"


def _accept_any_encoding() -> None:
    """Show a question mark for what an output's encoding does not have, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
