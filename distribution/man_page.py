"""Writes the man page, from the parser of the command line and the tables of the documents."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from distribution.roff import escape, example, heading, item, paragraph
from kling_tui import __version__
from kling_tui.cli.parser import build_parser

_TABLES = {
    "EXIT STATUS": ("docs/commands.md", "Exit statuses"),
    "ENVIRONMENT": ("docs/configuration.md", "Environment variables"),
    "FILES": ("docs/configuration.md", "Files"),
}
"""The section of the page that each table becomes: its document, and the heading above it."""
_EXAMPLES = re.compile(r"\A(.+:)\n((?:  .*\n)+)\Z")
"""An epilog: a line of introduction, and indented commands."""


def man_page(root: Path) -> str:
    """Return the man page in roff; `root` is the folder of the source distribution."""
    parser = build_parser()
    lines = [
        f'.TH KLING\\-TUI 1 {_release_date(root)} "kling\\-tui {__version__}" "User Commands"',
        heading("SH", "NAME"),
        f"kling\\-tui \\- {escape(_as_name(parser.description or ''))}",
        *_program(parser),
        heading("SH", "COMMANDS"),
    ]
    for name, command in parser.commands.items():
        lines += [heading("SS", f"kling-tui {name}"), *_described(command)]
    for title, (document, above) in _TABLES.items():
        lines.append(heading("SH", title))
        for term, meaning in _rows((root / document).read_text("utf-8"), above):
            lines += item(term.replace("`", ""), meaning)
    return "\n".join(lines) + "\n"


class _RoffFormatter(argparse.HelpFormatter):
    """Writes what a parser gives to a formatter, in its order: usage, texts, arguments."""

    def __init__(self, prog: str, **_: Any) -> None:
        super().__init__(prog, width=10_000)  # the reader's program breaks the lines
        self._lines: list[str] = []

    def add_usage(self, usage: str | None, *arguments: Any, **_: Any) -> None:
        """Add the command with its arguments."""
        actions, groups = arguments[:2]
        shown = self._format_usage(usage, actions, groups, "").removeprefix(self._prog)
        self._lines += [rf"\fB{escape(self._prog)}\fR {escape(shown.strip())}"]

    def add_text(self, text: str | None) -> None:
        """Add a paragraph, or examples."""
        if not text or text is argparse.SUPPRESS:
            return
        if examples := _EXAMPLES.match(text):
            introduction, commands = examples.groups()
            self._lines += [".PP", *paragraph(introduction[0].upper() + introduction[1:])]
            self._lines += example([line[2:] for line in commands.splitlines()])
        else:
            self._lines += [".PP", *paragraph(text)]

    def start_section(self, heading: str | None) -> None:
        """Begin a group of arguments, which needs no heading."""

    def end_section(self) -> None:
        """End a group of arguments."""

    def add_argument(self, action: argparse.Action) -> None:
        """Add an option or argument, except what is said elsewhere: commands, and their --help."""
        elsewhere = "--help" in action.option_strings and " " in self._prog
        hidden = action.help in (None, argparse.SUPPRESS)
        if hidden or elsewhere or action.nargs == argparse.PARSER:
            return
        default = self._metavar_formatter(action, action.dest)(1)[0]
        value = "" if action.nargs == 0 else self._format_args(action, default)
        names = ", ".join(action.option_strings)
        self._lines += item(f"{names} {value}".strip(), self._expand_help(action))

    def format_help(self) -> str:
        """Return all lines."""
        return "\n".join(self._lines)


def _described(parser: argparse.ArgumentParser) -> list[str]:
    """Return usage, description, arguments and examples of a parser."""
    vars(parser)["color"] = False  # Python 3.14 has colours in help
    parser.formatter_class = _RoffFormatter
    return parser.format_help().splitlines()


def _program(parser: argparse.ArgumentParser) -> list[str]:
    """Return what `_described` returns, with the headings that a man page has."""
    lines = _described(parser)
    description, options = lines.index(".PP"), lines.index(".TP")
    return [
        heading("SH", "SYNOPSIS"),
        *lines[:description],
        heading("SH", "DESCRIPTION"),
        *lines[description + 1 : options],
        heading("SH", "OPTIONS"),
        *lines[options:],
    ]


def _as_name(description: str) -> str:
    """Return the first sentence, as it follows the name of the program."""
    sentence = description.split(". ")[0].rstrip(".")
    return sentence[0].lower() + sentence[1:]


def _rows(document: str, above: str) -> Iterable[tuple[str, str]]:
    """Return the two cells of each row of the table below a heading."""
    section = document.split(f"\n## {above}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return [(term, text) for term, text in rows[1:]]


def _release_date(root: Path) -> str:
    """Return the date of the newest release, so that each build gives the same page."""
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    dates = re.findall(r"^## \[\d[^\]]*\] - ([\d-]+)$", changelog, re.MULTILINE)
    return str(dates[0])
