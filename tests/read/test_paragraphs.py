"""A paragraph that is cut from the bytes is read as readers of its tree read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.article.blocks import read_lines
from monitor.read.paragraphs import paragraph, units
from monitor.read.tree import tree_of

READ = {
    b"<p>Nobody asked.</p>": "Nobody asked.",
    b'<p class="wp-block">Nobody\n  asked.</p>': "Nobody asked.",
    b"<li>One of <b>two</b> things</li>": "One of two things",
    b'<p>See <a href="/x">what we <em>said</em></a>.</p>': "See what we said.",
    b"<p>Fish &amp; chips &#8212; caf&eacute; &#xe9; & more</p>": "Fish & chips — café é & more",
    b"<P>Loud</P>": "Loud",
    "<p>Ein Süden</p>".encode(): "Ein Süden",
}
NONE = (
    b"<p>left open",
    b"<p>one<br>two</p>",
    b"<p>a picture <img src=x></p>",
    b"<p>at <time>nine</time></p>",
    b"<div>a box</div>",
    b"<p>a <span hidden>b</span></p>",
    b"<p>an entity of HTML 5 &hearts5; or &nosuch; one</p>",
    b"<p>of Windows &#150; it is</p>",
    b"<p>without its end &amp and more</p>",
    b"<p>a NUL\0</p>",
    "<p>a soft\u00adhyphen</p>".encode(),
    "<p>Süden</p>".encode("latin-1"),
    b'<p>a link <a href="/x">in <a href="/y">another</a></a></p>',
    b'<p>one that <a href="/x">does not end</p>',
    b"<p title='left open>and on</p>",
    b"<p>one that </b>ends nothing</p>",
    b"<p><b>one <i>across</b> another</i></p>",
    b"</p>",
    b"text",
)


@pytest.mark.parametrize("unit", READ)
def test_words_are_read_through_tags_and_references(unit: bytes) -> None:
    found = paragraph(unit)
    assert found is not None and found.text == READ[unit]
    assert units(unit + b"\n <h2>Next</h2>")[0] == unit


@pytest.mark.parametrize("unit", NONE)
def test_where_more_than_words_may_be_read_there_is_no_paragraph(unit: bytes) -> None:
    assert all(paragraph(one) is None for one in units(unit))


def test_the_words_of_links_are_told() -> None:
    found = paragraph(b'<p><a href="/a">One</a> and <b><a href="/b">an<i>other</i></a></b></p>')
    assert found is not None and found.linked == ("One", "another")


@pytest.mark.parametrize(
    "tag",
    [
        b"<p hidden>",
        b'<p class="sr-only">',
        b'<p class="author-name">',
        b'<p style="display:none">',
    ],
)
def test_a_tag_that_says_more_is_known(tag: bytes) -> None:
    found = paragraph(tag + b"Nobody asked.</p>")
    assert found is not None and found.says_more


def test_nothing_of_a_stretch_is_left_out() -> None:
    stretch = b"ahead<p>One</p> stray <p>Two</p>\n<h2>Three</h2>behind"
    assert b"".join(units(stretch)) == stretch.replace(b"</p> ", b"</p>").replace(b"\n", b"")


PARTS = st.sampled_from(
    [
        "word", " ", "two words ", "&amp;", "&nbsp;", "&#39;", "&#x2014;", "&copy", "&lt;b&gt;", "é", "\n", "\t",
        "\u200b", "<b>", "</b>", "<em>", "</em>", '<a href="/x">', "</a>", "<br>", "<span>", "</span>", "<!-- c -->",
        '"', "'", "<i class='x'>", "</i>", "<q>", "</q>", "&", "<", ">", "\x0b", "<wbr>", "<p>", "</p>", "<sup>2</sup>",
    ]
)  # fmt: skip


@given(st.lists(PARTS, max_size=12), st.sampled_from(["p", "li", 'p class="x"']))
def test_whatever_is_taken_for_a_paragraph_is_one(parts: list[str], tag: str) -> None:
    unit = f"<{tag}>{''.join(parts)}</{tag.split()[0]}>".encode()
    found = paragraph(unit) if units(unit) == [unit] else None
    if found is None or not found.text:
        return
    tree = tree_of(f"<html><body><div>{unit.decode()}</div></body></html>")
    assert tree is not None
    (line,) = read_lines(tree)
    assert (line.text, line.key) == (found.text, found.key)
    words = [text for one in found.linked if (text := " ".join(one.split()))]
    assert [text for text, _ in line.links] == words
