"""Opens HTTP transports with this machine's proxy and certificate settings."""

import os
import re
import socket
import ssl
from urllib.request import getproxies

import httpx

from kling_tui import __version__
from kling_tui.gateways import json_fields
from kling_tui.gateways.connections import ConnectionTransport
from kling_tui.gateways.proxies import ProxyRouter
from kling_tui.gateways.tls import certificate_advice, create_context

HEADERS = {
    "User-Agent": f"kling-tui/{__version__}",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
}
"""The headers of every request."""
_ERROR_NUMBER = re.compile(r"\[Errno (\d+)\]")


def open_transport(*, through_proxies: bool) -> httpx.AsyncBaseTransport | str:
    """Return a transport, or an error message about a setting of this machine that is not valid.

    It keeps no cookies and has no timeouts. Call it in a thread: reading the certificates takes
    longer than a frame.
    """
    settings = getproxies() if through_proxies else {}
    try:
        context = create_context(trust_environment=through_proxies)
    except OSError:
        return "CA certificates cannot be read; check $SSL_CERT_FILE and $SSL_CERT_DIR"
    try:
        return ProxyRouter(lambda proxy: ConnectionTransport(context, proxy), settings)
    # The error's own message is not shown: it may contain a proxy's password.
    except (ValueError, ImportError, httpx.InvalidURL):
        return "invalid proxy settings; check $HTTP_PROXY, $HTTPS_PROXY and $ALL_PROXY"


def describe_transport_error(error: Exception, host: str, purpose: str) -> str:
    """Return a message for what a request raised.

    `host` is "gateway" or "server", `purpose` is "poll" or "download".
    """
    detail = _cause(error) + certificate_advice(error)
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused the {purpose}: {detail}"
    if isinstance(error, httpx.ConnectError | httpx.InvalidURL | UnicodeError):
        return f"{host} unreachable: {detail}"
    return f"connection failed: {detail}"


def _cause(error: BaseException) -> str:
    """Return why a request failed, in the words of the operating system if it is from there."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, socket.gaierror) and root.strerror:
        return str(root.strerror)
    if isinstance(root, OSError) and not isinstance(root, ssl.SSLError):
        # With several addresses of one host, only the text has the numbers of the errors.
        number = root.errno or next(map(int, _ERROR_NUMBER.findall(str(root))), 0)
        if number:
            return os.strerror(number)
    return json_fields.text(str(error)) or type(error).__name__
