"""Ways to change any page: what a server does by itself, what an editor does, and what nobody would."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from tests.read.test_still import CARDS, PARAGRAPHS, page

CORPUS = Path(__file__).parent.parent / "corpus"
Change = Callable[[bytes, Random], bytes]

_TEXT = rb"(?<=>)[^<>]{2,}(?=<)"
_TAG = rb"<(?:div|span|p|a|li|section|article|time|b|ul|h2)\b[^>]*>"
_BOX = rb"(?s)<(?:h2|h3|li|p|div)[^>]*>[^<]*</(?:h2|h3|li|p|div)>"
_CLASSES = (
    b"sr-only", b"comments", b"related", b"author-name", b"byline", b"sidebar", b"published", b"updated",
    b"post-content", b"css-1a2b", b"date", b"hidden", b"newsletter", b"timestamp", b"no-sidebar",
)  # fmt: skip
_ATTRIBUTES = (
    b" hidden", b' style="display:none"', b' class="screen-reader-text"', b' itemprop="author"',
    b' itemprop="datePublished"', b' itemprop="dateModified"', b' role="navigation"', b' id="comments"',
    b' rel="author"', b' aria-hidden="true"', b' datetime="2026-01-01"', b' aria-modal="true"', b" pubdate",
    b' type="application/ld+json"', b' name="robots" content="noindex"', b' data-n="12"', b' lang="de"',
    b' content="2026-01-09"', b' property="article:modified_time"', b' http-equiv="refresh"', b' name="author"',
)  # fmt: skip
_TEXTS = (
    b"Updated 3 May 2026", b"Last updated on", b"4 June 2026", b"12 Comments", b"Ada Holm", b"By Bo Lund",
    b"More stories", b"Correction: it was ten.", b"2026-05-05", b"5 min read", b"20260305",
)  # fmt: skip
_TOKENS = (b"a1b2c3d4e5f6a7b8", b"99ff00aa11bb22cc33", b"Zx9/Kq2+Tt7==")


def _put(pattern: bytes, new: Callable[[bytes, Random], bytes]) -> Change:
    """Changes one of the places that a pattern finds."""

    def change(body: bytes, chance: Random) -> bytes:
        spans = [m.span() for m in re.finditer(pattern, body)]
        if not spans:
            return body
        start, end = chance.choice(spans)
        return body[:start] + new(body[start:end], chance) + body[end:]

    return change


def _swap(pattern: bytes) -> Change:
    """Two of the places that a pattern finds change places."""

    def change(body: bytes, chance: Random) -> bytes:
        spans = [m.span() for m in re.finditer(pattern, body)]
        if len(spans) < 2:
            return body
        (a, b), (c, d) = sorted(chance.sample(spans, 2))
        return body[:a] + body[c:d] + body[b:c] + body[a:b] + body[d:]

    return change


CHANGES: dict[str, Change] = {
    "texts change places": _swap(_TEXT),
    "items change places": _swap(rb"(?s)<li[^>]*>.*?</li>"),
    "boxes change places": _swap(_BOX),
    "dates change places": _swap(rb"(?s)<time[^>]*>.*?</time>"),
    "days change places": _swap(rb'datetime="[^"]*"'),
    "addresses change places": _swap(rb'href="[^"]*"'),
    "classes change places": _swap(rb'class="[^"]*"'),
    "values change places": _swap(rb'"[^"<>]{2,}"'),
    "tags change places": _swap(_TAG),
    "metas change places": _swap(rb"<meta[^>]*>"),
    "a number": _put(rb"\d+", lambda x, r: b"%d" % (int(x[:9]) + r.choice((1, 7, 100)))),
    "digits": _put(rb"\d+", lambda x, r: bytes(r.choice(b"0123456789") for _ in x)),
    "a class": _put(rb'(?<=class=")[^"]*', lambda x, r: r.choice(_CLASSES)),
    "one more class": _put(rb'(?<=class=")[^"]*', lambda x, r: x + b" " + r.choice(_CLASSES)),
    "an attribute": _put(rb"(?<=<)[a-z]+[0-9]?(?=[\s>])", lambda x, r: x + r.choice(_ATTRIBUTES)),
    "an attribute less": _put(rb'\s[a-z-]+="[^"]*"(?=[^<>]*>)', lambda x, r: b""),
    "another text": _put(_TEXT, lambda x, r: r.choice(_TEXTS)),
    "a longer text": _put(_TEXT, lambda x, r: x + b" " + r.choice(_TEXTS)),
    "a shorter text": _put(_TEXT, lambda x, r: x[: len(x) // 2]),
    "a paragraph less": _put(rb"(?s)<p[^>]*>.*?</p>", lambda x, r: b""),
    "a script": _put(rb"(?<=<script)[^>]*>[^<]{2,}", lambda x, r: x[:-1] + r.choice(_TOKENS)),
    "another tag": _put(
        rb"(?<=<)(?:div|p|span|section|aside|article|li)\b",
        lambda x, r: r.choice((b"div", b"p", b"aside", b"article", b"nav")),
    ),
    "a comment": _put(rb"<!--[^>]*-->", lambda x, r: b"<!-- " + r.choice(_TOKENS) + b" -->"),
    "a comment left open": _put(rb"-->", lambda x, r: b""),
    "a quotation left open": _put(rb'(?<=[a-z])"(?=[\s>])', lambda x, r: b""),
    "a byte of no charset": _put(rb"[a-z](?=[a-z ]*[<\"])", lambda x, r: b"\xe9"),
    "a token": _put(rb"[\w+/=-]{12,}", lambda x, r: r.choice(_TOKENS)),
}


def changed(body: bytes, names: list[str], seed: int) -> bytes:
    """A page after these changes, their places drawn by a number."""
    chance = Random(seed)
    for name in names:
        body = CHANGES[name](body, chance)
    return body


@cache
def pages() -> tuple[bytes, ...]:
    """Pages of many makers: those of the corpus, and some with all that is read beside an article."""
    corpus = [f.read_bytes() for f in sorted(CORPUS.glob("*/before.html"))]
    notes = "<p>Correction: an earlier version named ten people.</p>"
    label = "Last updated: 2 March 2026"
    teasers = "".join(f"<div><p>{quote}</p>{_TIME}</div>" for quote in QUOTES)
    told = lively(quotes=teasers).replace(b"<title>", _TOLD + b"<title>", 1)
    return (
        page(),
        lively(),
        lively(data=False),
        lively(shown=label),
        lively(note=notes),
        told,
        *corpus,
    )


_TOLD = b'<meta property="article:published_time" content="2026-03-01T09:00:00Z">'
_TIME = '<time datetime="2026-03-01">1 March 2026</time>'
#: Sentences beside an article that tell of its author, and others.
QUOTES = (
    "The crew of the late tug told Ada Holm, who had come at night, that the board had frozen once more, and that it was late.",
    "Nobody in the office had ever seen the list which Ada Holm keeps, the harbour master said on Monday morning.",
    "Ada Holm has written about harbours and the people who keep them going for eleven years and a few months.",
    "By Ada Holm, who was there when the pilots went out for the last time before the storm of that year, and after it",
    "Of the eleven people who work there at night only two had heard of the plan before it was printed in the paper.",
    "A price that fits on one page is what the board of the harbour had asked for since the last spring or so.",
)


def lively(*, data: bool = True, shown: str = "", note: str = "", quotes: str = "") -> bytes:
    """A page with dated teasers, comments, labels, a call to join, forms and tokens."""
    said = (
        '<script type="application/ld+json">{"@type":"BlogPosting","headline":"The night shift",'
        '"datePublished":"2026-03-01","dateModified":"2026-03-02T09:00:00Z","author":"Ada Holm"}</script>'
    )
    days = ("2024-01-02", "2025-04-05", "2023-06-07")
    cards = "".join(
        f'<li class="card"><a href="{url}">{title}</a> <time datetime="{day}">{day}</time>'
        f"<span>{4 * n} comments</span></li>"
        for n, ((url, title), day) in enumerate(zip(CARDS, days, strict=True))
    )
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    return f"""<!doctype html><html lang="en"><head><title>The night shift | Harbour</title>
<meta name="csrf-token" content="a1b2c3d4e5f6a7b8"><meta name="description" content="A token of 12345abcde67890">
<link rel="canonical" href="https://harbour.example/blog/night-shift">{said if data else ""}
<script nonce="Zx9/Kq2+Tt7==">window.app = {{"id":"99ff00aa11bb22cc33","at":"2026-03-02T10:00:00Z"}};</script></head>
<body><header><nav><a href="/">Home</a><a href="/blog">Blog</a></nav><form><input type="hidden" name="t"
value="a1b2c3d4e5f6a7b8"><input class="captcha-99ff00aa11bb" type="text"></form></header>
<main><div class="top"><p>Published 1 March 2026</p><p>{shown}</p></div><article><h1>The night shift</h1>
<div class="meta"><span class="author-name">Ada Holm</span> <time datetime="2026-03-01">1 March 2026</time></div>
<div class="body">{text}{note}</div><div class="tags"><span>ports</span><span>people</span></div></article>
<section class="more"><h2>More stories</h2><ul>{cards}</ul></section>
<section id="comments"><h2>12 Comments</h2><ul><li><b>Bo</b><p>What a fine text this is, thanks.</p></li>
<li><b>Cy</b><p>Not convinced, but nicely told.</p></li></ul></section>
{quotes}<div class="promo"><p>Join us</p><a href="/join">Join</a></div></main><!-- request 99ff00aa11bb22cc33 -->
<footer><p>Updated daily</p><p>3 May 2025</p><p>© 2026 Harbour</p></footer></body></html>""".encode()
