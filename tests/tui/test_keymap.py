"""The keys that the config may set."""

import pytest

from kling_tui.tui.app import KNOWN_KEYS
from kling_tui.tui.keymap import keymap_errors


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"remove": "delete"},
        {"help": "f1", "quit": "ctrl+q"},
        {"filter": "?", "help": "h"},
        {"down": "t,down", "up": "p"},
        {"add": "plus", "remove": "minus"},
        {"add": "+", "remove": "-", "refresh": "\\", "label": "@", "mark": "_"},
        {"add": "x", "remove": "a"},
        {"refresh": "C", "label": "T", "add": "W"},
    ],
)
def test_valid_keys_have_no_errors(keys: dict[str, str]) -> None:
    """Any existing key is allowed, keys may be swapped, and newer bindings leave theirs."""
    assert list(keymap_errors(keys, KNOWN_KEYS)) == []


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"remov": "x"}, "keys.remov is no key of the app; did you mean remove?"),
        ({"frobnicate": "x"}, "keys.frobnicate is no key of the app; those are add, "),
        ({"remove": "Delete"}, "keys.remove is 'Delete', which is no key; did you mean 'delete'?"),
        ({"remove": "delet"}, "keys.remove is 'delet', which is no key"),
        ({"remove": "a"}, "'a' would be the key of both add and remove; change keys"),
        ({"add": "+", "remove": "plus"}, "'plus' would be the key of both add and remove"),
        ({"add": "/"}, "'slash' would be the key of both add and filter; change keys"),
        ({"add": "question_mark"}, "'question_mark' would be the key of both help and add"),
    ],
)
def test_invalid_keys_are_named(keys: dict[str, str], error: str) -> None:
    """Unknown ids, unknown keys and duplicate keys have one error each."""
    assert [found.startswith(error) for found in keymap_errors(keys, KNOWN_KEYS)] == [True]
