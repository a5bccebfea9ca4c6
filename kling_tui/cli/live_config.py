"""What the app takes from the config, and how it writes the API key into that."""

import argparse
import os
from pathlib import Path
from urllib.parse import urlsplit

from kling_tui.cli import bootstrap
from kling_tui.cli.notification_settings import notify_command
from kling_tui.cli.reloadable_config import LoadedConfig, ReloadableConfig
from kling_tui.config.errors import ConfigError
from kling_tui.config.key_sources import key_permission_warning, key_source
from kling_tui.config.settings import Config
from kling_tui.gateways.key_test import KeyTest
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.dependencies import AppSettings
from kling_tui.tui.terminal import Terminal
from kling_tui.tui.views import View, view_errors


class LiveConfig(ReloadableConfig[AppSettings]):
    """The config as the app takes it, and `tui.dependencies.ConfigFile` has it."""

    def __init__(
        self,
        options: argparse.Namespace,
        settings: Config,
        path: Path,
        terminal: Terminal,
        fallback_folder: Path,
    ) -> None:
        """`fallback_folder` is where results go if there is no other folder for them."""
        super().__init__(settings, path)
        self._options = options
        self._terminal = terminal
        self._fallback_folder = fallback_folder

    def _check(self, settings: Config) -> None:
        check_app_settings(settings, self.path)

    def save_key(self, key: str) -> None:
        """Write the API key of the default profile into the file; raises ConfigError."""
        from kling_tui.config.key_writer import write_key

        write_key(self.path, key)

    async def verify_key(self, key: str) -> KeyTest:
        """Ask the gateway of the default profile whether it accepts a key."""
        from kling_tui.gateways.probe import verify_key  # loads httpx

        gateway = self._loaded.settings.gateway
        return await verify_key(gateway.url, key, gateway.timeout)

    def _derive(self, loaded: LoadedConfig) -> AppSettings:
        settings, gateways = loaded.settings, loaded.gateways
        environment = loaded.environment
        endpoints = bootstrap.endpoints(settings)
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
            push=loaded.push,
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
