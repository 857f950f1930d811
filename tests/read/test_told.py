"""A page of which its bytes say that its head tells the day of publication is one whose parsed <meta> tell it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.article import Article
from monitor.read.article.charset import decode_html
from monitor.read.article.dates import normal_date
from monitor.read.article.metadata import read_metadata
from monitor.read.article.told import PUBLISHED_META, head_tells
from monitor.read.own import Own
from monitor.read.page import read_page
from monitor.read.sketch import holds, sketch_of
from monitor.read.still import noise, still
from monitor.read.tree import tree_of
from monitor.read.unlike import Side
from tests.read.test_still import CARDS, PARAGRAPHS, URL, page
from tests.read.test_still_mutated import NAMES
from tests.support.mutated import changed, pages

META = '<meta property="article:published_time" content="2026-03-01T09:00:00Z">'
HEAD = f"<!doctype html>\n<html lang=en><head><title>A & B</title>{META}</head><body><p>x"

TELL = {
    "plain": HEAD,
    "behind a comment": HEAD.replace("<head>", "<head><!-- a line -->"),
    "behind a script": HEAD.replace("<head>", "<head><script>if (a < b) c('</p>')</script>"),
    "behind links": HEAD.replace("<head>", "<HEAD><link rel=x href=y><style>p{}</style>"),
    "of another name": HEAD.replace("property=", "name=").replace("article:", "ARTICLE:"),
    "the second one": HEAD.replace("<meta", "<meta name=date content=soon><meta"),
}
SAY_NOTHING = {
    "nothing": "",
    "another name": HEAD.replace("published", "modified"),
    "no day": HEAD.replace("2026-03-01T09:00:00Z", "yesterday"),
    "in a comment": HEAD.replace(META, f"<!-- {META} -->"),
    "in a comment that ends behind it": HEAD.replace(META, f"<!-- --!> {META} -->"),
    "in a comment of a script": HEAD.replace(META, f"<script><!-- <script>{META}</script>"),
    "in a script": HEAD.replace(META, f"<script>{META}</script>"),
    "in a title": HEAD.replace("A & B", META).replace(f"</title>{META}", "</title>"),
    "a name that says no day first": HEAD.replace(
        META, META.replace("2026", "soon 2026-") + META
    ).replace("soon 2026--03-01", "soon"),
    "behind a text": HEAD.replace("<meta", "Hello <meta"),
    "in the body": HEAD.replace(META, "").replace("<p>", f"<p>{META}"),
    "a quotation left open": HEAD.replace("<meta", "<link title='x><meta"),
    "references": HEAD.replace("published_time", "published&#95;time"),
    "a name in references ahead of it": HEAD.replace(
        "<meta",
        '<meta name="d&#97;te" content="soon"><meta name="date" content="2025-01-02"><meta',
        1,
    ),
    "a name with an odd space": HEAD.replace(
        "<meta", '<meta name="date\u00a0" content="soon"><meta', 1
    ),
    "behind a script that ends in its tag": HEAD.replace("<head>", '<head><script src="x" />'),
    "a day behind a long space": HEAD.replace('content="', 'content="' + " " * 2_100),
    "a NUL": HEAD.replace("article:", "article:\0"),
}


def _told(body: bytes) -> bool:
    """Whether <meta> tell it, the page parsed."""
    tree = tree_of(decode_html(body, "text/html")[0])
    if tree is None:
        return False
    first: dict[str, str] = {}
    for element in tree.iter("meta"):
        for name in ("property", "name", "itemprop", "http-equiv"):
            if element.get("content") and element.get(name):
                first.setdefault(element.get(name, "").strip().lower(), element.get("content", ""))
    told = any(normal_date(first.get(name, "")) for name in PUBLISHED_META)
    return told and "published_at" in read_metadata(tree, URL).declared


@pytest.mark.parametrize("what", TELL)
def test_a_head_that_tells(what: str) -> None:
    assert head_tells(TELL[what].encode()) and _told(TELL[what].encode())


@pytest.mark.parametrize("what", SAY_NOTHING)
def test_a_head_that_says_nothing(what: str) -> None:
    assert not head_tells(SAY_NOTHING[what].encode())


@settings(max_examples=250)
@given(st.integers(0, len(pages()) - 1), NAMES, st.integers())
def test_what_is_said_of_bytes_is_so_of_the_parsed_page(
    n: int, names: list[str], seed: int
) -> None:
    body = changed(pages()[n].replace(b"<head>", b"<head>" + META.encode(), 1), names, seed)
    assert not head_tells(body) or _told(body)


def _dated(*days: str, head: str = META) -> bytes:
    """A page of 1 March whose teasers bear days."""
    cards = tuple(
        (
            url,
            f'{title}</a> <time datetime="{day}">{int(day[8:])} March {day[:4]}</time><a href="{url}">',
        )
        for (url, title), day in zip(CARDS, days, strict=True)
    )
    return page(cards=cards, paragraphs=4 * PARAGRAPHS).replace(
        b"<title>", head.encode() + b"<title>", 1
    )


DAYS = ("2026-03-01", "2025-03-05", "2023-03-07")


def test_a_teaser_may_be_of_the_article_s_day_where_the_head_tells_it() -> None:
    was, now = _dated(*DAYS), _dated(*DAYS[::-1])
    known = read_page(was, URL, "text/html")
    differed = noise(was, now, known.article, known.stretch)
    assert differed is not None and known.stretch is not None
    sketch = sketch_of(was, known.article, known.stretch, differed)
    assert sketch is not None and holds(sketch, now)
    assert read_page(now, URL, "text/html").article.digest == known.article.digest
    by_text, other = _dated(*DAYS, head=""), _dated(*DAYS[::-1], head="")
    first = read_page(by_text, URL, "text/html").article
    assert first.published_at == DAYS[0] and not still(by_text, other, first)


@pytest.mark.parametrize(
    ("name", "near", "beside"),
    [
        ("Ada Holm", "<p>Ada Holm, 1 March 2026</p>", True),
        ("Ada Holm", "<p><b>A</b>da&nbsp;<i>Holm</i></p>", True),
        ("Conan O’Brien", "<p>By Conan O&rsquo;Brien</p>", True),
        ("Ada Holmberg", "<p>Ada Holm&shy;berg</p>", True),
        ("Ada Holm", "<p>Bo Holm and Ada Lund</p>", False),
        ("Ada Holm", "<p>one</p>" * 20 + "<p>Ada Holm</p>", False),
        ("Ada Holm", "<script>one</script>" * 20 + "<p>Ada Holm</p>", True),
        ("Ada Holm", f"<tr>{'<td>one</td>' * 20}</tr><p>Ada Holm</p>", True),
        ("Ada Holm", "<p>" + "x" * 60_000, True),
    ],
)
def test_whether_the_byline_stands_on_a_side_near_the_headline(
    name: str, near: str, beside: bool
) -> None:
    known = Article(byline=name, declared=frozenset(("author",)))
    assert Own(known).is_beside(Side(near.encode(), 8)) is beside
