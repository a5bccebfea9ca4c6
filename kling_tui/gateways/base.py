"""What all endpoints share: how one is described, how a poll can fail, the status words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from re import Pattern
from typing import Any, Protocol

from kling_tui.jobs import Report, Status


class Retry(Enum):
    """When it makes sense to ask again after a poll that failed."""

    SOON = "soon"
    SLOWLY = "slowly"
    PERSON = "after the person has acted"


class Fault(StrEnum):
    """Why a poll failed."""

    AWAY = "away"
    """No whole answer came, or a proxy answered for a gateway that did not."""
    BUSY = "busy"
    """The gateway asks for fewer polls."""
    REFUSED = "refused"
    """The key, the account or the address is not let in."""
    NOT_FOUND = "not found"
    REJECTED = "rejected"
    """The gateway does not take the question."""
    BROKEN = "broken"
    """The gateway is in trouble of its own, or its answer makes no sense."""

    @property
    def retry(self) -> Retry:
        """When to ask again."""
        match self:
            case Fault.REFUSED:
                return Retry.PERSON
            case Fault.NOT_FOUND | Fault.REJECTED:
                return Retry.SLOWLY
            case _:
                return Retry.SOON


class GatewayError(Exception):
    """A poll failed, which says nothing about the job.

    `words` tell a person what happened and what to do; `after` is the number of seconds that the
    gateway asks to be left alone for, or None.
    """

    def __init__(self, fault: Fault, words: str, after: float | None = None) -> None:
        super().__init__(words)
        self.fault = fault
        self.words = words
        self.after = after


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One status call of the gateway, as its API document describes it."""

    kind: str
    title: str
    path: str
    """Below the gateway's URL; asked with POST."""
    id_field: str
    """The one field of the request's body."""
    id_shapes: Pattern[str]
    """Ids that look like this endpoint's: a convenience, never a reason to refuse one."""
    needs_key: bool
    parse: Callable[[Mapping[str, Any], int], Report | None]
    """From a reply's body and HTTP status to what it says of the job; None where it does not speak
    of a job at all. Raises GatewayError where the body says that the poll failed."""


class Gateway(Protocol):
    """Whatever can be asked how a job is."""

    async def poll(self, job_id: str) -> Report:
        """Ask once; raises GatewayError."""
        ...


_WORDS = {
    Status.SUCCEEDED: "succeed succeeded success completed complete finished done ready",
    Status.FAILED: "failed fail error cancelled canceled",
    Status.QUEUED: "submitted queued in_queue pending created starting wait",
    Status.RUNNING: "processing in_progress running",
}
_STATUS_OF = {word: status for status, words in _WORDS.items() for word in words.split()}


def status_of(word: str) -> Status:
    """Return the state that an endpoint's status word stands for, UNKNOWN for a word not known."""
    return _STATUS_OF.get(word.strip().lower(), Status.UNKNOWN)
