"""Parses the command line, and loads only the module of the chosen command."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NoReturn

from kling_tui import __version__
from kling_tui.cli import gc_policy
from kling_tui.cli.exit_status import replace_missing_streams, run_to_end
from kling_tui.formatting.symbols import ENCODING_ERRORS, HAS_UTF8

COMMANDS = {
    "demo": "open the app with demo jobs on a local gateway",
    "demo-gateway": "run the demo gateway and print its URL",
    "add": "track jobs",
    "list": "print tracked jobs from the last poll, without contacting the gateway",
    "watch": "poll until jobs have ended, print one line per change",
    "wait": "poll until jobs have ended, print their result URLs",
    "cost": "print what jobs cost",
    "doctor": "check config, key, gateway, job file and terminal",
    "download": "download the results of finished jobs",
    "remove": "stop tracking jobs",
    "restore": "restore a corrupt job file from its backup",
    "completion": "print the code for tab completion in a shell",
}
"""The summary of each command for --help. The module `app` runs if no command is given."""
_OLD_NAMES = {"gateway": "demo-gateway"}
"""Former names of commands: they still work, but neither help nor completion shows them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    argv = sys.argv[1:] if arguments is None else arguments
    gc_policy.during_import()
    replace_missing_streams()
    _replace_unencodable_characters()
    return run_to_end(_complete if "_ARGCOMPLETE" in os.environ else partial(_run, argv))


class _Parser(argparse.ArgumentParser):
    """A parser whose messages contain no control characters of the arguments."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with status 2."""
        from kling_tui.sanitize import sanitize_line

        super().error(sanitize_line(message))


def _run(argv: Sequence[str]) -> int:
    """Parse the arguments and run the command; raises SystemExit after --help or bad usage."""
    options = build_parser(argv).parse_args(argv)
    status: int = importlib.import_module(_module_name(options.command or "app")).run(options)
    return status


def build_parser(argv: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser; it has the options of those commands only whose names are in `argv`."""
    parser = _Parser(
        prog="kling-tui",
        description="Watches AI video generation jobs live. Opens the app by default.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--config", metavar="FILE", help="use this config file")
    parser.add_argument("--jobs", metavar="FILE", help="use this job file")
    profile = parser.add_argument(
        "--profile", metavar="NAME", help="use only jobs of this profile, add new jobs to it"
    )
    vars(profile)["completer"] = _complete_profiles  # argcomplete looks for this attribute
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, summary in COMMANDS.items():
        aliases = [old for old, new in _OLD_NAMES.items() if new == name and old in argv]
        command = commands.add_parser(
            name,
            aliases=aliases,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in argv or aliases:
            importlib.import_module(_module_name(name)).define(command)
    return parser


def _complete_profiles(**parsed: Any) -> dict[str, str]:
    """Return candidates for --profile; imported late, for a fast --help."""
    from kling_tui.cli.completers import complete_profiles

    return complete_profiles(**parsed)


def _complete() -> int:
    """Print the completions of the command line in `$COMP_LINE`."""
    from kling_tui.cli.commands.completion import complete

    complete(build_parser(os.environ.get("COMP_LINE", "").split()))
    return 0


def _module_name(command: str) -> str:
    name = _OLD_NAMES.get(command, command).replace("-", "_")
    return f"kling_tui.cli.commands.{name}"


def _replace_unencodable_characters() -> None:
    """Print ASCII symbols, or a question mark, for what the encoding of an output does not have.

    Python prints UTF-8 also on a terminal without it, where the locale is C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "ascii" if stream.isatty() and not HAS_UTF8 else stream.encoding
            stream.reconfigure(encoding=encoding, errors=ENCODING_ERRORS)
