"""Whatever is done to a page: where it is called still, or of one settled hash, all readers read the same."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.article import Article
from monitor.read.listing.page import read_listing
from monitor.read.page import Page, read_page
from monitor.read.settled import settled_hash
from monitor.read.still import still
from tests.support.mutated import CHANGES, changed, pages

URL = "https://harbour.example/blog/night-shift"
PAGES = st.integers(0, len(pages()) - 1)
#: The pages that bear most are drawn as often as all others.
DRAWN = st.one_of(st.integers(0, 5), PAGES)
NAMES = st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3)


@cache
def read(n: int) -> Page:
    """A page as it is read."""
    return read_page(pages()[n], URL, "text/html")


def judged(article: Article) -> dict[str, Any]:
    """All that an event or a verdict may come of; guesses are never an edit."""
    return {
        "title": article.title,
        "byline": article.byline if "author" in article.declared else "",
        "published": article.published_at if "published_at" in article.declared else "",
        "modified": (article.modified_at, article.shown_at),
        "text": [(b.key, [link.target for link in b.links]) for b in article.blocks],
        "notes": article.notes,
        "canonical": article.canonical,
        "language": article.language,
        "declared": article.declared,
    }


@settings(max_examples=250)
@given(DRAWN, NAMES, st.integers())
def test_a_page_called_still_is_read_as_it_was(n: int, names: list[str], seed: int) -> None:
    before = pages()[n]
    after = changed(before, names, seed)
    was = read(n)
    if after != before and still(before, after, was.article, was.stretch):
        now = read_page(after, URL, "text/html")
        assert judged(now.article) == judged(was.article)
        assert now.truncated == was.truncated


TOKENS = (
    "a token",
    "a script",
    "a comment",
    "digits",
    "values change places",
    "a byte of no charset",
)


@settings(max_examples=200)
@given(
    DRAWN,
    st.lists(
        st.one_of(st.sampled_from(TOKENS), st.sampled_from(sorted(CHANGES))), min_size=1, max_size=2
    ),
    st.integers(),
)
def test_pages_of_one_settled_hash_are_read_alike(n: int, names: list[str], seed: int) -> None:
    before = pages()[n]
    after = changed(before, names, seed)
    if after != before and settled_hash(after) == settled_hash(before):
        now, was = read_page(after, URL, "text/html"), read(n)
        assert _but_for_bytes(now) == _but_for_bytes(was)
        home = "https://harbour.example/"
        assert read_listing(after, home, home=home) == read_listing(before, home, home=home)


def _but_for_bytes(page: Page) -> dict[str, Any]:
    """All of a page but for where it stands in its bytes."""
    return {name: getattr(page, name) for name in page.__struct_fields__ if name != "stretch"}
