"""The screen that plays the videos of a job."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Label

from kling_tui.formatting import results
from kling_tui.previews import OpenClip, PreviewError
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.screens.modal import ModalBase
from kling_tui.tui.video.picture import Picture
from kling_tui.tui.video.player import ClipPlayer
from kling_tui.tui.widgets.key_hints import KeyHints


class PlayerScreen(ModalBase[None]):
    """Plays the videos of a job, and pauses at the end of each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v", "dismiss", "Back", id="player_leave", tooltip="Back to the table"),
        Binding("space", "pause", "Pause", id="player_pause", tooltip="Pause or resume"),
        Binding("left", "step(-1)", "Frame back", id="player_back",
                tooltip="Pause at the previous frame"),
        Binding("right", "step(1)", "Frame on", id="player_on", tooltip="Pause at the next frame"),
        Binding("home", "restart", "Restart", id="player_restart", tooltip="Play from the start"),
        Binding("n", "next_video", "Next video", id="player_next",
                tooltip="Play the job's next video"),
    ]  # fmt: skip

    def __init__(
        self,
        name: str,
        files: Sequence[str],
        open_clip: OpenClip,
        desktop: Desktop,
        bytes_per_second: int,
        on_opened: Callable[[], None],
    ) -> None:
        """`name` is the job's; `bytes_per_second` limits what is sent to the terminal.

        `on_opened` is called whenever a clip was opened.
        """
        super().__init__()
        self._name = name
        self._files = files
        self._index = 0
        self._picture = Picture(id="picture")
        self._status = Label(id="playing")
        self._player = ClipPlayer(
            open_clip,
            self._picture,
            desktop,
            bytes_per_second,
            on_frame=self._show_position,
            on_opened=on_opened,
        )

    def compose(self) -> ComposeResult:
        """Lay out the picture, a status line and the keys."""
        yield self._picture
        yield self._status
        yield KeyHints()

    def on_mount(self) -> None:
        """Play the first video."""
        self._play()

    def on_resize(self) -> None:
        """Fit the picture into the screen."""
        self.call_after_refresh(self._player.refit)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer the next video if there are several."""
        return len(self._files) > 1 if action == "next_video" else True

    @property
    def at(self) -> float:
        """The position in the video, in seconds."""
        return self._player.frame.at if self._player.frame else 0.0

    @work(exclusive=True)
    async def _play(self) -> None:
        self._set_status("…")
        file = self._files[self._index]
        try:
            await self._player.run(file)
        except PreviewError as error:
            self._picture.show(None)
            self._set_status(f"✗ {sanitize_line(Path(file).name)} {error}")

    def _show_position(self) -> None:
        frame, specs = self._player.frame, self._player.specs
        if frame and specs:
            sign = "▶" if self._player.playing else "‖"
            self._set_status(f"{sign} {frame.at:.1f} s  ·  {results.specs(specs)}")

    def _set_status(self, status: str) -> None:
        number = f" {self._index + 1} of {len(self._files)}" if len(self._files) > 1 else ""
        self._status.update(Content(f"{self._name}{number}  {status}"), layout=False)

    def action_pause(self) -> None:
        """Pause or resume."""
        self._player.toggle()

    def action_step(self, by: int) -> None:
        """Pause, and move by a number of frames."""
        self._player.step(by)

    def action_restart(self) -> None:
        """Play from the start."""
        self._player.restart()

    def action_next_video(self) -> None:
        """Play the job's next video; after the last one, the first."""
        self._index = (self._index + 1) % len(self._files)
        self._play()
