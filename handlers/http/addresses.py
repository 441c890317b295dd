"""Where a request comes from when load balancers stand in between."""

from collections.abc import Collection
from ipaddress import IPv6Address, ip_address, ip_network


def origin(peer: str, forwarded_for: str, proxies: Collection[str]) -> str:
    """The address that the outermost trusted proxy saw.

    `peer` is who speaks to this server, `forwarded_for` the X-Forwarded-For header: each proxy adds at its end whom it
    was asked by. So it is read from its end, and only as long as a proxy of ours wrote it; what stands before that may
    be anybody's invention.
    """
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        if address not in proxies or not _is_address(hop.strip()):
            break
        address = hop.strip()
    return address


def subscriber(address: str) -> str:
    """Whom limits count: an IPv4 address, or the 64-bit prefix of an IPv6 address. Of these everybody has 2^64, and
    would otherwise be as many callers as they like."""
    if not _is_address(address) or not isinstance(ip_address(address), IPv6Address):
        return address
    return str(ip_network((address.partition("%")[0], 64), strict=False))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
