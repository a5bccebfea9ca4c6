"""Compiles the `id_pattern` of an endpoint in the config, so that no pattern can be slow."""

from collections.abc import Callable

MAX_PATTERN_LENGTH = 500
"""Characters."""


class PatternError(ValueError):
    """A pattern is not valid; the message continues a sentence that begins with its name."""


def compile_id_pattern(pattern: str) -> Callable[[str], object]:
    """Return a function that matches a whole id in time linear in the id's length.

    The syntax is RE2's: Python's without backreferences and lookarounds, which can make a match
    take exponential time. Raises PatternError.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise PatternError(f"is longer than {MAX_PATTERN_LENGTH} characters")
    # Loaded only where a config has a pattern.
    import re2

    options = re2.Options()
    options.log_errors = False  # it would write to the terminal
    try:
        fullmatch: Callable[[str], object] = re2.compile(pattern, options).fullmatch
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        raise PatternError(f"cannot be read: {reason}") from error
    return fullmatch
