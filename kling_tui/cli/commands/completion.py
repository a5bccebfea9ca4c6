"""Prints what teaches a shell to complete the command line."""

import argparse

import argcomplete
from argcomplete.shell_integration import shellcode

from kling_tui.cli.exit_status import OK

_EXAMPLES = """put the line of your shell into ~/.bashrc, ~/.zshrc (after compinit) or config.fish:
  eval "$(kling-tui completion bash)"
  eval "$(kling-tui completion zsh)"
  kling-tui completion fish | source
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "shell", choices=["bash", "zsh", "fish"], metavar="SHELL", help="%(choices)s"
    )


def run(options: argparse.Namespace) -> int:
    """Print the shell's part; ours is done by `complete` each time that it asks."""
    print(shellcode(["kling-tui"], shell=options.shell))
    return OK


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks what can come next, and end."""
    argcomplete.autocomplete(parser, always_complete_options=False)
