"""Recognises hosts that are this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine; IPv6 may be in brackets.

    Only to such hosts is plain http allowed, because it does not leave the machine.
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
