"""The keys of the gateways: what gives each, and whether others can read it."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from kling_tui.config import validators
from kling_tui.config.settings import Config, ConfigError, section_of
from kling_tui.sanitize import sanitize_line

KEY_VARIABLE = "PIXAZO_API_KEY"
LONGEST_KEY_COMMAND = 30.0
"""Seconds, in which a person may have to type a passphrase."""


def key_permission_warning(config: Config, file: Path) -> str:
    """Return what to tell a person whose key others can read in `file`, "" where all is well."""
    keys = any(gateway.key for gateway in config.gateways.values())
    if not keys or not file.stat().st_mode & 0o077:
        return ""
    remedy = f"chmod 600 {shlex.quote(str(file))}"
    return f"Others can read the key in {file}. To keep it private:  {remedy}"


def key_source(config: Config, environ: Mapping[str, str], profile: str = "") -> str:
    """Return the name of what gives the key of a profile, or "" where nothing does.

    The environment wins over the file, but it has the key of [gateway] alone, which is to be sent
    to no other.
    """
    gateway, section = config.gateways[profile], section_of(profile)
    if not profile and environ.get(KEY_VARIABLE, "").strip():
        return f"${KEY_VARIABLE}"
    if gateway.key:
        return f"{section}.key"
    return f"{section}.key_command" if shlex.split(gateway.key_command) else ""


def find_key(
    config: Config,
    environ: Mapping[str, str],
    timeout: float = LONGEST_KEY_COMMAND,
    profile: str = "",
) -> str:
    """Return the key of a profile, or "" where none is set.

    A key_command is run with `environ`, on this process's standard input, and may take `within` so
    many seconds. Raises ConfigError.
    """
    gateway, source = config.gateways[profile], key_source(config, environ, profile)
    key = environ[KEY_VARIABLE] if source.startswith("$") else gateway.key
    if source.endswith("key_command"):
        key = _first_line(source, shlex.split(gateway.key_command), environ, timeout)
    if not validators.KEY.passes(key):
        words = f"gives a key that is not shown; expected {validators.KEY.expected}"
        raise ConfigError(f"{source} {words}")
    return key.strip()


def _first_line(source: str, argv: list[str], environ: Mapping[str, str], timeout: float) -> str:
    try:
        ended = subprocess.run(  # noqa: S603 - the person's own command, which no shell reads
            argv, capture_output=True, check=False, env=environ, timeout=timeout
        )
    # The causes would show the command.
    except OSError as error:
        raise ConfigError(f"{source} cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{source} did not end within {timeout:g} s") from None
    line = ended.stdout.decode("utf-8", "replace").partition("\n")[0].strip()
    if ended.returncode or not line:
        fault = "printed no key on its first line" if ended.returncode == 0 else "failed"
        said = ended.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        status = f"exit status {ended.returncode}, {sanitize_line(said, 200) or 'no word of why'}"
        raise ConfigError(f"{source} {fault}: {status}")
    return line
