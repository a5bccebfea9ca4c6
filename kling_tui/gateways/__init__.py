"""Clients of the gateway's status calls. All of them are Gateways that return Reports.

The interface:
    base           Endpoint, Gateway and GatewayError, which all modules use
    endpoints      the table of endpoints; what it says of a job: kind, price, reason not to poll it

The endpoints, one module for each form of reply:
    i2v            Kling AI I2V
    o1             Kling O1
    v2             the unified status call
    reports        makes the Report: its Status, its message, whether an end is certain
    statuses       maps their status values to Status
    videos         reads the results
    units          reads durations and times
    json_fields    reads single fields of a reply

HTTP, which no module above imports, because httpx loads slowly:
    client         polls an endpoint
    routing        chooses the URL of a poll
    transport      client pool; messages for transport errors
    connections    the transport below httpx: no two requests in flight share a connection
    network        network connections for it
    proxies        the environment's proxy settings
    tls            the certificates that servers are checked by
    body           reads a response's body with a size limit
    reply          decodes a body
    redaction      hides the API key
    errors         turns HTTP error statuses into GatewayErrors
    probe          checks a gateway for `kling-tui doctor`, and a new key
    key_test       what such a check shows about a key

For the user's input:
    job_ids        finds job ids in pasted text
    pasted_text    splits it into words and decoded objects
    literals       reads objects as Python, Node and PowerShell print them
    ids_in_objects finds the ids of jobs in a decoded object
    id_patterns    compiles a config's id patterns
    hosts          recognises this machine

To add an endpoint: write a module like `o1`, with `parse` and an Endpoint; add the Endpoint to
BUILT_IN in `endpoints`; record replies as JSON files and test `parse` with them, as `test_o1` does.
An endpoint with a known form of reply needs no code, only an [endpoints.NAME] in the config.
"""

import sys

from kling_tui.gateways.base import Endpoint, ErrorKind, Gateway, GatewayError, Retry
from kling_tui.gateways.endpoints import (
    BUILT_IN,
    Endpoints,
    derive_endpoint,
    not_polled_reason,
    price_of,
    with_not_polled_reason,
)

# httpx would import its command line, and with that click, Pygments and parts of Rich where click
# is installed: 2 MiB. It does without where this module cannot be imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

__all__ = [
    "BUILT_IN",
    "Endpoint",
    "Endpoints",
    "ErrorKind",
    "Gateway",
    "GatewayError",
    "Retry",
    "derive_endpoint",
    "not_polled_reason",
    "price_of",
    "with_not_polled_reason",
]
