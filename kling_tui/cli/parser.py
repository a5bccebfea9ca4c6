"""The parser of the command line, which loads only the modules of the commands that are in it."""

import argparse
import importlib
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, NoReturn

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
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", prog=parser.prog
    )
    for name, summary in COMMANDS.items():
        aliases = [alias for alias, of in ALIASES.items() if of == name and alias in argv]
        is_named = name in argv or bool(aliases)
        command = commands.add_parser(
            name,
            aliases=aliases,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=is_named,  # each argument of a parser takes time
        )
        if name == "help":
            _define_help(command)
        elif is_named:
            command_module(name).define(command)
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


def command_module(command: str) -> ModuleType:
    """Return the module of a command, which is imported now."""
    name = ALIASES.get(command, command).replace("-", "_")
    return importlib.import_module(f"kling_tui.cli.commands.{name}")
