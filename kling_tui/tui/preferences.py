"""What a person chose of the looks, remembered from one run to the next."""

import contextlib
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w

from kling_tui.storage.atomic import atomic_write, read_with_version
from kling_tui.storage.private_files import make_private_folder


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices made while the app ran."""

    theme: str = ""
    """As chosen in the app; "" for none."""
    config_theme: str = ""
    """The theme of the config at that time: when the config changes, it wins again."""
    sort_order: str = ""
    reverse: bool = False


def load(path: Path | None) -> Preferences:
    """Read the choices; a file that is absent or unreadable holds none, for nothing is lost."""
    if path is None:
        return Preferences()
    try:
        raw, _ = read_with_version(path)
        held = tomllib.loads(raw.decode())
    except (OSError, ValueError, RecursionError):  # text that is not UTF-8 or TOML included
        return Preferences()
    defaults = asdict(Preferences())
    return Preferences(
        **{
            name: held[name] if type(held.get(name)) is type(default) else default
            for name, default in defaults.items()
        }
    )


def save(path: Path | None, view: Preferences) -> None:
    """Write the choices, where that is possible."""
    if path is not None:
        with contextlib.suppress(OSError):
            make_private_folder(path.parent)
            atomic_write(path, tomli_w.dumps(asdict(view)).encode())
