"""The services that run jobs, all behind one face."""

from kling_tui.gateways.base import Endpoint, Fault, Gateway, GatewayError, Retry
from kling_tui.gateways.i2v import I2V
from kling_tui.gateways.o1 import O1

__all__ = ["ENDPOINTS", "Endpoint", "Fault", "Gateway", "GatewayError", "Retry", "kind_of"]

ENDPOINTS = {endpoint.kind: endpoint for endpoint in (I2V, O1)}
"""Every endpoint by its kind."""


def kind_of(job_id: str) -> str | None:
    """Guess a job's kind by the shape of its id; None where no endpoint has such ids."""
    for endpoint in ENDPOINTS.values():
        if endpoint.id_shapes.fullmatch(job_id):
            return endpoint.kind
    return None
