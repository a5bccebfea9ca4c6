"""Validators of TOML tables: each finds all problems of its table, not only the first."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any, ClassVar, Self, get_args

from msgspec import Struct
from msgspec.structs import fields

from kling_tui.config.errors import InvalidSettingError, Problem
from kling_tui.config.validators import Validator, type_name
from kling_tui.sanitize import sanitize_line


def validate_table(
    table: Any, validators: Mapping[str, Validator], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the settings of a table; raises InvalidSettingError with all problems."""
    settings, problems = _validate_entries(table, validators, required)
    if problems:
        raise InvalidSettingError(*problems)
    return settings


class TableValidator(Struct, frozen=True):
    """A validator of a table with fixed settings."""

    settings: Mapping[str, Validator]
    required: tuple[str, ...] = ()
    build: Callable[..., Any] = dict
    """Makes the result from the settings."""

    def __call__(self, table: Any) -> Any:
        """Return the result for a table; raises InvalidSettingError with all problems."""
        return self.build(**validate_table(table, self.settings, self.required))


class EntriesValidator(Struct, frozen=True):
    """A validator of a table whose entries the user names."""

    validate_entry: Callable[[str, Any], Any]
    """Is given the name and the value of an entry."""
    entry: Validator | None = None
    """That of the values alone, where the type of the setting does not say it."""
    names: Mapping[str, Any] = {}
    """What JSON Schema can say of valid names."""

    def __call__(self, table: Any) -> dict[str, Any]:
        """Return the entries; raises InvalidSettingError with all problems."""
        names = table if isinstance(table, dict) else {}
        return validate_table(table, {name: partial(self.validate_entry, name) for name in names})


def _validate_entries(
    table: Any, validators: Mapping[str, Validator], required: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the valid settings of a table, and the problems of all others."""
    if not isinstance(table, dict):
        expected = f"a table with {', '.join(validators)}" if validators else "a table"
        raise InvalidSettingError(Problem("", f"is {type_name(table)}; expected {expected}"))
    settings: dict[str, Any] = {}
    problems: list[Problem] = []
    # TOML has no null: None stands for a missing value, which no validator accepts.
    for name, value in {**dict.fromkeys(required), **table}.items():
        if name not in validators:
            problems.append(_unknown_setting(name, validators))
            continue
        try:
            settings[name] = validators[name](value)
        except InvalidSettingError as error:
            problems += [problem.below(key_in_table(name)) for problem in error.problems]
    return settings, problems


def key_in_table(name: str) -> str:
    """Return a name as TOML writes it before an equals sign, for a message."""
    return sanitize_line(name if re.fullmatch("[A-Za-z0-9_-]+", name) else repr(name), 60)


def _unknown_setting(name: str, validators: Mapping[str, Validator]) -> Problem:
    similar = get_close_matches(name[:60], validators, 1)
    hint = f" did you mean {similar[0]}?" if similar else ""
    expected = f"expected one of {', '.join(validators)}"
    return Problem(key_in_table(name), f"is not a setting;{hint} {expected}")


class Conflict(Struct, frozen=True):
    """Settings that are valid one by one, but not together."""

    settings: frozenset[str]
    """Their names; where one of them is invalid itself, the conflict is not reported."""
    problem: Problem


class Section(Struct, frozen=True):
    """A table of the config; each field is annotated as `Annotated[type, validator]`."""

    schema: ClassVar[Mapping[str, Any]] = {}
    """What JSON Schema can say of settings that do not go together."""

    def __repr__(self) -> str:
        """Return the name of the section only: some values are secret."""
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return nothing for rich to show: Struct would return the values."""
        return []

    @classmethod
    def from_table(cls, table: Any) -> Self:
        """Return the section that a table sets; raises InvalidSettingError with all problems."""
        validators = {setting.name: _validator_of(setting.type) for setting in fields(cls)}
        settings, problems = _validate_entries(table, validators)
        section = cls(**settings)
        invalid = table.keys() - settings.keys()
        conflicts = (found for found in section.conflicts() if not invalid & found.settings)
        problems += [conflict.problem for conflict in conflicts]
        if problems:
            raise InvalidSettingError(*problems)
        return section

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the settings that do not go together."""
        yield from ()


def _validator_of(annotation: Any) -> Validator:
    _, validator = get_args(annotation)
    return validator  # type: ignore[no-any-return]
