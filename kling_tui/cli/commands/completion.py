"""``completion``: prints the code for tab completion in a shell."""

import argparse

import argcomplete
from argcomplete.shell_integration import shellcode

from kling_tui.cli.exit_status import OK

_EXAMPLES = """add the line for your shell to ~/.bashrc, ~/.zshrc (after compinit) or config.fish:
  eval "$(kling-tui completion bash)"
  eval "$(kling-tui completion zsh)"
  kling-tui completion fish | source
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "shell", choices=["bash", "zsh", "fish"], metavar="SHELL", help="one of %(choices)s"
    )


def run(options: argparse.Namespace) -> int:
    """Print code that calls this program, with `$_ARGCOMPLETE` set, to complete a command line."""
    print(shellcode(["kling-tui"], shell=options.shell))
    return OK


def complete(parser: argparse.ArgumentParser) -> None:
    """Print the completions of the command line in `$COMP_LINE`, and exit the process."""
    argcomplete.autocomplete(parser, always_complete_options=False)
