"""Whether the gateway is there, tells the same time, and lets us in."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.settings import Config, section_of
from kling_tui.formatting import text
from kling_tui.gateways import Endpoints, ErrorKind, GatewayError
from kling_tui.gateways.probe import ProbeResult, probe

_LONGEST = 10.0
"""Seconds for each answer, however patient polls are."""
_SKEW = 30.0
"""Seconds between two clocks that do not matter."""
_RENEWAL = timedelta(days=7)


def check_gateway(
    settings: Config, profile: str, endpoints: Endpoints, key: str, now: datetime
) -> Iterator[CheckResult]:
    """Ask a gateway an empty question at each endpoint, and yield what comes of it."""
    gateway, section = settings.gateways[profile], section_of(profile)
    url, within = gateway.url, min(gateway.timeout, _LONGEST)
    found = asyncio.run(probe(endpoints, url, key, within, section))
    if found.reached:
        yield CheckResult("gateway", f"{url} answers")
    else:
        words = next((str(error) for error in found.errors.values() if error), "")
        advice = f"check {section}.url, the network, the proxy settings and $SSL_CERT_FILE"
        yield CheckResult("gateway", f"{url}: {words}", advice)
        return
    for kind, error in found.errors.items():
        yield _answer(kind, error)
    yield _clock(found)
    yield _tls(found, url, now)


def _answer(kind: str, error: GatewayError | None) -> CheckResult:
    words = f"{kind}, asked about no job: {error or 'a job'}"
    match error.kind if error else None:
        case ErrorKind.UNAUTHORIZED:
            return CheckResult("gateway", words, "check the key and the account")
        case ErrorKind.UNREACHABLE | ErrorKind.SERVER_ERROR | ErrorKind.RATE_LIMITED:
            return CheckResult("gateway", words, "wait, and try again")
        case _:
            return CheckResult("gateway", f"{words} (which is as it should be)")


def _clock(found: ProbeResult) -> CheckResult:
    if found.skew is None:
        return CheckResult("clock", "the gateway does not tell the time")
    if abs(found.skew) <= _SKEW:
        return CheckResult("clock", f"within {max(1, round(abs(found.skew)))} s of the gateway's")
    way = "behind" if found.skew > 0 else "ahead of"
    words = f"{text.duration(abs(found.skew))} {way} the gateway's"
    return CheckResult("clock", words, "set this machine's clock; ages and times left are wrong")


def _tls(found: ProbeResult, url: str, now: datetime) -> CheckResult:
    if not found.tls:
        plain_http = not url.startswith("https:")
        return CheckResult("TLS", "none: plain http" if plain_http else "by the proxy")
    until = f", certificate until {found.tls_expires_at:%Y-%m-%d}" if found.tls_expires_at else ""
    if found.tls_expires_at and found.tls_expires_at - now < _RENEWAL:
        return CheckResult("TLS", f"{found.tls}{until}", "tell who runs the gateway")
    return CheckResult("TLS", f"{found.tls}{until}")
