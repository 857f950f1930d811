"""A usual sitemap is read without a parser, and says what the parser says of it; whatever is unusual is left to that."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.listing import Entry
from monitor.read.listing.plain_sitemap import LARGEST, MOST, plain_sitemap
from monitor.read.listing.sitemap import read_sitemap

URL = "https://acme.example/sitemap.xml"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
NS = ' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
WHERE = (
    ' xsi:schemaLocation="http://www.sitemaps.org/schemas/sitemap/0.9 http://x.example/sitemap.xsd"'
)
LOC = "<loc>https://acme.example/blog/a</loc>"


def urlset(inner: str, head: str = XML, attributes: str = NS) -> bytes:
    return f"{head}<urlset{attributes}>{inner}</urlset>".encode()


def url(inner: str) -> str:
    return f"<url>{inner}</url>"


def test_what_it_says() -> None:
    dated = url(
        "<loc> /blog/a?utm_source=x </loc>\n<lastmod>2024-06-01</lastmod><priority>1</priority>"
    )
    found = plain_sitemap(urlset(f"\r\n{dated}\n{url(LOC)}{url('<loc>/b</loc>')}\n"), URL)
    assert found is not None
    assert found.entries == (
        Entry("https://acme.example/blog/a", updated_at="2024-06-01"),
        Entry("https://acme.example/b"),
    )
    assert found.complete and not found.broken


@pytest.mark.parametrize(
    "body",
    [
        urlset(url(LOC)),
        urlset(url(LOC), head=""),
        urlset(url(LOC), head=XML.replace("UTF-8", "utf-8") + "\n"),
        urlset(url(LOC), head=f'{XML}<?xml-stylesheet type="text/xsl" href="//x.example/s.xsl"?>\n'),
        urlset(url(LOC), attributes=""),
        urlset(url(LOC), attributes=NS + XSI + WHERE),
        b"\xef\xbb\xbf \n" + urlset(url(LOC)) + b"\n ",
        urlset(url("<loc>/F%C3%BC%C3%9Fe/%25/?b=2&#a".replace("&", ";") + "</loc><lastmod> 2024-06-01T10:00:00+02:00\n</lastmod>")),
        urlset(url("<loc>\r\n\t/a/[b]/~c'(d)*+,$!@e:f \r\n</loc>")),
        urlset(url(f"{LOC}<lastmod></lastmod><changefreq>daily</changefreq><priority>0.5</priority>")),
        urlset(url("<loc></loc>") + url(LOC)),
        urlset(url("<loc>javascript:x</loc>")),
        urlset("".join(url(f"<loc>/{n}</loc>") for n in range(MOST))),
        f"{XML}<sitemapindex{NS}><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>".encode(),
        f"{XML}<sitemapindex{NS}><sitemap><loc>/a.xml</loc><lastmod>2024-06-01</lastmod></sitemap>\n</sitemapindex>".encode(),
    ],
)  # fmt: skip
def test_usual_ones_are_read_as_the_parser_reads_them(body: bytes) -> None:
    assert plain_sitemap(body, URL) == read_sitemap(body, URL)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        urlset(""),
        urlset(url(LOC))[:-4],
        urlset(url(LOC)) + b"<!-- x -->",
        urlset(url("<loc>/a?x=1&amp;y=2</loc>")),
        urlset(url("<loc><![CDATA[/a]]></loc>")),
        urlset(url("<loc>/a\x07</loc>")),
        urlset(url("<loc>/a\r\nb</loc>")),
        urlset(url("<loc>/a b</loc>")),
        urlset(url("<loc>/Füße</loc>")),
        urlset(url('<loc>/a"{}</loc>')),
        urlset(url(LOC + "<lastmod>2024-06-01\r</lastmod>")),
        urlset(url(LOC), attributes=NS + ' xsi:schemaLocation=" xmlns:xsi="'),
        urlset(url(LOC), attributes=NS + ' xsi:schemaLocation="x xmlns:xsi=x"'),
        urlset(url("<loc>/a\uffff</loc>")),
        urlset(url("<loc>/a</loc>")).replace(b"/a", b"/\xe4"),
        urlset(url(LOC), head='<?xml version="1.0" encoding="ISO-8859-1"?>'),
        urlset(url(LOC), head="<!DOCTYPE html>"),
        urlset(url(LOC), attributes=NS + NS),
        urlset(url(LOC), attributes=NS + WHERE),
        urlset(url(LOC), attributes=' xmlns="http://www.w3.org/2000/xmlns/"'),
        urlset(url(LOC), attributes=' xmlns="http://www.w3.org/XML/1998/namespace"'),
        urlset(url(LOC + LOC)),
        urlset(url("<lastmod>2024-06-01</lastmod>" + LOC)),
        urlset(url(LOC) + "text"),
        urlset(url(LOC + "<image:image></image:image>"), attributes=NS + ' xmlns:image="http://x.example/i"'),
        urlset(url(LOC) + "<sitemap><loc>/b</loc></sitemap>"),
        urlset(url(LOC).replace("loc", "LOC")),
        urlset(url(LOC) * (MOST + 1)),
        urlset(url(LOC) + " " * LARGEST),
    ],
)  # fmt: skip
def test_all_else_is_the_parsers(body: bytes) -> None:
    assert plain_sitemap(body, URL) is None


PIECES = st.sampled_from(
    [
        url(LOC), url("<loc>/b</loc><lastmod>2024-06-01</lastmod>"), url("<loc>/c</loc>\n<priority>1</priority>"),
        "<loc>/d</loc>", "<url>", "</url>", "<lastmod>", "</lastmod>", "&amp;", "]]>", "<!-- x -->", "\r\n", " ", "é",
        "\x85", "\xa0", "\u2028", "\x00", "\x7f", "<sitemap><loc>/e</loc></sitemap>", '"', ">", "/",
    ]
)  # fmt: skip
HEADS = st.sampled_from(["", XML, XML + "\n", " ", XML + '<?xml-stylesheet href="a" type="b"?>'])
ATTRIBUTES = st.lists(
    st.sampled_from(
        [
            NS,
            XSI,
            WHERE,
            ' x="y"',
            "\n",
            ' xsi:schemaLocation=" xmlns:xsi="',
            ' xsi:schemaLocation="',
        ]
    ),
    max_size=3,
).map("".join)


@settings(max_examples=400)
@given(HEADS, ATTRIBUTES, st.lists(PIECES, max_size=6), st.text(max_size=3), st.integers(0, 400))
def test_no_parser_says_otherwise(
    head: str, attributes: str, pieces: list[str], strange: str, at: int
) -> None:
    """However it is put together, and whatever comes between."""
    text = urlset("".join(pieces), head, attributes).decode()
    for body in (text, text[:at] + strange + text[at:]):
        found = plain_sitemap(body.encode("utf-8", "replace"), URL)
        assert found is None or found == read_sitemap(body.encode("utf-8", "replace"), URL)
