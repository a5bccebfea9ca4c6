"""Finds, reads and parses the TOML file that holds the settings."""

from collections.abc import Mapping
from pathlib import Path

import tomli

from kling_tui.config.errors import ConfigError, InvalidSettingError
from kling_tui.config.paths import expand_paths
from kling_tui.config.settings import Config
from kling_tui.sanitize import sanitize_line

CONFIG_VARIABLE = "KLING_TUI_CONFIG"
_NO_VARIABLES: Mapping[str, str] = {}


def find_config(
    option: Path | None, environ: Mapping[str, str], default: Path
) -> tuple[Path, bool]:
    """Return the path of the config file, and whether it must exist: the user named it."""
    named = option or environ.get(CONFIG_VARIABLE)
    return (Path(named), True) if named else (default, False)


def load(path: Path, *, required: bool, environ: Mapping[str, str] = _NO_VARIABLES) -> Config:
    """Return the settings of a file; without a file the defaults, unless it is `required`.

    `environ` has the variables that paths in it may contain. Raises ConfigError.
    """
    file = sanitize_line(str(path))
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if not required:
            return Config()
        message = f"does not exist; create it, or do without --config and ${CONFIG_VARIABLE}"
        raise ConfigError(f"{file}: {message}") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        # Some editors begin a file with a byte order mark, which TOML does not allow.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: is not UTF-8 (at line {line}); save it as UTF-8") from error
    return parse(text, file, environ)


def parse(text: str, file: str, environ: Mapping[str, str] = _NO_VARIABLES) -> Config:
    """Return the settings of a TOML text; raises ConfigError, which calls the text `file`.

    `environ` has the variables that paths in it may contain.
    """
    try:
        return expand_paths(Config.from_table(tomli.loads(text)), environ)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not TOML: {sanitize_line(str(error))}") from error
    except (ValueError, RecursionError) as error:
        message = "a number in it is too long, or its brackets are nested too deep"
        raise ConfigError(f"{file}: cannot be read: {message}") from error
    except InvalidSettingError as error:
        lines = (f"{file}: {problem}" for problem in error.problems)
        raise ConfigError("\n".join(lines)) from error
