"""The screen that plays the videos of a job."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Label

from kling_tui.formatting import text
from kling_tui.previews import OpenClip, PreviewError
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.screens.modal import ModalBase
from kling_tui.tui.video.picture import Picture
from kling_tui.tui.video.player import ClipPlayer
from kling_tui.tui.widgets.key_hints import KeyHints


class PlayerScreen(ModalBase[None]):
    """Plays the videos of a job, and stays at the end of each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v", "dismiss", "Back", id="player_leave", tooltip="Back to the table"),
        Binding("space", "pause", "Pause", id="player_pause", tooltip="Pause or go on"),
        Binding("left", "step(-1)", "Frame back", id="player_back",
                tooltip="Pause at the frame before"),
        Binding("right", "step(1)", "Frame on", id="player_on", tooltip="Pause at the next frame"),
        Binding("home", "restart", "Restart", id="player_restart", tooltip="Play from the start"),
        Binding("n", "next_video", "Next video", id="player_next", tooltip="The job's next video"),
    ]  # fmt: skip

    def __init__(
        self,
        name: str,
        files: Sequence[str],
        open_clip: OpenClip,
        desktop: Desktop,
        rate: int,
        on_opened: Callable[[], None],
    ) -> None:
        """`name` is the job's, `rate` how many bytes per second may be sent.

        `on_opened` is called whenever a clip was opened.
        """
        super().__init__()
        self._name = name
        self._files = files
        self._number = 0
        self._picture = Picture(id="picture")
        self._line = Label(id="playing")
        self._projector = ClipPlayer(
            open_clip, self._picture, desktop, rate, on_frame=self._tell, on_opened=on_opened
        )

    def compose(self) -> ComposeResult:
        """One picture, a line on where in which video it is, the keys."""
        yield self._picture
        yield self._line
        yield KeyHints()

    def on_mount(self) -> None:
        """Begin with the first video."""
        self._run()

    def on_resize(self) -> None:
        """Make the picture as large as there is room."""
        self.call_after_refresh(self._projector.refit)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer the next video where there is one."""
        return len(self._files) > 1 if action == "next_video" else True

    @property
    def at(self) -> float:
        """The second of the video that is on the picture, or about to be."""
        return self._projector.frame.at if self._projector.frame else 0.0

    @work(exclusive=True)
    async def _run(self) -> None:
        self._say("…")
        try:
            await self._projector.run(self._files[self._number])
        except PreviewError as error:
            self._picture.show(None)
            self._say(f"✗ {sanitize_line(Path(self._files[self._number]).name)} {error}")

    def _tell(self) -> None:
        """Say where in which video this is."""
        frame, specs = self._projector.frame, self._projector.specs
        if frame and specs:
            sign = "▶" if self._projector.playing else "‖"
            self._say(f"{sign} {frame.at:.1f} s  ·  {text.specs(specs)}")

    def _say(self, words: str) -> None:
        number = f" {self._number + 1} of {len(self._files)}" if len(self._files) > 1 else ""
        self._line.update(Content(f"{self._name}{number}  {words}"), layout=False)

    def action_pause(self) -> None:
        """Pause or go on."""
        self._projector.toggle()

    def action_step(self, by: int) -> None:
        """Pause at the frame before or after."""
        self._projector.step(by)

    def action_restart(self) -> None:
        """Play from the start."""
        self._projector.restart()

    def action_next_video(self) -> None:
        """Play the job's next video, the first one after the last."""
        self._number = (self._number + 1) % len(self._files)
        self._run()
