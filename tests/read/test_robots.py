"""What a robots.txt allows, and what its absence means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.robots import MAX_BODY, read_robots

ME = "postwatch/1.0 (+https://postwatch.example)"
BODY = b"""User-agent: *
Disallow: /private/
Disallow: /*?s=
Allow: /private/open
Crawl-delay: 5
User-agent: postwatch
Disallow: /only-us/
Crawl-delay: 1e9
Sitemap: https://acme.example/sitemap.xml
sitemap: https://acme.example/news.xml
Sitemap: file:///etc/passwd
Sitemap: https://acme.example/sitemap.xml
"""


def test_longest_match_and_wildcards() -> None:
    robots = read_robots(BODY, 200)
    assert not robots.allows("https://acme.example/private/x", "other")
    assert robots.allows("https://acme.example/private/open/x", "other")
    assert not robots.allows("https://acme.example/?s=x", "other")
    assert robots.allows("https://acme.example/blog/", "other")


def test_the_group_that_names_us_counts_alone() -> None:
    robots = read_robots(BODY, 200)
    assert robots.allows("https://acme.example/private/x", ME)
    assert not robots.allows("https://acme.example/only-us/x", ME)


def test_delay_is_clamped() -> None:
    robots = read_robots(BODY, 200)
    assert robots.delay("other") == timedelta(seconds=5)
    assert robots.delay(ME) == timedelta(seconds=60)
    assert read_robots(b"User-agent: *\nCrawl-delay: nan", 200).delay(ME) is None


def test_sitemaps_are_unique_http_addresses() -> None:
    assert read_robots(BODY, 200).sitemaps == (
        "https://acme.example/sitemap.xml",
        "https://acme.example/news.xml",
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_no_file_allows_all(status: int) -> None:
    robots = read_robots(b"User-agent: *\nDisallow: /", status)
    assert robots.allows("https://acme.example/x", ME) and not robots.unreadable


@pytest.mark.parametrize("status", [None, 500, 503, 429])
def test_what_could_not_be_had_is_unreadable(status: int | None) -> None:
    robots = read_robots(None, status)
    assert robots.unreadable and robots.allows("https://acme.example/x", ME)
    assert robots.delay(ME) is None


def test_a_web_page_in_its_place_allows_all() -> None:
    page = b"<!doctype html><html><pre>User-agent: *\nDisallow: /\n</pre></html>"
    robots = read_robots(page, 200)
    assert robots.allows("https://acme.example/x", ME) and not robots.unreadable


def test_what_follows_the_ceiling_is_ignored() -> None:
    robots = read_robots(b"#" * MAX_BODY + b"\nUser-agent: *\nDisallow: /", 200)
    assert robots.allows("https://acme.example/x", ME)


@given(st.binary(), st.text())
def test_never_raises(body: bytes, url: str) -> None:
    robots = read_robots(b"User-agent: *\nDisallow: /a\n" + body, 200)
    assert isinstance(robots.allows(url, ME), bool)
    robots.delay(ME)
