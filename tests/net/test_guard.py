"""Who may be fetched: the table of ranges at its edges, and URLs by their form."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.net.guard import public_https, refused, refused_url

SPECIAL = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]


@pytest.mark.parametrize("cidr", SPECIAL)
def test_a_special_range_is_refused_from_its_first_address_to_its_last(cidr: str) -> None:
    network = ip_network(cidr)
    middle = network.network_address + network.num_addresses // 2
    for address in (network.network_address, middle, network.broadcast_address):
        assert refused(str(address)), address


@pytest.mark.parametrize(
    "address",
    [
        *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
        *("126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255"),
        *("172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.167.255.255"),
        *("192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "223.255.255.255"),
        *("168.63.129.15", "8.8.8.8", "93.184.216.34"),
        *("2000::", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700::6810:84e5"),
        *("2a00:1450:4001:80b::200e", "3ffe:ffff::1"),
    ],
)
def test_public_addresses_pass_also_beside_special_ranges(address: str) -> None:
    assert refused(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        # what Python's is_global calls global (3.11.7), and cloud machines' own services
        *("192.0.0.8", "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1"),
        *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("::ffff:127.0.0.1", "::127.0.0.1", "::1", "::", "255.255.255.255", "0.0.0.0"),
        *("fe80::1%eth0", "::1%lo", "4000::1", "5f00::1", "e000::1"),
    ],
)
def test_disguises_and_inner_services_are_refused(address: str) -> None:
    assert refused(address)


@pytest.mark.parametrize(
    "address", ["", "localhost", "0x7f.1", "1.2.3", "127.1", "[::1]", "1.2.3.4.5"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refused(address) == "not an address"


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_ipv4_is_never_laxer_than_python(ip: IPv4Address) -> None:
    if not ip.is_global or ip.is_multicast:
        assert refused(str(ip))
    assert bool(refused(f"::ffff:{ip}"))


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_ipv6_passes_in_global_unicast_only(ip: IPv6Address) -> None:
    if int(ip) >> 125 != 1 or not ip.is_global:
        assert refused(str(ip))


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/",
        "https://acme.example:8443/blog?p=1#x",
        "HTTPS://Acme.Example",
        "http://127.0.0.1/",  # form only: the address is judged at connect
        "http://bücher.example/ü",
        "https:acme.example",
    ],
)
def test_http_urls_pass(url: str) -> None:
    assert refused_url(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.example/blog",
        "//acme.example/",
        "file:///etc/passwd",
        "source:file:///etc/passwd",
        "view-source:http://acme.example/",
        "ftp://acme.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "gopher://acme.example:70/",
        "jar:http://acme.example/x!/",
        "http://",
        "http://user@acme.example/",
        "http://user:secret@acme.example/",
        "http://:secret@acme.example/",
        "http://acme.example:0/",
        "http://acme.example:65536/",
        "http://acme.example:x/",
        "http://ac me.example/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://acme.example\ud800/",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    assert refused_url(url)


def test_a_refusal_repeats_no_password() -> None:
    assert "secret" not in refused_url("http://user:secret@acme.example/")


@given(st.text())
def test_any_text_is_judged_and_never_raises(text: str) -> None:
    refused(text)
    refused_url(text)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://watch.example.org", True),
        ("https://watch.example.org:8443/pages/", True),
        ("HTTPS://Watch.Example.ORG.", True),
        ("https://bücher.example", True),
        ("https://93.184.216.34", True),
        ("https://[2606:2800:220:1::1]/", True),
        ("https://local.example.org", True),
        ("https://my-internal", False),
        ("http://watch.example.org", False),
        ("https://localhost", False),
        ("https://localhost:8787", False),
        ("https://pages.localhost", False),
        ("https://nas.local", False),
        ("https://nas.local.", False),
        ("https://pages.corp.internal", False),
        ("https://box.lan", False),
        ("https://box.home.arpa", False),
        ("https://127.0.0.1:8787", False),
        ("https://127.1", False),
        ("https://2130706433", False),
        ("https://0x7f000001/", False),
        ("https://10.0.0.4", False),
        ("https://192.168.1.9", False),
        ("https://[::1]:8787", False),
        ("https://[fd00::1]", False),
        ("https://user:secret@watch.example.org", False),
        ("ftp://watch.example.org", False),
        ("", False),
        ("https://", False),
    ],
)
def test_where_pages_can_be_reached_from_everywhere(url: str, public: bool) -> None:
    assert public_https(url) is public


@given(st.text())
def test_any_base_url_is_judged(text: str) -> None:
    assert public_https(text) in (True, False)
    assert public_https(f"https://{text}") in (True, False)
