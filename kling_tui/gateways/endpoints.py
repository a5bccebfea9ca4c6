"""The table of endpoints: what a kind, a price and a job are by it.

The table is a value that is handed down. The documented endpoints are entries like those that a
person adds by the config.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from kling_tui.gateways.base import Endpoint
from kling_tui.gateways.i2v import I2V
from kling_tui.gateways.o1 import O1
from kling_tui.gateways.v2 import V2
from kling_tui.jobs import Job, Price

Endpoints = Mapping[str, Endpoint]
"""Endpoints by kind; where an id fits several, the last of them counts."""

BUILT_IN: Endpoints = {endpoint.kind: endpoint for endpoint in (I2V, O1, V2)}
"""The endpoints that are known without any config, and without prices."""


def _never(_: str) -> object:
    return None


def derive_endpoint(
    kind: str,
    shape: str,
    path: str,
    title: str = "",
    id_pattern: Callable[[str], object] = _never,
    price: Price | None = None,
) -> Endpoint:
    """Return an endpoint that is asked and answers at its path as the built-in kind `shape` does.

    `id_pattern` tells whether an id looks like one of its jobs.
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
    """Guess a job's kind by the shape of its id; None where no endpoint has such ids."""
    fitting = [endpoint.kind for endpoint in endpoints.values() if endpoint.matches_id(job_id)]
    return fitting[-1] if fitting else None


def price_of(job_id: str, kind: str, endpoints: Endpoints) -> Price | None:
    """Return the price of a new job: its endpoint's, or that of the model that its id names.

    An id names a model where it begins with the model's API id and an underscore.
    """
    endpoint = endpoints.get(kind)
    if endpoint is None:
        return None
    if endpoint.price:
        return endpoint.price
    api = job_id.rpartition("_")[0]
    models = (each for each in endpoints.values() if api and each.api == api)
    return next((model.price for model in models), None)


def not_polled_reason(job: Job, endpoints: Endpoints, profiles: Collection[str]) -> str:
    """Return why nobody asks about a job that has not ended, "" where somebody does."""
    missing = ""
    if job.profile not in profiles:
        missing = f"profile {job.profile!r}"
    elif job.kind not in endpoints:
        missing = f"endpoint {job.kind!r}"
    if job.ended or not missing:
        return ""
    return f"not polled: the config has no {missing} any more"


def with_not_polled_reason(job: Job, endpoints: Endpoints, profiles: Collection[str]) -> Job:
    """Return a job as it is shown: why nobody asks about one whose source is not in the config.

    That is no news of the job, and is not to be kept with it.
    """
    words = not_polled_reason(job, endpoints, profiles)
    return replace(job, problem=words, problem_since=None) if words else job
