"""Where push messages are sent to, and why that failed."""

import re
from collections.abc import Mapping

from msgspec import Struct, field


class PushError(Exception):
    """A message could not be sent; the error does not contain the URL or a header."""

    def __init__(
        self,
        message: str,
        retry_after: float | None = None,
        *,
        passing: bool = True,
        refused: bool = False,
    ) -> None:
        """`retry_after` is what the server asks for, in seconds; `passing`: it may soon work.

        `refused`: with other headers, it may work at once.
        """
        super().__init__(message)
        self.retry_after = retry_after
        self.passing = passing
        self.refused = refused


class PushTarget(Struct, frozen=True):
    """A URL, and headers for it. Both are secrets."""

    url: str
    """Whoever knows it can send messages, and with ntfy read them."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return nothing of it."""
        return "PushTarget(…)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return nothing of it: Struct would return the values."""
        return []

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must not be shown: the URL, its parts, and the values of the headers."""
        address = self.url.partition("://")[2]
        # Some services have their secret in the host, which errors of TLS name.
        values = [self.url, address, address.partition("/")[2], *re.split("[/?&=:]", address)]
        for value in self.headers.values():
            values += [value, *value.split()]
        return tuple(sorted(filter(None, set(values)), key=len, reverse=True))
