"""Why a download fails, and what follows from that."""

import traceback
from enum import Enum
from pathlib import Path


class DownloadErrorKind(Enum):
    """What to do about a failed download."""

    TRANSIENT = "try again"
    LINK_EXPIRED = "ask the gateway for a new link"
    PERMANENT = "report it"
    LOCKED = "another process is downloading it"
    INVALID_CONTENT = "report it, and delete what was received"


class DownloadError(Exception):
    """A download failed; the message says why, for the user.

    `retry_after` is the number of seconds that the server asks to wait, or None.
    """

    def __init__(
        self,
        message: str,
        kind: DownloadErrorKind = DownloadErrorKind.PERMANENT,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


def unexpected_error(error: Exception) -> DownloadError:
    """Return the error to report for an exception that no part of a download expects.

    Its own message may have a link's signature in it, so that only its type and place are said.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    name = type(error).__name__
    return DownloadError(f"unexpected error ({name}{place}); please report it")
