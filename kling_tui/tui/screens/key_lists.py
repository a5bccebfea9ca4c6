"""The keys of the app as the help lists them, and as commands of the palette."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TypeGuard

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from kling_tui.tui.keymap import keys_of
from kling_tui.tui.screens.bindings import (
    GROUP_TITLES,
    SCREENS,
    TEXTUAL_KEYS,
    VIEW_IDS,
    group_title,
)

KeyHelp = tuple[str, str]
"""The keys of a binding as shown to the user, and what they do."""
_PALETTE_GROUPS = (SCREENS, "View", "Jobs", "Results", "Moving", "App")


class KeyLists:
    """Lists bindings with their keys as they are bound now."""

    def __init__(
        self, app: App[None], bindings: Mapping[str, Binding], keys: Mapping[str, str]
    ) -> None:
        """`bindings` are those of the main screen by id; `keys` is the config's [keys]."""
        self._app = app
        self._bindings = bindings
        self._keys = keys

    def of_app(self) -> list[tuple[str, list[KeyHelp]]]:
        """Return all keys of the main screen, in groups with titles."""
        groups: dict[str, list[Binding]] = {title: [] for title in GROUP_TITLES}
        for binding in self._bindings.values():
            groups[group_title(binding)].append(binding)
        for title, binding in TEXTUAL_KEYS:
            groups[title].append(binding)
        return [(title, list(self._lines(bindings))) for title, bindings in groups.items()]

    def of_screen(self, screen: Screen[object]) -> list[tuple[str, list[KeyHelp]]]:
        """Return the keys of another screen and of its focused widget, as one group."""
        widget = screen.focused
        own = [*screen.BINDINGS, *(widget.BINDINGS if widget else ())]
        return [(screen.title or "Keys", list(self._lines(filter(_has_help, own))))]

    def _lines(self, bindings: Iterable[Binding]) -> Iterator[KeyHelp]:
        """Yield the keys of bindings and what they do; those of all views in one line."""
        for binding in bindings:
            keys, tooltip = self._shown_keys(binding.id or "", binding), binding.tooltip
            if binding.id == VIEW_IDS[0]:
                last = self._shown_keys(VIEW_IDS[-1], self._bindings[VIEW_IDS[-1]])
                yield f"{keys}…{last}", "Select a view"
            elif binding.id not in VIEW_IDS:
                yield keys, tooltip

    def _shown_keys(self, binding_id: str, binding: Binding) -> str:
        """Return the keys of a binding as they are bound now, for the user."""
        keys = keys_of(binding_id, binding, self._keys)
        return " ".join(self._app.get_key_display(binding.with_key(key)) for key in keys)

    def commands(self, screen: Screen[object]) -> Iterator[tuple[str, SystemCommand]]:
        """Yield the keys that are available on a screen, each with the title of its group.

        Those that open screens are the first, those of the app the last.
        """
        available = {
            active.binding.id or "": active
            for active in screen.active_bindings.values()
            if active.enabled and active.binding.description
        }
        named = [binding_id for binding_id in available if binding_id in self._bindings]
        for binding_id in sorted(named, key=self._palette_order):
            active, binding = available[binding_id], self._bindings[binding_id]
            run = partial(self._app.run_action, active.binding.action, active.node)
            help_text = f"{self._shown_keys(binding_id, binding)}  {binding.tooltip}"
            yield group_title(binding), SystemCommand(active.binding.description, help_text, run)

    def _palette_order(self, binding_id: str) -> int:
        return _PALETTE_GROUPS.index(group_title(self._bindings[binding_id]))


def _has_help(binding: BindingType) -> TypeGuard[Binding]:
    return isinstance(binding, Binding) and bool(binding.tooltip)
