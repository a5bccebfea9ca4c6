"""A line of download progress on standard error, if that is a terminal."""

import os
import shutil
import sys
from collections.abc import Sequence

from kling_tui.downloads import Progress
from kling_tui.formatting import results, text
from kling_tui.formatting.cells import truncate
from kling_tui.sanitize import sanitize_line

_ERASE = "\r\x1b[K"


class ProgressLine:
    """The last line of the terminal, redrawn in place."""

    def __init__(self) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._enabled = terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._shown = False

    def show(self, downloads: Sequence[Progress], remaining: int) -> None:
        """Show the progress of the first running download, and the number of jobs to go."""
        running = [download for download in downloads if not download.waiting]
        if not self._enabled or not running:
            return
        progress = f"{results.download_details(running[0])}  {sanitize_line(running[0].file.stem)}"
        line = f"{text.count(remaining, 'job')} to go: {progress}"
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"{_ERASE}{truncate(line, width)}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Erase the line, so that another can be printed."""
        if self._shown:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._shown = False
