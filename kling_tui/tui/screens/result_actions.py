"""The actions on the results of jobs: download, copy, open, play.

Dialogs are imported when they are opened, so that the first paint does not wait for them.
"""

from functools import partial
from typing import Any

from textual.screen import Screen

from kling_tui.formatting import results
from kling_tui.jobs import Video
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.download_controller import DownloadController
from kling_tui.tui.screens.selection import Selection
from kling_tui.tui.workers import start_worker

_COPY_HINT = "If paste doesn't work, select the text here."
_OPEN_HINT = "Open this link on your own computer, or select the text here."


class ResultActions:
    """The target of bindings such as `results('copy')`, which calls `copy`."""

    def __init__(
        self,
        screen: Screen[Any],
        dependencies: AppDependencies,
        selection: Selection,
        *,
        downloads: DownloadController,
        desktop: Desktop,
    ) -> None:
        self._screen = screen
        self._dependencies = dependencies
        self._selection = selection
        self._downloads = downloads
        self._desktop = desktop

    def on_screen(self, screen: Screen[Any], selection: Selection) -> "ResultActions":
        """Return the same actions on the jobs of another screen, over which dialogs open."""
        return ResultActions(
            screen, self._dependencies, selection, downloads=self._downloads, desktop=self._desktop
        )

    def is_available(self, name: str) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        match name:
            case "copy_id":
                return bool(self._selection.targets) or None
            case "copy" | "copy_path" | "open" | "download":
                return bool(self._videos) or None
            case "play":
                job = self._selection.job
                return bool(job and job.files) or None
        return True

    @property
    def _videos(self) -> list[Video]:
        return [video for job in self._selection.targets for video in job.videos]

    async def download(self) -> None:
        """Download the results of the selected jobs, or cancel that."""
        await self._downloads.toggle(self._selection.targets)

    async def download_all(self) -> None:
        """Download all results that are missing here, or cancel that."""
        await self._downloads.toggle(list(self._dependencies.store.jobs.values()))

    def copy(self) -> None:
        """Send the results' URLs to the terminal's clipboard, and show them in full."""
        self._copy([video.url for video in self._videos])

    def copy_id(self) -> None:
        """Send the jobs' ids to the terminal's clipboard, and show them in full."""
        self._copy([job.id for job in self._selection.targets])

    def copy_path(self) -> None:
        """Send the paths of the files to the clipboard, of what is not downloaded the URLs."""
        if locations := [video.location for video in self._videos]:
            others = f" and {len(locations) - 1} more" if len(locations) > 1 else ""
            said = self._desktop.copy("\n".join(locations))
            self._desktop.toast(f"{said}: {locations[0]}{others}", "Copy")

    def _copy(self, lines: list[str]) -> None:
        if lines:
            self._show_links(self._desktop.copy("\n".join(lines)), lines, _COPY_HINT)

    def _show_links(self, title: str, lines: list[str], hint: str) -> None:
        from kling_tui.tui.screens.links import LinksScreen

        self._screen.app.push_screen(LinksScreen(title, lines, hint))

    def open(self) -> None:
        """Open the results: the downloaded files, else the web pages."""
        videos = self._videos
        lines = [line for video in videos for line in (video.file, video.url) if line]
        locations = [video.location for video in videos]
        self._open(locations, lines)

    def open_url(self, url: str) -> None:
        """Open the web page at a URL."""
        self._open([url], [url])

    def _open(self, locations: list[str], lines: list[str]) -> None:
        """Open files and URLs; shows `lines` at once where that is known to be impossible."""
        if problem := self._desktop.problem_of_opening(locations):
            self._show_links(problem, lines, _OPEN_HINT)
        else:
            start_worker(self._screen, partial(self._run_opener, locations, lines))

    async def _run_opener(self, locations: list[str], lines: list[str]) -> None:
        if problem := await self._desktop.open(locations):
            self._show_links(problem, lines, _OPEN_HINT)

    def play(self) -> None:
        """Play the downloaded files of the job under the cursor."""
        from kling_tui.tui.screens.player import PlayerScreen

        dependencies = self._dependencies
        job = self._selection.job
        if job is None:
            return
        if self._screen.app.no_color:
            self._screen.notify(results.NEEDS_COLOURS, markup=False)
        elif dependencies.open_clip is None:
            self._desktop.toast(results.NO_PREVIEW, "Play")
        else:
            player = PlayerScreen(
                self._selection.names.name(job),
                job.files,
                dependencies.open_clip,
                self._desktop,
                dependencies.bytes_per_second,
                dependencies.after_clip_opened,
            )
            self._screen.app.push_screen(player)
