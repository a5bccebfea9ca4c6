"""A config of the app whose changes a test makes up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kling_tui.config.changes import Changes
from kling_tui.config.errors import ConfigError
from kling_tui.gateways.key_test import KeyTest, KeyVerdict
from kling_tui.tui.dependencies import AppSettings
from tests.support.scenes import RunningApp


@dataclass
class FakeConfig:
    """A `ConfigFile` without a file."""

    path: Path = Path("config.toml")
    next_reload: Callable[[], tuple[AppSettings, Changes]] | None = None
    """What the file has when it is read next; it counts as changed until then."""
    verdict: KeyTest = field(default_factory=lambda: KeyTest(KeyVerdict.ACCEPTED))
    save_error: str = ""
    tested: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)

    def changed(self) -> bool:
        """Return whether there is something to read."""
        return self.next_reload is not None

    def reload(self) -> tuple[AppSettings, Changes]:
        """Return what the test has set; raises ConfigError if it has set nothing."""
        reload, self.next_reload = self.next_reload, None
        if reload is None:
            raise ConfigError("nothing to read")
        return reload()

    def save_key(self, key: str) -> None:
        """Keep the key."""
        if self.save_error:
            raise ConfigError(self.save_error)
        self.saved.append(key)

    async def verify_key(self, key: str) -> KeyTest:
        """Keep the key, and return the verdict of the test."""
        self.tested.append(key)
        return self.verdict


def changed_settings(
    running: RunningApp, changes: Changes, **settings: Any
) -> Callable[[], tuple[AppSettings, Changes]]:
    """Return a reload in which some of the app's settings are others."""
    dependencies = running.app.main.config_reload.dependencies
    values = {name: getattr(dependencies, name) for name in AppSettings.__struct_fields__}
    return lambda: (AppSettings(**{**values, **settings}), changes)


def broken(message: str) -> Callable[[], tuple[AppSettings, Changes]]:
    """Return a reload of a file that cannot be used."""

    def reload() -> tuple[AppSettings, Changes]:
        raise ConfigError(message)

    return reload
