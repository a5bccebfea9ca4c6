"""The user's choices in the app, remembered between runs."""

import contextlib
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices made while the app ran."""

    theme: str = ""
    """The theme chosen in the app; "" for none."""
    config_theme: str = ""
    """The theme of the config at that time: when that changes, the config wins again."""
    sort_order: str = ""
    reverse: bool = False


def load(path: Path | None) -> Preferences:
    """Read the choices; the defaults if the file is absent or unreadable, which loses little."""
    if path is None:
        return Preferences()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Preferences()
    defaults = asdict(Preferences())
    return Preferences(
        **{
            name: table[name] if type(table.get(name)) is type(default) else default
            for name, default in defaults.items()
        }
    )


def save(path: Path | None, preferences: Preferences) -> None:
    """Write the choices; errors are ignored."""
    if path is not None:
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(tomli_w.dumps(asdict(preferences)), "utf-8")
