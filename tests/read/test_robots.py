"""What a robots.txt allows, and what its absence means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.robots import MAX_BODY, MAX_LINES, read_robots

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


GROUPS = b"""User-agent: other
Disallow: /blog/

User-agent: *
Disallow: /admin/
Disallow: /blog/ # ours to keep
Disallow: /*/draft
Allow: /blog/about
Disallow: /blog/
"""


@pytest.mark.parametrize(
    ("urls", "agent", "lines"),
    [
        (["/blog/a"], ME, ("/blog/",)),
        (["/blog/a", "/x/draft", "/admin/"], ME, ("/admin/", "/blog/", "/*/draft")),
        (["/blog/about", "/free"], ME, ()),
        (["/x/draft"], "other/1.0", ()),  # that group stands alone, and says nothing of drafts
        (["/blog/a"], "other/1.0", ("/blog/",)),
        ([], ME, ()),
    ],
)
def test_the_lines_that_hide_a_page_are_named(
    urls: list[str], agent: str, lines: tuple[str, ...]
) -> None:
    robots = read_robots(GROUPS, 200)
    assert robots.hiding([f"https://acme.example{u}" for u in urls], agent) == lines


def test_a_file_of_ten_thousand_lines_is_read_within_bounds() -> None:
    text = "User-agent: *\n" + "".join(f"Disallow: /x{n}/\n" for n in range(10_000))
    robots = read_robots(text.encode(), 200)
    urls = [f"https://acme.example/x{n}/" for n in range(100)]
    assert len(robots.hiding(urls, ME)) == MAX_LINES
    assert robots.hiding(["https://acme.example/x1999/"], ME) == ("/x1999/",)
    assert read_robots(None, 404).hiding(urls, ME) == ()
