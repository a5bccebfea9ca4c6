"""Results on their way from a web server into a folder: whole there, or not at all."""

from kling_tui.downloads.base import DownloadError, DownloadErrorKind, Limits, Progress
from kling_tui.downloads.download import Client, Download, DownloadRequest, RefreshLink

__all__ = [
    "Client",
    "Download",
    "DownloadError",
    "DownloadErrorKind",
    "DownloadRequest",
    "Limits",
    "Progress",
    "RefreshLink",
]
