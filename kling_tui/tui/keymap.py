"""The keys of the main screen by id, and whether a person's own keys can stand in for them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from textual.binding import Binding, BindingType
from textual.keys import Keys

_NAMED = {key.value for key in Keys}


def bindings_by_id(groups: Iterable[Iterable[BindingType]]) -> dict[str, Binding]:
    """Return the bindings that have an id, by it."""
    every = (binding for group in groups for binding in group)
    return {each.id: each for each in every if isinstance(each, Binding) and each.id}


def keymap_errors(keys: Mapping[str, str], known: Mapping[str, Binding]) -> Iterator[str]:
    """Yield, in words that name the setting, what is wrong with `keys`, from ids to keys."""
    for unknown in keys.keys() - known.keys():
        meant = "".join(f"; did you mean {each}?" for each in get_close_matches(unknown, known, 1))
        yield f"keys.{unknown} is no key of the app{meant or _those(known)}"
    taken: dict[str, str] = {}
    for binding_id, binding in known.items():
        for key in keys.get(binding_id, binding.key).split(","):
            name = _long_name(key.strip())
            if binding_id in keys and not _exists(name):
                meant = f"; did you mean {name.lower()!r}?" if _exists(name.lower()) else ""
                yield f"keys.{binding_id} is {key.strip()!r}, which is no key{meant}"
            other = taken.setdefault(name, binding_id)
            if other != binding_id:
                words = f"would be the key of both {other} and {binding_id}; change keys"
                yield f"{key.strip()!r} {words}"


def _those(known: Mapping[str, Binding]) -> str:
    return f"; those are {', '.join(sorted(known))}"


def _long_name(key: str) -> str:
    """Return a key as bindings name it: ``?`` is ``question_mark``."""
    if len(key) == 1 and not key.isalnum():
        return unicodedata.name(key, key).lower().replace(" ", "_").replace("-", "_")
    return key


def _exists(name: str) -> bool:
    base = name.split("+")[-1]
    if len(base) > 1 and base != base.lower():
        return False  # Textual knows no other case, but Unicode does
    if len(base) == 1 or base in _NAMED or name in _NAMED:
        return True
    try:
        unicodedata.lookup(base.replace("_", " "))
    except KeyError:
        return base in {"slash", "minus", "plus"}
    return True
