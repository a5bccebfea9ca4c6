"""The result of a check."""

from msgspec import Struct


class CheckResult(Struct, frozen=True):
    """One line of the report; one with `advice` is a problem."""

    topic: str
    message: str
    advice: str = ""
    """What the user should do; empty if there is no problem."""
    absent: bool = False
    """Whether this reports that an optional part is not there or not used, which is no problem."""

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.advice

    @property
    def mark(self) -> str:
        """The symbol in front of the line."""
        if self.absent:
            return "–"
        return "✓" if self.ok else "✗"
