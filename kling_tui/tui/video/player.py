"""Plays a clip: decodes it in a thread, and paints as much as the bandwidth allows."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from math import sqrt

from msgspec.structs import replace
from textual.geometry import Size

from kling_tui.previews import Clip, Frame, OpenClip, Specs
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.video.bandwidth import BandwidthBudget
from kling_tui.tui.video.half_blocks import fit_size
from kling_tui.tui.video.picture import Picture
from kling_tui.tui.video.playhead import Playhead

_PAINT_INTERVAL = 1 / 30
"""Seconds between two refills of the budget while a frame is not completely painted."""
_USUAL_FRAME_RATE = 24.0
"""Frames per second of a clip that does not say how many it has."""
_TIME_TOLERANCE = 1e-3
"""Seconds; less than any frame lasts."""


class ClipPlayer:
    """Plays one file at a time onto a picture."""

    def __init__(
        self,
        open_clip: OpenClip,
        picture: Picture,
        desktop: Desktop,
        bytes_per_second: int,
        *,
        loop: bool = False,
        on_frame: Callable[[], None],
        on_opened: Callable[[], None],
    ) -> None:
        """`bytes_per_second` is how much may be sent to the terminal.

        With `loop`, a clip plays again from its start instead of pausing at its end.
        `on_frame` is called when the frame or the state changes, `on_opened` for each clip.
        """
        self.specs: Specs | None = None
        self.frame: Frame | None = None
        """The frame that is on the picture, or is being painted."""
        self._open_clip = open_clip
        self._picture = picture
        self._desktop = desktop
        self._bytes_per_second = bytes_per_second
        self._loop = loop
        self._on_frame = on_frame
        self._on_opened = on_opened
        self._playhead = Playhead()
        self._at_last_frame = False
        """Whether the frame is the last one of a clip that is repeated."""
        self._frame_room = Size(0, 0)
        self._changed = asyncio.Event()

    @property
    def playing(self) -> bool:
        """Whether the picture moves."""
        return self._playhead.playing

    async def run(self, file: str) -> None:
        """Play a file, and stay at its end until cancelled; raises PreviewError."""
        self.specs = self.frame = None
        self._at_last_frame = False
        thread = ThreadPoolExecutor(1, "clip-decoder")
        opening = thread.submit(self._open_clip, file)
        try:
            clip = await asyncio.wrap_future(opening)
            self.specs = clip.specs
            self._on_opened()
            self._playhead = Playhead()
            self._playhead.play(self._now)
            await self._play(clip, thread)
        finally:
            # In the thread, after what it may still be doing: opening the clip, or decoding.
            thread.submit(_close, opening)
            thread.shutdown(wait=False)

    async def _play(self, clip: Clip, thread: ThreadPoolExecutor) -> None:
        budget = BandwidthBudget(self._bytes_per_second, self._now, self._desktop.bytes_sent)
        while True:
            after_input = self._changed.is_set()
            self._changed.clear()
            if self._needs_frame:
                await self._decode_frame(clip, thread, budget)
            max_cells = budget.refill(self._now, self._desktop.bytes_sent)
            # The answer to a key is sent first, and not queued behind more of the picture.
            if max_cells and not after_input and not self._desktop.unwritten:
                budget.spend(self._picture.paint_up_to(max_cells))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_until_work):
                    await self._changed.wait()

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def _needs_frame(self) -> bool:
        """Whether another frame than the current one is due, or another size."""
        if self.frame is None or self._frame_room != self._picture.size:
            return True
        position, until = self._playhead.position(self._now), self.frame.until
        if position < self.frame.at - _TIME_TOLERANCE:
            return True
        return until is not None and position >= until - _TIME_TOLERANCE

    @property
    def _seconds_until_work(self) -> float | None:
        """Seconds until there is something to do; None: until a key is pressed."""
        if not self._picture.finished:
            return _PAINT_INTERVAL
        if not self.playing or self.frame is None or self.frame.until is None:
            return None
        return max(0.0, self.frame.until - self._playhead.position(self._now))

    async def _decode_frame(
        self, clip: Clip, thread: ThreadPoolExecutor, budget: BandwidthBudget
    ) -> None:
        """Decode the frame at the playhead, and make it the picture's target."""
        self._frame_room = self._picture.size
        if self._at_last_frame and self.playing:
            self._playhead.pause_at(0.0)
            self._playhead.play(self._now)
        size = _picture_size(self._frame_room, clip.specs, budget.max_picture_cells)
        position = self._playhead.position(self._now)
        loop = asyncio.get_running_loop()
        pixels = size.width, 2 * size.height
        self.frame = await loop.run_in_executor(thread, clip.frame_at, position, pixels)
        self._at_last_frame = self._loop and self.frame.until is None and self.frame.at > 0.0
        if self._at_last_frame:
            seconds = 1 / (clip.specs.frame_rate or _USUAL_FRAME_RATE)
            self.frame = replace(self.frame, until=self.frame.at + seconds)
        no_input = not self._changed.is_set()  # while the frame was decoded
        if no_input and (self.frame.until is None or not self.playing):
            self._playhead.pause_at(self.frame.at)
        self._picture.set_target(self.frame, exact=not self.playing)
        self._on_frame()

    def toggle(self) -> None:
        """Pause or resume; at the end, play from the start."""
        if self.frame is None:
            return
        if self.playing:
            self._playhead.pause_at(self.frame.at)
            self._picture.set_target(self.frame, exact=True)
        else:
            if self.frame.until is None:
                self._playhead.pause_at(0.0)
            self._playhead.play(self._now)
        self._on_frame()
        self._changed.set()

    def step(self, by: int) -> None:
        """Pause at the next frame, or at the previous one where `by` is negative."""
        if self.frame is None:
            return
        position = self.frame.at - 2 * _TIME_TOLERANCE if by < 0 else self.frame.until
        self._playhead.pause_at(self.frame.at if position is None else max(0.0, position))
        self._on_frame()
        self._changed.set()

    def restart(self) -> None:
        """Play from the start."""
        self._playhead.pause_at(0.0)
        self._playhead.play(self._now)
        self._changed.set()

    def refit(self) -> None:
        """Decode for another size of the picture."""
        self._changed.set()


def _close(opening: Future[Clip]) -> None:
    """Close a clip if it was opened."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _picture_size(room: Size, specs: Specs, max_cells: int) -> Size:
    """Return the columns and lines for a clip: as many as fit, but at most `max_cells` cells."""
    size = fit_size(specs.width, specs.height, room)
    scale = sqrt(min(1.0, max_cells / size.area))
    return fit_size(
        specs.width, specs.height, Size(int(size.width * scale), int(size.height * scale))
    )
