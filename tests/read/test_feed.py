"""What feeds name, and which of them prove nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Form
from monitor.read.listing import Listing
from monitor.read.listing.feed import MAX_BODY, read_feed

URL = "https://acme.example/blog/feed/"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet href="/x.xsl"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Acme</title><link>https://acme.example/</link>
<atom:link href="https://acme.example/blog/feed/" rel="self"/>
<item><title>Salt &amp;amp; &lt;em&gt;pepper&lt;/em&gt;</title>
 <link>/blog/salt?utm_source=rss&amp;x=1&amp;y=2#more</link><pubDate>Wed, 01 May 2024 10:00:00 +0200</pubDate>
 <dc:creator>Ana Übel</dc:creator><description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &amp;amp; three&lt;/p&gt;</description></item>
<item><title><![CDATA[Why List<T> is <i>not</i> enough]]></title><guid>https://acme.example/blog/list</guid></item>
<item><title>Same again</title><link>http://acme.example/blog/list/</link></item>
<item><title>No address</title><guid isPermaLink="false">tag:41</guid></item>
</channel></rss>
"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://acme.example/posts/"><title>Acme</title>
<link rel="next" href="/blog/feed/?page=2"/>
<entry><title type="html">Tom &amp;amp; Ana</title><link rel="edit" href="/edit/1"/>
 <link rel="alternate" type="application/json" href="one.json"/><link rel="alternate" type="text/html" href="one"/>
 <published>2024-05-01T10:00:00+02:00</published><updated>2024-06-01T00:00:00Z</updated>
 <author><name>Zoë</name></author></entry>
<entry><title>Two</title><link href="two"/><updated>2024-06-01T00:00:00Z</updated></entry></feed>
"""
RDF = """<?xml version="1.0" encoding="iso-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>t</title></channel>
<item rdf:about="y"><title>Café</title><link>https://acme.example/café</link><dc:date>2024-05-01</dc:date></item></rdf:RDF>
"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "next_url": "/blog/feed.json?page=2",
        "items": [
            {"id": "1", "url": "/blog/one", "title": "One & two", "authors": [{"name": "Ana"}]}
            | {"date_published": "2024-05-01T10:00:00+02:00", "summary": "<b>s</b>"},
            {"id": "https://acme.example/blog/two", "date_published": "2024-05-01"}
            | {"date_modified": "2024-06-02T09:00:00Z"},
            {"id": 3},
            "nonsense",
        ],
    }
)


def addresses(listing: Listing) -> list[str]:
    return [entry.url for entry in listing.entries]


def test_rss() -> None:
    listing = read_feed(RSS.encode(), URL, "application/rss+xml")
    assert not listing.broken and listing.form is Form.FEED and not listing.complete
    assert addresses(listing) == [
        "https://acme.example/blog/salt?x=1&y=2",
        "https://acme.example/blog/list",
    ]
    first, second = listing.entries
    assert (first.title, first.author) == ("Salt & pepper", "Ana Übel")
    assert first.published_at == "2024-05-01T08:00:00Z"
    assert (first.updated_at, second.updated_at) == ("", "")
    assert first.summary == "One. Two & three"
    assert second.title == "Why List<T> is not enough"


def test_atom() -> None:
    listing = read_feed(ATOM.encode(), URL)
    assert addresses(listing) == [
        "https://acme.example/posts/one",
        "https://acme.example/posts/two",
    ]
    assert listing.next_page == "https://acme.example/blog/feed/?page=2"
    assert [e.published_at for e in listing.entries] == ["2024-05-01T08:00:00Z", ""]
    assert [e.updated_at for e in listing.entries] == ["2024-06-01T00:00:00Z"] * 2
    assert (listing.entries[0].title, listing.entries[0].author) == ("Tom & Ana", "Zoë")


def test_rdf_in_latin1() -> None:
    listing = read_feed(RDF.encode("latin-1"), URL, "text/xml")
    (entry,) = listing.entries
    assert (entry.title, entry.published_at) == ("Café", "2024-05-01")
    assert entry.url == "https://acme.example/caf%C3%A9"


def test_json_feed() -> None:
    listing = read_feed(JSON.encode(), URL)
    assert addresses(listing) == ["https://acme.example/blog/one", "https://acme.example/blog/two"]
    assert [e.published_at for e in listing.entries] == ["2024-05-01T08:00:00Z", "2024-05-01"]
    assert [e.updated_at for e in listing.entries] == ["", "2024-06-02T09:00:00Z"]
    assert (listing.entries[0].title, listing.entries[0].author) == ("One & two", "Ana")
    assert listing.next_page == "https://acme.example/blog/feed.json?page=2"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(codec: str) -> None:
    assert addresses(read_feed(ATOM.encode(codec), URL)) == addresses(read_feed(ATOM.encode(), URL))


@pytest.mark.parametrize(
    "before",
    [
        "\n\n  ",
        "<br />\n<b>Warning</b>: Undefined index in x.php on line <b>3</b><br />\n",
        "<!-- cached -->",
    ],
)
def test_what_stands_before_a_feed_is_passed_over(before: str) -> None:
    assert addresses(read_feed((before + RSS).encode(), URL)) == addresses(
        read_feed(RSS.encode(), URL)
    )


def test_faults_inside_a_whole_feed_are_forgiven() -> None:
    faulty = RSS.replace("Same again", "Caf&eacute; \x08 & more <br>").replace(
        "</channel></rss>", "</channel></rss> <!-- 0.1s -->"
    )
    assert len(read_feed(faulty.encode(), URL).entries) == 2
    query = RSS.replace("?utm_source=rss&amp;x=1&amp;y=2", "?x=1&y=2")
    assert addresses(read_feed(query.encode(), URL))[0] == "https://acme.example/blog/salt?x=1&y=2"


def test_relay_names_the_original() -> None:
    item = (
        '<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><link>'
        "https://relay.example/~r/1</link><feedburner:origLink>https://acme.example/a"
        "</feedburner:origLink></item></channel></rss>"
    )
    assert addresses(read_feed(item.encode(), URL)) == ["https://acme.example/a"]


def test_only_web_addresses() -> None:
    item = "<rss><channel><item><link>javascript:alert(1)</link></item><item><link>file:///a</link></item></channel></rss>"
    assert read_feed(item.encode(), URL).broken == "the feed holds no entries"


@pytest.mark.parametrize("cut", range(300, len(RSS) - 8, 97))
def test_a_feed_cut_off_is_broken(cut: int) -> None:
    listing = read_feed(RSS.encode()[:cut], URL)
    assert "breaks off" in listing.broken and not listing.entries


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!doctype html><html><body><p>Not found</p></body></html>", "a web page"),
        (b"<!-- x --><html><body><rss></rss></body></html>", "a web page"),
        (b"plain words", "something else"),
        (b"<rss><channel><title>t</title></channel></rss>", "no entries"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'></feed>", "no entries"),
        (b'{"items": []}', "no entries"),
        (b'{"code": "rest_no_route"}', "no JSON Feed"),
        (b"[" * 100_000, ""),
        (b'{"a": ', "cannot be read"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss><channel><item><link>/&a;</link></item></channel></rss>', "entities"),
        (b"<rss><channel>" + b"<a>" * 5000 + b"</channel></rss>", "nested"),
        (b"<rss><channel>" + b"<item><link>/a</link></item>" * 10_001 + b"</channel></rss>", "10,000"),
        (b"<rss>" + b" " * MAX_BODY + b"</rss>", "larger"),
    ],
)  # fmt: skip
def test_what_proves_nothing_is_broken(body: bytes, says: str) -> None:
    listing = read_feed(body, URL)
    assert listing.broken and says in listing.broken
    assert not listing.entries and not listing.next_page


def test_external_entities_are_not_read() -> None:
    body = b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><rss><channel><item><title>&x;</title><link>/a</link></item></channel></rss>'
    assert addresses(read_feed(body, URL)) == ["https://acme.example/a"]


def test_an_article_about_entities_is_no_bomb() -> None:
    body = RSS.replace("Same again", "<![CDATA[<!ENTITY x SYSTEM 'y'>]]>")
    assert not read_feed(body.encode(), URL).broken


@given(st.binary(max_size=400), st.sampled_from(["", "<rss><channel>", "<feed>", "{", RSS[:700]]))
def test_never_raises(body: bytes, before: str) -> None:
    for end in (b"", b"</channel></rss>", b"</feed>"):
        listing = read_feed(before.encode() + body + end, URL, "text/xml; charset=x")
        assert isinstance(listing, Listing) and (listing.entries or listing.broken)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_json_of_any_shape(value: object) -> None:
    for found in (
        value,
        {"items": value},
        {"items": [value]},
        {"items": [{"url": value, "authors": value, "title": value}]},
    ):
        assert isinstance(read_feed(json.dumps(found).encode(), URL), Listing)
