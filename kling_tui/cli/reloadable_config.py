"""The user's config file while a program runs on it: read again when it changes."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError
from kling_tui.cli.notification_settings import program_environment, push_options
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.config.changes import Changes, Part, compare
from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import load
from kling_tui.config.settings import Config
from kling_tui.config.watching import ConfigWatcher
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import file_version

if TYPE_CHECKING:
    from kling_tui.notifications.push import PushOptions

_T = TypeVar("_T")


class LoadedConfig(Struct, frozen=True):
    """The settings of the file, with the keys and secrets that they name."""

    settings: Config
    gateways: Mapping[str, GatewayAccess]
    """By profile."""
    push: "PushOptions | None"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the programs that we start, without API keys."""
        return program_environment(self.gateways)


class ReloadableConfig(ABC, Generic[_T]):
    """Returns what a program takes from the config, a value of type `_T`."""

    def __init__(self, settings: Config, path: Path) -> None:
        """Find keys and secrets for the `settings` of the file `path`, which has just been read.

        Raises ConfigError where the settings name one that cannot be had.
        """
        self.path = path
        self._watcher = ConfigWatcher(path)
        self._started = settings
        gateways = bootstrap.gateways(settings, path)
        push = push_options(settings, path, program_environment(gateways))
        self._loaded = LoadedConfig(settings, gateways, push)

    @abstractmethod
    def _derive(self, loaded: LoadedConfig) -> _T:
        """Return what the program takes from the config; raises ConfigError or UsageError."""

    def current(self) -> _T:
        """Return what the program takes from the config as it is now; raises as `_derive`."""
        return self._derive(self._loaded)

    def changed(self) -> bool:
        """Return whether to reload the file; called about once a second."""
        return self._watcher.changed()

    def reload(self) -> tuple[_T, Changes]:
        """Return the new settings, and what changed; raises ConfigError if they cannot be used."""
        self._watcher.mark_read()
        shown = sanitize_line(str(self.path))
        if file_version(self.path) is None:
            raise ConfigError(f"{shown}: does not exist any more, or cannot be read")
        settings = load(self.path, required=True, environ=os.environ)
        self._check(settings)
        changes = compare(self._started, self._loaded.settings, settings)
        gateways, push = self._loaded.gateways, self._loaded.push
        if Part.CONNECTIONS in changes.parts:
            gateways = bootstrap.gateways(settings, self.path, interactive=False)
        if "notify.push" in changes.applied:
            environment = program_environment(gateways)
            push = push_options(settings, self.path, environment, interactive=False)
        loaded = LoadedConfig(settings, gateways, push)
        try:
            derived = self._derive(loaded)
        except UsageError as error:
            raise ConfigError(f"{shown}: {error}") from error
        self._loaded = loaded
        return derived, changes

    def _check(self, settings: Config) -> None:
        """Raise ConfigError for what only the program can check about new settings."""
