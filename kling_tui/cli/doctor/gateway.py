"""Whether the gateway is there, tells the same time, and lets us in."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.settings import Config, section_of
from kling_tui.formatting import text
from kling_tui.gateways import Endpoints, ErrorKind, GatewayError
from kling_tui.gateways.probe import Probe, probe

_MAX_TIMEOUT = 10.0
"""Seconds for each answer, however patient polls are."""
_MAX_CLOCK_SKEW = 30.0
"""Seconds between two clocks that do not matter."""
_MIN_CERTIFICATE_VALIDITY = timedelta(days=7)


def check_gateway(
    settings: Config, profile: str, endpoints: Endpoints, key: str, now: datetime
) -> Iterator[CheckResult]:
    """Ask a gateway an empty question at each endpoint, and yield what comes of it."""
    gateway, section = settings.gateways[profile], section_of(profile)
    url, within = gateway.url, min(gateway.timeout, _MAX_TIMEOUT)
    found = asyncio.run(probe(endpoints, url, key, within, section))
    if found.reached:
        yield CheckResult("gateway", f"{url} answers")
    else:
        words = next((str(error) for error in found.answers.values() if error), "")
        yield CheckResult(
            "gateway", f"{url}: {words}", f"check {section}.url, the network and proxies"
        )
        return
    for kind, error in found.answers.items():
        yield _endpoint_result(kind, error)
    yield _clock_result(found)
    yield _tls_result(found, url, now)


def _endpoint_result(kind: str, error: GatewayError | None) -> CheckResult:
    words = f"{kind}, asked about no job: {error or 'a job'}"
    match error.kind if error else None:
        case ErrorKind.UNAUTHORIZED:
            return CheckResult("gateway", words, "check the key and the account")
        case ErrorKind.UNREACHABLE | ErrorKind.SERVER_ERROR | ErrorKind.RATE_LIMITED:
            return CheckResult("gateway", words, "wait, and try again")
        case _:
            return CheckResult("gateway", f"{words} (which is as it should be)")


def _clock_result(found: Probe) -> CheckResult:
    if found.skew is None:
        return CheckResult("clock", "the gateway does not tell the time")
    if abs(found.skew) <= _MAX_CLOCK_SKEW:
        return CheckResult("clock", f"within {max(1, round(abs(found.skew)))} s of the gateway's")
    way = "behind" if found.skew > 0 else "ahead of"
    words = f"{text.duration(abs(found.skew))} {way} the gateway's"
    return CheckResult("clock", words, "set this machine's clock; ages and times left are wrong")


def _tls_result(found: Probe, url: str, now: datetime) -> CheckResult:
    if not found.tls:
        plain_http = not url.startswith("https:")
        return CheckResult("TLS", "none: plain http" if plain_http else "by the proxy")
    until = f", certificate until {found.tls_until:%Y-%m-%d}" if found.tls_until else ""
    if found.tls_until and found.tls_until - now < _MIN_CERTIFICATE_VALIDITY:
        return CheckResult("TLS", f"{found.tls}{until}", "tell who runs the gateway")
    return CheckResult("TLS", f"{found.tls}{until}")
