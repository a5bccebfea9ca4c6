"""Adds the man page and the completion files to the wheel (a build hook of Hatchling)."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPLETION_FILES = {
    "bash": "share/bash-completion/completions/kling-tui",
    "zsh": "share/zsh/site-functions/_kling-tui",
    "fish": "share/fish/vendor_completions.d/kling-tui.fish",
}
MAN_PAGE = "share/man/man1/kling-tui.1"
_FOLDER = "build/shared"
"""Where the files are made, below the root."""


class SharedFilesHook(BuildHookInterface[Any]):
    """Makes the files and names where they are installed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, except for an editable installation."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, self.root)  # the build runs without the root in the path
        try:
            files = _shared_files(root)
        finally:
            sys.path.remove(self.root)
        for name, text in files.items():
            path = root / _FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            build_data["shared_data"][str(path)] = name


def _shared_files(root: Path) -> dict[str, str]:
    """Return the texts of all files by where they are installed."""
    from distribution.man_page import man_page
    from kling_tui.cli.commands.completion import shell_code

    files = {name: shell_code(shell) for shell, name in COMPLETION_FILES.items()}
    return files | {MAN_PAGE: man_page(root)}
