"""Ways to download one video into a folder, and to list what is in it."""

from pathlib import Path

from kling_tui.downloads import Download, DownloadError, DownloadRequest, Limits
from kling_tui.downloads.client import connect

LIMITS = Limits(read_timeout=5.0, max_attempts=3, first_delay=0.0)


async def no_link() -> str | None:
    """Return no refreshed link."""
    return None


async def download_video(
    url: str,
    folder: Path,
    refreshed_url: str | None = None,
    limits: Limits = LIMITS,
    stem: str = "clip",
) -> Path:
    """Download a video; `refreshed_url` is the link that the gateway gives when `url` expired."""

    async def refresh() -> str | None:
        return refreshed_url

    request = DownloadRequest(url, folder, stem, "C1-1")
    async with connect(limits, through_proxies=False) as client:
        return await Download(request, limits, lambda: 0.0).run(client, refresh)


async def download_error(
    url: str, folder: Path, refreshed_url: str | None = None, limits: Limits = LIMITS
) -> str:
    """Download a video, and return the error; raises AssertionError if there is none."""
    try:
        file = await download_video(url, folder, refreshed_url, limits)
    except DownloadError as error:
        return str(error)
    raise AssertionError(f"the download has not failed: {file}")


def file_names(folder: Path) -> set[str]:
    """Return the names of all files in a folder."""
    return {file.name for file in folder.iterdir()}


def hidden_files(folder: Path) -> set[str]:
    """Return the names of hidden files."""
    return {name for name in file_names(folder) if name.startswith(".")}


def visible_files(folder: Path) -> set[str]:
    """Return the names of files that are not hidden."""
    return file_names(folder) - hidden_files(folder)
