"""Parses the command line, and loads only the module of the chosen command."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

from kling_tui import __version__
from kling_tui.cli import gc_policy
from kling_tui.cli.exit_status import OK, OtherCommand, replace_missing_streams, run_to_end
from kling_tui.formatting.symbols import ENCODING_ERRORS, HAS_UTF8

COMMANDS = {
    "demo": "open the app with demo jobs on a local gateway",
    "demo-gateway": "run the demo gateway and print its URL",
    "add": "track jobs",
    "list": "print tracked jobs from the last poll, without contacting the gateway (alias: ls)",
    "watch": "poll until jobs have ended, print one line per change",
    "wait": "poll until jobs have ended, print their result URLs",
    "cost": "print what jobs cost",
    "doctor": "check config, key, gateway, job file and terminal",
    "download": "download the results of finished jobs",
    "edit": "change the label or the price of jobs",
    "remove": "stop tracking jobs (alias: rm)",
    "restore": "restore a corrupt job file from its backup",
    "completion": "print the code for tab completion in a shell",
    "schema": "print the JSON Schema of the config, or of a job in JSON",
    "help": "show the options of a command, with examples",
}
"""The summary of each command for --help. The module `app` runs if no command is given."""
ALIASES = {"ls": "list", "rm": "remove", "gateway": "demo-gateway"}
"""Other names of commands, which completion does not offer; `gateway` is a former one."""
_HELP_EXAMPLES = """examples:
  kling-tui help list
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    argv = sys.argv[1:] if arguments is None else arguments
    gc_policy.during_import()
    replace_missing_streams()
    _replace_unencodable_characters()
    return run_to_end(_complete if "_ARGCOMPLETE" in os.environ else partial(_run, argv))


class CommandParser(argparse.ArgumentParser):
    """A parser whose messages contain no control characters of the arguments, but suggestions."""

    commands: Mapping[str, "CommandParser"]
    """The parsers of the commands by their names; only the parser of the program has them."""

    @property
    def options(self) -> list[str]:
        """The names of all options."""
        return list(self._option_string_actions)

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with status 2."""
        from kling_tui.sanitize import sanitize_line

        super().error("\n".join(map(sanitize_line, message.split("\n"))))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Check whether a value is one of the choices of an argument; suggest those like it."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            from kling_tui.cli.suggestions import did_you_mean

            error.message += did_you_mean(value, action.choices or ())
            raise


def _run(argv: Sequence[str]) -> int:
    """Parse the arguments and run the command; raises SystemExit after --help or bad usage."""
    parser = build_parser(argv)
    if unknown := _unknown_options_before_command(argv, parser.options):
        _reject(unknown, parser)
    options, unknown = parser.parse_known_args(list(_attach_filter(argv)))
    if unknown:
        _reject(unknown, parser, options.command)
    if options.verbose and not options.version:
        parser.error("--verbose is for --version only")
    if options.version:
        return _print_version(options)
    if options.command == "help":
        return _run([options.topic, "--help"] if options.topic else ["--help"])
    try:
        status: int = importlib.import_module(_module_name(options.command or "app")).run(options)
    except OtherCommand as other:
        next_command = other.arguments
    else:
        return status
    return _run(next_command)


def _print_version(options: argparse.Namespace) -> int:
    if options.verbose:
        from kling_tui.cli.version import print_facts

        print_facts(options)
    else:
        print(f"kling-tui {__version__}")
    return OK


def _reject(
    arguments: Iterable[str], parser: CommandParser, command: str | None = None
) -> NoReturn:
    """Exit with an error about arguments that the program, or a command, does not have."""
    from kling_tui.cli.suggestions import unknown_arguments

    if command is None:
        parser.error(unknown_arguments(arguments, parser.options))
    command_parser = parser.commands[command]
    command_parser.error(unknown_arguments(arguments, command_parser.options, parser.options))


def _unknown_options_before_command(argv: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the options before the command that are not known, even abbreviated.

    argparse would take the value of such an option for the command.
    """
    unknown, before = [], ""
    for argument in argv:
        name = argument.partition("=")[0]
        if name.startswith("-") and not any(option.startswith(name) for option in known):
            unknown.append(argument)
        if not argument.startswith("-") and not before.startswith("-"):
            break
        before = argument
    return unknown


def _attach_filter(argv: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, with a value of --filter that begins with a dash attached to it.

    argparse takes such a value, as in ``--filter -is:downloaded``, for an option.
    """
    arguments = iter(argv)
    for argument in arguments:
        value = next(arguments, None) if argument == "--filter" else None
        if value is None:
            yield argument
        elif value.startswith("-") and not value.startswith("--"):
            yield f"{argument}={value}"
        else:
            yield from (argument, value)


def build_parser(argv: Iterable[str] = COMMANDS) -> CommandParser:
    """Return the parser; it has the options of those commands only whose names are in `argv`."""
    parser = CommandParser(
        prog="kling-tui",
        description="Watches AI video generation jobs live. Opens the app by default.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument(
        "--verbose", action="store_true", help="with --version: print what a bug report needs"
    )
    config = parser.add_argument("--config", metavar="FILE", help="use this config file")
    jobs = parser.add_argument("--jobs", metavar="FILE", help="use this job file")
    for argument in (config, jobs):
        vars(argument)["completer"] = _complete_files  # argcomplete looks for this attribute
    profile = parser.add_argument(
        "--profile", metavar="NAME", help="use only jobs of this profile, add new jobs to it"
    )
    vars(profile)["completer"] = _complete_profiles
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, summary in COMMANDS.items():
        aliases = [alias for alias, of in ALIASES.items() if of == name and alias in argv]
        command = commands.add_parser(
            name,
            aliases=aliases,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == "help":
            _define_help(command)
        elif name in argv or aliases:
            importlib.import_module(_module_name(name)).define(command)
    parser.commands = commands.choices
    return parser


def _define_help(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _HELP_EXAMPLES
    topic = parser.add_argument(
        "topic", nargs="?", metavar="COMMAND", help="command (default: all of them)"
    )
    vars(topic)["completer"] = lambda **_: COMMANDS


def _complete_profiles(**parsed: Any) -> dict[str, str]:
    """Return candidates for --profile; imported late, for a fast --help."""
    from kling_tui.cli.completers import complete_profiles

    return complete_profiles(**parsed)


def _complete_files(**parsed: Any) -> Iterable[str]:
    """Return candidates for the name of a file."""
    from argcomplete.completers import FilesCompleter

    return FilesCompleter()(**parsed)


def _complete() -> int:
    """Print the completions of the command line in `$COMP_LINE`."""
    from kling_tui.cli.commands.completion import complete

    complete(build_parser(os.environ.get("COMP_LINE", "").split()))
    return 0


def _module_name(command: str) -> str:
    name = ALIASES.get(command, command).replace("-", "_")
    return f"kling_tui.cli.commands.{name}"


def _replace_unencodable_characters() -> None:
    """Print ASCII symbols, or a question mark, for what the encoding of an output does not have.

    Python prints UTF-8 also on a terminal without it, where the locale is C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "ascii" if stream.isatty() and not HAS_UTF8 else stream.encoding
            stream.reconfigure(encoding=encoding, errors=ENCODING_ERRORS)
