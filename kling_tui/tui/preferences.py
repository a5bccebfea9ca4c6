"""The user's choices in the app, remembered between runs, and the views that were saved."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomli
import tomli_w
from msgspec import Struct
from msgspec.structs import asdict, replace

from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import atomic_write, read_with_version
from kling_tui.storage.private_files import make_private_folder
from kling_tui.tui.views import MAX_NAME_LENGTH, View


class Preferences(Struct, frozen=True):
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
    hidden_columns: tuple[str, ...] = ()
    """The titles of columns that the user does not want to see."""
    view: str = ""
    """The name of the view that was selected last."""
    views: tuple[View, ...] = ()
    """The views that the user saved."""
    tmux_advice: str = ""
    """What was said about the settings of tmux, which is not said again."""


def load(path: Path | None) -> Preferences:
    """Read the choices; the defaults if the file is absent or unreadable, which loses little."""
    if path is None:
        return Preferences()
    try:
        raw, _ = read_with_version(path)
        table = tomli.loads(raw.decode())
    except (OSError, ValueError, RecursionError):  # also text that is not UTF-8 or TOML
        return Preferences()
    return Preferences(
        **_valid(table, Preferences()),
        folded=_texts(table.get("folded")),
        hidden_columns=_texts(table.get("hidden_columns")),
        views=tuple(_views(table.get("views"))),
    )


def _valid(table: dict[str, Any], defaults: Any) -> dict[str, Any]:
    """Return the entries of a table that have the type of their default, without its arrays."""
    return {
        name: table[name]
        for name, default in asdict(defaults).items()
        if type(table.get(name)) is type(default)
    }


def _texts(values: object) -> tuple[str, ...]:
    """Return the texts of an array."""
    array = values if isinstance(values, list) else ()
    return tuple(value for value in array if isinstance(value, str))


def _views(tables: object) -> Iterator[View]:
    """Yield the views of an array of tables; those without a name are left out."""
    for table in tables if isinstance(tables, list) else ():
        if isinstance(table, dict):
            entries = _valid(table, View(""))
            if name := sanitize_line(entries.get("name", ""), MAX_NAME_LENGTH).strip():
                yield View(**{**entries, "name": name, "key": ""})


def save(path: Path | None, preferences: Preferences) -> None:
    """Write the choices; errors are ignored."""
    if path is not None:
        with contextlib.suppress(OSError):
            _write(path, preferences)


def _write(path: Path, preferences: Preferences) -> None:
    views = [asdict(view) for view in preferences.views]
    for view in views:
        del view["key"]  # it depends on the other views
    make_private_folder(path.parent)
    atomic_write(path, tomli_w.dumps({**asdict(preferences), "views": views}).encode())


class SavedViews:
    """The views that the user saved; other processes may save more to the same file."""

    def __init__(self, path: Path | None, views: tuple[View, ...]) -> None:
        """`path` is that of the preferences; with None, the views are lost when the app ends."""
        self._path = path
        self.views = views

    def put(self, view: View) -> None:
        """Save a view, in place of one with its name; raises OSError."""
        name = view.name.casefold()

        def change(views: tuple[View, ...]) -> tuple[View, ...]:
            names = [each.name.casefold() for each in views]
            if name not in names:
                return (*views, view)
            index = names.index(name)
            return (*views[:index], view, *views[index + 1 :])

        self._change(change)

    def remove(self, name: str) -> None:
        """Delete a view; raises OSError."""
        self._change(lambda views: tuple(view for view in views if view.name != name))

    def _change(self, change: Callable[[tuple[View, ...]], tuple[View, ...]]) -> None:
        if self._path is None:
            self.views = change(self.views)
            return
        preferences = load(self._path)
        views = change(preferences.views)
        _write(self._path, replace(preferences, views=views))
        self.views = views
