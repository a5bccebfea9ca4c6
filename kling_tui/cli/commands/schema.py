"""``schema``: prints the JSON Schema of the config, or of a job in JSON."""

import argparse
from pathlib import Path

import kling_tui
from kling_tui.cli.exit_status import OK

_PACKAGE = Path(kling_tui.__file__).parent
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "docs")
"""Where the files are in an installed package, and in a checkout."""
_EXAMPLES = """examples:
  kling-tui schema job
  kling-tui schema config > config.schema.json
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("of", choices=["config", "job"], metavar="NAME", help="one of %(choices)s")


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    name = f"{options.of}.schema.json"
    file = next(folder / name for folder in _FOLDERS if (folder / name).exists())
    print(file.read_text("utf-8"), end="")
    return OK
