"""Runs the command line: parses it, and runs the chosen command."""

import io
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from kling_tui import __version__
from kling_tui.cli import gc_policy
from kling_tui.cli.exit_status import OK, OtherCommand, replace_missing_streams, run_to_end
from kling_tui.formatting.symbols import ENCODING_ERRORS, HAS_UTF8

if TYPE_CHECKING:
    from kling_tui.cli.parser import CommandParser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    argv = sys.argv[1:] if arguments is None else arguments
    gc_policy.during_import()
    replace_missing_streams()
    _replace_unencodable_characters()
    return run_to_end(_complete if "_ARGCOMPLETE" in os.environ else partial(_run, argv))


def _run(argv: Sequence[str]) -> int:
    """Parse the arguments and run the command; raises SystemExit after --help or bad usage."""
    if list(argv) == ["--version"]:  # quickly, without a parser
        return _print_version()
    from kling_tui.cli.parser import build_parser, command_module

    parser = build_parser(argv)
    if unknown := _unknown_options_before_command(argv, parser.options):
        _reject(unknown, parser)
    options, unknown = parser.parse_known_args(list(_attach_filter(argv)))
    if unknown:
        _reject(unknown, parser, options.command)
    if options.verbose and not options.version:
        parser.error("--verbose is for --version only")
    if options.verbose:
        from kling_tui.cli.version import print_facts

        print_facts(options)
        return OK
    if options.version:
        return _print_version()
    if options.command == "help":
        return _run([options.topic, "--help"] if options.topic else ["--help"])
    try:
        status: int = command_module(options.command or "app").run(options)
    except OtherCommand as other:
        next_command = other.arguments
    else:
        return status
    return _run(next_command)


def _print_version() -> int:
    print(f"kling-tui {__version__}")
    return OK


def _reject(
    arguments: Iterable[str], parser: "CommandParser", command: str | None = None
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


def _complete() -> int:
    """Print the completions of the command line in `$COMP_LINE`."""
    from kling_tui.cli.commands.completion import complete
    from kling_tui.cli.parser import build_parser

    complete(build_parser(os.environ.get("COMP_LINE", "").split()))
    return 0


def _replace_unencodable_characters() -> None:
    """Print ASCII symbols, or a question mark, for what the encoding of an output does not have.

    Python prints UTF-8 also on a terminal without it, where the locale is C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "ascii" if stream.isatty() and not HAS_UTF8 else stream.encoding
            stream.reconfigure(encoding=encoding, errors=ENCODING_ERRORS)
