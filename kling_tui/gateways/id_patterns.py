"""Patterns for ids, as a config has them: regular expressions that no id can make slow."""

from collections.abc import Callable

MAX_PATTERN_LENGTH = 500
"""Characters."""


class PatternError(ValueError):
    """A text is no pattern, in words that go on after its name."""


def compile_id_pattern(pattern: str) -> Callable[[str], object]:
    """Return what tells whether the whole of an id fits a pattern, in time linear in its length.

    The syntax is RE2's, which is Python's but for what makes other engines slow: references back
    and looks around. Raises PatternError.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise PatternError(f"is longer than {MAX_PATTERN_LENGTH} characters")
    # Only who has a pattern pays for the engine.
    import re2

    options = re2.Options()
    options.log_errors = False  # it would write to the terminal
    try:
        whole: Callable[[str], object] = re2.compile(pattern, options).fullmatch
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace")
        raise PatternError(f"cannot be read: {said}") from error
    return whole
