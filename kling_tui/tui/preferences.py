"""What a person chose of the looks, remembered from one run to the next."""

import contextlib
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w


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
        held = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
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
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(tomli_w.dumps(asdict(view)), "utf-8")
