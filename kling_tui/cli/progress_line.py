"""A line of progress on standard error, where that is a terminal."""

import os
import shutil
import sys
from collections.abc import Sequence

from kling_tui.downloads import Progress
from kling_tui.formatting import text
from kling_tui.sanitize import sanitize_line

_ERASE = "\r\x1b[K"


class ProgressLine:
    """The last line of the terminal, drawn over and over."""

    def __init__(self) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._on = terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._shown = False

    def show(self, downloads: Sequence[Progress], remaining: int) -> None:
        """Show how far the first of some downloads is, and how many are still to come."""
        running = [each for each in downloads if not each.waiting]
        if not self._on or not running:
            return
        story = f"{text.download_details(running[0])}  {sanitize_line(running[0].file.stem)}"
        words = f"{text.count(remaining, 'job')} to go: {story}"
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"{_ERASE}{words[:width]}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Make room for a line of another sort."""
        if self._shown:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._shown = False
