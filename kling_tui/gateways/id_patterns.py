"""Compiles the `id_pattern` of an endpoint in the config, so that no pattern can be slow."""

import re
from collections.abc import Callable
from functools import lru_cache

MAX_PATTERN_LENGTH = 500
"""Characters."""
_ONE_CHARACTER = r"(?:[0-9A-Za-z_-]|\[(?:[0-9A-Za-z]-[0-9A-Za-z]|[0-9A-Za-z_])+\])"
_FIXED_LENGTH = re.compile(rf"(?:{_ONE_CHARACTER}(?:\{{[0-9]{{1,3}}\}})?)+")
"""Patterns whose matches all have one length, such as ``wan-[0-9a-f]{16}``."""


class PatternError(ValueError):
    """A pattern is not valid; the message continues a sentence that begins with its name."""


@lru_cache
def compile_id_pattern(pattern: str) -> Callable[[str], object]:
    """Return a function that matches a whole id in time linear in the id's length.

    The syntax is that of Rust's regex crate: Python's without backreferences and lookarounds,
    which can make a match take exponential time. The function is the same for equal patterns, so
    that equal configs are equal. Raises PatternError.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise PatternError(f"is longer than {MAX_PATTERN_LENGTH} characters")
    if _FIXED_LENGTH.fullmatch(pattern):
        # Python's own engine has nothing to try again, and needs nothing to be loaded.
        try:
            return re.compile(pattern).fullmatch
        except re.error:
            pass  # the message of the other engine is for all patterns
    return _compile_with_rust(pattern)


def _compile_with_rust(pattern: str) -> Callable[[str], object]:
    """Compile any pattern; loading pydantic's engine takes as long as a short command."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        # By itself first: "a)|(b" is valid only within the parentheses.
        for text in (pattern, rf"\A(?:{pattern})\z"):
            validator = SchemaValidator(core_schema.str_schema(pattern=text))
    except SchemaError as error:
        reason = str(error).splitlines()[-1].strip()
        reason = reason.removeprefix("error: ").removeprefix("SchemaError: ").removesuffix(".")
        raise PatternError(f"cannot be read: {reason}") from error
    return validator.isinstance_python
