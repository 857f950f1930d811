"""The quiet path: a page called still must be the page that reading it in full finds unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.page import read_page
from monitor.read.scripts import same_script, without_tokens
from monitor.read.still import still

URL = "https://harbour.example/blog/night-shift"
CORPUS = Path(__file__).parent.parent / "corpus"
CARDS = (
    ("/blog/prices", "A price that fits on one page"),
    ("/blog/keyboards", "What happens to our keyboards"),
    ("/blog/library", "A library below the workshop"),
)
PARAGRAPHS = (
    "Between ten and six the harbour belongs to 11 people and a great many gulls. We spent a week "
    "with them to see why the planning board kept freezing at three in the morning.",
    "The answer was a backup job that nobody remembered. It ran on the same machine as the board, "
    'and it had run there since 2014. <a href="/blog/backup">Moving it</a> took one afternoon.',
    "The crew had long since stopped trusting the board &amp; kept a paper list. They still keep it, "
    "and after this week we think that they are right to.",
)


def page(
    *,
    nonce: str = "a1b2c3d4e5f6",
    views: str = "1,204 views",
    cards: tuple[tuple[str, str], ...] = CARDS,
    paragraphs: tuple[str, ...] = PARAGRAPHS,
    title: str = "The night shift at the harbour",
    modified: str = "2026-03-02T09:00:00Z",
    byline: str = "Ada Holm",
    style: str = "css-1f",
    year: str = "2026",
    script: str = "var t = 1;",
    canonical: str = URL,
    footer: str = "All rights reserved",
    comment: str = "served in 12 ms",
) -> bytes:
    linked = f'{{"@type":"BlogPosting","headline":"{title}","dateModified":"{modified}"}}'
    teasers = "".join(f'<li class="card"><a href="{u}">{t}</a></li>' for u, t in cards)
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    return f"""<!doctype html><html lang="en"><head><title>{title} | Harbour</title>
<meta name="csrf-token" content="{nonce}"><meta property="article:modified_time" content="{modified}">
<link rel="canonical" href="{canonical}"><link rel="stylesheet" href="/s.{nonce}.css">
<script type="application/ld+json">{linked}</script><script nonce="{nonce}">{script}</script></head>
<body class="{style}"><main><article class="{style}"><h1>{title}</h1><p class="by">By {byline}</p>
{text}</article><p class="n">{views}</p><aside><ul>{teasers}</ul></aside></main>
<footer><p>{footer}</p><p>© {year}</p></footer><!-- {comment} --></body></html>""".encode()


BEFORE = page()
KNOWN = read_page(BEFORE, URL, "text/html").article

UNTOUCHED: dict[str, bytes] = {
    "tokens": page(nonce="99ff00aa11bb"),
    "counter": page(views="1,377 views"),
    "order of teasers": page(cards=CARDS[::-1]),
    "generated classes": page(style="css-9c"),
    "a script of its own": page(script="var t = 2;"),
    "a comment": page(comment="served in 7 ms by edge-4"),
    "all of it": page(nonce="77", views="3 views", cards=CARDS[1:] + CARDS[:1], style="css-0"),
}
DOUBTFUL: dict[str, bytes] = {
    "a class spelled in references": BEFORE.replace(b"<main>", b'<main class="sr&#45;only">'),
    "a style spelled in references": BEFORE.replace(b"<main>", b'<main style="displ&#97;y:none">'),
    "a NUL in a class": BEFORE.replace(b"<main>", b'<main class="sr-only\0">'),
    "a script's quotation left open": BEFORE.replace(
        b'<script nonce="', b"<script nonce=\"x'='", 1
    ).replace(b'">var t', b">var t"),
    "a script's tag left open": BEFORE.replace(b'">var t', b'"var t'),
    "a body that ends in its tag": BEFORE.replace(
        b'<body class="css-1f">', b'<body class="css-1f"/>'
    ),
    "a tag's name that goes on": BEFORE.replace(b"</h1>", b"</h1&lt;>"),
    "a title's name that goes on": BEFORE.replace(b"<title>", b"<title&x>"),
    "a meta name in references": BEFORE.replace(b'name="csrf-token"', b'name="&#97;uthor"'),
    "a number": page(paragraphs=(PARAGRAPHS[0].replace("11", "12"), *PARAGRAPHS[1:])),
    "a not": page(
        paragraphs=(*PARAGRAPHS[:2], PARAGRAPHS[2].replace("are right", "are not right"))
    ),
    "a paragraph gone": page(paragraphs=PARAGRAPHS[:2]),
    "paragraphs exchanged": page(paragraphs=PARAGRAPHS[::-1]),
    "a link's target": page(paragraphs=(PARAGRAPHS[0], PARAGRAPHS[1].replace("/backup", "/other"))),
    "title": page(title="The day shift at the harbour"),
    "byline": page(byline="Bo Lund"),
    "modified date": page(modified="2026-03-09T09:00:00Z"),
    "a note in the footer's place": page(footer="Correction: an earlier version named ten people"),
    "a year": page(year="2027"),
    "canonical": page(canonical="https://harbour.example/blog/other"),
    "a script that leaves": page(script="location.href = '/';"),
    "state": page(script='self.__next_f.push("<p>one</p>")'),
    "another page": b"<!doctype html><html><body><h1>Not found</h1></body></html>",
    "no canonical": page().replace(b'rel="canonical"', b'rel="next"'),
    "a meta that names an author": page().replace(b'meta name="csrf-token"', b'meta name="author"'),
    "a comment left open": page().replace(b" -->", b" "),
    "a quotation left open": page().replace(b'class="card"', b'class="card', 1),
    "a class that hides": page(style="css-1f sr-only"),
    "a class that calls it furniture": page().replace(
        b'<article class="css-1f"', b'<article id="comments"'
    ),
    "bytes of no charset": page(nonce="é").decode().encode("latin-1"),
    "nothing": b"",
}


@pytest.mark.parametrize("what", UNTOUCHED)
def test_furniture_leaves_the_article_still(what: str) -> None:
    assert still(BEFORE, UNTOUCHED[what], KNOWN)
    assert read_page(UNTOUCHED[what], URL, "text/html").article.digest == KNOWN.digest


@pytest.mark.parametrize("what", DOUBTFUL)
def test_whatever_may_be_the_articles_is_doubted(what: str) -> None:
    assert not still(BEFORE, DOUBTFUL[what], KNOWN)


#: A sentence that tells of the author, and texts that say no more than that it is by her.
_TOLD = "The crew of the late tug told Ada Holm, who had come at night, that the board had frozen once more, and why."
_SIGNED = (
    "By Ada Holm",
    "Ada Holm, who writes of harbours",
    "Ada Holm | " + "a word and another " * 6,
    "Ada (the one of whom all who came that night had said that she was not there: Ada Holm) and more of it",
    "On 3 May, as 4 of those who were there that night would tell it to Ada Holm, who had come in a boat",
)


def _beside(*texts: str) -> bytes:
    teasers = "".join(f"<p>{text}</p>" for text in texts)
    named = page().replace(b"</title>", b'</title><meta name="author" content="Ada Holm">', 1)
    return named.replace(b"</aside>", f"{teasers}</aside>".encode())


def test_a_sentence_of_a_teaser_may_tell_of_the_author() -> None:
    other = "Nobody in the office has ever seen the list that hangs behind the door."
    was, now = _beside(_TOLD, other), _beside(other, _TOLD)
    known = read_page(was, URL, "text/html").article
    assert known.byline == "Ada Holm" and still(was, now, known)
    assert read_page(now, URL, "text/html").article.digest == known.digest
    for signed in _SIGNED:
        assert not still(_beside(signed, other), _beside(other, signed), known)


def test_short_articles_are_read_in_full() -> None:
    short = page(paragraphs=("Two words.",))
    known = read_page(short, URL, "text/html").article
    assert not still(short, page(paragraphs=("Two words.",), nonce="5"), known)


def test_bytes_that_are_not_utf8_are_read_in_full() -> None:
    before = page(views="á views").decode().encode("latin-1")
    after = page(views="é views").decode().encode("latin-1")
    assert not still(before, after, KNOWN)


@pytest.mark.parametrize("folder", sorted(CORPUS.glob("*/after.html")), ids=lambda p: p.parent.name)
def test_no_other_page_is_called_still(folder: Path) -> None:
    before = (folder.parent / "before.html").read_bytes()
    after = folder.read_bytes()
    known = read_page(before, URL, "text/html").article
    if still(before, after, known):
        assert read_page(after, URL, "text/html").article.digest == known.digest


HEAD = "<!doctype html><html lang=en><head><title>A shift</title>{}</head><body><h1>A shift</h1>"
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
DATED = HEAD.format('<meta property="article:published_time" content="2024-01-02">')
DATA = HEAD.format(
    '<script type="application/ld+json">{{"@type":"Article","headline":"A <b>shift</b>",'
    '"uploadDate":"2020-01-01","dateModified":"{}","datePublished":"2020-01-01"}}</script>'
)
PAIRS: dict[str, tuple[str, str]] = {
    "a quotation behind a number": (
        HEAD.format("") + STORY + "<p>“It sold <b>500</b>”, he said of 30 cars.</p>",
        HEAD.format("") + STORY + "<p>“It sold <b>500</b>”, he said of 90 cars.</p>",
    ),
    "a base that leads elsewhere": (
        HEAD.format('<base href="https://harbour.example/a/">') + STORY + '<a href="x">y</a>',
        HEAD.format('<base href="https://harbour.example/a/">') + STORY + '<a href="z">y</a>',
    ),
    "a paragraph that is hidden": (
        HEAD.format("") + STORY + '<p style="display:block">One more sentence of it.</p>',
        HEAD.format("") + STORY + '<p style="display:none">One more sentence of it.</p>',
    ),
    "a date in an attribute": (
        HEAD.format("") + STORY + '<span itemprop="datePublished" content="2024-03-05"></span>',
        HEAD.format("") + STORY + '<span itemprop="datePublished" content="2024-03-09"></span>',
    ),
    "a date without its century": (
        HEAD.format("") + "<p>05.03.24</p>" + STORY,
        HEAD.format("") + "<p>06.03.24</p>" + STORY,
    ),
    "an address in code": (
        HEAD.format("") + STORY + '<p>Write to <a data-cfemail="543931">x</a></p>',
        HEAD.format("") + STORY + '<p>Write to <a data-cfemail="553830">x</a></p>',
    ),
    "a day without marks": (
        HEAD.format("") + '<p class="published">20240305</p>' + STORY,
        HEAD.format("") + '<p class="published">20240309</p>' + STORY,
    ),
    "a day in pieces": (
        DATED + STORY + "<p>Updated <b>5</b> March 2024</p>",
        DATED + STORY + "<p>Updated <b>9</b> March 2024</p>",
    ),
    "a time of day": (
        DATED + STORY + "<p>Updated 5 March 2024, <b>10:20</b></p>",
        DATED + STORY + "<p>Updated 5 March 2024, <b>10:40</b></p>",
    ),
    "a name that changed places": (
        DATED + '<p class="byline">By Ada Holm</p>' + STORY + "<p>Read on</p>",
        DATED + '<p class="byline">Read on</p>' + STORY + "<p>By Ada Holm</p>",
    ),
    "data with markup in it": (
        DATA.format("2024-03-05") + STORY,
        DATA.format("2024-03-09") + STORY,
    ),
    "a moment in a script, where no date is declared": (
        HEAD.format("<script>var at = '2024-03-05';</script>") + STORY,
        HEAD.format("<script>var at = '2024-03-09';</script>") + STORY,
    ),
    "a headline that leads home": (
        DATED.replace("<h1>A shift", '<h1><a href="/a">A shift</a>') + STORY,
        DATED.replace("<h1>A shift", '<h1><a href="/">A shift</a>') + STORY,
    ),
    "an article that a script draws": (
        HEAD.format("") + f"<div></div><script>window.D={{text:{PARAGRAPHS[0]!r}}}</script>",
        HEAD.format("") + "<div></div><script>window.D={error:404}</script>",
    ),
}


@pytest.mark.parametrize("what", PAIRS)
def test_what_only_looks_like_furniture_is_doubted(what: str) -> None:
    before, after = (p.encode() for p in PAIRS[what])
    known = read_page(before, URL, "text/html").article
    if not known.blocks:
        known = KNOWN
    assert not still(before, after, known)


def test_a_page_read_with_selectors_is_doubted_where_names_change() -> None:
    known = read_page(BEFORE, URL, "text/html", ignore=(".n",)).article
    assert still(BEFORE, page(nonce="99ff00aa11bb"), known)
    assert not still(BEFORE, page(style="css-9c"), known)


#: What a token is, in one expression; its time grows with the square of a text.
TOKEN = re.compile(rb"(?<![\w-])(?!\d{4}-)(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{12,}")


@given(
    st.lists(
        st.sampled_from(
            [b"a", b"Z9", b"2024-", b"0123", b"/", b"+", b"=", b"-", b" ", b'"', b"_x"]
        ),
        max_size=24,
    ).map(b"".join)
)
def test_tokens_are_taken_out_in_one_go(text: bytes) -> None:
    assert without_tokens(text) == TOKEN.sub(b"", text)


SCRIPTS = st.lists(
    st.sampled_from((b"__next", b"a1b2c3d4e5f6a7", b"2026-01-02T03:04", b'"', b" ", b"=x", b"Zx9"))
)


@given(SCRIPTS, SCRIPTS, SCRIPTS, SCRIPTS)
def test_of_two_scripts_only_what_differs_is_compared(
    head: list[bytes], one: list[bytes], other: list[bytes], tail: list[bytes]
) -> None:
    x, y = (b"script>__next " + b"".join((*head, *middle, *tail)) for middle in (one, other))
    assert same_script(x, y) == (without_tokens(x) == without_tokens(y))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1e5c99ff00aa11bb", "4096812375210983", True),
        ("4096812375210983", "1e5c99ff00aa11bb", True),
        ("t=1e5c99ff00aa11bb", "t=4096812375210983", True),
        ("4096812375210983", "4096812375210984", False),
        ("1e5c99ff00aa11bb", "40968123", False),
        ("1e5c99ff00aa11bb", "2026-03-01T00", False),
    ],
)
def test_what_stands_in_a_token_s_place_is_one(one: str, other: str, same: bool) -> None:
    x, y = (f'script>__next {{"at": "{value}", "n": 1}}'.encode() for value in (one, other))
    assert same_script(x, y) is same
