"""Which alerts were given already, by any process that shares a job file.

Each alert is an empty file in a folder beside the job file. Only one process can create it, so no
lock is needed, and a crash loses nothing.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from kling_tui.storage.private_files import create_private_file, make_private_folder

_RENEWED = "renewed"
_KEPT_SECONDS = 62 * 86_400
"""How long an alert of a day or a month is remembered: longer than its period."""


class AlertLog:
    """The alerts that were given about the jobs of a job file."""

    def __init__(self, jobs: Path) -> None:
        """`jobs` is the path of the job file; the folder is created with the first alert."""
        self._jobs = jobs
        self._folder = jobs.with_name(f"{jobs.name}.alerts")

    def claim(self, period: str, *key: str) -> bool:
        """Return whether an alert is still to be given, and note that this process gives it.

        `period` is a day or a month in ISO 8601, after which the alert is forgotten, or "" for
        never; `key` says what the alert is about. Where the folder cannot be used, every process
        gives each alert once.
        """
        try:
            make_private_folder(self._folder, beside=self._jobs)
            path = self._path(period, *key)
            os.close(create_private_file(path, os.O_WRONLY, beside=self._jobs))
        except FileExistsError:
            return False
        except OSError:
            return True
        self._remove_old()
        return True

    def times_renewed(self, period: str, *key: str) -> int:
        """Return how often the alert of a period and key became due again; see `renew`."""
        times = 0
        while os.path.lexists(self._path(period, *key, _RENEWED, str(times))):
            times += 1
        return times

    def renew(self, times: int, period: str, *key: str) -> None:
        """Have an alert given again, if it was renewed `times` times when it became due.

        So of several processes that find the same, one renews it, however late the others are.
        """
        self.claim(period, *key, _RENEWED, str(times))

    def _path(self, period: str, *key: str) -> Path:
        digest = hashlib.sha256(json.dumps((period, *key)).encode()).hexdigest()
        return self._folder / f"{period or 'always'}-{digest[:24]}"

    def _remove_old(self) -> None:
        oldest = time.time() - _KEPT_SECONDS
        with suppress(OSError):  # another process removes them too
            for path in self._folder.glob("[0-9]*"):
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
