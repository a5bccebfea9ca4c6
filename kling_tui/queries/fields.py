"""The fields of the query language: how each parses a value into a condition."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct

from kling_tui.costs import cost_of
from kling_tui.formatting import text
from kling_tui.formatting.output import usd_string
from kling_tui.jobs import Job
from kling_tui.queries.conditions import Condition, of_job
from kling_tui.queries.errors import one_of, similar_names, wrong_value
from kling_tui.queries.lexer import Value
from kling_tui.queries.names import Names
from kling_tui.queries.states import REASONS, STATES, STATUSES, State
from kling_tui.queries.times import TimeField

_AMOUNT = re.compile(r"\$?([0-9]{1,12}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ":": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _folded(name: str) -> str:
    """Return the name of a state as it is compared: "image_size" is "Image size"."""
    return name.casefold().replace("_", " ").replace("-", " ")


class Field(Protocol):
    """A field: the word before the colon."""

    @property
    def description(self) -> str:
        """What the field is, in a few words."""

    @property
    def ordered(self) -> bool:
        """Whether its values can be compared with < and >."""

    def expected(self, names: Names) -> str:
        """Return what its values look like, for a message."""

    def condition(self, comparison: str, value: Value, names: Names) -> Condition:
        """Return what a value asks for; raises QueryError."""

    def candidates(self, jobs: Iterable[Job], names: Names) -> dict[str, str]:
        """Return values for completion, each with a description."""


class TextField(Struct, frozen=True):
    """A text, of which ":" finds a part and "=" all."""

    description: str
    get: Callable[[Job], str | None]
    completed: bool = False
    """Whether the texts of the tracked jobs are offered for completion."""
    ordered: bool = False

    def expected(self, _: Names) -> str:
        """Return what its values look like, for a message."""
        return 'a text, or "" for none'

    def condition(self, comparison: str, value: Value, _: Names) -> Condition:
        """Return what a value asks for."""
        get, wanted = self.get, value.text.casefold()
        if comparison == "=" or not wanted:
            return of_job(lambda job: (get(job) or "").casefold() == wanted)
        return of_job(lambda job: wanted in (get(job) or "").casefold())

    def candidates(self, jobs: Iterable[Job], _: Names) -> dict[str, str]:
        """Return the texts of the tracked jobs."""
        texts = map(self.get, jobs) if self.completed else ()
        return dict.fromkeys(filter(None, texts), "")


class StateField(Struct, frozen=True):
    """One of a fixed set of states."""

    description: str
    states: Mapping[str, State]
    ordered: bool = False

    def expected(self, _: Names) -> str:
        """Return what its values look like, for a message."""
        return one_of(self.states)

    def condition(self, _: str, value: Value, names: Names) -> Condition:
        """Return what a value asks for; raises QueryError."""
        if state := self._state(value.text):
            return state.condition
        for name, states in (("is", STATES), ("status", STATUSES)):
            if value.text.casefold() in states:  # as in is:failed, and status:expired
                raise wrong_value(value, self.expected(names), [f"{name}:{value.text.casefold()}"])
        found = similar_names(value.text, self.states)
        raise wrong_value(value, self.expected(names), found)

    def _state(self, name: str) -> State | None:
        return {_folded(known): state for known, state in self.states.items()}.get(_folded(name))

    def value_of_words(self, words: Sequence[str]) -> str:
        """Return the longest beginning of several words that is one value; "" if none is."""
        beginnings = (" ".join(words[:number]) for number in range(len(words), 1, -1))
        return next((each for each in beginnings if self._state(each)), "")

    def candidates(self, _: Iterable[Job], __: Names) -> dict[str, str]:
        """Return the states."""
        return {name: state.description for name, state in self.states.items()}


class NameField(Struct, frozen=True):
    """A name of which the config has a list: a kind or a profile."""

    description: str
    get: Callable[[Job], str]
    known: Callable[[Names], tuple[str, ...]]
    ordered: bool = False

    def expected(self, names: Names) -> str:
        """Return what its values look like, for a message."""
        return one_of(self.known(names)) or "a name"

    def condition(self, _: str, value: Value, names: Names) -> Condition:
        """Return what a value asks for; raises QueryError."""
        get, known, wanted = self.get, self.known(names), value.text.casefold()
        if known and wanted not in map(str.casefold, known):
            raise wrong_value(value, self.expected(names), similar_names(value.text, known))
        return of_job(lambda job: get(job).casefold() == wanted)

    def candidates(self, jobs: Iterable[Job], names: Names) -> dict[str, str]:
        """Return the known names, and those of the tracked jobs."""
        return dict.fromkeys((*self.known(names), *sorted(set(map(self.get, jobs)))), "")


class CostField(Struct, frozen=True):
    """The cost in US dollars; a job whose cost is not known matches no amount."""

    description: str
    ordered: bool = True

    def expected(self, _: Names) -> str:
        """Return what its values look like, for a message."""
        return "US dollars such as 0.5"

    def condition(self, comparison: str, value: Value, names: Names) -> Condition:
        """Return what a value asks for; raises QueryError."""
        match = _AMOUNT.fullmatch(value.text)
        if not match:
            raise wrong_value(value, self.expected(names))
        amount, compare = Decimal(match[1]), _COMPARISONS[comparison]

        def matches(job: Job) -> bool:
            cost = cost_of(job)
            return cost is not None and compare(cost.usd, amount)

        return of_job(matches)

    def candidates(self, jobs: Iterable[Job], _: Names) -> dict[str, str]:
        """Return the costs of the tracked jobs."""
        amounts = {cost.usd for job in jobs if (cost := cost_of(job))}
        return {usd_string(usd): "" for usd in sorted(amounts)}


FIELDS: Mapping[str, Field] = {
    "status": StateField("status of the job", STATUSES),
    "is": StateField("state of job and results", STATES),
    "label": TextField("part of the label", lambda job: job.label, completed=True),
    "batch": TextField("part of the batch", lambda job: job.batch, completed=True),
    "kind": NameField("kind", lambda job: job.kind, lambda names: names.kinds),
    "profile": NameField(
        "profile", lambda job: text.profile_name(job.profile), lambda names: names.profiles
    ),
    "id": TextField("part of the id", lambda job: job.id, completed=True),
    "cost": CostField("cost in US dollars"),
    "ended": TimeField("when it ended", lambda job: job.ended_at),
    "added": TimeField("when it was tracked", lambda job: job.added_at),
    "day": TimeField(
        "when it ended, or while it has not, was tracked", lambda job: job.ended_at or job.added_at
    ),
    "expires": TimeField(
        "when results that are not downloaded expire", lambda job: job.expires_at, future=True
    ),
    "prompt": TextField("part of the prompt", lambda job: job.prompt),
    "reason": StateField("why it failed", REASONS),
    "message": TextField("part of the gateway's message", lambda job: job.message),
    "problem": TextField("part of why the last poll failed", lambda job: job.problem),
}
"""All fields by name, in the order in which they are offered."""
