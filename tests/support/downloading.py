"""Ways to fetch one video into a folder."""

from pathlib import Path

from kling_tui.downloads import Download, DownloadError, DownloadRequest, Limits
from kling_tui.downloads.client import connect

LIMITS = Limits(read_timeout=5.0, tries=3, first_wait=0.0)


async def no_link() -> str | None:
    """Have no fresh link."""
    return None


async def download_video(
    url: str,
    folder: Path,
    refreshed_url: str | None = None,
    limits: Limits = LIMITS,
    stem: str = "clip",
) -> Path:
    """Fetch a video; `fresh` is what the gateway would say where its link is now."""

    async def ask() -> str | None:
        return refreshed_url

    wanted = DownloadRequest(url, folder, stem, "C1-1")
    async with connect(limits, through_proxies=False) as client:
        return await Download(wanted, limits, lambda: 0.0).run(client, ask)


async def download_error(
    url: str, folder: Path, refreshed_url: str | None = None, limits: Limits = LIMITS
) -> str:
    """Fetch a video, and return why that failed."""
    try:
        file = await download_video(url, folder, refreshed_url, limits)
    except DownloadError as error:
        return str(error)
    raise AssertionError(f"the download has not failed: {file}")


def file_names(folder: Path) -> set[str]:
    """Return all names in a folder."""
    return {file.name for file in folder.iterdir()}


def hidden_files(folder: Path) -> set[str]:
    """Return those that are hidden."""
    return {name for name in file_names(folder) if name.startswith(".")}


def visible_files(folder: Path) -> set[str]:
    """Return those that are not."""
    return file_names(folder) - hidden_files(folder)
