"""Plays a clip onto a picture: decodes in a thread, and paints what the terminal's line bears."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from math import sqrt

from textual.geometry import Size

from kling_tui.previews import Clip, Frame, OpenClip, Specs
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.video.bandwidth import BandwidthBudget
from kling_tui.tui.video.half_blocks import fit_size
from kling_tui.tui.video.picture import Picture
from kling_tui.tui.video.playhead import Playhead

_EVERY = 1 / 30
"""Seconds between two looks at whether the line bears more of a picture."""
_A_MOMENT = 1e-3
"""Seconds; less than any frame is shown for."""


class ClipPlayer:
    """Plays one file at a time; `shown` is called when another frame is on the picture."""

    def __init__(
        self,
        open_clip: OpenClip,
        picture: Picture,
        desktop: Desktop,
        bytes_per_second: int,
        *,
        on_frame: Callable[[], None],
        on_opened: Callable[[], None],
    ) -> None:
        """`rate` is how many bytes per second may be sent; `on_opened` is called for each clip."""
        self.specs: Specs | None = None
        self.frame: Frame | None = None
        """What is on the picture, or about to be."""
        self._open_clip = open_clip
        self._picture = picture
        self._desktop = desktop
        self._rate = bytes_per_second
        self._shown = on_frame
        self._on_opened = on_opened
        self._playhead = Playhead()
        self._room = Size(0, 0)
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "projector")

    @property
    def playing(self) -> bool:
        """Whether the picture moves."""
        return self._playhead.playing

    async def run(self, file: str) -> None:
        """Play a file, and stay at its end; raises PreviewError."""
        self.specs = self.frame = None
        loop = asyncio.get_running_loop()
        clip = await loop.run_in_executor(self._thread, self._open_clip, file)
        try:
            self.specs = clip.specs
            self._on_opened()
            self._playhead = Playhead()
            self._playhead.play(self._now)
            await self._play(clip)
        finally:
            with suppress(RuntimeError):  # the thread has been told to end, which lets go of it
                self._thread.submit(clip.close)

    async def _play(self, clip: Clip) -> None:
        allowance = BandwidthBudget(self._rate, self._now, self._desktop.bytes_sent)
        while True:
            told = self._changed.is_set()
            self._changed.clear()
            if self._is_due:
                await self._take_next(clip, allowance)
            cells = allowance.refill(self._now, self._desktop.bytes_sent)
            # What answers a person is sent first, and not behind more of the picture.
            if cells and not told and not self._desktop.unwritten:
                allowance.spend(self._picture.paint_up_to(cells))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._idle_for):
                    await self._changed.wait()

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def _is_due(self) -> bool:
        """Whether another frame than that on the picture is to be seen."""
        if self.frame is None or self._room != self._picture.size:
            return True
        at, until = self._playhead.position(self._now), self.frame.until
        return at < self.frame.at - _A_MOMENT or (until is not None and at >= until - _A_MOMENT)

    @property
    def _idle_for(self) -> float | None:
        """Seconds until there is something to do; None where that is up to the person."""
        if not self._picture.finished:
            return _EVERY
        if not self.playing or self.frame is None or self.frame.until is None:
            return None
        return max(0.0, self.frame.until - self._playhead.position(self._now))

    async def _take_next(self, clip: Clip, allowance: BandwidthBudget) -> None:
        """Decode the frame that is to be seen now."""
        self._room = self._picture.size
        size = _size_on(self._room, clip.specs, allowance.max_picture_cells)
        at = self._playhead.position(self._now)
        loop = asyncio.get_running_loop()
        pixels = size.width, 2 * size.height
        self.frame = await loop.run_in_executor(self._thread, clip.frame_at, at, pixels)
        unasked = not self._changed.is_set()  # while it was decoded
        if unasked and (self.frame.until is None or not self.playing):
            self._playhead.pause_at(self.frame.at)
        self._picture.set_target(self.frame, exact=not self.playing)
        self._shown()

    def toggle(self) -> None:
        """Stop or go on, from the start where the end is reached."""
        if self.frame is None:
            return
        if self.playing:
            self._playhead.pause_at(self.frame.at)
            self._picture.set_target(self.frame, exact=True)
        else:
            if self.frame.until is None:
                self._playhead.pause_at(0.0)
            self._playhead.play(self._now)
        self._shown()
        self._changed.set()

    def step(self, by: int) -> None:
        """Stop at the frame before or after."""
        if self.frame is None:
            return
        at = self.frame.at - 2 * _A_MOMENT if by < 0 else self.frame.until
        self._playhead.pause_at(self.frame.at if at is None else max(0.0, at))
        self._shown()
        self._changed.set()

    def restart(self) -> None:
        """Play from the start."""
        self._playhead.pause_at(0.0)
        self._playhead.play(self._now)
        self._changed.set()

    def refit(self) -> None:
        """Take over another size of the picture."""
        self._changed.set()

    def close(self) -> None:
        """Decode nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _size_on(room: Size, specs: Specs, most: int) -> Size:
    """Return the columns and lines for a clip, of so many cells at most."""
    size = fit_size(specs.width, specs.height, room)
    part = sqrt(min(1.0, most / size.area))
    return fit_size(
        specs.width, specs.height, Size(int(size.width * part), int(size.height * part))
    )
