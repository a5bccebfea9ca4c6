"""Plays the clip under the cursor of the clip wall."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from textual.screen import Screen

from kling_tui.previews import OpenClip, PreviewError
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.video.player import ClipPlayer
from kling_tui.tui.wall_results import Result
from kling_tui.tui.widgets.wall_tile import Tile
from kling_tui.tui.workers import start_worker

_REST = 0.3
"""Seconds that the cursor must rest on a tile before its clip is opened."""
_WORKERS = "clip"


class WallClip:
    """Plays one clip at a time, again and again, in its tile; while paused, none is started."""

    def __init__(
        self,
        screen: Screen[Any],
        open_clip: OpenClip | None,
        desktop: Desktop,
        bytes_per_second: int,
    ) -> None:
        """`open_clip` is None where no clip can be shown."""
        self.paused = False
        self._screen = screen
        self._open_clip = open_clip
        self._desktop = desktop
        self._bytes_per_second = bytes_per_second
        self._tile: Tile | None = None
        self._playing: tuple[Result, str] | None = None
        """The result that is played, and its file; None if none is."""
        self._player: ClipPlayer | None = None

    def play(self, tile: Tile | None) -> None:
        """Play the clip of a tile, unless it is played already; None stops what is played."""
        content = tile.content if tile and tile.playable else None
        wanted = (content.result, content.file) if content else None
        if wanted == self._playing and tile is self._tile:
            return
        self.stop()
        if tile and content and self._open_clip and not self.paused:
            self._tile, self._playing = tile, wanted
            run = partial(self._run, self._open_clip, tile, content.file)
            start_worker(self._screen, run, group=_WORKERS)

    def stop(self) -> None:
        """Show the poster again."""
        if self._tile:
            self._screen.workers.cancel_group(self._screen, _WORKERS)
            self._tile.show_clip(shown=False)
        self._tile = self._playing = self._player = None

    def toggle(self) -> None:
        """Pause, or continue what was paused; the caller then calls `play`."""
        self.paused = not self.paused
        if self._player and self._player.frame:
            self._player.toggle()
        elif self.paused:
            self.stop()

    async def _run(self, open_clip: OpenClip, tile: Tile, file: str) -> None:
        await asyncio.sleep(_REST)

        def show_from_the_second_frame_on() -> None:
            if player.frame and player.frame.at > 0.0:
                tile.show_clip(shown=True)

        player = self._player = ClipPlayer(
            open_clip,
            tile.clip,
            self._desktop,
            self._bytes_per_second,
            loop=True,
            on_frame=show_from_the_second_frame_on,
            on_opened=lambda: None,
        )
        with suppress(PreviewError):  # the tile says why
            await player.run(file)
