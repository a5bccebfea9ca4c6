"""Formats the HTTP exchange of a job's last reply, and the reply below it."""

from http import HTTPStatus

from kling_tui.formatting import text
from kling_tui.jobs import Exchange, Job


def exchange_lines(exchange: Exchange) -> list[str]:
    """Return the lines about an exchange: request, HTTP status, local time, and the headers."""
    took = "" if exchange.seconds is None else f", {text.seconds(exchange.seconds)}"
    lines = [
        f"{exchange.method} {exchange.path}",
        f"HTTP {exchange.status} {_phrase(exchange.status)}".rstrip() + took,
        exchange.at.astimezone().isoformat(" ", "seconds"),
    ]
    return [*lines, "", *exchange.headers] if exchange.headers else lines


def _phrase(status: int) -> str:
    """Return the standard's name of an HTTP status; "" for one that it does not have."""
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else ""


def full_response(job: Job) -> str:
    """Return the exchange and the reply of a job as one text."""
    lines = exchange_lines(job.exchange) if job.exchange else []
    return "\n".join([*lines, "", job.reply or ""] if lines else [job.reply or ""])
