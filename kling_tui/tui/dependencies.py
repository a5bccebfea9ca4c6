"""What the app is wired to: all that differs between the real thing, the demo and a test."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints, Gateway
from kling_tui.jobs import Source
from kling_tui.polling.backoff import PollSchedule
from kling_tui.previews import OpenClip
from kling_tui.storage.store import Store
from kling_tui.tui.programs import NotifyCommand
from kling_tui.tui.terminal import Terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDependencies:
    """The parts and settings that the command line hands to the app."""

    store: Store
    """Loaded already."""
    connect: Callable[[], AbstractAsyncContextManager[Mapping[Source, Gateway]]]
    """Opens the gateways, by what they are the source of; called after the first paint."""
    download_options: DownloadOptions
    endpoints: Endpoints
    profiles: Sequence[str] = ("",)
    """The names of all, the first of them empty."""
    profile: str = ""
    """The one that new jobs are for, if a person does not choose another."""
    now: Callable[[], datetime]
    schedule: PollSchedule = field(default_factory=PollSchedule)
    concurrency: int = 8
    random: Random = field(default_factory=Random)
    subtitle: str = ""
    """What is watched, for a person: the gateway's host, or that this is the demo."""
    preferences_file: Path | None = None
    """Where the theme and the order are remembered; None to forget them."""
    theme: str = "textual-dark"
    keys: Mapping[str, str] = field(default_factory=dict)
    bell: bool = True
    desktop: bool = False
    toast: bool = True
    notify_command: NotifyCommand | None = None
    """A program of the person's that is told of each job that ends."""
    terminal: Terminal = field(default_factory=Terminal)
    opener: Sequence[str] = ()
    """The program that opens files and web pages; none where nobody would see that."""
    open_clip: OpenClip | None = None
    """Opens a video file; None where the extra for that is not installed."""
    bytes_per_second: int = 1_000_000
    """How much playing a video may send to the terminal."""
    before_load: Callable[[], None] = lambda: None
    """Called before all jobs are read for the first time; see `cli.gc_policy`."""
    after_load: Callable[[], None] = lambda: None
    after_clip_opened: Callable[[], None] = lambda: None
    advice: str = ""
    """What a person should hear on opening the app, if anything."""
    output: str = "lean"
    """How the screen is sent: only what differs, or "stock", as Textual does by itself."""
