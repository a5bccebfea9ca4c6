"""What a request with an API key shows about the key; `probe` sends it."""

from enum import Enum

from msgspec import Struct


class KeyVerdict(Enum):
    """What a request shows about an API key."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNTESTED = "untested"
    """No reply, or one that shows neither."""


class KeyTest(Struct, frozen=True):
    """The result of a request with a key."""

    verdict: KeyVerdict
    message: str = ""
    """The error message of the reply; the key is not in it."""
