"""Which hosts are this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine; IPv6 may stand in brackets.

    Plain http is allowed to such hosts only, because nobody else can read what is sent.
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
