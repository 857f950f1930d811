"""Who may be fetched? Judges one IP address, or the form of one URL; resolves and dials nothing.

Python's `is_global` is not enough: 3.11.7 calls 192.0.0.8, 64:ff9b::7f00:1, 2002:7f00:1:: and
fec0::1 global (CVE-2024-4032 mended some of it later). So the table is our own. IPv6 is an
allowlist: what is not in 2000::/3 is refused, also what nobody has thought of yet.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from .address import address_of

# Sources: IANA special-purpose address registries (IPv4 and IPv6), RFC 6890 and its updates.
# Order matters only for the sentence: the narrower range stands before the wider one.
_SPECIAL: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this host"),
    ("10.0.0.0/8", "a private network"),
    ("100.64.0.0/10", "a carrier's shared network"),
    ("127.0.0.0/8", "this machine"),
    ("168.63.129.16/32", "the Azure platform"),  # outside every registry, yet answers from inside
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "a private network"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "reserved for documentation"),
    ("192.31.196.0/24", "an AS112 sink"),
    ("192.52.193.0/24", "a multicast tunnel"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "a private network"),
    ("192.175.48.0/24", "an AS112 sink"),
    ("198.18.0.0/15", "reserved for benchmarks"),
    ("198.51.100.0/24", "reserved for documentation"),
    ("203.0.113.0/24", "reserved for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "this host"),
    ("::1/128", "this machine"),
    ("::ffff:0:0/96", "an IPv4 address in disguise"),
    ("::/96", "an IPv4 address in disguise"),
    ("64:ff9b::/96", "an IPv4 address behind NAT64"),
    ("64:ff9b:1::/48", "an IPv4 address behind NAT64"),
    ("100::/64", "a discard address"),
    ("2001::/32", "a Teredo tunnel"),
    ("2001::/23", "reserved for protocols"),
    ("2001:db8::/32", "reserved for documentation"),
    ("2002::/16", "a 6to4 tunnel"),
    ("2620:4f:8000::/48", "an AS112 sink"),
    ("3fff::/20", "reserved for documentation"),
    ("fc00::/7", "a private network"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (n, why) for cidr, why in _SPECIAL if isinstance(n := ip_network(cidr), IPv4Network)
)
_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (n, why) for cidr, why in _SPECIAL if isinstance(n := ip_network(cidr), IPv6Network)
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")


def refused(address: str) -> str:
    """Why this IP address is not fetched, in a few words; "" when it may be.

    `address` is a literal as `getaddrinfo` gives it (a zone such as "%eth0" may follow);
    anything that is no address is refused.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(ip, IPv4Address):
        return _refused_v4(ip)
    return _refused_v6(ip)


def _refused_v4(ip: IPv4Address) -> str:
    return next((why for network, why in _V4 if ip in network), "")


def _refused_v6(ip: IPv6Address) -> str:
    bare = IPv6Address(int(ip))  # without its zone, which `in` would trip over
    for network, why in _V6:
        if bare in network:
            return why
    return "" if bare in _GLOBAL_UNICAST else "not a public address"


def refused_url(url: str) -> str:
    """Why a URL of this form is not fetched, in a few words; "" when it may be. The address behind the host
    is judged at connect, by `refused`."""
    return address_of(url).refused


def origin(url: str) -> str:
    """Scheme, host and port of a URL that may be fetched, as they are dialled."""
    address = address_of(url)
    return f"{address.scheme}://{address.host}"


#: Names that a network gives itself: mDNS (RFC 6762), loopback (RFC 6761), home networks (RFC 8375),
#: ICANN's own for private use (2024), and those people use without asking.
_INNER = (
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "lan",
    "intranet",
    "home",
    "corp",
    "private",
)


def public_https(url: str) -> bool:
    """Whether a URL of this form can be reached over https from anywhere, as far as its host says."""
    address = address_of(url)
    if address.refused or address.scheme != "https":
        return False
    host = address.name.rstrip(".").lower()
    if ":" in host or host.rpartition(".")[2].isdigit():
        return not refused(host)
    return "." in host and not host.endswith(tuple(f".{name}" for name in _INNER))
