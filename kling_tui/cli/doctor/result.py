"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of a check-up; one with `advice` is a problem."""

    topic: str
    message: str
    advice: str = ""
    """What to do; empty where nothing has to be done."""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.advice
