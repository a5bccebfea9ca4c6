"""The table of endpoints: the built-in ones, and those that a config adds.

It is passed as a value; an endpoint of the config is an entry like any other.
"""

from collections.abc import Callable, Collection, Mapping

from msgspec.structs import replace

from kling_tui.gateways.base import Endpoint
from kling_tui.gateways.i2v import I2V
from kling_tui.gateways.o1 import O1
from kling_tui.gateways.v2 import V2
from kling_tui.jobs import Job, Price

Endpoints = Mapping[str, Endpoint]
"""Endpoints by kind; if an id matches several, the last of them counts."""

BUILT_IN: Endpoints = {endpoint.kind: endpoint for endpoint in (I2V, O1, V2)}
"""The endpoints that need no config; their prices come from the config's [price]."""


def _match_no_id(_: str) -> object:
    return None


def derive_endpoint(
    kind: str,
    shape: str,
    path: str,
    title: str = "",
    id_pattern: Callable[[str], object] = _match_no_id,
    price: Price | None = None,
) -> Endpoint:
    """Return an endpoint at another path, with requests and replies as the built-in kind `shape`.

    `id_pattern` is a function that returns a true value for ids of its jobs.
    """
    return replace(
        BUILT_IN[shape],
        kind=kind,
        title=title or kind,
        path=path,
        matches_id=id_pattern,
        price=price,
        api="",
    )


def guess_kind(job_id: str, endpoints: Endpoints) -> str | None:
    """Return a job's kind by the format of its id; None if it matches no endpoint."""
    kinds = [endpoint.kind for endpoint in endpoints.values() if endpoint.matches_id(job_id)]
    return kinds[-1] if kinds else None


def price_of(job_id: str, kind: str, endpoints: Endpoints) -> Price | None:
    """Return the price of a new job: its endpoint's, or that of the model that its id names.

    An id names a model if it begins with the model's API id and an underscore.
    """
    endpoint = endpoints.get(kind)
    if endpoint is None:
        return None
    if endpoint.price:
        return endpoint.price
    api = job_id.rpartition("_")[0]
    models = (model for model in endpoints.values() if api and model.api == api)
    return next((model.price for model in models), None)


def not_polled_reason(job: Job, endpoints: Endpoints, profiles: Collection[str]) -> str:
    """Return why an unfinished job is not polled, "" if it is."""
    missing = ""
    if job.profile not in profiles:
        missing = f"profile {job.profile!r}"
    elif job.kind not in endpoints:
        missing = f"endpoint {job.kind!r}"
    if job.ended or not missing:
        return ""
    return f"not polled: the config has no {missing} any more"


def with_not_polled_reason(job: Job, endpoints: Endpoints, profiles: Collection[str]) -> Job:
    """Return a job for display, with the reason as its problem if it is not polled.

    The reason follows from the config, so it is not to be saved with the job.
    """
    reason = not_polled_reason(job, endpoints, profiles)
    return replace(job, problem=reason, problem_since=None) if reason else job
