"""A page that its sketch is true of is one that `still` passes, and that readers read as they read the old one."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.page import read_page
from monitor.read.sketch import MOST_TAGS, MOST_TIMES, Sketch, _digest, holds, sketch_of
from monitor.read.sketch_marks import SHUFFLED
from monitor.read.still import noise, still
from monitor.values import replace
from tests.read.test_still import BEFORE, CARDS, DOUBTFUL, UNTOUCHED, URL, page
from tests.read.test_still_mutated import DRAWN, NAMES, judged, read
from tests.support.mutated import changed, pages

_META = b'<meta property="article:published_time" content="2026-01-02T09:00:00Z">'


def dated(body: bytes) -> bytes:
    """The page, with a day of publication."""
    return body.replace(b"</title>", b"</title>" + _META, 1)


def whole(body: bytes, *, moved: bool = False) -> Sketch | None:
    """A sketch of a page of which any piece beside the article may be noise: a counter, or a text that moved."""
    known = read_page(body, URL, "text/html")
    if known.stretch is None or not still(body, body, known.article, known.stretch):
        return None
    starts = [0, *(n + 1 for n, byte in enumerate(body) if byte == ord("<"))]
    start, end = known.stretch
    beside = [s for s in starts if s <= start or s > end]
    pieces = [(s, body[s:].partition(b"<")[0] if moved else b"x") for s in beside]
    return sketch_of(body, known.article, known.stretch, pieces)


WAS = dated(BEFORE)
KNOWN = read_page(WAS, URL, "text/html")


@pytest.mark.parametrize("what", UNTOUCHED)
def test_noise_leaves_a_page_true_to_its_sketch(what: str) -> None:
    sketch = whole(WAS)
    assert sketch is not None and holds(sketch, dated(UNTOUCHED[what]))


@pytest.mark.parametrize("what", DOUBTFUL)
def test_whatever_is_doubted_is_not(what: str) -> None:
    sketch = whole(WAS)
    assert sketch is not None and not holds(sketch, dated(DOUBTFUL[what]))


def test_a_sketch_knows_the_noise_of_the_looks_before() -> None:
    looks = [page(nonce="99ff00aa11bb"), page(views="3 views"), page(cards=CARDS[::-1])]
    sketch: Sketch | None = None
    for after in map(dated, looks):
        assert sketch is None or not holds(sketch, after)
        differed = noise(WAS, after, KNOWN.article, KNOWN.stretch)
        assert differed is not None and KNOWN.stretch is not None
        sketch = sketch_of(WAS, KNOWN.article, KNOWN.stretch, differed, sketch)
        assert sketch is not None and holds(sketch, after)
    assert sketch is not None
    assert holds(sketch, dated(page(nonce="77", cards=CARDS[1:] + CARDS[:1], views="12 views")))
    assert not holds(sketch, dated(page(style="css-9c")))  # which was always the same


def test_teasers_are_known_wherever_they_stand_and_however_they_are_numbered() -> None:
    cards = tuple((f"/blog/{n}", f"{n} things that we have seen at night") for n in (3, 5, 8))
    looks = [dated(page(cards=cards[n:] + cards[:n])) for n in range(3)]
    known = read_page(looks[0], URL, "text/html")
    differed = noise(looks[0], looks[1], known.article, known.stretch)
    assert differed is not None and known.stretch is not None
    sketch = sketch_of(looks[0], known.article, known.stretch, differed)
    assert sketch is not None and set(sketch.marks) & set(SHUFFLED)
    assert all(holds(sketch, look) for look in looks)
    other = (*cards[:2], ("/blog/9", "9 things that we have seen at night"))
    assert not holds(sketch, dated(page(cards=other)))


def test_what_changed_places_with_its_like_is_parted_from_others() -> None:
    body, other = b"<p>gulls plain<text>1<p>", b"<p>gulls <plaintext>1<p>"
    made = Sketch(((1, 2),), "AB", 2, "")
    sketch = replace(made, digest=_digest(made, body) or "")
    assert holds(sketch, body) and not holds(sketch, other)


def test_of_noise_that_comes_elsewhere_each_time_none_is_made_in_the_end() -> None:
    sketch, made = None, 0
    for _ in range(10):
        differed = noise(WAS, dated(page(nonce="99ff00aa11bb")), KNOWN.article, KNOWN.stretch)
        assert differed is not None and KNOWN.stretch is not None
        found = sketch_of(WAS, KNOWN.article, KNOWN.stretch, differed, sketch)
        sketch, made = found or sketch, made + (found is not None)
    assert made == MOST_TIMES


def test_none_is_made_where_more_is_asked_than_it_tells() -> None:
    assert sketch_of(WAS, KNOWN.article, KNOWN.stretch or (0, 0), []) is None
    assert whole(BEFORE) is None  # its day is guessed
    assert whole(WAS.replace(b"</main>", b"<hr>" * 400 + b"</main>")) is None
    many = WAS.replace(b"</main>", b"<" * MOST_TAGS + b"</main>")
    assert KNOWN.stretch and sketch_of(many, KNOWN.article, KNOWN.stretch, [(0, b"")]) is None
    chosen = read_page(WAS, URL, "text/html", ignore=(".n",))
    assert chosen.stretch and sketch_of(WAS, chosen.article, chosen.stretch, [(0, b"")]) is None


@cache
def _sketch(n: int, moved: bool) -> Sketch | None:
    return whole(pages()[n], moved=moved)


@settings(max_examples=250)
@given(DRAWN, NAMES, st.integers(), st.booleans())
def test_a_page_true_to_a_sketch_is_read_as_it_was(
    n: int, names: list[str], seed: int, moved: bool
) -> None:
    before, sketch = pages()[n], _sketch(n, moved)
    after = changed(before, names, seed)
    if after != before and sketch is not None and holds(sketch, after):
        was = read(n)
        assert still(before, after, was.article, was.stretch)
        assert judged(read_page(after, URL, "text/html").article) == judged(was.article)
