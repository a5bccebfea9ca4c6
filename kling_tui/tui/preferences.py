"""The user's choices in the app, remembered between runs."""

import contextlib
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w

from kling_tui.storage.atomic import atomic_write, read_with_version
from kling_tui.storage.private_files import make_private_folder


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices made while the app ran; "" where there is none."""

    theme: str = ""
    """The theme chosen in the app; "" for none."""
    config_theme: str = ""
    """The theme of the config at that time: when that changes, the config wins again."""
    sort_order: str = ""
    reverse: bool = False
    filter: str = ""
    cursor: str = ""
    """The id of the row under the cursor."""
    folded: tuple[str, ...] = ()
    """The names of the folded batches."""


def load(path: Path | None) -> Preferences:
    """Read the choices; the defaults if the file is absent or unreadable, which loses little."""
    if path is None:
        return Preferences()
    try:
        raw, _ = read_with_version(path)
        table = tomllib.loads(raw.decode())
    except (OSError, ValueError, RecursionError):  # also text that is not UTF-8 or TOML
        return Preferences()
    if isinstance(folded := table.get("folded"), list):
        table["folded"] = tuple(name for name in folded if isinstance(name, str))
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
            make_private_folder(path.parent)
            atomic_write(path, tomli_w.dumps(asdict(preferences)).encode())
