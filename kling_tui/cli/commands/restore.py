"""Puts the last good copy of the job file back."""

import argparse

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, print_error

_EXAMPLES = """examples:
  kling-tui restore
  kling-tui --jobs ~/jobs.toml restore
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add what the help says."""
    parser.epilog = _EXAMPLES


def run(options: argparse.Namespace) -> int:
    """Put good copies back, and print each file that holds jobs again; raises StoreError."""
    settings, _ = bootstrap.load_settings(options)
    store = bootstrap.unloaded_store(options, settings)
    restored = False
    for file, aside in store.restore():
        restored = True
        print(file)
        if aside:
            print_error(f"the damaged file was put aside as {aside}")
    if not restored:
        print_error(f"{store.path}: nothing to restore; every file of jobs can be read")
    return OK
