"""The poster: the first frame of a job's video. It also reads what each of the files contains."""

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from typing import cast

from textual import work
from textual.geometry import Size

from kling_tui.previews import Frame, OpenClip, PreviewError, Specs
from kling_tui.tui.diff_output import DiffRenderingApp
from kling_tui.tui.graphics.detection import Graphics
from kling_tui.tui.graphics.image import StillImage
from kling_tui.tui.messages import ClipProbed
from kling_tui.tui.video.half_blocks import fit_size
from kling_tui.tui.video.picture import Picture

_READ_DELAY = 0.15
"""Seconds that the cursor must rest on a job before its files are read."""


class Poster(Picture):
    """Shows the first frame of the first readable file; reads files in a thread.

    Its cells are half blocks; where the terminal shows images, they belong to one.
    """

    def __init__(
        self,
        open_clip: OpenClip,
        *,
        id: str,  # noqa: A002 - as in Textual
        threads: Executor | None = None,
    ) -> None:
        """`threads` are those in which files are read; by default, the poster has its own."""
        super().__init__(id=id, at_top=True)
        self._open_clip = open_clip
        self._files: tuple[str, ...] = ()
        self._own_thread = None if threads else ThreadPoolExecutor(1, "poster")
        self._threads = threads or self._own_thread
        self._graphics: Graphics | None = None
        """What the files were read for."""
        self._room = Size(0, 0)
        """As `_graphics`."""
        self._image_id = 0

    def on_mount(self) -> None:
        """Read the files for another protocol, as soon as the terminal has said which it has."""
        self._diff_app.graphics_signal.subscribe(self, self._use_graphics)

    @property
    def _diff_app(self) -> DiffRenderingApp:
        return cast(DiffRenderingApp, self.app)

    def _use_graphics(self, graphics: Graphics | None) -> None:
        if graphics != self._graphics:
            self._read()

    def show_files(self, files: tuple[str, ...]) -> None:
        """Read files, unless they are the same as before, and post a ClipProbed for each."""
        if files != self._files:
            self._files = files
            self._show_poster(None, None)
            self.set_class(bool(files), "-has-files")
            self._read()

    def on_resize(self) -> None:
        """Read the frame for another size. Textual also reports the old one, when it is shown."""
        if self.size != self._room:
            self._read()

    def on_unmount(self) -> None:
        """Start no further reads, and remove the image."""
        if self._own_thread:
            self._own_thread.shutdown(wait=False, cancel_futures=True)
        self._diff_app.images.remove(self._image_id)

    def _show_poster(self, frame: Frame | None, image: StillImage | None) -> None:
        images = self._diff_app.images
        images.remove(self._image_id)
        self._image_id = images.add(image) if image else 0
        self.show(frame, self._image_id)

    @work(exclusive=True)
    async def _read(self) -> None:
        await asyncio.sleep(_READ_DELAY)
        loop, room = asyncio.get_running_loop(), self.size
        self._room = room
        self._graphics = self._diff_app.images.graphics
        for file in self._files:
            try:
                specs, poster = await loop.run_in_executor(
                    self._threads, self._probe, file, room, self._graphics
                )
            except PreviewError as error:
                self.post_message(ClipProbed(file, str(error)))
                continue
            if poster:
                self._show_poster(*poster)
            self.post_message(ClipProbed(file, specs))
            room = Size(0, 0)

    def _probe(
        self, file: str, room: Size, graphics: Graphics | None
    ) -> tuple[Specs, tuple[Frame, StillImage | None] | None]:
        """Read the specs of a file, and its first frame unless `room` is empty."""
        with closing(self._open_clip(file)) as clip:
            specs = clip.specs
            if not room:
                return specs, None
            width, height = graphics.cell if graphics else (1, 2)
            size = fit_size(specs.width, specs.height, room, height / width)
            image = None
            if graphics:
                from kling_tui.tui.graphics.still import encode_still

                image = encode_still(clip, size, graphics, self._diff_app.images.max_bytes)
            return specs, (clip.frame_at(0.0, (size.width, 2 * size.height)), image)
