"""Ways to fetch one video into a folder."""

from pathlib import Path

from kling_tui.downloads import Download, DownloadError, DownloadRequest, Limits
from kling_tui.downloads.client import connect

LIMITS = Limits(read_timeout=5.0, max_attempts=3, first_delay=0.0)


async def no_link() -> str | None:
    """Have no fresh link."""
    return None


async def fetch(
    url: str, folder: Path, fresh: str | None = None, limits: Limits = LIMITS, stem: str = "clip"
) -> Path:
    """Fetch a video; `fresh` is what the gateway would say where its link is now."""

    async def ask() -> str | None:
        return fresh

    wanted = DownloadRequest(url, folder, stem, "C1-1")
    async with connect(limits, through_proxies=False) as client:
        return await Download(wanted, limits, lambda: 0.0).run(client, ask)


async def failed(url: str, folder: Path, fresh: str | None = None, limits: Limits = LIMITS) -> str:
    """Fetch a video, and return why that failed."""
    try:
        file = await fetch(url, folder, fresh, limits)
    except DownloadError as error:
        return str(error)
    raise AssertionError(f"the download has not failed: {file}")


def names(folder: Path) -> set[str]:
    """Return all names in a folder."""
    return {file.name for file in folder.iterdir()}


def hidden(folder: Path) -> set[str]:
    """Return those that are hidden."""
    return {name for name in names(folder) if name.startswith(".")}


def named(folder: Path) -> set[str]:
    """Return those that are not."""
    return names(folder) - hidden(folder)
