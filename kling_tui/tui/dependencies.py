"""What the app depends on: all that differs between the real program, the demo and a test."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from kling_tui.config.changes import Changes
from kling_tui.costs.budget import Budget
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints, Gateway
from kling_tui.gateways.key_test import KeyTest
from kling_tui.jobs import Source
from kling_tui.notifications.command import NotifyCommand
from kling_tui.polling.backoff import PollSchedule
from kling_tui.previews import OpenClip
from kling_tui.storage.store import Store
from kling_tui.tui.terminal import Terminal
from kling_tui.tui.views import View

if TYPE_CHECKING:
    from kling_tui.notifications.push import PushOptions


class AppSettings(Struct, kw_only=True):
    """What the config sets; the app takes another one when the config changes."""

    connect: Callable[[], AbstractAsyncContextManager[Mapping[Source, Gateway]]]
    """Opens the gateways; called after the first paint."""
    download_options: DownloadOptions
    endpoints: Endpoints
    profiles: Sequence[str] = ("",)
    """The names of all profiles; the first is "", the default."""
    profile: str = ""
    """The profile that the add dialog offers first."""
    has_key: bool = True
    """Whether there is an API key for any profile."""
    schedule: PollSchedule = field(default_factory=PollSchedule)
    concurrency: int = 8
    """Polls of one profile that run at the same time."""
    subtitle: str = ""
    """What is watched: the gateway's host, or the demo gateway."""
    theme: str = "textual-dark"
    views: Sequence[View] = ()
    """The views of the config."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The config's [keys]: keys by binding id."""
    bell: bool = True
    desktop: bool = False
    toast: bool = True
    notify_command: NotifyCommand | None = None
    """The user's program that is started for each job that ends, and for budgets."""
    budget: Budget = Budget()
    push: "PushOptions | None" = None
    """How to push the ends of jobs; None if they are not pushed."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment of the programs that the app starts, without API keys."""
    bytes_per_second: int = 1_000_000
    """The most that playing a video may send to the terminal."""
    advice: str = ""
    """What to tell the user about the config, if anything."""


class ConfigFile(Protocol):
    """The user's config while the app runs; the methods block, except `verify_key`."""

    path: Path

    def changed(self) -> bool:
        """Return whether to reload the file; called about once a second."""
        ...

    def reload(self) -> tuple[AppSettings, Changes]:
        """Return the new settings, and what changed; raises ConfigError if they cannot be used."""
        ...

    def save_key(self, key: str) -> None:
        """Write the API key of the default profile into the file; raises ConfigError."""
        ...

    async def verify_key(self, key: str) -> KeyTest:
        """Ask the gateway of the default profile whether it accepts a key."""
        ...


class AppDependencies(AppSettings, kw_only=True):
    """The parts and settings that the command line passes to the app.

    All parts of the app share this object, so that each of them sees the settings that count now.
    """

    store: Store
    """If it is not loaded yet, the app loads it after the first paint."""
    now: Callable[[], datetime]
    random: Random = field(default_factory=Random)
    config: ConfigFile | None = None
    """None if the app does not run on the user's config."""
    preferences_file: Path | None = None
    """Where theme, order, filter, cursor and views are remembered; None to forget them."""
    log_file: Path | None = None
    """The log that this program writes; None if it writes none."""
    terminal: Terminal = field(default_factory=Terminal)
    opener: Sequence[str] = ()
    """The program that opens files and web pages; empty if there is no desktop."""
    open_clip: OpenClip | None = None
    """Opens a video file; None if the preview extra is not installed."""
    before_load: Callable[[], None] = lambda: None
    """Called before all jobs are read for the first time; see `cli.gc_policy`."""
    after_load: Callable[[], None] = lambda: None
    collect_garbage: Callable[[float], None] = lambda _: None
    """Called once a second with the seconds since the last input."""
    after_clip_opened: Callable[[], None] = lambda: None
    images: str = "auto"
    """How posters are shown: "auto" asks the terminal; "kitty", "sixel", "iterm2" or "blocks"."""
    output: str = "lean"
    """"lean" sends only the cells that differ; "stock" is Textual's own output."""

    def take_settings(self, settings: AppSettings) -> None:
        """Replace what the config sets."""
        for name in AppSettings.__struct_fields__:
            setattr(self, name, getattr(settings, name))
