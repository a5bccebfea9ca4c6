"""Puts the last good copy of the job file back."""

import argparse

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import FINE, complain

_EXAMPLES = """examples:
  kling-tui restore
  kling-tui --jobs ~/jobs.toml restore
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add what the help says."""
    parser.epilog = _EXAMPLES


def run(options: argparse.Namespace) -> int:
    """Put good copies back, and print each file that holds jobs again."""
    settings, _ = bootstrap.settings(options)
    store = bootstrap.unread_store(options, settings)
    restored = store.restore()
    for file, aside in restored:
        print(file)
        if aside:
            complain(f"the damaged file was put aside as {aside}")
    if not restored:
        complain(f"{store.path}: nothing to restore; every file of jobs can be read")
    return FINE
