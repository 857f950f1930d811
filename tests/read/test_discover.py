"""Which sources a home page names, and where else they usually lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Form
from monitor.read.listing.discover import find_sources, guesses

ROOT = "https://acme.example/"
HEAD = """<!doctype html><html><head>
<link rel="alternate" type="application/rss+xml" title="Acme" href="/feed/">
<link rel="alternate" type="application/rss+xml" title="Acme &raquo; Comments Feed" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" title="Kommentar-Feed" href="/blog/x/feed/">
<link rel="alternate" type="application/atom+xml; charset=utf-8" href="https://acme.example/atom.xml">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed">
<link rel="alternate" type="application/json" href="/feed.json">
<link rel="alternate" hreflang="de" href="/de/">
<link rel="alternate" type="application/rss+xml" href="javascript:x">
<link rel="sitemap" type="application/xml" href="/sitemap.xml"></head><body>"""


def found(body: str, url: str = ROOT) -> list[tuple[Form, str]]:
    return list(find_sources(body.encode(), url))


def test_declared_sources() -> None:
    assert found(HEAD) == [
        (Form.FEED, ROOT + "feed/"),
        (Form.FEED, ROOT + "atom.xml"),
        (Form.FEED, ROOT + "feed.json"),
        (Form.SITEMAP, ROOT + "sitemap.xml"),
    ]


@pytest.mark.parametrize(
    ("href", "form"),
    [
        ("/rss.xml", Form.FEED),
        ("/blog/feed", Form.FEED),
        ("/index.php?feed=rss2", Form.FEED),
        ("https://blog.acme.example/feed/", Form.FEED),
        ("https://feeds.feedburner.com/acme", Form.FEED),
        ("https://other.example/feed/", None),
        ("/comments/feed/", None),
        ("/feed-your-dog", None),
        ("/sitemap_index.xml", Form.SITEMAP),
        ("/blog/", Form.LISTING),
        ("/en/blog", Form.LISTING),
        ("/company/news/", Form.LISTING),
        ("https://blog.acme.example/", Form.LISTING),
        ("https://blog.other.example/", None),
        ("/products/", None),
    ],
)
def test_links(href: str, form: Form | None) -> None:
    forms = [form for form, _ in found(f'<html><body><a href="{href}">x</a></body></html>')]
    assert forms == ([] if form is None else [form])


def test_home_that_lists_posts_is_a_listing() -> None:
    cards = "".join(
        f'<h2><a href="/why-we-moved-{n}/">Why we moved again</a></h2>' for n in range(3)
    )
    assert (Form.LISTING, ROOT) in found(cards)
    assert (Form.LISTING, ROOT) not in found('<a href="/our-platform/">Our platform</a>')


def test_a_blog_in_a_folder_keeps_to_its_folder() -> None:
    body = '<a href="/blog/why-we-moved">Why</a><a href="/news/">News</a><a href="/blog/archive/">All</a>'
    assert found(body, ROOT + "blog/") == [
        (Form.LISTING, ROOT + "blog/"),
        (Form.LISTING, ROOT + "blog/archive/"),
    ]


def test_each_source_once_and_not_too_many() -> None:
    body = '<a href="/feed/">a</a><a href="http://acme.example/feed">b</a>'
    assert found(body) == [(Form.FEED, ROOT + "feed/")]
    assert len(found("".join(f'<a href="/x{n}/feed/">x</a>' for n in range(90)))) == 20


def test_guesses_try_the_blogs_folder_first() -> None:
    tries = guesses("https://acme.example/blog")
    feeds = [url for form, url in tries if form is Form.FEED]
    assert feeds[0] == "https://acme.example/blog/feed/"
    assert "https://acme.example/feed/" in feeds and "https://acme.example/blog/rss.xml" in feeds
    assert (Form.SITEMAP, "https://acme.example/wp-sitemap.xml") in tries
    assert len(set(tries)) == len(tries)
    assert (
        guesses("https://acme.example/blog/index.html")[0][1] == "https://acme.example/blog/feed/"
    )
    assert guesses("nonsense") == ()


@given(st.binary(max_size=400), st.text(max_size=20))
def test_never_raises(body: bytes, url: str) -> None:
    find_sources(HEAD.encode() + body, ROOT)
    find_sources(body, url)
    guesses(url)
