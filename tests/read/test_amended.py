"""Of a page whose paragraphs alone were changed, the article is the one that reading it in full finds."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.amended import amended
from monitor.read.article import Article
from monitor.read.article.normal import key
from monitor.read.page import Texts, read_page, read_texts
from monitor.read.steady import steadied
from monitor.values import replace
from tests.read.test_redated import NEW, page
from tests.read.test_still import PARAGRAPHS, URL
from tests.read.test_still_mutated import DRAWN, judged, read
from tests.support.edited import edited, redated
from tests.support.mutated import CHANGES, changed, pages

MORE = (
    "A harbour at night is a place of its own, and those who work in it would not trade it for one at noon, they say.",
    "When the last ferry has gone the cranes are switched off one by one, and what is left of the light is on the water.",
)
TEXT = "".join(f"<p>{p}</p>\n" for p in (*PARAGRAPHS, *MORE))
HOW = f"""<ul class="how">\n<li>{MORE[0].replace("night", "noon")}</li>\n<li>What was moved &amp; what stayed where it
was is on the list that the crew still keeps.</li>\n</ul>"""
BEFORE = (
    page()
    .replace("".join(f"<p>{p}</p>" for p in PARAGRAPHS).encode(), f"{TEXT}{HOW}".encode(), 1)
    .replace(b"</article>", b"</article><footer><p>One</p></footer>", 1)
)
FIRST, SECOND, THIRD = (f"<p>{p}</p>".encode() for p in PARAGRAPHS)
NEW_ONE = b"<p>Nobody had told the pilots, who went out in the small boat as they had for years, and came back late.</p>"


def in_full(before: bytes, after: bytes, was: Article, texts: Texts) -> Article:
    """The article of a page read in full, and what did not change as it was."""
    now = read_page(after, URL, "text/html")
    if now.article.digest == was.digest:
        return now.article
    return steadied(was, now.article, texts.blocks, now.blocks, key(texts.description))


def known(before: bytes = BEFORE) -> tuple[Article, tuple[int, int]]:
    found = read_page(before, URL, "text/html")
    assert found.stretch is not None
    return found.article, found.stretch


def swapped(old: bytes | str, new: bytes | str, body: bytes = BEFORE) -> bytes:
    """The page with a text in place of another."""
    one, other = (x.encode() if isinstance(x, str) else x for x in (old, new))
    assert one in body
    return body.replace(one, other, 1)


def _dated(body: bytes) -> bytes:
    return swapped('"dateModified":"2026-03-02T09:00:00Z"', f'"dateModified":"{NEW}"', body)


EDITS = {
    "a word": swapped("right to", "wrong to"),
    "a number": swapped("11 people", "12 people"),
    "a sentence less": swapped(" They still keep it,", ""),
    "a sentence more": swapped("for years.", "for years. It was no secret.", swapped(SECOND, SECOND + NEW_ONE.replace(b"late", b"for years"))),
    "a paragraph more": swapped(SECOND, SECOND + NEW_ONE),
    "a paragraph more, first": swapped(FIRST, NEW_ONE + b"\n" + FIRST),
    "a paragraph more, last": swapped("the water.</p>\n", b"the water.</p>\n" + NEW_ONE + b"\n"),
    "two more": swapped(SECOND, SECOND + NEW_ONE + NEW_ONE.replace(b"pilots", b"crew")),
    "a paragraph less": swapped(THIRD, ""),
    "the first one less": swapped(FIRST, ""),
    "one in another's place": swapped(THIRD, NEW_ONE),
    "an item": swapped("still keeps.</li>", "keeps.</li>"),
    "beside a link": swapped("took one afternoon", "took two afternoons"),
    "two at once": swapped("right to", "wrong to", swapped("11 people", "12 people")),
    "when it was": _dated(swapped("right to", "wrong to")),
    "a reference": swapped("&amp; kept", "and kept &mdash; as ever &mdash;"),
    "white space beside it": swapped("right to.</p>\n", "wrong to.</p>\n\n  "),
    "the last item": swapped("still keeps.</li>", "keeps no more.</li>"),
}  # fmt: skip
DOUBTS = {
    "nothing": BEFORE,
    "a note": swapped(SECOND, SECOND + b"<p>Correction, 3 May: an earlier version of this post named ten people.</p>"),
    "when it was changed": swapped(SECOND, SECOND + b"<p>Last updated on 3 May 2026</p>"),
    "a byline": swapped(FIRST, b"<p>By Ada Holm</p>" + FIRST),
    "a label": swapped("right to.</p>", "right to.</p><p>Share this post</p>"),
    "a link's target": swapped("/blog/backup", "/blog/other"),
    "a link's words": swapped("Moving it", "Moving them"),
    "a link more": swapped(SECOND, SECOND + NEW_ONE.replace(b"the pilots", b'<a href="/p">the pilots</a>')),
    "another tag": swapped(THIRD, THIRD.replace(b"<p>", b"<blockquote>").replace(b"</p>", b"</blockquote>")),
    "a class": swapped(THIRD, THIRD.replace(b"<p>", b'<p class="sr-only">')),
    "a heading more": swapped(THIRD, b"<h2>What the crew keeps</h2>" + THIRD),
    "a picture": swapped("right to.", 'right to <img src="x.png">.'),
    "a break": swapped("right to.", "right<br>to."),
    "a text beside its paragraphs": swapped("right to.</p>", "right to.</p>Correction: it was ten."),
    "paragraphs exchanged": swapped(FIRST, b"X", swapped(THIRD, FIRST)).replace(b"X", THIRD, 1),
    "one that stands elsewhere now": swapped("<footer>", b"<footer>" + THIRD, swapped(THIRD, "")),
    "one that stood elsewhere": swapped(SECOND, SECOND + b"<p>One</p>"),
    "the beginning of another": swapped(THIRD, THIRD + b"<p>" + MORE[0][:80].encode() + b"</p>"),
    "the title": swapped("<h1>The night", "<h1>The day", swapped("right to", "wrong to")),
    "the author": swapped("Ada Holm", "Bo Lund", swapped("right to", "wrong to")),
    "a text in the foot": swapped("<p>One</p>", "<p>Two</p>", swapped("right to", "wrong to")),
    "most of it": swapped(FIRST, NEW_ONE, swapped(SECOND, "", swapped(THIRD, "", swapped(f"<p>{MORE[0]}</p>", "")))),
    "another page": b"<!doctype html><html><body><h1>Not found</h1></body></html>",
    "no bytes": b"",
}  # fmt: skip


#: What stands behind the first paragraph, with a word in it that is changed.
ODD = {
    "a name": f'<p class="author-name">{MORE[0].replace("noon", "dusk")} dusk</p>',
    "a name within it": "<p>Of the dusk <strong class='byline'>Ada Holm</strong> says that she has never seen one, and that she will not.</p>",
    "a link to its author": "<p>Of the dusk <a href='/ada' rel='author'>Ada Holm</a> says that she has never seen one, and will not.</p>",
    "mostly a link": "<p>At dusk: <a href='/d'>what the pilots of the harbour said of those who had come to see them</a></p>",
    "within a link": "<a href='/d'><p>Of the dusk on the day that nobody saw we were told by the pilots who were there.</p></a>",
    "in an article of its own": "<p>Of the dusk on the day that nobody saw we were told by Ada Holm</p>",
    "there twice": "<p>Of the dusk on the day that nobody saw we were told.</p><div hidden><p>Of the dusk on the <i>day</i> that nobody saw we were told.</p></div>",
    "said beside it": "<p>Of the dusk on the day that nobody saw we were told by all the pilots.</p>",
    "a row": "<table><tr><td><p>Of the dusk on the day that nobody saw we were told by all the pilots.</p></td></tr></table>",
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_of_a_paragraph_of_which_more_is_read_nothing_is_said(what: str) -> None:
    before = swapped(SECOND, ODD[what].encode() + SECOND)
    if what == "said beside it":
        before = swapped("<p>One</p>", ODD[what].replace("nobody", "<em>nobody</em>"), before)
    assert amended(before, before.replace(b"dusk", b"dawn"), *known(before)) is None


def test_a_paragraph_like_those_is_known_where_nothing_more_is_read() -> None:
    plain = b"<p>Of the dusk on the day that nobody saw we were told by all the pilots.</p>"
    before = swapped(SECOND, plain + SECOND)
    assert amended(before, before.replace(b"dusk", b"dawn"), *known(before)) is not None


@pytest.mark.parametrize(
    "box",
    ['div class="byline"', 'div itemprop="author"', 'div class="author name"', "noscript", "template", "div hidden"],
)  # fmt: skip
def test_where_the_article_may_not_be_what_readers_see_nothing_is_said(box: str) -> None:
    """A box round the article, or round a copy of it ahead of the one that is shown."""
    end = box.split()[0]
    if "byline" in box or "author" in box:
        before = swapped(TEXT, f"<{box}>{TEXT}</{end}>")
    else:
        before = swapped("<article>", f"<{box}>{TEXT}</{end}><article>")
    after = before.replace(b"for one at noon", b"for one at dusk", 1)
    assert after != before
    assert amended(before, after, *known(before)) is None


@pytest.mark.parametrize(
    "said",
    ["It&#039;s &quot;late&quot; &amp; dark", "It’s “late” &#038; dark", "It's  'late' & dark"],
)
def test_a_summary_that_the_text_begins_to_show_is_no_edit(said: str) -> None:
    summary = f"{said}, and nobody of those who work in the harbour at night has gone home."
    before = swapped(
        'name="description" content="A night"', f'name="description" content="{summary}"'
    )
    shown = "<p>It&#8217;s “late” &amp; dark, and nobody of those who work in the harbour at night has gone home.</p>"
    after = swapped(FIRST, shown.encode() + FIRST, before)
    assert amended(before, after, *known(before)) is None
    was = known(before)[0]
    assert in_full(before, after, was, read_texts(before, "text/html")).digest == was.digest


def test_what_an_edit_left_of_a_paragraph_may_be_the_summary() -> None:
    left = PARAGRAPHS[2].partition(". ")[0] + "."
    before = swapped('name="description" content="A night"', f'name="description" content="{left}"')
    after = swapped(PARAGRAPHS[2], left, before)
    was, stretch = known(before)
    found = amended(before, after, was, stretch)
    full = in_full(before, after, was, read_texts(before, "text/html"))
    assert found is not None and found.article.digest == full.digest != was.digest


def test_of_a_page_that_ends_with_its_article_or_names_no_language_nothing_is_said() -> None:
    open_ended = BEFORE.partition(b"</ul></article>")[0]
    for before in (open_ended, BEFORE.replace(b' lang="en"', b"")):
        after = before.replace(b"right to", b"wrong to")
        assert amended(before, after, *known(before)) is None


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_read_off_the_bytes_as_in_full(what: str) -> None:
    was, stretch = known()
    found = amended(BEFORE, EDITS[what], was, stretch)
    assert found is not None
    full = in_full(BEFORE, EDITS[what], was, read_texts(BEFORE, "text/html"))
    assert judged(found.article) == judged(full)
    assert (found.article.digest, found.article.words) == (full.digest, full.words)
    assert found.article.blocks == full.blocks
    assert found.article.digest != was.digest


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_upon_an_edit_is_known_by_where_the_first_one_stood(what: str) -> None:
    was, stretch = known()
    found = amended(BEFORE, EDITS[what], was, stretch)
    assert found is not None
    after = EDITS[what].replace(b"gone the cranes", b"gone all the cranes")
    again = amended(EDITS[what], after, found.article, found.stretch)
    assert again is not None
    assert again.article.digest == read_page(after, URL, "text/html").article.digest


@pytest.mark.parametrize("what", DOUBTS)
def test_whatever_may_be_more_than_an_edit_of_paragraphs_is_doubted(what: str) -> None:
    was, stretch = known()
    found = amended(BEFORE, DOUBTS[what], was, stretch)
    if what == "nothing":
        assert found is not None and found.article == was
    else:
        assert found is None


def test_of_an_article_read_with_selectors_or_of_no_certain_day_nothing_is_said() -> None:
    was, stretch = known()
    after = EDITS["a word"]
    assert amended(BEFORE, after, replace(was, selectors="a"), stretch) is None
    assert amended(BEFORE, after, replace(was, declared=frozenset({"title"})), stretch) is None


@pytest.mark.parametrize(("changed", "told"), [(30, True), (31, False)])
def test_of_more_changes_than_one_makes_the_page_is_read_in_full(changed: int, told: bool) -> None:
    many = [
        f"<p>Of the cranes the {n}th was the one that nobody had looked at for years.</p>"
        for n in range(100)
    ]
    before = swapped(HOW, "".join(many))
    after = swapped(
        HOW,
        "".join(
            p.replace("years", "days") if n % 3 == 0 and n < 3 * changed else p
            for n, p in enumerate(many)
        ),
    )
    assert (amended(before, after, *known(before)) is not None) == told


@cache
def texts_of(n: int) -> Texts:
    return read_texts(pages()[n], "text/html")


@settings(max_examples=300)
@given(
    DRAWN,
    st.integers(1, 3),
    st.booleans(),
    st.lists(st.sampled_from(sorted(CHANGES)), max_size=2),
    st.integers(),
)
def test_whatever_is_done_to_a_page_it_is_read_as_in_full(
    n: int, times: int, dated: bool, names: list[str], seed: int
) -> None:
    before, was, chance = pages()[n], read(n), Random(seed)
    after = before
    for _ in range(times):
        after = edited(after, chance)
    after = changed(redated(after, chance) if dated else after, names, seed)
    found = was.stretch and amended(before, after, was.article, was.stretch)
    if found:
        full = in_full(before, after, was.article, texts_of(n))
        assert judged(found.article) == judged(full)
        assert found.article.words == full.words
