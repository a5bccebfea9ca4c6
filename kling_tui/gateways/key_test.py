"""What a request with an API key shows about the key; `probe` sends it."""

from dataclasses import dataclass
from enum import Enum


class KeyVerdict(Enum):
    """What a request shows about an API key."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNTESTED = "untested"
    """No reply, or one that shows neither."""


@dataclass(frozen=True, slots=True)
class KeyTest:
    """The result of a request with a key."""

    verdict: KeyVerdict
    message: str = ""
    """The error message of the reply; the key is not in it."""
