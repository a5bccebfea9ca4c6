"""The poster: the first frame of a job's video. It also reads what each of the files contains."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from textual import work
from textual.geometry import Size

from kling_tui.previews import Frame, OpenClip, PreviewError, Specs
from kling_tui.tui.messages import ClipProbed
from kling_tui.tui.video.half_blocks import fit_size
from kling_tui.tui.video.picture import Picture

_READ_DELAY = 0.15
"""Seconds that the cursor must rest on a job before its files are read."""


class Poster(Picture):
    """Shows the first frame of the first readable file; reads files in a thread."""

    def __init__(self, open_clip: OpenClip, *, id: str) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id, at_top=True)
        self._open_clip = open_clip
        self._files: tuple[str, ...] = ()
        self._thread = ThreadPoolExecutor(1, "poster")

    def show_files(self, files: tuple[str, ...]) -> None:
        """Read files, unless they are the same as before, and post a ClipProbed for each."""
        if files != self._files:
            self._files = files
            self.show(None)
            self.set_class(bool(files), "-has-files")
            self._read()

    def on_resize(self) -> None:
        """Read the frame for another size."""
        self._read()

    def on_unmount(self) -> None:
        """Start no further reads."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @work(exclusive=True)
    async def _read(self) -> None:
        await asyncio.sleep(_READ_DELAY)
        loop, room = asyncio.get_running_loop(), self.size
        for file in self._files:
            try:
                specs, frame = await loop.run_in_executor(self._thread, self._probe, file, room)
            except PreviewError as error:
                self.post_message(ClipProbed(file, str(error)))
                continue
            if frame:
                self.show(frame)
            self.post_message(ClipProbed(file, specs))
            room = Size(0, 0)

    def _probe(self, file: str, room: Size) -> tuple[Specs, Frame | None]:
        """Read the specs of a file, and its first frame unless `room` is empty."""
        with closing(self._open_clip(file)) as clip:
            if not room:
                return clip.specs, None
            size = fit_size(clip.specs.width, clip.specs.height, room)
            return clip.specs, clip.frame_at(0.0, (size.width, 2 * size.height))
