"""Where the API key of a profile is set."""

import shlex
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from msgspec import Struct

from kling_tui.config.settings import Config, section_of
from kling_tui.sanitize import sanitize_line

KEY_VARIABLE = "PIXAZO_API_KEY"
_PIXAZO_FILE = Path(".pixazo") / "api-key"
"""In the home folder: where the vendor's own tools keep the key, which is all that is in it."""


class KeyPlace(Enum):
    """A place of the key, the first of which that has one counts."""

    VARIABLE = "variable"
    SETTING = "key"
    COMMAND = "key_command"
    PIXAZO_FILE = "file"
    NOWHERE = "nowhere"


class KeySource(Struct, frozen=True):
    """Where the key of a profile is set."""

    place: KeyPlace
    profile: str = ""
    file: Path | None = None
    """The file that has the key, or that names the command; None if there is none."""

    def __str__(self) -> str:
        """Return it as the user finds it, such as "gateway.key in /home/me/config.toml"."""
        file = sanitize_line(str(self.file)) if self.file else ""
        match self.place:
            case KeyPlace.VARIABLE:
                return f"${KEY_VARIABLE}"
            case KeyPlace.PIXAZO_FILE:
                return file
            case KeyPlace.NOWHERE:
                return ""
        return f"{self.setting} in {file}" if file else self.setting

    @property
    def setting(self) -> str:
        """The setting, such as "gateway.key_command"."""
        return f"{section_of(self.profile)}.{self.place.value}"

    @property
    def permission_warning(self) -> str:
        """A warning if others can read the file of the vendor's tools; else ""."""
        if self.file is None or self.place is not KeyPlace.PIXAZO_FILE:
            return ""
        return _permission_warning(self.file)


def key_source(
    config: Config, environ: Mapping[str, str], profile: str = "", file: Path | None = None
) -> KeySource:
    """Return where the key of a profile is set; `file` is that of the config.

    The environment overrides the config, and the file of the vendor's tools is the last resort, but
    both only for [gateway]: its key must not be sent to other gateways.
    """
    gateway = config.gateways[profile]
    if not profile and environ.get(KEY_VARIABLE, "").strip():
        return KeySource(KeyPlace.VARIABLE)
    if gateway.key:
        return KeySource(KeyPlace.SETTING, profile, file)
    if shlex.split(gateway.key_command):
        return KeySource(KeyPlace.COMMAND, profile, file)
    pixazo_file = None if profile else _pixazo_file(environ)
    place = KeyPlace.PIXAZO_FILE if pixazo_file else KeyPlace.NOWHERE
    return KeySource(place, profile, pixazo_file)


def key_permission_warning(config: Config, file: Path) -> str:
    """Return a warning if the config `file` contains a secret that other users can read, else "".

    It may be a key, or the URL of push messages.
    """
    if any(gateway.key for gateway in config.gateways.values()):
        return _permission_warning(file)
    return _permission_warning(file, "notify.push.url") if config.notify.push.url else ""


def _pixazo_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file of the vendor's tools; None if there is none."""
    file = Path(environ.get("HOME", "")) / _PIXAZO_FILE
    return file if file.is_absolute() and _exists(file) else None


def _exists(file: Path) -> bool:
    """Return whether there is a file, also one in a folder that may not be read."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _permission_warning(file: Path, what: str = "the key") -> str:
    try:
        mode = file.stat().st_mode
    except OSError:
        return ""  # reading it reports the error
    command = f"chmod 600 {shlex.quote(str(file))}"
    warning = f"Others can read {what} in {file}. To keep it private:  {command}"
    return warning if mode & 0o077 else ""
