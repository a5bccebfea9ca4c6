"""Suggests what the user may have meant by a word that is not known."""

from collections.abc import Iterable

_SIMILARITY = 0.7
"""The least ratio of two similar words, as difflib measures it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a line with the known words that begin with `word` or are like it; "" if none do."""
    from difflib import get_close_matches  # for mistakes only, so that commands start fast

    known = sorted(known)
    longer = [each for each in known if len(word) > 1 and each.startswith(word)]
    choices = dict.fromkeys((*longer, *get_close_matches(word, known, cutoff=_SIMILARITY)))
    return f"\nDid you mean {', or '.join(choices)}?" if choices else ""


def unknown_arguments(
    unknown: Iterable[str], known: Iterable[str], before_command: Iterable[str] = ()
) -> str:
    """Return the error for arguments that a command does not have, with suggestions.

    `known` are its options; `before_command` are those that go before the command.
    """
    unknown, known, before_command = list(unknown), list(known), {*before_command}
    message = f"unrecognized arguments: {' '.join(unknown)}"
    for argument in unknown:
        option = argument.partition("=")[0]
        if option in before_command:
            message += f"\n{option} goes before the command"
        elif option.startswith("-"):
            message += did_you_mean(option, {*known, *before_command})
    return message
