"""Pages that differ beside the article in what is read of it all the same: neither way calls them still."""

from __future__ import annotations

import pytest

from monitor.read.page import read_page
from monitor.read.sketch import holds
from monitor.read.still import still
from tests.read.test_sketch import WAS, whole
from tests.read.test_still import URL
from tests.read.test_still_mutated import judged


def _ahead(text: str) -> bytes:
    return WAS.replace(b"</h1>", b"</h1>" + text.encode(), 1)


def _behind(text: str) -> bytes:
    return WAS.replace(b"</article>", text.encode() + b"</article>", 1)


def _data(modified: str, author: str = "Ada Holm") -> bytes:
    said = f'{{"@type":"BlogPosting","datePublished":"2026-01-02","dateModified":"{modified}",'
    said += f'"headline":"The night shift at the harbour","author":"{author}"}}'
    return _ahead(f'<script type="application/ld+json"><!--\n{said}\n--></script>')


def _referred(modified: str) -> bytes:
    """Data of a type that is spelled in references."""
    spelled = _data(modified).replace(b"ld+json", b"ld&#43;js&#111;n")
    return spelled.replace(b"<!--", b"").replace(b"-->", b"")


def _spaced(modified: str) -> bytes:
    """Data far behind the article, with markup in them."""
    said = (
        '{"@type" : "BlogPosting", "author" : "Ada Holm", "headline" : "The <b>night</b> shift at the harbour",'
        f'"uploadDate" : "2020-01-01", "datePublished" : "2026-01-02", "dateModified" : "{modified}"}}'
    )
    far = "<p>A line.</p>" * 12 + f'<script type="application/ld+json">{said}</script>'
    return WAS.replace(b"</footer>", b"</footer>" + far.encode())


def _by_script(day: str) -> bytes:
    """A line as scripts put it together."""
    return _ahead(f"<p>Updated:<!-- --> May <!-- -->{day}<!-- -->, <!-- -->2026</p>")


PAIRS: dict[str, tuple[bytes, bytes]] = {
    "data in a comment": (_data("2026-01-03"), _data("2026-01-04")),
    "data of a type in references": (_referred("2026-01-03"), _referred("2026-01-04")),
    "an author in a comment": (_data("2026-01-03"), _data("2026-01-03", "Bo Lund")),
    "a text behind a comment that ends oddly": (
        _behind("<!-- x --!>"),
        _behind("<!-- x --!>Correction: an earlier version of this post named ten people."),
    ),
    "a comment that is none": (
        _behind("<!-- <p>One more sentence of it. --> </p>"),
        _behind("< <p>One more sentence of it. --> </p>"),
    ),
    "data with spaces in them": (_spaced("2026-01-03"), _spaced("2026-01-04")),
    "a date in parts": (_by_script("27"), _by_script("28")),
    "months that change places": (
        _by_script("27").replace(b"<aside>", b"<aside><p><b>June</b></p>"),
        _by_script("27").replace(b"May", b"June").replace(b"<aside>", b"<aside><p><b>May</b></p>"),
    ),
    "a date that was none": (_by_script("32"), _by_script("28")),
    "a date of inserted words": (
        _ahead("<p>Updated: May <ins>27</ins>, <ins>2026</ins></p>"),
        _ahead("<p>Updated: May <ins>28</ins>, <ins>2026</ins></p>"),
    ),
    "the second date of a line": (
        _ahead("<p>May 1, 2025 <b>Updated: May <i>27</i>, 2026</b></p>"),
        _ahead("<p>May 1, 2025 <b>Updated: May <i>28</i>, 2026</b></p>"),
    ),
}


@pytest.mark.parametrize("what", PAIRS)
def test_what_is_read_is_doubted(what: str) -> None:
    before, after = PAIRS[what]
    was, now = (read_page(b, URL, "text/html") for b in (before, after))
    assert judged(was.article) != judged(now.article)
    assert not still(before, after, was.article, was.stretch)
    for moved in (False, True):
        sketch = whole(before, moved=moved)
        assert sketch is None or not holds(sketch, after)


@pytest.mark.parametrize(
    "tag", [b"main hid\0den", b"main x\x0bhidden", b"main x''hidden=", b'main x=y"hidden"']
)
def test_a_tag_that_parsers_read_in_their_own_ways_is_doubted(tag: bytes) -> None:
    before = WAS.replace(b"<main>", b"<main hidden=until-found>").replace(
        b"<main hidden=until-found", b"<main hidden"
    )
    after = WAS.replace(b"<main>", b"<" + tag + b">")
    known = read_page(WAS, URL, "text/html")
    assert known.stretch is not None
    for old in (WAS, before):
        assert not still(old, after, known.article)


def test_of_lines_that_no_page_has_no_day_is_asked() -> None:
    known = read_page(WAS, URL, "text/html")
    assert known.stretch is not None
    line, many = "<p>2024 <b>{}</b> views</p>", "<p>{} views</p>"
    for one in (line.replace("2024", "2024 " + "x" * 1_000), many * 201):
        before, after = (
            WAS.replace(b"<aside>", one.replace("{}", n).encode() + b"<aside>") for n in "78"
        )
        assert not still(before, after, known.article, known.stretch)
    before, after = (
        WAS.replace(b"<aside>", (line + many).replace("{}", n).encode() + b"<aside>") for n in "78"
    )
    assert still(before, after, known.article, known.stretch)


def test_of_a_page_s_state_the_type_stays() -> None:
    state = b'<script type="application/%s">{"id":"%s"}</script></head>'
    before = WAS.replace(b"</head>", state % (b"json", b"a1b2c3d4e5f6a7b8"))
    known, sketch = read_page(before, URL, "text/html"), whole(before)
    assert known.stretch is not None and sketch is not None
    for kind, same in ((b"json", True), (b"x-json", False)):
        after = WAS.replace(b"</head>", state % (kind, b"99ff00aa11bb22cc"))
        assert still(before, after, known.article, known.stretch) is same
        assert holds(sketch, after) is same
