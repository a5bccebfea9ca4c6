"""Finds the API keys of the gateways, and checks that only the user can read them."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kling_tui.config import validators
from kling_tui.config.errors import ConfigError
from kling_tui.config.key_sources import KEY_VARIABLE, KeyPlace, KeySource, key_source
from kling_tui.config.secret_commands import COMMAND_TIMEOUT, first_line, run_secret_command
from kling_tui.config.settings import Config, section_of
from kling_tui.storage.atomic import read_with_version

_QUIET_COMMAND_TIMEOUT = 10.0
"""Seconds for a command that cannot ask the user; quitting the app may wait for its end."""


@dataclass(frozen=True, slots=True)
class GatewayAccess:
    """What is needed to poll the gateway of a profile."""

    url: str
    key: str = field(default="", repr=False)
    """The API key; "" if there is none."""
    timeout: float = 10.0
    """Seconds for one poll."""
    section: str = "gateway"
    """The section of the config that sets the gateway."""
    key_source: str = ""
    """Where the key is set, for messages; "" if there is none."""


def gateway_access(
    config: Config,
    environ: Mapping[str, str],
    profile: str = "",
    file: Path | None = None,
    *,
    interactive: bool = True,
) -> GatewayAccess:
    """Return the gateway of a profile with its key; raises ConfigError as `find_key` does.

    `file` is that of the config.
    """
    gateway = config.gateways[profile]
    timeout = COMMAND_TIMEOUT if interactive else _QUIET_COMMAND_TIMEOUT
    key = find_key(config, environ, timeout, profile, interactive=interactive)
    source = str(key_source(config, environ, profile, file)) if key else ""
    return GatewayAccess(gateway.url, key, gateway.timeout, section_of(profile), source)


def without_keys(environ: Mapping[str, str], keys: Iterable[str] = ()) -> dict[str, str]:
    """Return the environment for a program that we start: without $PIXAZO_API_KEY.

    Variables whose value is one of `keys` are left out too.
    """
    secrets = set(keys) - {""}
    return {
        name: value
        for name, value in environ.items()
        if name != KEY_VARIABLE and value.strip() not in secrets
    }


def find_key(
    config: Config,
    environ: Mapping[str, str],
    timeout: float = COMMAND_TIMEOUT,
    profile: str = "",
    *,
    interactive: bool = True,
) -> str:
    """Return the key of a profile, or "" where none is set.

    A key_command is run with `environ`, except the keys of other profiles, for at most `timeout`
    seconds. If it is `interactive`, it shares the standard input of this process, so that it can
    ask for a passphrase; else it has no terminal. Raises ConfigError.
    """
    gateway, source = config.gateways[profile], key_source(config, environ, profile)
    key = gateway.key
    match source.place:
        case KeyPlace.VARIABLE:
            key = environ[KEY_VARIABLE]
        case KeyPlace.COMMAND:
            keys = (other.key for other in config.gateways.values())
            command = shlex.split(gateway.key_command)
            environment = without_keys(environ, keys)
            key = first_line(
                run_secret_command(
                    str(source), command, environment, timeout, "key", interactive=interactive
                )
            )
        case KeyPlace.PIXAZO_FILE:
            key = _read_key_file(source)
    if not validators.KEY.is_valid(key):
        message = f"gives a key that is not shown; expected {validators.KEY.expected}"
        raise ConfigError(f"{source} {message}")
    return key.strip()


def _read_key_file(source: KeySource) -> str:
    """Return the content of the file; raises ConfigError."""
    try:
        # Some editors begin a file with a byte order mark.
        return read_with_version(source.file or Path())[0].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{source} is not UTF-8") from None  # the cause would show the key
    except OSError as error:
        advice = "correct or remove it, or set gateway.key"
        raise ConfigError(f"{source} cannot be read: {error.strerror}; {advice}") from error
