"""What is said anew beside an edited article: when it was changed, and nothing that is read otherwise."""

from __future__ import annotations

import pytest

from monitor.read.page import read_page
from monitor.read.redated import redated
from monitor.read.unlike import Side, unlike
from tests.read.test_still import PARAGRAPHS, URL

OLD, NEW = "2026-03-02T09:00:00Z", "2026-03-09T10:30:00Z"


def page(
    data: str | None = OLD,
    meta: str | None = None,
    *,
    published: str = "2026-03-01",
    summary: str = "A night",
    more: str = "",
    named: str = "Ada Holm",
) -> bytes:
    """A page that says in one or two places when its article was changed."""
    changed = f',"dateModified":"{data}"' if data is not None else ""
    linked = (
        '<script type="application/ld+json">{"@type":"BlogPosting","headline":"The night shift",'
        f'"datePublished":"{published}","author":"{named}","description":"{summary}"{changed}}}</script>'
    )
    tag = f'<meta property="article:modified_time" content="{meta}">' if meta is not None else ""
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    return f"""<!doctype html><html lang="en"><head><title>The night shift</title>
<meta name="description" content="{summary}">{tag}{linked}{more}</head>
<body><article><h1>The night shift</h1>{text}</article></body></html>""".encode()


def said(before: bytes, after: bytes) -> str | None:
    """When the article says it was changed, by all that differs; None where more is to be asked."""
    pairs = [(Side(before, None), *pair) for pair in unlike(before, after, 100) or ()]
    assert pairs
    found = redated(pairs, before, read_page(before, URL, "text/html").article)
    return None if found is None or found[1] else found[0]


STATE = '<script type="application/json" id="state">{{"text":"{}"}}</script>'
TOLD = {
    "linked data": (page(), page(NEW)),
    "a meta": (page(None, OLD), page(None, NEW)),
    "both": (page(OLD, OLD), page(NEW, NEW)),
    "a summary": (page(), page(summary="Another night")),
    "a summary, and when": (page(), page(NEW, summary="Another night")),
    "state": (page(more=STATE.format("a")), page(more=STATE.format("b"))),
    "a day in another zone": (page(), page("2026-03-09T11:30:00+01:00")),
}
OTHERWISE = {
    "one of two": (page(OLD, OLD), page(NEW, OLD)),
    "the other of two": (page(OLD, OLD), page(OLD, NEW)),
    "two that say two things": (page(OLD, OLD), page(NEW, "2026-03-10T00:00:00Z")),
    "one that was another": (page(OLD, NEW), page(NEW, NEW)),
    "no day": (page(), page("soon")),
    "a day behind much": (page(), page(" " * 1_100 + NEW)),
    "a day in references": (page(), page(NEW.replace("-", "&#45;"))),
    "another in the page's state": (
        page(more=STATE.format("dateModified")),
        page(NEW, more=STATE.format("dateModified")),
    ),
    "one that was none": (page("soon"), page(NEW)),
    "one that is new": (page(None), page(NEW)),
    "one that is gone": (page(), page(None)),
    "the publication": (page(), page(published="2026-03-03")),
    "the author": (page(), page(named="Bo Lund")),
    "broken data": (page(), page().replace(b'"A night"', b'"A "night"')),
    "a second script that stays": (
        page(more='<script type="application/ld+json">{"dateModified":"2026-03-02"}</script>'),
        page(NEW, more='<script type="application/ld+json">{"dateModified":"2026-03-02"}</script>'),
    ),
    "a marked element": (
        page().replace(b"</h1>", b'</h1><time itemprop="dateModified">2 March 2026</time>'),
        page(NEW).replace(b"</h1>", b'</h1><time itemprop="dateModified">2 March 2026</time>'),
    ),
}


@pytest.mark.parametrize("what", TOLD)
def test_what_is_said_anew_is_what_readers_read(what: str) -> None:
    before, after = TOLD[what]
    was, now = (read_page(body, URL, "text/html").article for body in (before, after))
    assert said(before, after) == now.modified_at
    assert (was.title, was.byline, was.published_at) == (now.title, now.byline, now.published_at)


@pytest.mark.parametrize("what", OTHERWISE)
def test_what_may_be_read_otherwise_is_doubted(what: str) -> None:
    assert said(*OTHERWISE[what]) is None
