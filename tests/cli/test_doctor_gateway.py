"""What ``doctor`` advises about a gateway that cannot be reached."""

import socket

from kling_tui.cli.doctor.gateway import check_gateway
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.gateways import BUILT_IN
from tests.support.jobs import NOW


def test_unreachable_gateway_advises_all_settings_of_the_connection() -> None:
    """The URL, the proxies, and the certificates of a company's network."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    access = GatewayAccess(f"http://127.0.0.1:{port}")
    (result,) = check_gateway(access, BUILT_IN, NOW)
    assert not result.ok
    assert result.message.startswith(f"http://127.0.0.1:{port}: gateway unreachable")
    assert "gateway.url" in result.advice
    assert "proxy" in result.advice
    assert "$SSL_CERT_FILE" in result.advice
