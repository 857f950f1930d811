"""Which rule is proposed for which page: the part that changed, by a name that lasts, or none at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.decide.ignore_rule import Muted, Proposal, Rules, Taken, muted, propose, taken
from monitor.read.article.extract import extract
from monitor.read.article.sheet import Copy
from monitor.read.compare import diff
from monitor.read.tree import tree_of

URL = "https://acme.example/blog/a-bridge"
P = [
    "The old bridge was closed for repairs in the early summer of last year, and nobody knew for how long.",
    "A ferry took its place for the eleven weeks that the work lasted, at no charge to anybody on foot.",
    "On the day on which the bridge was opened again, the mayor's mother walked over it first of all.",
    "The engineers say that it will hold for another ninety years if it is painted every second spring.",
]


def page(inner: str, head: str = "") -> bytes:
    return (
        f"<!doctype html><html lang=en><head><title>A bridge</title>{head}</head><body><header><nav>"
        f"<a href=/>Home</a></nav></header><main><article><h1>A bridge</h1>{inner}</article></main>"
        f"<footer>Acme</footer></body></html>"
    ).encode()


def paragraphs(*texts: str, open_: str = "<p>") -> str:
    return "".join(f"{open_}{text}</p>" for text in texts)


def copy(inner: str) -> Copy:
    return Copy(page(inner), URL, "text/html; charset=utf-8")


def body(extra: str, at: int = 2) -> str:
    """The article with something amid its text."""
    return f"{paragraphs(*P[:at])}{extra}{paragraphs(*P[at:])}"


SAID = "Today {n} of our readers would walk over it too, as they have told us in a letter."
#: (what stands amid the text, with {n} for what changes; the rule wanted)
NAMED = {
    "a class": ("<p class='stamp'>" + SAID + "</p>", ".stamp"),
    "an id": ("<p id='reader-poll'>" + SAID + "</p>", "#reader-poll"),
    "a class beside hashes": ("<p class='css-1x2y3z reader-poll jss12'>" + SAID + "</p>", ".reader-poll"),
    "a class with a build's hash": (
        "<div class='ReaderPoll_box__x7Kp2'><p>" + SAID + "</p></div>",
        '[class*="ReaderPoll_box__"]',
    ),
    "the box round it": ("<div class='reader-poll'><p>" + SAID + "</p></div>", ".reader-poll"),
    "a label": ("<div aria-label='Reader poll'><p>" + SAID + "</p></div>", 'div[aria-label="Reader poll"]'),
    "data": ("<div data-component='ReaderPoll'><p>" + SAID + "</p></div>", 'div[data-component="ReaderPoll"]'),
    "data by its name": ("<div data-reader-poll='{n}'><p>" + SAID + "</p></div>", "div[data-reader-poll]"),
    "a role": ("<div role='status'><p>" + SAID + "</p></div>", 'div[role="status"]'),
    "a part of a named box": (
        "<section class='poll'><p>What our readers would do in our place.</p><span>{n} of them</span></section>",
        ".poll > span",
    ),
    "words amid a sentence": (
        "<p>The bridge is walked over by <b class='walkers'>{n}</b> people on every day of the year.</p>",
        ".walkers",
    ),
    "a word without a name in a named line": (
        "<p class='walkers'>The bridge is walked over by <b>{n}</b> people on every day of the year.</p>",
        ".walkers > b",
    ),
    "one of three teasers": (
        "<div class='teasers'>" + "".join(
            f"<div class='one'><p>Our text about {t} and what became of them, in {n} minutes.</p></div>"
            for n, t in enumerate(("{n}", "gulls", "tides"), 4)
        ) + "</div>",
        ".teasers",
    ),
    "a row of a table": (
        "<table class='rates'><tr><td>The toll in euros for each bicycle</td><td>{n} at this hour of day</td></tr></table>",
        ".rates",
    ),
    "a quotation that rotates": (
        "<blockquote class='voices'>“{n} is what I would pay for it,” says somebody who lives here.</blockquote>",
        ".voices",
    ),
    "a list": (
        "<ul class='weather'><li>The water stands at {n} centimetres below the bridge today.</li></ul>",
        ".weather",
    ),
}  # fmt: skip


def sides(extra: str) -> tuple[Copy, Copy]:
    first, second = (extra.replace("{n}", n) for n in ("seventeen", "four thousand"))
    return copy(body(first)), copy(body(second))


def article(page: Copy, ignore: tuple[str, ...] = ()) -> object:
    tree = tree_of(page.body.decode())
    assert tree is not None
    return extract(tree, URL, ignore=ignore)


def holds(before: Copy, after: Copy, found: Proposal) -> None:
    """The promise of every proposal, checked by the reader that looks use."""
    one, other = (article(c, found.selectors) for c in (before, after))
    assert not diff(one, other).changed  # type: ignore[arg-type]
    for c, rest in ((before, one), (after, other)):
        assert rest.words >= 2 / 3 * article(c).words  # type: ignore[attr-defined]
    for selector in found.selectors:
        assert not re.fullmatch(r"\*|[a-z][a-z0-9]*", selector)


@pytest.mark.parametrize(("extra", "wanted"), NAMED.values(), ids=NAMED)
def test_the_part_that_changed_is_named(extra: str, wanted: str) -> None:
    before, after = sides(extra)
    found = propose(before, after, Rules())
    assert found == Proposal((wanted,))
    holds(before, after, found)
    assert muted(before, after, Rules(), found.selectors) is Muted.WHOLLY
    assert propose(before, after, Rules(ignore=found.selectors)).selectors == ()
    assert taken(before, Rules(), found.selectors).words > 0
    assert taken(copy(paragraphs(*P)), Rules(), found.selectors) == Taken()


@pytest.mark.parametrize(("extra", "wanted"), NAMED.values(), ids=NAMED)
def test_so_it_is_where_it_came_or_went(extra: str, wanted: str) -> None:
    there, gone = sides(extra)[0], copy(body(""))
    if not diff(article(there), article(gone)).changed:  # type: ignore[arg-type]
        pytest.skip("no part of the article")
    for before, after in ((there, gone), (gone, there)):
        found = propose(before, after, Rules())
        if found.selectors:
            holds(before, after, found)


PLAIN = {
    "a paragraph": body("").replace("eleven", "{n}"),
    "a paragraph of a class that all have": paragraphs(
        *P[:3], P[3].replace("ninety", "{n}"), open_="<p class='graf reader'>"
    ),
    "a heading of three": "".join(
        f"<h2 class='chapter'>{h}</h2><p>{p}</p>"
        for h, p in zip(("What {n} did", "The ferry", "The opening", "The paint"), P, strict=True)
    ),
    "the lead": f"<p class='intro'>In {{n}} weeks the town will have a bridge that it can walk over.</p>{body('')}",
    "a div of the text": f"<div class='entry-content'>{paragraphs(*P[:3])}<p>{P[3]} {{n}}</p></div>",
    "the only box of the text": f"<div class='reader'>{body('').replace('eleven', '{n}')}</div>",
    "divs for paragraphs": "".join(f"<div>{p}</div>" for p in P).replace("eleven", "{n}"),
    "names that a build made": body("<p class='sc-bdVaJa hYx1z'>" + SAID + "</p>"),
    "names that say how it looks": body("<p class='mt-4 text-sm has-large-font-size'>" + SAID + "</p>"),
    "the number of a post": body("<p id='post-4711' class='p12'>" + SAID + "</p>"),
    "a note of a correction": body("<p class='stamp'>Correction: it was the mayor's {n} sister who walked.</p>"),
    "a named note": body("<p class='editors-note'>" + SAID + "</p>"),
    "the whole text in a named box": f"<div class='poll'>{paragraphs(*P)}<p>{SAID}</p></div>",
    "a link's target": body("").replace("A ferry", "<a href='/{n}'>A ferry</a>"),
    "half of it": f"<div class='poll'>{paragraphs(*P[:2])}<p>{{n}}</p></div>{paragraphs(*P[2:])}",
}  # fmt: skip


@pytest.mark.parametrize("inner", PLAIN.values(), ids=PLAIN)
def test_what_is_the_article_has_no_rule(inner: str) -> None:
    before, after = (
        copy(inner.replace("{n}", n)) for n in ("seventeen", "four and a half thousand")
    )
    assert diff(article(before), article(after)).changed  # type: ignore[arg-type]
    found = propose(before, after, Rules())
    assert found.selectors == ()
    assert found.why
    assert ("paragraphs" in found.why) == ("correction" not in inner.casefold())


def test_why_there_is_no_rule() -> None:
    same = copy(paragraphs(*P))
    assert "nothing left to mute" in propose(same, same, Rules()).why
    other = Copy(same.body.replace(b"A bridge", b"Our bridge"), URL, same.content_type)
    assert "headline" in propose(same, other, Rules()).why
    one, other = [copy("".join(f"<p>{w} is the word for line {n}, which is a line.</p>" for n in range(90))) for w in ("This", "Other")]  # fmt: skip
    assert "too much" in propose(one, other, Rules()).why
    large = Copy(same.body + b" " * 4_000_000, URL)
    assert "too large" in propose(large, same, Rules()).why
    assert propose(Copy(b"", URL), Copy(b"\0\xff<", URL), Rules()).selectors == ()


def test_two_parts_that_changed_take_two_selectors() -> None:
    one, other = (
        copy(
            f"<p class='stamp'>{SAID.format(n=n)}</p>{paragraphs(*P)}"
            f"<p>The bridge is walked over by <b class='walkers'>{n}</b> people on every day.</p>"
        )
        for n in ("seventeen", "four thousand")
    )
    found = propose(one, other, Rules())
    assert set(found.selectors) == {".stamp", ".walkers"}
    holds(one, other, found)
    assert muted(one, other, Rules(), (".stamp",)) is Muted.PARTLY
    assert muted(one, other, Rules(), (".nowhere",)) is Muted.NOT
    assert muted(one, one, Rules(), (".stamp",)) is Muted.UNKNOWN


def test_a_real_edit_beside_it_has_no_rule_and_is_muted_in_part() -> None:
    before, after = sides(NAMED["a class"][0])
    after = Copy(after.body.replace(b"eleven", b"nine"), URL, after.content_type)
    assert propose(before, after, Rules()).selectors == ()
    assert muted(before, after, Rules(), (".stamp",)) is Muted.PARTLY


def test_a_given_content_is_never_taken_out_whole() -> None:
    inner = f"<div class='letter'>{body('').replace('eleven', '{n}')}</div>"
    before, after = (copy(inner.replace("{n}", n)) for n in ("seventeen", "forty"))
    assert propose(before, after, Rules(content=".letter")).selectors == ()


#: Markup that a hostile or careless page may hold.
BITS = [
    "<p>", "</p>", "<div class='reader-poll'>", "</div>", "<p class='stamp'>", "<b class='walkers'>", "</b>",
    "<h1>A bridge</h1>", "<article>", "</article>", "<table><tr><td>", "</td></tr></table>", "<br><br>", "<ul><li>",
    "<div id='x\"]'>", "<div class=\"a'] , p\">", "<div data-poll='\\'>", "<svg>", "<!--", "-->", "{n} people, as we know. ",
    "A sentence of the text that is as long as such sentences are in the papers. ", "\u202e", "&lt;p&gt;",
]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=25))
def test_whatever_the_page_a_rule_keeps_its_promise(bits: list[str]) -> None:
    extra = "".join(bits)
    before, after = sides(extra)
    found = propose(before, after, Rules())
    assert bool(found.selectors) != bool(found.why)
    if found.selectors:
        holds(before, after, found)
