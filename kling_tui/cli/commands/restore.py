"""``restore``: restores a corrupt job file from its backup."""

import argparse

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, print_error

_EXAMPLES = """examples:
  kling-tui restore
  kling-tui --jobs ~/jobs.toml restore
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the examples."""
    parser.epilog = _EXAMPLES


def run(options: argparse.Namespace) -> int:
    """Restore corrupt files, and print the path of each; raises StoreError."""
    settings, _ = bootstrap.load_settings(options)
    store = bootstrap.unloaded_store(options, settings)
    restored = False
    for file, corrupt in store.restore():
        restored = True
        print(file)
        if corrupt:
            print_error(f"the corrupt file was kept as {corrupt}")
    if not restored:
        print_error(f"{store.path}: nothing to restore: all job files are readable")
    return OK
