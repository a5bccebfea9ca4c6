"""The problems that validators find in a config file, and the error that lists them."""

from msgspec import Struct


class Problem(Struct, frozen=True):
    """What is wrong with one setting."""

    path: str
    """Its dotted key below the validated table, such as "gateway.url"; "" is the value itself."""
    message: str
    """Follows the key, such as "is 0; expected a whole number from 1 to 256"."""

    def __str__(self) -> str:
        return f"{self.path} {self.message}"

    def below(self, key: str) -> "Problem":
        """Return the problem as seen from the table in which `key` leads here."""
        return Problem(f"{key}.{self.path}" if self.path else key, self.message)


class InvalidSettingError(Exception):
    """A value is not valid as a setting."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class ConfigError(Exception):
    """The settings cannot be used; the message tells the user what to change.

    It has one line for each problem, and never contains a key or a command that prints one.
    """
