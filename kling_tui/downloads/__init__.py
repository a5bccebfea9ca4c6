"""Downloads results from a web server into a folder; a file appears there only when complete.

- `queue`: the downloads of one store, at most two at a time
- `missing_files`: downloaded files that are no longer there, or there again
- `shared_client`: opens the HTTP client for the first download
- `download`: one video, with retries and link refresh
- `local_copy`: copies a video that is in another folder already
- `client`: one HTTP request, redirects included
- `responses`: which bytes of a file a response has, and of which version
- `body`: the first bytes of a response's body, and its content coding
- `server_errors`: what a server says instead of sending a video
- `partial_file`: the hidden file that a download is written to, with its validator
- `exclusive`: locked files and free file names
- `filenames`: file names from a template
- `sniff`: file type, from the first bytes
- `structure`: whether the end of a video file is missing
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
