"""Checks that the gateway is reachable and accepts the API key, its clock and its certificate."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.formatting import text
from kling_tui.gateways import Endpoints, ErrorKind, GatewayError
from kling_tui.gateways.probe import ProbeResult, probe

_ADVICE = {
    ErrorKind.UNAUTHORIZED: "check the key",
    ErrorKind.NO_KEY: "set the key",
    ErrorKind.NO_CREDIT: "check the account",
    ErrorKind.NO_ACCESS: "check the key and the account",
    **dict.fromkeys(
        (ErrorKind.UNREACHABLE, ErrorKind.SERVER_ERROR, ErrorKind.RATE_LIMITED),
        "wait, and try again",
    ),
}
"""What to do about an error; others are expected of a request without an id."""
_MAX_TIMEOUT = 10.0
"""Seconds for each response, even if gateway.timeout is larger."""
_MAX_CLOCK_SKEW = 30.0
"""Seconds that the two clocks may differ."""
_MIN_CERTIFICATE_VALIDITY = timedelta(days=7)


def check_gateway(
    access: GatewayAccess, endpoints: Endpoints, now: datetime
) -> Iterator[CheckResult]:
    """Send a request without an id to each endpoint of a gateway, and yield the results."""
    url, section, timeout = access.url, access.section, min(access.timeout, _MAX_TIMEOUT)
    result = asyncio.run(
        probe(endpoints, url, access.key, timeout, section=section, key_source=access.key_source)
    )
    if not result.reached:
        message = next((str(error) for error in result.errors.values() if error), "")
        advice = f"check {section}.url, the network, the proxy settings and $SSL_CERT_FILE"
        yield CheckResult("gateway", f"{url}: {message}", advice)
        return
    yield CheckResult("gateway", f"{url} answers")
    for kind, error in result.errors.items():
        yield _endpoint_result(kind, error)
    yield _clock_result(result)
    yield _tls_result(result, url, now)


def _endpoint_result(kind: str, error: GatewayError | None) -> CheckResult:
    message = f"{kind}, request without an id: {error or 'a job'}"
    if error is not None and error.kind in _ADVICE:
        return CheckResult("gateway", message, _ADVICE[error.kind])
    return CheckResult("gateway", f"{message} (expected)")


def _clock_result(result: ProbeResult) -> CheckResult:
    if result.skew is None:
        return CheckResult("clock", "the gateway sends no Date header")
    if abs(result.skew) <= _MAX_CLOCK_SKEW:
        seconds = max(1, round(abs(result.skew)))
        return CheckResult("clock", f"within {seconds} s of the gateway's clock")
    direction = "behind" if result.skew > 0 else "ahead of"
    message = f"{text.duration(abs(result.skew))} {direction} the gateway's clock"
    return CheckResult("clock", message, "set this machine's clock; ages and times left are wrong")


def _tls_result(result: ProbeResult, url: str, now: datetime) -> CheckResult:
    if not result.tls:
        plain_http = not url.startswith("https:")
        return CheckResult("TLS", "none: plain http" if plain_http else "handled by the proxy")
    until = f", certificate until {result.tls_expires_at:%Y-%m-%d}" if result.tls_expires_at else ""
    if result.tls_expires_at and result.tls_expires_at - now < _MIN_CERTIFICATE_VALIDITY:
        return CheckResult("TLS", f"{result.tls}{until}", "tell the operator of the gateway")
    return CheckResult("TLS", f"{result.tls}{until}")
