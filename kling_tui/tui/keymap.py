"""Checks the config's [keys]: do the keys exist, and does each have one action only."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

_YIELDING = frozenset({"copy_path", "costs", "keep", "reject", "timeline", "wall"})
"""The ids of bindings that are newer than many configs: they leave their keys to what the user has
chosen these for."""
_KEY_NAMES = {key.value for key in Keys}


def bindings_by_id(groups: Iterable[Iterable[BindingType]]) -> dict[str, Binding]:
    """Return the bindings that have an id, by id."""
    bindings = (binding for group in groups for binding in group)
    return {
        binding.id: binding for binding in bindings if isinstance(binding, Binding) and binding.id
    }


def keymap_errors(keys: Mapping[str, str], bindings: Mapping[str, Binding]) -> Iterator[str]:
    """Yield what is wrong with `keys`, a mapping from binding ids to keys separated by commas."""
    for unknown in keys.keys() - bindings.keys():
        suggestions = get_close_matches(unknown, bindings, 1)
        hint = f"did you mean {suggestions[0]}?" if suggestions else _list_ids(bindings)
        yield f"keys.{unknown} is no key of the app; {hint}"
    taken: dict[str, str] = {}
    for binding_id, binding in bindings.items():
        for key in keys_of(binding_id, binding, keys):
            name = _long_name(key)
            if binding_id in keys and not _exists(name):
                hint = f"; did you mean {name.lower()!r}?" if _exists(name.lower()) else ""
                yield f"keys.{binding_id} is {key!r}, which is no key{hint}"
            other = taken.setdefault(name, binding_id)
            if other != binding_id:
                ids = f"{other} and {binding_id}"
                yield f"{key!r} would be the key of both {ids}; change keys"


def keys_of(binding_id: str, binding: Binding, keys: Mapping[str, str]) -> list[str]:
    """Return the keys of a binding, as they are bound with `keys`."""
    own = [key.strip() for key in keys.get(binding_id, binding.key).split(",")]
    if binding_id in keys or binding_id not in _YIELDING:
        return own
    chosen = {_long_name(key.strip()) for value in keys.values() for key in value.split(",")}
    return [key for key in own if _long_name(key) not in chosen]


def _list_ids(bindings: Mapping[str, Binding]) -> str:
    return f"those are {', '.join(sorted(bindings))}"


def _long_name(key: str) -> str:
    """Return a key as bindings name it: ``?`` is ``question_mark``."""
    if len(key) == 1 and not key.isalnum():
        name = unicodedata.name(key, key).lower().replace(" ", "_").replace("-", "_")
        return KEY_NAME_REPLACEMENTS.get(name, name)
    return key


def _exists(name: str) -> bool:
    base = name.split("+")[-1]
    if len(base) > 1 and base != base.lower():
        return False  # Textual has lower-case names only, but Unicode ignores the case
    if len(base) == 1 or base in _KEY_NAMES or name in _KEY_NAMES:
        return True
    try:
        unicodedata.lookup(base.replace("_", " "))
    except KeyError:
        return base in KEY_NAME_REPLACEMENTS.values()
    return True
