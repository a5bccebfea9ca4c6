"""What all endpoints share: the description of an endpoint, and the errors of a poll."""

from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from typing import Any, Protocol

from msgspec import Struct

from kling_tui.jobs import Price, Report


class Retry(Enum):
    """When to poll again after a poll that failed."""

    SOON = "soon"
    RARELY = "rarely"
    AFTER_USER_ACTION = "after user action"


class ErrorKind(StrEnum):
    """Why a poll failed."""

    UNREACHABLE = "unreachable"
    """No complete reply arrived, or a proxy replied in place of the gateway."""
    RATE_LIMITED = "rate limited"
    UNAUTHORIZED = "unauthorized"
    """The gateway rejects the API key."""
    NO_KEY = "no API key"
    """The gateway needs one, and none is configured."""
    NO_CREDIT = "no credit"
    NO_ACCESS = "no access"
    """The gateway lets this key or this IP address not use the endpoint."""
    NOT_FOUND = "not found"
    BAD_REQUEST = "bad request"
    SERVER_ERROR = "server error"
    """The gateway failed, or its reply cannot be understood."""

    @property
    def retry(self) -> Retry:
        """When to poll again."""
        match self:
            case (
                ErrorKind.UNAUTHORIZED
                | ErrorKind.NO_KEY
                | ErrorKind.NO_CREDIT
                | ErrorKind.NO_ACCESS
            ):
                return Retry.AFTER_USER_ACTION
            case ErrorKind.NOT_FOUND | ErrorKind.BAD_REQUEST:
                return Retry.RARELY
            case _:
                return Retry.SOON

    @property
    def is_refusal(self) -> bool:
        """Whether all polls of the endpoint fail until the user has done something."""
        return self.retry is Retry.AFTER_USER_ACTION


class GatewayError(Exception):
    """A poll failed. This says nothing about the job.

    `message` is for the user: what happened and what to do. `retry_after` is the number of seconds
    for which the gateway asks not to be polled, or None.
    """

    def __init__(self, kind: ErrorKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after


class Endpoint(Struct, frozen=True, kw_only=True):
    """One status call of the gateway: how to request it and how to parse its replies."""

    kind: str
    title: str
    path: str
    """Below the gateway's URL."""
    id_field: str | None
    """The only field of a POST's body; None where the id is the last part of a GET's path."""
    matches_id: Callable[[str], object]
    """Returns a true value for ids that look like this endpoint's. It is a convenience: no id is
    refused because of it."""
    needs_key: bool
    parse: Callable[[Mapping[str, Any], int], Report | None]
    """Turns a reply's body and HTTP status into a Report, or None if it is not about a job.

    Raises GatewayError if the body says that the poll failed. Links in the Report may be relative
    to the gateway's URL."""
    api: str = ""
    """The model's API id, with which ids of the unified status call begin; "" if not known."""
    price: Price | None = None
    """The price of its jobs; None if it is not known or differs between jobs."""


class Gateway(Protocol):
    """Polls one endpoint at one gateway."""

    @property
    def usable(self) -> bool:
        """Whether polls can be sent; False where all fail here, as without a key that they need."""
        ...

    async def poll(self, job_id: str) -> Report:
        """Request a job's status once; raises GatewayError."""
        ...

    def forget(self, job_id: str) -> None:
        """Drop what is remembered of a job, which is no longer polled here."""
        ...
