"""A URL taken apart: the short way, by what the readers have taken apart already, says what the parser says."""

from __future__ import annotations

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.net.address import address_of

PIECES = st.sampled_from(
    "http:// https:// HTTP: ftp:// // a.example . www. [::1] 127.0.0.1 :80 :443 :0 :8080 / .. \\ ; ? & = # #! "
    "user:pw@ @ % %41 é | x y=1".split(" ")
) | st.sampled_from([" ", "\t", "\x01"])


@given(
    st.lists(PIECES, max_size=9).map("".join),
    st.sampled_from(["", "http://a.example/", "https://b.example:81/x"]),
)
def test_it_is_what_the_parser_says(text: str, before: str) -> None:
    found, url = address_of(before + text), before + text
    try:
        parts = ada_url.URL(url)
    except ValueError:
        assert (found.url, found.refused) == (url, "not a URL")
        return
    assert found.url == parts.href.partition("#")[0]
    bad = parts.protocol not in ("http:", "https:") or not parts.hostname or parts.port == "0"
    assert bool(found.refused) == bool(bad or parts.username or parts.password)
    assert (found.scheme, found.host) == (parts.protocol.rstrip(":"), parts.host)
    assert found.target == (parts.pathname + parts.search).encode()
    usual = 443 if parts.protocol == "https:" else 80
    assert (found.name, found.port) == (parts.hostname.strip("[]"), int(parts.port or usual))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://a.example/x?", "http://a.example/x?"),  # no query is not an empty one
        ("http://a.example/x?#part", "http://a.example/x?"),
        ("http://a.example", "http://a.example/"),
    ],
)
def test_what_is_asked_for(url: str, asked: str) -> None:
    assert address_of(url).url == asked
