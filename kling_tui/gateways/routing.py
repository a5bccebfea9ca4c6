"""Where a job is asked about: at the path of its endpoint, or where the gateway sends its polls."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

import httpx

from kling_tui.gateways.base import Endpoint, ErrorKind, GatewayError
from kling_tui.gateways.v2 import V2
from kling_tui.jobs import Report

_ADDRESS = re.compile(r"[!-\[\]-~]{1,2000}")
"""What prints, in ASCII; a backslash is a slash to some readers, and nothing to others."""


@dataclass(frozen=True, slots=True)
class PollRequest:
    """A request, and how its reply is read."""

    method: str
    url: str
    parse: Callable[[Mapping[str, Any], int], Report | None]
    content: str | None = None


class PollRouter:
    """Where jobs are asked about.

    A reply's ``polling_url`` is where its job's next polls go, for as long as the program runs: by
    GET, answered as the unified status call answers. It is heeded only on the gateway's own scheme,
    host and port, because the key goes there.
    """

    def __init__(self, endpoint: Endpoint, gateway: str) -> None:
        """`gateway` is the gateway's URL, without a slash at its end."""
        self._endpoint = endpoint
        self._gateway = f"{gateway}/"
        self._endpoint_url = gateway + endpoint.path
        self._redirects: dict[str, str | None] = {}
        # None for a job that the place it was sent to knew nothing of.

    def request(self, job_id: str) -> PollRequest:
        """Return how to ask about a job; raises GatewayError for what cannot be asked about."""
        if elsewhere := self._redirects.get(job_id):
            return PollRequest("GET", elsewhere, V2.parse)
        if self._endpoint.id_field is None:
            return PollRequest("GET", self._below(job_id), self._endpoint.parse)
        # In ASCII, so that an id may hold anything.
        content = json.dumps({self._endpoint.id_field: job_id})
        return PollRequest("POST", self._endpoint_url, self._endpoint.parse, content)

    def _below(self, job_id: str) -> str:
        # A part of dots alone is no name but a way out, however it is written.
        if job_id in (".", ".."):
            raise GatewayError(ErrorKind.BAD_REQUEST, "the gateway does not take this id")
        return f"{self._endpoint_url}/{quote(job_id, safe='', errors='surrogatepass')}"

    def redirect(self, job_id: str, polling_url: object) -> None:
        """Let a job's next polls go to the place that a reply named, where it may."""
        if job_id in self._redirects and self._redirects[job_id] is None:
            return
        place = self._on_gateway(polling_url)
        if place and place != self.request(job_id).url:
            self._redirects[job_id] = place

    def fall_back(self, job_id: str) -> bool:
        """Ask about a job at the endpoint's path for good; returns whether it was elsewhere."""
        if not self._redirects.get(job_id):
            return False
        self._redirects[job_id] = None
        return True

    def clear(self, job_id: str) -> None:
        """Ask about a job at the endpoint's path the next time."""
        self._redirects.pop(job_id, None)

    def _on_gateway(self, named: object) -> str | None:
        """Return the address that a reply names; None for one that is not the gateway's."""
        if not (isinstance(named, str) and _ADDRESS.fullmatch(named)):
            return None
        try:
            gateway = httpx.URL(self._gateway)
            url = gateway.join(named)
        except (httpx.InvalidURL, ValueError):
            return None
        # As the client will read it, so that nothing is judged otherwise than it is used.
        same = _origin(url) == _origin(gateway) and not url.userinfo
        return str(url) if same else None

    def resolve_link(self, url: str) -> str:
        """Return a result's link to the letter, a relative one as it is seen from the gateway."""
        absolute = url.lower().startswith(("https://", "http://"))
        return url if absolute else urljoin(self._gateway, url)


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port
