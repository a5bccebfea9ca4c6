"""``help``: shows the options of a command, as its --help does."""

import argparse

from kling_tui.cli.command_names import COMMANDS

_EXAMPLES = """examples:
  kling-tui help list
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the argument; `cli.main` runs the command, because it has the parsers of all others."""
    parser.epilog = _EXAMPLES
    topic = parser.add_argument(
        "topic", nargs="?", metavar="COMMAND", help="command (default: all of them)"
    )
    vars(topic)["completer"] = lambda **_: COMMANDS  # argcomplete looks for this attribute
