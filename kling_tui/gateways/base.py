"""What all endpoints share: how one is described, how a poll can fail, the status words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Protocol

from kling_tui.gateways import json_fields
from kling_tui.jobs import Price, Report, Status


class Retry(Enum):
    """When it makes sense to ask again after a poll that failed."""

    SOON = "soon"
    RARELY = "slowly"
    AFTER_USER_ACTION = "after the person has acted"


class ErrorKind(StrEnum):
    """Why a poll failed."""

    UNREACHABLE = "away"
    """No whole answer came, or a proxy answered for a gateway that did not."""
    RATE_LIMITED = "busy"
    """The gateway asks for fewer polls."""
    UNAUTHORIZED = "refused"
    """The key, the account or the address is not let in."""
    NOT_FOUND = "not found"
    BAD_REQUEST = "rejected"
    """The gateway does not take the question."""
    SERVER_ERROR = "broken"
    """The gateway is in trouble of its own, or its answer makes no sense."""

    @property
    def retry(self) -> Retry:
        """When to ask again."""
        match self:
            case ErrorKind.UNAUTHORIZED:
                return Retry.AFTER_USER_ACTION
            case ErrorKind.NOT_FOUND | ErrorKind.BAD_REQUEST:
                return Retry.RARELY
            case _:
                return Retry.SOON


class GatewayError(Exception):
    """A poll failed, which says nothing about the job.

    `words` tell a person what happened and what to do; `after` is the number of seconds that the
    gateway asks to be left alone for, or None.
    """

    def __init__(self, kind: ErrorKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One status call of the gateway: how it is asked, and how its replies are read."""

    kind: str
    title: str
    path: str
    """Below the gateway's URL."""
    id_field: str | None
    """The one field of a POST's body; None where the id is the last part of a GET's path."""
    matches_id: Callable[[str], object]
    """Whether an id looks like this endpoint's: a convenience, never a reason to refuse one."""
    needs_key: bool
    parse: Callable[[Mapping[str, Any], int], Report | None]
    """From a reply's body and HTTP status to what it says of the job; None where it does not speak
    of a job at all. Raises GatewayError where the body says that the poll failed. The links in what
    it returns may be relative to the gateway."""
    api: str = ""
    """What the gateway calls the model in the ids of the unified status call, as far as known."""
    price: Price | None = None
    """What a unit of its jobs costs; None where that is not known, or not the same for all."""


class Gateway(Protocol):
    """Whatever can be asked how a job is."""

    async def poll(self, job_id: str) -> Report:
        """Ask once; raises GatewayError."""
        ...


_STATUS_WORDS = {
    Status.SUCCEEDED: "succeed succeeded success completed complete finished done ready",
    Status.FAILED: "failed fail error cancelled canceled",
    Status.QUEUED: "submitted queued in_queue pending created starting wait",
    Status.RUNNING: "processing in_progress running",
}
_STATUS_OF = {word: status for status, words in _STATUS_WORDS.items() for word in words.split()}


def status_of(word: str) -> Status:
    """Return the state that an endpoint's status word stands for, UNKNOWN for a word not known."""
    return _STATUS_OF.get(word.strip().lower(), Status.UNKNOWN)


def status_in(body: Mapping[str, Any], http_status: int, *, finished: bool) -> Status | None:
    """Return the state that a body with a field ``status`` tells; None where it tells of none.

    `finished` is whether a result is in it, which needs no ``status`` beside it. A failed job may
    come as HTTP 500 with ``{"detail": {"msg": …}}``, an unfinished one as a failure whose text says
    that it is still in progress.
    """
    word = json_fields.text(body.get("status"))
    if word is not None:
        status = status_of(word)
    elif finished:
        return Status.SUCCEEDED
    elif http_status == 500 and json_fields.text(
        json_fields.mapping(body.get("detail")).get("msg")
    ):
        status = Status.FAILED
    else:
        status = None
    unfinished = "still in progress" in (json_fields.error_message(body) or "").lower()
    return Status.RUNNING if unfinished and status in (None, Status.FAILED) else status
