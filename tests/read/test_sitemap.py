"""What sitemaps name, and which of them prove nothing."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Form
from monitor.read.listing import Listing, plain_sitemap
from monitor.read.listing.sitemap import MAX_BODY, read_sitemap

URL = "https://acme.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
MAP = f"""<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet href="/x.xsl"?>
<urlset {NS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
<url><loc> https://acme.example/blog/a?x=1&amp;y=2 </loc><lastmod>2024-06-01</lastmod>
 <image:image><image:loc>https://acme.example/a.png</image:loc></image:image>
 <xhtml:link rel="alternate" hreflang="de" href="https://acme.example/de/a"/></url>
<url><image:image><image:loc>https://acme.example/b.png</image:loc></image:image><loc>/blog/b?utm_source=x</loc>
 <news:news><news:publication><news:name>Acme</news:name></news:publication>
 <news:publication_date>2024-05-01T10:00:00+02:00</news:publication_date><news:title>B &amp; c</news:title></news:news></url>
<url><loc>http://acme.example/blog/b/</loc></url>
</urlset>"""
A, B = "https://acme.example/blog/a?x=1&y=2", "https://acme.example/blog/b"


def addresses(listing: Listing) -> list[str]:
    return [entry.url for entry in listing.entries]


def test_urlset() -> None:
    listing = read_sitemap(MAP.encode(), URL)
    assert addresses(listing) == [A, B]
    assert listing.complete and listing.form is Form.SITEMAP and not listing.broken
    assert [e.published_at for e in listing.entries] == ["", "2024-05-01T08:00:00Z"]
    assert [e.updated_at for e in listing.entries] == ["2024-06-01", ""]
    assert [e.title for e in listing.entries] == ["", "B & c"]


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(MAP.encode()),
        gzip.compress(gzip.compress(MAP.encode())),
        b"\xef\xbb\xbf" + MAP.encode(),
        b"\n\n<br />Warning: x in y.php<br />\n" + MAP.encode(),
        MAP.replace("UTF-8", "UTF-16").encode("utf-16"),
        MAP.replace("&amp;y=2", "&y=2").encode(),
        MAP.replace(" https://acme.example/blog/a?x=1&amp;y=2 ", f"<![CDATA[{A}]]>").encode(),
        MAP.replace(NS, "").encode(),
        MAP.replace("http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.google.com/schemas/sitemap/0.84").encode(),
        MAP.replace("<url", "<s:url").replace("</url", "</s:url").replace("<loc", "<s:loc").replace("</loc", "</s:loc")
        .replace("xmlns=", "xmlns:s=").encode(),
    ],
)  # fmt: skip
def test_however_it_is_written(body: bytes) -> None:
    listing = read_sitemap(body, URL)
    assert addresses(listing) == [A, B] and listing.complete


def test_index() -> None:
    body = f"<sitemapindex {NS}><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc>/b.xml.gz</loc></sitemap></sitemapindex>"
    listing = read_sitemap(body.encode(), URL)
    assert listing.children == ("https://acme.example/a.xml", "https://acme.example/b.xml.gz")
    assert not listing.entries and not listing.broken


def test_text() -> None:
    listing = read_sitemap(f"{A}\r\n\r\n{B}\n".encode(), URL)
    assert addresses(listing) == [A, B] and listing.complete


def test_a_feed_in_its_place_is_a_window() -> None:
    body = b"<rss><channel><item><link>/blog/b</link></item></channel></rss>"
    listing = read_sitemap(body, URL)
    assert addresses(listing) == [B] and listing.form is Form.SITEMAP and not listing.complete


@pytest.mark.parametrize("cut", range(200, len(MAP) - 8, 61))
def test_a_sitemap_cut_off_is_broken(cut: int) -> None:
    listing = read_sitemap(MAP.encode()[:cut], URL)
    assert listing.broken and not listing.entries and not listing.complete


def test_over_the_ceiling_it_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_sitemap, "MAX_ENTRIES", 50)
    lines = "".join(f"<url><loc>/x/{n}</loc></url>" for n in range(51))
    listing = read_sitemap(f"<urlset>{lines}</urlset>".encode(), URL)
    assert len(listing.entries) == 50 and not listing.complete and not listing.broken


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (f"<urlset {NS}></urlset>".encode(), "no addresses"),
        (f"<sitemapindex {NS}/>".encode(), "no addresses"),
        (b"<urlset><url><loc>javascript:x</loc></url></urlset>", "no addresses"),
        (b"<!doctype html><html><urlset></urlset></html>", "web page"),
        (b"<!doctype html><title>404</title>", "web page"),
        (b"words\nand words", "something else"),
        (gzip.compress(MAP.encode())[:-30], "packed"),
        (b"\x1f\x8bnonsense", "packed"),
        (gzip.compress(b" " * (MAX_BODY + 1)), "larger"),
        (b'<!DOCTYPE u [<!ENTITY a "b">]><urlset><url><loc>/&a;</loc></url></urlset>', "entities"),
        (b"<urlset><url><loc>/a</url></loc></urlset>", "not well-formed"),
    ],
)
def test_what_proves_nothing_is_broken(body: bytes, says: str) -> None:
    listing = read_sitemap(body, URL)
    assert says in listing.broken and listing.broken
    assert not listing.entries and not listing.children and not listing.complete


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"<urlset>", b"\x1f\x8b", b"https://a.example/"])
)
def test_never_raises(body: bytes, before: bytes) -> None:
    for end in (b"", b"</urlset>"):
        listing = read_sitemap(before + body + end, URL)
        assert listing.entries or listing.children or listing.broken


def test_a_sitemap_of_the_latest_news_is_a_window() -> None:
    def news(path: str, told: bool) -> str:
        date = "<n:publication_date>2026-05-01</n:publication_date>" if told else ""
        return f"<url><loc>https://a.example/{path}</loc><n:news>{date}</n:news></url>"

    def read(*urls: str) -> bool:
        ns = 'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
        return read_sitemap(f"<urlset {ns}>{''.join(urls)}</urlset>".encode(), URL).complete

    assert not read(news("a", True), news("b", True))
    assert read(
        news("a", True), news("b", False)
    )  # a whole one that says of its newest that they are
