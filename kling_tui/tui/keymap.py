"""Checks the config's [keys]: do the keys exist, and does each have one action only."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from textual.binding import Binding, BindingType
from textual.keys import Keys

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
        for key in keys.get(binding_id, binding.key).split(","):
            name = _long_name(key.strip())
            if binding_id in keys and not _exists(name):
                hint = f"; did you mean {name.lower()!r}?" if _exists(name.lower()) else ""
                yield f"keys.{binding_id} is {key.strip()!r}, which is no key{hint}"
            other = taken.setdefault(name, binding_id)
            if other != binding_id:
                ids = f"{other} and {binding_id}"
                yield f"{key.strip()!r} would be the key of both {ids}; change keys"


def _list_ids(bindings: Mapping[str, Binding]) -> str:
    return f"those are {', '.join(sorted(bindings))}"


def _long_name(key: str) -> str:
    """Return a key as bindings name it: ``?`` is ``question_mark``."""
    if len(key) == 1 and not key.isalnum():
        return unicodedata.name(key, key).lower().replace(" ", "_").replace("-", "_")
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
        return base in {"slash", "minus", "plus"}
    return True
