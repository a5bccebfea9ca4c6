"""What the app depends on: all that differs between the real program, the demo and a test."""

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
    """The parts and settings that the command line passes to the app."""

    store: Store
    """If it is not loaded yet, the app loads it after the first paint."""
    connect: Callable[[], AbstractAsyncContextManager[Mapping[Source, Gateway]]]
    """Opens the gateways; called after the first paint."""
    download_options: DownloadOptions
    endpoints: Endpoints
    profiles: Sequence[str] = ("",)
    """The names of all profiles; the first is "", the default."""
    profile: str = ""
    """The profile that the add dialog offers first."""
    now: Callable[[], datetime]
    schedule: PollSchedule = field(default_factory=PollSchedule)
    concurrency: int = 8
    """Polls of one profile that run at the same time."""
    random: Random = field(default_factory=Random)
    subtitle: str = ""
    """What is watched: the gateway's host, or the demo gateway."""
    preferences_file: Path | None = None
    """Where theme, order, filter and cursor are remembered; None to forget them."""
    theme: str = "textual-dark"
    keys: Mapping[str, str] = field(default_factory=dict)
    """The config's [keys]: keys by binding id."""
    bell: bool = True
    desktop: bool = False
    toast: bool = True
    notify_command: NotifyCommand | None = None
    """The user's program that is started for each job that ends."""
    terminal: Terminal = field(default_factory=Terminal)
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment of the programs that the app starts, without API keys."""
    opener: Sequence[str] = ()
    """The program that opens files and web pages; empty if there is no desktop."""
    open_clip: OpenClip | None = None
    """Opens a video file; None if the preview extra is not installed."""
    bytes_per_second: int = 1_000_000
    """The most that playing a video may send to the terminal."""
    before_load: Callable[[], None] = lambda: None
    """Called before all jobs are read for the first time; see `cli.gc_policy`."""
    after_load: Callable[[], None] = lambda: None
    after_clip_opened: Callable[[], None] = lambda: None
    advice: str = ""
    """What to tell the user when the app opens, if anything."""
    output: str = "lean"
    """"lean" sends only the cells that differ; "stock" is Textual's own output."""
