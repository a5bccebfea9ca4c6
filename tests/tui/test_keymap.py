"""A person's own keys."""

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
        {"add": "x", "remove": "a"},
    ],
)
def test_keys_that_can_be(keys: dict[str, str]) -> None:
    """Any key that exists may be taken, and keys may be exchanged."""
    assert list(keymap_errors(keys, KNOWN_KEYS)) == []


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"remov": "x"}, "keys.remov is no key of the app; did you mean remove?"),
        ({"frobnicate": "x"}, "keys.frobnicate is no key of the app; those are add, "),
        ({"remove": "Delete"}, "keys.remove is 'Delete', which is no key; did you mean 'delete'?"),
        ({"remove": "delet"}, "keys.remove is 'delet', which is no key"),
        ({"remove": "a"}, "'a' would be the key of both add and remove; change keys"),
        ({"add": "question_mark"}, "'question_mark' would be the key of both help and add"),
    ],
)
def test_keys_that_cannot_be(keys: dict[str, str], words: str) -> None:
    """A typing error and a key that is taken are named."""
    assert [fault.startswith(words) for fault in keymap_errors(keys, KNOWN_KEYS)] == [True]
