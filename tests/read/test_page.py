"""What the bytes of a page say; hostile bytes say little, and harm nobody."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.article import Article
from monitor.read.page import Page, Texts, read_beside, read_page, read_texts, refresh_of
from tests.support.mutated import pages

from .data_articles import TEMPLATES, TITLE

URL = "https://coast.example/blog/a"
TEXT = (
    "<p>The harbour office will keep its doors open until nine in the evening, all year round.</p>"
)


def read(html: str, content_type: str = "text/html; charset=utf-8") -> Page:
    return read_page(html.encode(), URL, content_type)


def with_head(head: str) -> Page:
    return read(f"<html lang=en><head><title>A</title>{head}</head><body>{TEXT}</body></html>")


def test_a_usual_page() -> None:
    page = read(TEMPLATES["wordpress"])
    assert page.is_html and page.charset == "utf-8" and page.language == "en"
    assert page.title == f"{TITLE} | Coast Works" and page.h1 == (TITLE,)
    assert not page.noindex and page.refresh is None and page.script_to == ""
    assert not page.truncated and not page.password_form
    assert page.blocks[:2] == ("Home", "Blog") and page.blocks[-1] == "© Coast Works"
    assert "steel and rails: 410,000 euros" in {b.lower() for b in page.blocks}
    assert page.words > page.article.words > 100
    assert pickle.loads(pickle.dumps(page)) == page


def test_without_the_article_all_else_is_the_same() -> None:
    whole = read_page(TEMPLATES["wordpress"].encode(), URL)
    bare = read_page(TEMPLATES["wordpress"].encode(), URL, with_article=False)
    assert bare.article == Article()
    assert (bare.blocks, bare.words, bare.h1, bare.language) == (
        whole.blocks,
        whole.words,
        whole.h1,
        whole.language,
    )


@pytest.mark.parametrize(
    ("body", "content_type", "is_html"),
    [
        (b"<html><body>x</body></html>", "", True),
        (b"<!DOCTYPE html><p>x", "application/octet-stream", True),
        (b"plain words", "text/html", True),
        (b"", "text/html", True),
        (
            b"<html xmlns='http://www.w3.org/1999/xhtml'><body>x</body></html>",
            "application/xhtml+xml",
            True,
        ),
        (b'{"a": 1}', "application/json", False),
        (b'{"a": 1}', "", False),
        (b"%PDF-1.7 <html>", "text/html", False),
        (b"\x89PNG\r\n\x1a\n", "", False),
        (b"<rss version='2.0'></rss>", "application/rss+xml", False),
        (b"<?xml version='1.0'?><rss version='2.0'></rss>", "text/xml", False),
        (b"plain words", "text/plain", False),
        (b"", "", False),
    ],
)
def test_is_it_html(body: bytes, content_type: str, is_html: bool) -> None:
    assert read_page(body, URL, content_type).is_html is is_html


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=/b", (0.0, "https://coast.example/b")),
        ("5;URL='https://b.example/x'", (5.0, "https://b.example/x")),
        ("0.5, url=b", (0.5, "https://coast.example/blog/b")),
        ("3", None),
        ("0;url=javascript:alert(1)", None),
        ("", None),
    ],
)
def test_meta_refresh(content: str, expected: tuple[float, str] | None) -> None:
    assert with_head(f'<meta http-equiv="refresh" content="{content}">').refresh == expected


def test_a_refresh_for_those_without_scripts_is_none() -> None:
    page = with_head('<noscript><meta http-equiv="refresh" content="0;url=/b"></noscript>')
    assert page.refresh is None


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ('window.location.replace("/b")', "https://coast.example/b"),
        ("location.href = 'https://b.example/x'", "https://b.example/x"),
        ("window.location='/b';", "https://coast.example/b"),
        (r'top.location.assign("https:\/\/b.example\/x")', "https://b.example/x"),
        ("if (location.href == '/b') { go(); }", ""),
        ("var allocation = '/b';", ""),
    ],
)
def test_a_script_that_leaves(script: str, target: str) -> None:
    page = read(
        f"<html><head><script>{script}</script></head><body><p>One moment</p></body></html>"
    )
    assert page.script_to == target
    long = read(f"<html><body>{TEXT * 10}<script>{script}</script></body></html>")
    assert long.script_to == ""


@pytest.mark.parametrize(
    ("head", "noindex"),
    [
        ('<meta name="robots" content="noindex, follow">', True),
        ('<meta name="GOOGLEBOT" content="NoIndex">', True),
        ('<meta name="robots" content="none">', True),
        ('<meta name="robots" content="index, noarchive">', False),
    ],
)
def test_noindex(head: str, noindex: bool) -> None:
    assert with_head(head).noindex is noindex


@pytest.mark.parametrize(
    ("inner", "marker"),
    [
        ('<body class="page error404">', "error404"),
        ('<div id="challenge-form">', "challenge-form"),
        ('<div class="Paywall__Box big">', "paywall__box"),
        (
            '<script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script>',
            "challenges.cloudflare.com",
        ),
        ('<script src="/_Incapsula_Resource?x=1"></script>', "_incapsula_resource"),
        ("<script>window._cf_chl_opt={}</script>", "_cf_chl"),
        ('<div id="px-captcha">', "px-captcha"),
        (
            '<iframe src="https://geo.captcha-delivery.com/captcha/"></iframe>',
            "captcha-delivery.com",
        ),
    ],
)
def test_markers(inner: str, marker: str) -> None:
    assert marker in read(f"<html>{inner}{TEXT}</html>").markers


def test_an_article_has_no_markers() -> None:
    assert read(TEMPLATES["wordpress"]).markers == ()


def test_the_rest_of_what_a_page_says() -> None:
    page = read(
        '<html lang=de><head><meta property="og:type" content="Article"><link rel=canonical href="/c">'
        f"</head><body><h1>One</h1><h1>Two</h1><form><input type=PASSWORD></form>{TEXT}"
    )
    assert page.og_type == "article" and page.password_form and page.truncated
    assert page.h1 == ("One", "Two") and page.canonical == "https://coast.example/c"


def test_blocks_are_bounded_and_hold_the_short_ones() -> None:
    page = read("<html><body>" + "<p>x</p>" * 5000 + "</body></html>")
    assert page.blocks == ("x",) * 3000


# ---------------------------------------------------------------- hostile bytes

HOSTILE = {
    "deep": "<html><body>" + "<div>" * 20_000 + "deep words" + "</div>" * 20_000,
    "deep inline": "<html><body><p>" + "<b><i>" * 10_000 + "deep words",
    "deep lists": "<html><body>" + "<ul><li>" * 5_000 + "deep words",
    "wide": "<html><body>" + "<p>word</p>" * 20_000,
    "unclosed": "<html><body><table><tr><td><div><a href='x'>" * 200,
    "nul": "<html><body><p>a\x00b</p>\x00</body></html>",
    "attributes": "<html><body><p " + "a='b' " * 5_000 + ">words</p></body></html>",
    "one name": f"<html><body><div class='{'a-' * 100_000}'>{TEXT}</div></body></html>",
    "entities": "<html><body><p>&#0;&#xD800;&#x110000;&#99999999999;&nosuch;</p></body></html>",
    "declaration": f"<?xml version='1.0' encoding='utf-16'?><html><body>{TEXT}</body></html>",
    "frames": "<html><frameset><frame src='a'></frameset></html>",
    "comment": "<html><body><!-- never closed <p>words</p>",
    "script": "<html><script>" + "location" * 50_000,
    "dates": "<html><body><time datetime='" + "9" * 50_000 + "'></time></body></html>",
    "refresh": "<meta http-equiv=refresh content='" + "0;" * 20_000 + "'>",
    "spaces": "<html><body><p>" + " \n" * 200_000 + "</p></body></html>",
    "dashes": "<html><body><p>" + "- " * 50_000 + "</p></body></html>",
    "quotes": "<html><body><p>" + "\"' " * 50_000 + "</p></body></html>",
    "long word": "<html><body><p>" + "a" * 500_000 + "</p></body></html>",
    "dots": "<html><body><p>" + "1." * 100_000 + "</p></body></html>",
    "marks": "<html><body><p>" + "e\u0301" * 50_000 + "\u0301" * 50_000 + "</p></body></html>",
    "base": f"<html><head><base href='http://[:::'></head><body><p><a href='x'>y</a></p>{TEXT}</body></html>",
    "links": "<html><body><p>" + "<a href='/x'>y</a> " * 5_000 + "</p></body></html>",
    "breaks": "<html><body><p>" + "x<br>" * 20_000 + "</p></body></html>",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_read(name: str) -> None:
    page = read(HOSTILE[name])
    assert page.is_html
    assert len(page.blocks) <= 3000


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from(["", "text/html", "text/html; charset=utf-16", "x/y"])
)
def test_any_bytes_are_read(body: bytes, content_type: str) -> None:
    assert read_page(body, URL, content_type).url == URL


PIECES = st.sampled_from(
    "<p> </p> <div> </div> <table> <tr> <td> </table> <a href=x> </a> <br> <h1> </h1> <ul> <li> <article> "
    "<nav> </nav> <pre> </pre> <form> </form> <script> </script> <title> <time datetime=2020-01-01> "
    "<figure> <figcaption> <blockquote> <!-- --> <svg> <template> words. 東京は Update: &amp; &#0;".split(
        " "
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_markup_is_read_alike_twice(pieces: list[str]) -> None:
    html = " ".join(pieces)
    assert read(html) == read(html)


# ---------------------------------------------------------------- tags left out

BARE = f"""<!doctype html>
<html lang=en>
<meta charset=utf-8><title>Late doors | Coast Works</title>
<link rel=stylesheet href=/a.css><script>if (1 < 2) {{ document.write("<div>") }}</script>
<header><a href=/>Coast Works</a></header>
<main><article><h1>Late doors</h1>{TEXT}<p>Bring a lamp in winter, since the path behind it is dark.
<p>The dog knows every captain by his boots and says so.</article></main>
<footer><small>Coast Works, since 1911</small></footer>"""


def test_a_page_without_the_tags_that_may_be_left_out_is_whole() -> None:
    page = read(BARE)
    assert not page.truncated
    assert page.article.title == "Late doors"
    assert [b.text[:9] for b in page.article.blocks] == ["The harbo", "Bring a l", "The dog k"]
    assert page.blocks[0] == "Coast Works" and page.blocks[-1] == "Coast Works, since 1911"


@pytest.mark.parametrize("end", ["</p></article>", "by his", "</article></main>", "<footer"])
def test_such_a_page_that_breaks_off_is_cut(end: str) -> None:
    whole = end in ("</article></main>",)
    body = BARE[: BARE.index("says so")] + end
    assert read(body).truncated is not whole


def test_plain_paragraphs_without_an_end_may_be_cut() -> None:
    assert read(f"<html><title>A</title>{TEXT}<p>And so").truncated


@pytest.mark.parametrize(
    "head", ["<head><title>A</title></head>", "<head><title>A</title>", "<!-- a <p> -->"]
)
def test_where_the_head_ends(head: str) -> None:
    page = read(
        f"<html>{head}<noscript><style>p{{}}</style></noscript><main><h1>A</h1>{TEXT}</main>"
    )
    assert page.blocks == ("A", page.article.blocks[0].key)


# ---------------------------------------------------------------- where it leads


@pytest.mark.parametrize(
    ("script", "to"),
    [
        ("top.location = location.protocol + '//' + location.host + '/';", "/"),
        ("window.location.href = window.location.origin + '/blog/';", "/blog/"),
        ("location.replace(location.origin+`/new`)", "/new"),
        ("var here = location.origin + '/a'", ""),
    ],
)
def test_a_script_that_names_its_own_host(script: str, to: str) -> None:
    page = read(f"<html><head><title></title><script>{script}</script></head><body></body></html>")
    assert page.script_to == (f"https://coast.example{to}" if to else "")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0; url=/", (0.0, "https://coast.example/")),
        ("5;URL='/blog/'", (5.0, "https://coast.example/blog/")),
        ("30", None),
        ("", None),
        ("0; url=javascript:alert(1)", None),
    ],
)
def test_a_refresh(value: str, said: tuple[float, str] | None) -> None:
    assert refresh_of(value, URL) == said


@pytest.mark.parametrize("n", range(0, len(pages()), 7))
@pytest.mark.parametrize("kind", ["text/html", "", "image/png"])
def test_the_texts_of_a_page_are_those_of_its_page(n: int, kind: str) -> None:
    for ignore in ((), ("p:first-of-type", ".meta")):
        page = read_page(pages()[n], URL, kind, ignore=ignore, with_article=False)
        assert read_texts(pages()[n], kind, ignore=ignore) == Texts(page.blocks, page.description)


def test_a_page_is_read_beside_what_it_was_where_its_article_is_another() -> None:
    was, now = pages()[0], pages()[0].replace(b"harbour", b"haven")
    page = read_page(now, URL, "text/html")
    before = (was, "text/html")
    other, texts = read_beside(now, URL, "text/html", before=before, digest="another")
    assert (other, texts) == (page, read_texts(was, "text/html"))
    same, none = read_beside(now, URL, "text/html", before=before, digest=page.article.digest)
    assert (same, none) == (page, None)
