"""Which URLs the config may have, and what can be said of them."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from kling_tui.gateways.hosts import is_loopback

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>(?P<name>(?=[^:/]*[a-z])([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?)"
    r"|[0-9.]+|\[[0-9a-f.]*:[0-9a-f:.]+\])"
    r"(:(?P<port>[0-9]{1,5}))?(/[!\"$->@-~]*)?",
    re.IGNORECASE | re.ASCII,
)
URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9_.:\[\]-]+(/[!\"$->@-~]*)?$"
"""Matches every valid URL, in the syntax that editors have in common."""


def is_url(value: object) -> bool:
    """Whether a value is a URL of a host, without user, query and fragment."""
    url = _URL.fullmatch(value) if isinstance(value, str) else None
    host = url and (url["name"] or _ip_address(url["host"]))
    return bool(url and host and 0 < int(url["port"] or 443) < 65_536)


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_push_url(value: object) -> bool:
    """Whether a value is a URL, perhaps with a query: some webhooks have their secret there."""
    if not isinstance(value, str):
        return False
    address, _, query = value.partition("?")
    return not value or (is_url(address) and bool(re.fullmatch('[!"$-~]*', query)))


def has_ntfy_topic(url: str) -> bool:
    """Whether the path of a URL ends in the name of a topic."""
    path = url.partition("?")[0].partition("://")[2].partition("/")[2]
    return bool(re.fullmatch("[A-Za-z0-9_-]{1,64}", path.rstrip("/").rpartition("/")[2]))


def is_cleartext(url: str) -> bool:
    """Whether others on the network could read what is sent to a URL."""
    parts = _URL.fullmatch(url.partition("?")[0])
    if not parts or parts["scheme"].lower() == "https":
        return False
    return not is_loopback(parts["host"])
