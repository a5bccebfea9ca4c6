"""What `watch --forever` takes from the config."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from kling_tui.cli import bootstrap
from kling_tui.cli.notification_settings import notify_command
from kling_tui.cli.reloadable_config import LoadedConfig, ReloadableConfig
from kling_tui.config.settings import Config
from kling_tui.costs.budget import Budget
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints
from kling_tui.notifications.command import NotifyCommand
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.session import Connect

if TYPE_CHECKING:
    from kling_tui.notifications.push import PushOptions


class AlwaysOnSettings(Struct, frozen=True, kw_only=True):
    """What the config sets."""

    connect: Connect
    endpoints: Endpoints
    profiles: Collection[str]
    schedule: PollSchedule
    concurrency: int
    download_options: DownloadOptions
    budget: Budget = Budget()
    notify_command: NotifyCommand | None = None
    push: "PushOptions | None" = None


class AlwaysOnConfig(ReloadableConfig[AlwaysOnSettings]):
    """The config as `watch --forever` takes it."""

    def __init__(self, settings: Config, path: Path, fallback_folder: Path) -> None:
        """`fallback_folder` is where results go if there is no other folder for them."""
        super().__init__(settings, path)
        self._fallback_folder = fallback_folder

    def _derive(self, loaded: LoadedConfig) -> AlwaysOnSettings:
        settings, gateways = loaded.settings, loaded.gateways
        endpoints = bootstrap.endpoints(settings)
        return AlwaysOnSettings(
            connect=lambda: bootstrap.connect(endpoints, gateways),
            endpoints=endpoints,
            profiles=tuple(gateways),
            schedule=bootstrap.poll_schedule(settings),
            concurrency=settings.gateway.concurrency,
            download_options=bootstrap.download_options(
                settings, without_home=self._fallback_folder
            ),
            budget=bootstrap.budget(settings),
            notify_command=notify_command(settings.notify.command, loaded.environment),
            push=loaded.push,
        )
