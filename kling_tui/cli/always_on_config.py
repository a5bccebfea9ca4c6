"""The config while `watch --forever` runs: what it takes from it, and what changes in it."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError
from kling_tui.cli.notification_settings import notify_command, program_environment, push_options
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.config.changes import Changes, Part, compare
from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import load
from kling_tui.config.settings import Config
from kling_tui.config.watching import ConfigWatcher
from kling_tui.costs.budget import Budget
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints
from kling_tui.notifications.command import NotifyCommand
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.session import Connect
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import file_version

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


class AlwaysOnConfig:
    """The user's config file."""

    def __init__(self, settings: Config, path: Path, fallback_folder: Path) -> None:
        """Find keys and secrets for the `settings` of the file `path`, which has just been read.

        `fallback_folder` is where results go if there is no other folder for them. Raises
        ConfigError.
        """
        self._path = path
        self._fallback_folder = fallback_folder
        self._watcher = ConfigWatcher(path)
        self._started = self._settings = settings
        self._gateways = bootstrap.gateways(settings, path)
        self._push = self._find_push(settings, self._gateways, interactive=True)

    def changed(self) -> bool:
        """Return whether to reload the file; called about once a second."""
        return self._watcher.changed()

    def reload(self) -> tuple[AlwaysOnSettings, Changes]:
        """Return the new settings, and what changed; raises ConfigError if they cannot be used."""
        self._watcher.mark_read()
        shown = sanitize_line(str(self._path))
        if file_version(self._path) is None:
            raise ConfigError(f"{shown}: does not exist any more, or cannot be read")
        settings = load(self._path, required=True, environ=os.environ)
        changes = compare(self._started, self._settings, settings)
        gateways, push = self._gateways, self._push
        if Part.CONNECTIONS in changes.parts:
            gateways = bootstrap.gateways(settings, self._path, interactive=False)
        if "notify.push" in changes.applied:
            push = self._find_push(settings, gateways, interactive=False)
        try:
            always_on_settings = self._always_on_settings(settings, gateways, push)
        except UsageError as error:
            raise ConfigError(f"{shown}: {error}") from error
        self._settings, self._gateways, self._push = settings, gateways, push
        return always_on_settings, changes

    def settings(self) -> AlwaysOnSettings:
        """Return what the config sets now; raises UsageError."""
        return self._always_on_settings(self._settings, self._gateways, self._push)

    def _always_on_settings(
        self,
        settings: Config,
        gateways: Mapping[str, GatewayAccess],
        push: "PushOptions | None",
    ) -> AlwaysOnSettings:
        endpoints = bootstrap.endpoints(settings)
        environment = program_environment(gateways)
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
            notify_command=notify_command(settings.notify.command, environment),
            push=push,
        )

    def _find_push(
        self, settings: Config, gateways: Mapping[str, GatewayAccess], *, interactive: bool
    ) -> "PushOptions | None":
        environment = program_environment(gateways)
        return push_options(settings, self._path, environment, interactive=interactive)
