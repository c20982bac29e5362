"""Check the page's host name and the calling site, and find the client's address.

The check of ``Host`` stops DNS rebinding, in which an attacker's host name resolves to this machine. It needs a name,
so plain addresses pass. The check of ``Origin`` stops other websites that the user visits from calling the page.

Example:
    >>> Names(("voices.example.org",)).answers_to("voices.example.org:443")
    True
    >>> Names(()).answers_to("rebound.example.org")
    False
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from emotion_hf.settings import split_address

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-real-ip")
"""Headers that a trusted proxy sets; they are dropped if anyone else sends them."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Names:
    """The page's host names, besides ``localhost`` and plain addresses; ``*.example.org`` covers its subdomains."""

    allowed: tuple[str, ...]

    def answers_to(self, host: str) -> bool:
        """Return whether a ``Host`` header names this page."""
        name = host_name(host)
        return name == "localhost" or parse_address(name) is not None or self.lists(name)

    def lists(self, name: str) -> bool:
        """Return whether ``name`` is one of the allowed names, or a subdomain of one."""
        return any(
            one == "*" or name == one or (one.startswith("*.") and name.endswith(one[1:])) for one in self.allowed
        )

    def may_call(self, headers: Mapping[str, str], method: str) -> bool:
        """Return whether the site that sent a request may call the page; programs that send no origin may.

        The page itself may, and so may a site listed by its full name; other sites below ``*.example.org`` may not.

        Args:
            headers: The request's headers, with lower-case names.
            method: The request's method.
        """
        origin = headers.get("origin")
        if origin is not None:
            parts = _split(origin)
            return parts is not None and (_same_place(parts, headers.get("host", "")) or parts[1] in self.allowed)
        opens_page = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        return opens_page or headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def host_name(host: str) -> str:
    """Return the name in a ``Host`` header in lower case, without port; empty if it has no valid form."""
    parts = _split(f"http://{host}")
    return parts[1] if parts and not any(sign in host for sign in "/@?#\\ ") else ""


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """Return ``text`` as an IP address, or ``None`` if it is not one."""
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _split(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host name and port of an address."""
    parts = split_address(url)
    if parts is None or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)


def _same_place(origin: tuple[str, str, int], host: str) -> bool:
    """Return whether an origin is the page itself: a ``Host`` without port means the scheme's own."""
    here = _split(f"{origin[0]}://{host}")
    return here is not None and here[1:] == origin[1:]


@dataclass(frozen=True)
class Proxies:
    """The proxies in front of the page: addresses or networks, or ``*`` for any peer."""

    trusted: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ``ValueError`` if one is neither an address nor a network."""
        for one in self.trusted:
            if one != "*":
                ipaddress.ip_network(one, strict=False)

    def trusts(self, peer: str) -> bool:
        """Return whether ``peer`` is one of them."""
        address = parse_address(peer)
        return "*" in self.trusted or (
            address is not None and any(address in ipaddress.ip_network(one, strict=False) for one in self.trusted)
        )

    def client(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """Return the client to count a request for: the address nearest to us that is not a trusted proxy.

        Args:
            peer: Address of the connection.
            forwarded_for: The values of ``X-Forwarded-For``, in the order in which they came.
        """
        if not self.trusts(peer):
            return _bucket(peer)
        hops = [hop.strip() for value in forwarded_for for hop in value.split(",") if hop.strip()]
        if "*" in self.trusted:  # exactly one proxy is in front, and it wrote the last entry
            return _bucket(hops[-1] if hops else peer)
        return _bucket(next((hop for hop in reversed(hops) if not self.trusts(hop)), peer))


def _bucket(peer: str) -> str:
    """Return the address, or for IPv6 its network of 64 bits, because one client may own all of it."""
    address = parse_address(peer)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.ipv4_mapped is None else peer
    return peer[:64]
