"""Chooses the URL at which a job is polled: its endpoint's, or the ``polling_url`` of a reply."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urljoin

import httpx
from msgspec import Struct

from kling_tui.gateways import json_fields
from kling_tui.gateways.base import Endpoint, ErrorKind, GatewayError
from kling_tui.gateways.v2 import V2
from kling_tui.jobs import Report

_POLLING_URL = re.compile(r"[!-\[\]-~]{1,2000}")
"""Printable ASCII without the backslash, which some URL parsers take for a slash."""
_V2_ID_FIELD = "request_id"


class PollRequest(Struct, frozen=True):
    """An HTTP request for the status of a job, and the parser of its reply."""

    method: str
    url: str
    parse: Callable[[Mapping[str, Any], int], Report | None]
    job_id: str
    id_field: str
    """The field of a reply that names the job; other ids in it are those of the reply itself."""
    content: str | None = None

    def other_job(self, body: Mapping[str, Any]) -> str | None:
        """Return the id in a reply that is about another job than this request; else None.

        With and without the model's API id before it, an id is the same. A ``polling_url`` may know
        the job by an id of its own, which is in the URL.
        """
        for fields in (json_fields.mapping(body.get("data")), body):
            named = json_fields.text(fields.get(self.id_field))
            if named and not (_is_same_id(named, self.job_id) or named in unquote(self.url)):
                return named
        return None


class PollRouter:
    """Remembers for each job of an endpoint where to poll it.

    A reply's ``polling_url`` is where the job's next polls go, while it is watched: by GET, with
    replies of the unified status call. It is only followed on the gateway's own scheme, host and
    port, because the API key is sent there.
    """

    def __init__(self, endpoint: Endpoint, gateway_url: str) -> None:
        """`gateway_url` has no slash at its end."""
        self._endpoint = endpoint
        self._gateway_url = f"{gateway_url}/"
        self._endpoint_url = gateway_url + endpoint.path
        self._redirects: dict[str, str | None] = {}
        """By job id; None if the URL was tried and did not know the job."""

    def request(self, job_id: str) -> PollRequest:
        """Return the request for a job's status; raises GatewayError for an id that has none."""
        if redirect := self._redirects.get(job_id):
            return PollRequest("GET", redirect, V2.parse, job_id, _V2_ID_FIELD)
        parse, id_field = self._endpoint.parse, self._endpoint.id_field
        if id_field is None:
            return PollRequest("GET", self._url_with_id(job_id), parse, job_id, _V2_ID_FIELD)
        # ASCII, so that an id may have any characters, lone surrogates too.
        content = json.dumps({id_field: job_id})
        return PollRequest("POST", self._endpoint_url, parse, job_id, id_field, content)

    def _url_with_id(self, job_id: str) -> str:
        # A URL parser removes these path segments, even if they are percent-encoded.
        if job_id in (".", ".."):
            raise GatewayError(ErrorKind.BAD_REQUEST, "gateway rejected this id")
        return f"{self._endpoint_url}/{quote(job_id, safe='', errors='surrogatepass')}"

    def redirect(self, job_id: str, polling_url: object) -> None:
        """Send a job's next polls to the ``polling_url`` of a reply, if that is allowed."""
        if job_id in self._redirects and self._redirects[job_id] is None:
            return
        url = self._resolve_polling_url(polling_url)
        if url and url != self.request(job_id).url:
            self._redirects[job_id] = url

    def fall_back(self, job_id: str) -> bool:
        """Poll a job only at the endpoint from now on; return whether it was redirected."""
        if not self._redirects.get(job_id):
            return False
        self._redirects[job_id] = None
        return True

    def clear(self, job_id: str) -> None:
        """Forget a job's redirect: the next poll goes to the endpoint."""
        self._redirects.pop(job_id, None)

    def _resolve_polling_url(self, polling_url: object) -> str | None:
        """Return the absolute URL; None for a URL that is not valid or not the gateway's."""
        if not (isinstance(polling_url, str) and _POLLING_URL.fullmatch(polling_url)):
            return None
        try:
            gateway = httpx.URL(self._gateway_url)
            url = gateway.join(polling_url)
        except (httpx.InvalidURL, ValueError):
            return None
        # Compared as parsed by the client, so that no other parser's reading counts.
        same_origin = _origin(url) == _origin(gateway) and not url.userinfo
        return str(url) if same_origin else None

    def resolve_link(self, url: str) -> str:
        """Return a result's absolute URL unchanged, a relative one below the gateway's URL."""
        absolute = url.lower().startswith(("https://", "http://"))
        return url if absolute else urljoin(self._gateway_url, url)


def _is_same_id(named: str, job_id: str) -> bool:
    one, other = named.casefold(), job_id.strip().casefold()
    return one == other or one.endswith(f"_{other}") or other.endswith(f"_{one}")


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port
