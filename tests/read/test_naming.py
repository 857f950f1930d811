"""By which name is an element known tomorrow? Not by one that a build made, nor by how it looks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from monitor.read.article.extract import select
from monitor.read.article.naming import selectors_for


def first(markup: str) -> html.HtmlElement:
    tree = html.document_fromstring(f"<body>{markup}</body>")
    return next(e for e in tree.iter() if e.get("x") is not None)


@pytest.mark.parametrize(
    ("markup", "best"),
    [
        ("<p x class='stamp'>", ".stamp"),
        ("<span x class='css-1x2y3z view-count'>", ".view-count"),
        ("<div x class='Counter_views__x7Kp2'>", '[class*="Counter_views__"]'),
        ("<div x id='reading-time'>", "#reading-time"),
        ("<div x aria-label='Times read'>", 'div[aria-label="Times read"]'),
        ("<div x data-views='1204'>", "div[data-views]"),
        ("<div x data-component='ViewCounter'>", 'div[data-component="ViewCounter"]'),
        ("<div x role='status'>", 'div[role="status"]'),
        ("<p class='walkers'><b x>", ".walkers > b"),
        ("<div class='walkers'><p><b x>", ".walkers > p > b"),
        ("<div class='entry-content'><aside x>", ".entry-content > aside"),
        ("<div id='content'><div x>", "#content > div"),
    ],
)
def test_the_best_name(markup: str, best: str) -> None:
    assert selectors_for(first(markup))[0] == best


@pytest.mark.parametrize(
    "markup",
    [
        "<p x>",
        "<main x class='poll'>",
        "<article x id='poll'>",
        "<div x class='entry-content'>",
        "<div x id='content' class='post-body prose'>",
        "<p x class='graf graf--p'>",
        "<p x class='wp-block-paragraph has-large-font-size'>",
        "<p x class='intro'>",
        "<div x class='mt-4 text-sm md:mt-4 flex'>",
        "<div x class='sc-bdVaJa hYx1z jss12 css-1x2y3z'>",
        "<div x id='post-4711'>",
        "<div x class='x'>",
        "<div x data-v-1a2b3c data-id='poll' data-reactid='1'>",
        "<div x class='poll correction'>",
        "<div x class='notice'>",
        "<div class='entry-content'><div x class='notice'>",
        "<div class='entry-content'><div x class='content'>",
        "<div class='notice poll'><span x>",
        "<div x role='note'>",
        "<h2 x class='headline'>",
        "<div x class='updated-at poll'>",
        "<div x aria-label='Read 1,204 times'>",
        "<div x aria-label='&quot;] , p'>",
        "<div x role='article'>",
        "<div class='entry-content'><p x>",
        "<div class='entry-content'><ul><li x>",
        "<div x itemprop='articleBody'>",
        "<div x class='" + "a" * 90 + "'>",
    ],
)
def test_no_name_that_lasts(markup: str) -> None:
    assert selectors_for(first(markup)) == ()


@settings(max_examples=300)
@given(
    st.sampled_from(["p", "div", "span", "section", "article", "li", "b"]),
    st.dictionaries(
        st.sampled_from(
            ["class", "id", "role", "aria-label", "data-poll", "data-name", "itemprop"]
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
        | st.sampled_from(
            ["reader-poll", "a'b", 'a"b', "a\\b", "}{", "poll ] , *", "${HOME} poll"]
        ),
    ),
)
def test_every_name_is_a_selector_of_the_element_and_of_no_kind_of_text(
    tag: str, attributes: dict[str, str]
) -> None:
    tree = html.document_fromstring("<body><div class='poll'><em>text</em></div></body>")
    element = tree.makeelement(tag, attributes)
    tree[0][0].append(element)
    for selector in selectors_for(element):
        assert element in select(tree, [selector])
        assert not re.fullmatch(r"[*a-z0-9]+", selector)
        assert not set(selector) & set("{}$\\\n,")
