"""Downloads results from a web server into a folder; a file appears there only when complete.

- `queue`: the downloads of one store, at most two at a time
- `missing_files`: downloaded files that were deleted since
- `download`: one video, with retries and link refresh
- `client`: one HTTP request, redirects included
- `responses`: what a server's response means
- `partial_file`: the hidden file that a download is written to, with its validator
- `exclusive`: locked files and free file names
- `filenames`: file names from a template
- `sniff`: file type and truncation, from the file's own bytes
- `progress`, `limits`, `errors`: what these share
"""

from kling_tui.downloads.download import Client, Download, DownloadRequest, RefreshLink
from kling_tui.downloads.errors import DownloadError, DownloadErrorKind
from kling_tui.downloads.limits import Limits
from kling_tui.downloads.progress import Progress

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
