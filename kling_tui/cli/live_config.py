"""The config while the app runs: what the app takes from it, and what changes in it."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError
from kling_tui.cli.notification_settings import notify_command, program_environment, push_options
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.config.changes import Changes, Part, compare
from kling_tui.config.errors import ConfigError
from kling_tui.config.key_sources import key_permission_warning, key_source
from kling_tui.config.loading import load
from kling_tui.config.settings import Config
from kling_tui.config.watching import ConfigWatcher
from kling_tui.gateways.key_test import KeyTest
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import file_version
from kling_tui.tui.dependencies import AppSettings
from kling_tui.tui.terminal import Terminal
from kling_tui.tui.views import View, view_errors

if TYPE_CHECKING:
    from kling_tui.notifications.push import PushOptions


class LiveConfig:
    """The user's config file, as `tui.dependencies.ConfigFile` has it."""

    def __init__(
        self,
        options: argparse.Namespace,
        settings: Config,
        path: Path,
        terminal: Terminal,
        fallback_folder: Path,
    ) -> None:
        """Find the keys for the `settings` of the file `path`, which has just been read.

        `fallback_folder` is where results go if there is no other folder for them. Raises
        ConfigError where the settings name a key that cannot be had.
        """
        self.path = path
        self._watcher = ConfigWatcher(path)
        self._options = options
        self._terminal = terminal
        self._fallback_folder = fallback_folder
        self._started = self._settings = settings
        self._gateways = bootstrap.gateways(settings, path)
        environment = program_environment(self._gateways)
        self._push = push_options(settings, path, environment)

    def changed(self) -> bool:
        """Return whether to reload the file; called about once a second."""
        return self._watcher.changed()

    def reload(self) -> tuple[AppSettings, Changes]:
        """Return the new settings, and what changed; raises ConfigError if they cannot be used."""
        self._watcher.mark_read()
        shown = sanitize_line(str(self.path))
        if file_version(self.path) is None:
            raise ConfigError(f"{shown}: does not exist any more, or cannot be read")
        settings = load(self.path, required=True, environ=os.environ)
        check_app_settings(settings, self.path)
        changes = compare(self._started, self._settings, settings)
        gateways = self._gateways
        if Part.CONNECTIONS in changes.parts:
            gateways = bootstrap.gateways(settings, self.path, interactive=False)
        push = self._push
        if "notify.push" in changes.applied:
            environment = program_environment(gateways)
            push = push_options(settings, self.path, environment, interactive=False)
        try:
            app_settings = self._app_settings(settings, gateways, push)
        except UsageError as error:
            raise ConfigError(f"{shown}: {error}") from error
        self._settings, self._gateways, self._push = settings, gateways, push
        return app_settings, changes

    def save_key(self, key: str) -> None:
        """Write the API key of the default profile into the file; raises ConfigError."""
        from kling_tui.config.key_writer import write_key

        write_key(self.path, key)

    async def verify_key(self, key: str) -> KeyTest:
        """Ask the gateway of the default profile whether it accepts a key."""
        from kling_tui.gateways.probe import verify_key  # loads httpx

        gateway = self._settings.gateway
        return await verify_key(gateway.url, key, gateway.timeout)

    def app_settings(self) -> AppSettings:
        """Return what the app takes from the config."""
        return self._app_settings(self._settings, self._gateways, self._push)

    def _app_settings(
        self,
        settings: Config,
        gateways: Mapping[str, GatewayAccess],
        push: "PushOptions | None",
    ) -> AppSettings:
        endpoints = bootstrap.endpoints(settings)
        environment = program_environment(gateways)
        hosts = dict.fromkeys(urlsplit(gateway.url).netloc for gateway in gateways.values())
        return AppSettings(
            connect=lambda: bootstrap.connect(endpoints, gateways),
            download_options=bootstrap.download_options(
                settings, without_home=self._fallback_folder
            ),
            endpoints=endpoints,
            profiles=tuple(gateways),
            profile=bootstrap.selected_profile(self._options, settings) or "",
            has_key=any(gateway.key for gateway in gateways.values()),
            schedule=bootstrap.poll_schedule(settings),
            concurrency=settings.gateway.concurrency,
            subtitle=", ".join(hosts),
            theme=settings.ui.theme,
            views=views(settings),
            keys=settings.keys,
            bell=settings.notify.bell,
            desktop=settings.notify.desktop,
            toast=settings.notify.toast,
            budget=bootstrap.budget(settings),
            notify_command=notify_command(settings.notify.command, environment),
            push=push,
            environment=environment,
            bytes_per_second=bootstrap.bytes_per_second(settings, self._terminal),
            advice=_advice(settings, self.path),
        )


def views(settings: Config) -> list[View]:
    """Return the views of the config."""
    return [
        View(name, view.filter, view.sort, view.reverse, view.key)
        for name, view in settings.views.items()
    ]


def app_setting_errors(settings: Config) -> list[str]:
    """Return what is wrong with the keys, the theme and the views, which only the app knows."""
    from kling_tui.tui.app import config_errors  # imports Textual, which is slow

    errors = config_errors(settings.keys, settings.ui.theme)
    return [sanitize_line(error) for error in (*view_errors(views(settings)), *errors)]


def check_app_settings(settings: Config, path: Path) -> None:
    """Raise ConfigError for what only the app can check."""
    if errors := [f"{path}: {error}" for error in app_setting_errors(settings)]:
        raise ConfigError("\n".join(errors))


def _advice(settings: Config, path: Path) -> str:
    """Return a line for each file with a key that other users can read."""
    source = key_source(settings, os.environ)
    warnings = (key_permission_warning(settings, path), source.permission_warning)
    return "\n".join(filter(None, warnings))
