"""What is left of an archived page's tags that would reach out: nothing a browser knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from monitor.read.defuse import defused, is_wide

OUT = "iframe link base object embed applet portal a area form script audio video source frame".split()


@pytest.mark.parametrize("name", OUT)
@pytest.mark.parametrize("spelled", ["<{}>", "<{} x=1>", "<{}/>", "<{}\n", "<{}\t/", "</{}>"])
def test_each_tag_in_each_spelling(name: str, spelled: str) -> None:
    for text in (name, name.upper(), name.capitalize()):
        page = f"<p>before{spelled.format(text)} href=https://x.example>after".encode()
        assert f"x-{text}".encode() in defused(page)
        assert not html.fromstring(defused(page)).xpath(f"//{name}")


def test_words_and_other_tags_stay() -> None:
    page = (
        b"<html><head><meta charset=koi8-r><title>A < b</title></head><body><article>abc</article>"
    )
    assert defused(page) == page
    assert (
        defused(b"<abbr>a</abbr> <address> <linkx> <aside>")
        == b"<abbr>a</abbr> <address> <linkx> <aside>"
    )


@given(
    st.lists(
        st.sampled_from(["<", "/", "iframe", "LINK", "a", " ", ">", "\0", "=", "x", "<!--", "-->"])
    )
)
def test_no_such_tag_is_left(parts: list[str]) -> None:
    page = defused("".join(["<p>", *parts]).encode())
    tree = html.fromstring(page)
    assert not tree.xpath("//iframe | //link | //a")


def test_utf_16_is_known() -> None:
    assert is_wide("<iframe>".encode("utf-16"), "")
    assert is_wide(b"<\0i\0", "UTF-16LE")
    assert not is_wide("<p>é</p>".encode(), "utf-8")
