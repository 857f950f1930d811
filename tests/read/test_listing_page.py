"""Which posts a listing page links to, their titles and dates, and where older ones stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.listing import Listing
from monitor.read.listing.page import read_listing

URL = "https://acme.example/blog/"
PAGE = """<!doctype html><html><head><title>Blog</title></head><body>
<nav><a href="/">Home</a><a href="/about/">About us</a><a href="/blog/">Blog</a><a href="/blog/tag/x/">x</a></nav>
<main><article class="card"><a href="/blog/one"><img src="a.png" alt=""></a>
<h2><a href="/blog/one?utm_source=list">The first one</a></h2><time datetime="2024-05-01T10:00:00+02:00">1 May</time>
<a href="/blog/one#more">Read more</a></article>
<article><a href="two"><h3>The second one</h3><p>Some words of it.</p></a><time datetime="2024-04-01"></time></article>
<li><h3>The third one</h3><p>Words</p><a href="/blog/three">Weiterlesen →</a></li>
<div hidden><a href="/blog/trap">Trap</a></div><p style="display: none"><a href="/blog/trap-two">Trap</a></p>
<a href="https://other.example/blog/x">Elsewhere</a><a href="javascript:x()">x</a><a>none</a>
</main><nav class="pager"><a href="/blog/page/2/">2</a> <a href="/blog/page/9/">9</a></nav></body></html>"""


def read(body: str, url: str = URL, home: str = URL, known: tuple[str, ...] = ()) -> Listing:
    return read_listing(body.encode(), url, "", home=home, known=known, include=None, exclude=())


def test_posts_titles_and_dates_in_order() -> None:
    listing = read(PAGE)
    assert [(e.url.rpartition("/")[2], e.title, e.published_at) for e in listing.entries] == [
        ("one", "The first one", "2024-05-01T08:00:00Z"),
        ("two", "The second one", "2024-04-01"),
        ("three", "The third one", ""),
    ]
    assert not listing.broken and not listing.complete
    assert listing.next_page == "https://acme.example/blog/page/2/"


@pytest.mark.parametrize(
    ("url", "links", "expected"),
    [
        (URL, '<a rel="next" href="?page=2">x</a>', "?page=2"),
        (URL, '<link rel="next" href="/blog/?cursor=abc">', "?cursor=abc"),
        (URL, '<a href="/blog/page/2/">Older posts</a>', "page/2/"),
        (URL, '<a href="/blog/?paged=2">Ältere Beiträge →</a>', "?paged=2"),
        (URL, '<a href="/blog/?offset=10">過去の記事</a>', "?offset=10"),
        (URL + "page/2/", '<a href="/blog/">1</a><a href="/blog/page/3">3</a>', "page/3"),
        (URL + "page/2/", '<a href="/blog/page/1/">«</a><a href="/blog/page/3/">»</a>', "page/3/"),
        (URL, '<a href="/blog/?page=2&amp;x=1">2</a>', ""),
        (URL, '<a href="/blog/?page=5">5</a>', ""),
        (URL, '<a href="/news/page/2/">2</a>', ""),
        (URL, '<a rel="next" href="https://other.example/page/2/">2</a>', ""),
        (URL, '<a rel="next" href="/blog/another-post">Next</a>', ""),
    ],
)
def test_next_page(url: str, links: str, expected: str) -> None:
    listing = read(f'<html><body><a href="/blog/one">One</a>{links}</body></html>', url)
    assert listing.next_page == (URL + expected if expected else "")


def test_base_is_honoured() -> None:
    listing = read('<base href="/blog/deep/"><a href="one">The first one</a>')
    assert [e.url for e in listing.entries] == ["https://acme.example/blog/deep/one"]


def test_known_posts_teach_and_patterns_decide() -> None:
    body = '<a href="/a-long-page/">Page</a><a href="/stories/x">X</a>'
    root = "https://acme.example/"
    known = ("https://acme.example/stories/one",)
    assert [e.url for e in read(body, root, root, known).entries] == [
        "https://acme.example/stories/x"
    ]
    listing = read_listing(body.encode(), root, home=root, include=["/a-*"], exclude=[])
    assert [e.url for e in listing.entries] == ["https://acme.example/a-long-page/"]


def test_dated_links_teach_where_no_feed_did() -> None:
    dated = "".join(f'<a href="/2024/0{n}/some-post/">Post</a>' for n in range(1, 5))
    listing = read(
        dated + '<a href="/our-long-page/">Page</a>',
        "https://acme.example/",
        "https://acme.example/",
    )
    assert len(listing.entries) == 4


@pytest.mark.parametrize(
    "body", ["", "<html></html>", '<a href="/about/">About</a>', "\x00", "<<<>>>"]
)
def test_a_page_without_posts_is_broken(body: str) -> None:
    listing = read(body)
    assert listing.broken == "the page lists no posts" and not listing.entries


def test_links_are_capped() -> None:
    listing = read("".join(f'<a href="/blog/x{n}">x</a>' for n in range(6000)))
    assert len(listing.entries) == 5000


def test_charset_hint_and_xml_declaration() -> None:
    body = '<?xml version="1.0" encoding="utf-8"?><html><a href="/blog/x"><h2>Größe</h2></a></html>'
    assert read(body).entries[0].title == "Größe"
    listing = read_listing(
        body.replace("utf-8", "latin1").encode("latin-1"),
        URL,
        "text/html; charset=latin1",
        home=URL,
    )
    assert listing.entries[0].title == "Größe"


@given(st.binary(max_size=500), st.text(max_size=30))
def test_never_raises(body: bytes, href: str) -> None:
    page = b"<html><a href='" + href.encode("utf-8", "replace") + b"'>x</a>" + body
    listing = read_listing(page, URL, "", home=URL)
    assert listing.entries or listing.broken
