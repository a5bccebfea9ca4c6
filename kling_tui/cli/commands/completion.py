"""``completion``: prints the code for tab completion in a shell."""

import argparse
from typing import Any

import argcomplete
from argcomplete.shell_integration import shellcode

from kling_tui.cli.exit_status import OK

FINDER_OPTIONS: dict[str, Any] = {
    "always_complete_options": False,
    "default_completer": lambda **_: (),  # not the names of files
}
"""How argcomplete finds candidates."""
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
    """Print the code for a shell."""
    print(shell_code(options.shell))
    return OK


def shell_code(shell: str) -> str:
    """Return code that calls this program, with `$_ARGCOMPLETE` set, to complete a command line."""
    # Without "-o default", with which bash offers names of files where nothing else fits.
    code: str = shellcode(["kling-tui"], shell=shell, complete_arguments=["-o", "nospace"])
    return code


def complete(parser: argparse.ArgumentParser) -> None:
    """Print the completions of the command line in `$COMP_LINE`, and exit the process."""
    argcomplete.autocomplete(parser, **FINDER_OPTIONS)
