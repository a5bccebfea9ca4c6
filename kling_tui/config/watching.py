"""Notices that the config file was changed."""

from pathlib import Path

from kling_tui.storage.atomic import file_version


class ConfigWatcher:
    """Compares the file with what was read last.

    A change counts once the file stays the same from one look to the next: an editor may be writing
    it, or have removed it for a moment to put another one in its place.
    """

    def __init__(self, path: Path) -> None:
        """Watch a file that has just been read, or did not exist."""
        self._path = path
        self._read = self._seen = file_version(path)

    def changed(self) -> bool:
        """Return whether to read the file now, and take it as read; called about once a second."""
        before, self._seen = self._seen, file_version(self._path)
        if self._seen == self._read or self._seen != before:
            return False
        self._read = self._seen
        return True

    def mark_read(self) -> None:
        """Take the file as read as it is now."""
        self._read = self._seen = file_version(self._path)
