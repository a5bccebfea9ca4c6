"""HTTP clients by this machine's own settings, and in words what goes wrong on the line."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from kling_tui import __version__
from kling_tui.gateways import fields

USER_AGENT = f"kling-tui/{__version__}"


def open_client(
    seconds: float, connections: int, *, through_proxies: bool
) -> httpx.AsyncClient | str:
    """Return a client, or words on which of this machine's settings cannot be used.

    It waits `seconds` for each thing that is to come and keeps so many `connections` open; it has
    no cookies and follows no redirects. It reads the machine's certificates, which takes longer
    than a frame.
    """
    try:
        context = httpx.create_ssl_context(trust_env=through_proxies)
    except OSError:
        return "the certificates cannot be read; check $SSL_CERT_FILE and $SSL_CERT_DIR"
    try:
        return httpx.AsyncClient(
            verify=context,
            timeout=seconds,
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=60,
            ),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            trust_env=through_proxies,
        )
    # The words of the error are not told: a proxy's password may be in them.
    except (ValueError, ImportError, httpx.InvalidURL):
        words = "the proxy settings cannot be used; check $HTTP_PROXY, $HTTPS_PROXY, $ALL_PROXY"
        return f"{words} and $NO_PROXY"


def line_words(error: Exception, host: str, what: str) -> str:
    """Return in words what a client raised: `host` was asked, for `what`."""
    cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    said = fields.text(str(cause)) or type(cause).__name__
    if isinstance(error, httpx.ProxyError):
        return f"the proxy does not let the {what} through: {said}"
    if isinstance(error, httpx.ConnectError | httpx.InvalidURL | ExceptionGroup):
        return f"the {host} cannot be reached: {said}"
    return f"the connection broke: {said}"
