"""What is left of an archived page's tags that would reach out: nothing a browser knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from monitor.read.defuse import as_drawn, defused

OUT = "iframe link base object embed applet portal a area form script audio video source frame".split()
#: What is raw text stays so, under a name that no browser draws.
NAMES = {"script": "noframes", "iframe": "noembed"}


@pytest.mark.parametrize("name", OUT)
@pytest.mark.parametrize("spelled", ["<{}>", "<{} x=1>", "<{}/>", "<{}\n", "<{}\t/", "</{}>"])
def test_each_tag_in_each_spelling(name: str, spelled: str) -> None:
    for text in (name, name.upper(), name.capitalize()):
        page = f"<p>before{spelled.format(text)} href=https://x.example>after".encode()
        assert NAMES.get(name, f"x-{text}").encode() in defused(page)
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
        st.sampled_from(
            ["<", "/", "iframe", "LINK", "a", "Script", " ", ">", "\0", "=", "x", "<!--", "-->"]
        )
    )
)
def test_no_such_tag_is_left(parts: list[str]) -> None:
    page = defused("".join(["<p>", *parts]).encode())
    tree = html.fromstring(page)
    assert not tree.xpath("//iframe | //link | //a | //script")


@pytest.mark.parametrize("name", ["script", "iframe"])
@pytest.mark.parametrize("inside", ["<p>a", "<!-- a", "<b>a</b></p>", "<title>", "</div>a < b"])
def test_raw_text_ends_where_it_ended(name: str, inside: str) -> None:
    page = f"<p>before</p><{name} src=x>{inside}</{name.upper()} ><p>after".encode()
    new = NAMES[name]
    assert defused(page) == f"<p>before</p><{new} src=x>{inside}</{new} ><p>after".encode()


def test_what_is_for_browsers_without_video_is_hidden() -> None:
    assert defused(b"<VIDEO src=x>Too old</video>") == b"<x-VIDEO hidden src=x>Too old</x-video>"


def test_an_xhtml_script_that_ends_itself_swallows_nothing() -> None:
    page = b'<script src="x" /><p>after</p><SCRIPT>a</SCRIPT>'
    kept = b'<noframes src="x" ></noframes><p>after</p><noframes>a</noframes>'
    assert defused(page, xhtml=True) == kept
    assert defused(page).startswith(b'<noframes src="x" /><p>')


REACHING = "<!doctype html><html><head><title>Größe</title><{0} href=x></head><body><p>Größe</p>"
UTF_16 = "utf-16 utf-16le unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff".split()


@pytest.mark.parametrize(
    ("page", "declared"),
    [
        *((REACHING.format("link").encode("utf-16-le"), f"charset={label}") for label in UTF_16),
        (REACHING.format("link").encode("utf-16-be"), "charset=unicodefffe"),
        (REACHING.format("link").encode("utf-16"), ""),
        (REACHING.format("li\x1b(Bnk").replace("ö", "o").encode("iso2022_jp", "ignore"), "charset=iso-2022-jp"),
        (
            REACHING.format("meta charset=csiso2022jp><li\x1b(Bnk").encode("ascii", "ignore"),
            "",
        ),
        (REACHING.format("link").encode("utf-8-sig"), "charset=unicode"),
        (REACHING.format("link").encode("latin-1"), "charset=latin1"),
    ],
)  # fmt: skip
def test_tags_are_found_in_what_a_browser_reads(page: bytes, declared: str) -> None:
    found = as_drawn(page, f"text/html; {declared}")
    assert found.startswith(b"\xef\xbb\xbf")
    text = found.decode("utf-8-sig")
    assert "<x-link" in text
    assert "<link" not in text
    assert "\x1b" not in text
    assert text.startswith("<!doctype html>")


def test_letters_stay_whatever_they_were_written_in() -> None:
    found = as_drawn(REACHING.format("p").encode("koi8-r", "ignore") + "мост".encode("koi8-r"), "text/html; charset=koi8-r")  # fmt: skip
    assert found.decode().endswith("мост")


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=unicode", "x"]))
def test_any_bytes_can_be_drawn(page: bytes, content_type: str) -> None:
    assert not html.fromstring("<p>" + as_drawn(page, content_type).decode()[1:].replace("\0", "").replace("<?", "")).xpath("//link")  # fmt: skip
