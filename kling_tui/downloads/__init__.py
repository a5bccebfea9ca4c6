"""Results on their way from a web server into a folder: whole there, or not at all."""

from kling_tui.downloads.base import DownloadError, Fault, Limits, Progress
from kling_tui.downloads.download import Client, Download, Fresh, Wanted

__all__ = [
    "Client",
    "Download",
    "DownloadError",
    "Fault",
    "Fresh",
    "Limits",
    "Progress",
    "Wanted",
]
