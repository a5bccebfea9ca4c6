"""Finds the API keys of the gateways, and checks that only the user can read them."""

import shlex
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from kling_tui.config import validators
from kling_tui.config.errors import ConfigError
from kling_tui.config.settings import Config, section_of
from kling_tui.sanitize import sanitize_line

KEY_VARIABLE = "PIXAZO_API_KEY"
KEY_COMMAND_TIMEOUT = 30.0
"""Seconds; the user may have to type a passphrase."""


def key_permission_warning(config: Config, file: Path) -> str:
    """Return a warning if `file` contains a key that other users can read, else ""."""
    has_key = any(gateway.key for gateway in config.gateways.values())
    if not has_key or not file.stat().st_mode & 0o077:
        return ""
    command = f"chmod 600 {shlex.quote(str(file))}"
    return f"Others can read the key in {file}. To keep it private:  {command}"


def key_source(config: Config, environ: Mapping[str, str], profile: str = "") -> str:
    """Return where the key of a profile is set, such as "gateway.key"; "" if nowhere.

    The environment overrides the file, but only for [gateway]: its key must not be sent to other
    gateways.
    """
    gateway, section = config.gateways[profile], section_of(profile)
    if not profile and environ.get(KEY_VARIABLE, "").strip():
        return f"${KEY_VARIABLE}"
    if gateway.key:
        return f"{section}.key"
    return f"{section}.key_command" if shlex.split(gateway.key_command) else ""


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
    timeout: float = KEY_COMMAND_TIMEOUT,
    profile: str = "",
) -> str:
    """Return the key of a profile, or "" where none is set.

    A key_command is run with `environ`, except the keys of other profiles, and the standard input
    of this process, for at most `timeout` seconds. Raises ConfigError.
    """
    gateway, source = config.gateways[profile], key_source(config, environ, profile)
    key = environ[KEY_VARIABLE] if source.startswith("$") else gateway.key
    if source.endswith("key_command"):
        keys = (other.key for other in config.gateways.values())
        environment = without_keys(environ, keys)
        key = _run_key_command(source, shlex.split(gateway.key_command), environment, timeout)
    if not validators.KEY.is_valid(key):
        message = f"gives a key that is not shown; expected {validators.KEY.expected}"
        raise ConfigError(f"{source} {message}")
    return key.strip()


def _run_key_command(
    source: str, argv: list[str], environ: Mapping[str, str], timeout: float
) -> str:
    """Return the first line that the command prints; raises ConfigError, which names `source`."""
    try:
        result = subprocess.run(  # noqa: S603 - the user's own command, started without a shell
            argv, capture_output=True, check=False, env=environ, timeout=timeout
        )
    # The causes would show the command.
    except OSError as error:
        raise ConfigError(f"{source} cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{source} did not end within {timeout:g} s") from None
    key = result.stdout.decode("utf-8", "replace").partition("\n")[0].strip()
    if result.returncode or not key:
        problem = "failed" if result.returncode else "printed no key on its first line"
        stderr = result.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        reason = sanitize_line(stderr, 200) or "no error message"
        raise ConfigError(f"{source} {problem}: exit status {result.returncode}, {reason}")
    return key
