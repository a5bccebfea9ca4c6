"""Limits of a download."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    """Timeouts, retries and the size limit of a download."""

    read_timeout: float = 30.0
    """Seconds in which the server must send something."""
    max_attempts: int = 5
    """Attempts in a row that receive nothing new."""
    first_delay: float = 1.0
    """Seconds before the second attempt; the delay doubles with each further one."""
    max_bytes: int = 4 << 30
    """Of a file whose length the server does not send."""
