"""Why a download fails, and what follows from that."""

from enum import Enum


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
