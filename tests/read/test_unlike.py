"""What differs between two texts of markup is what a comparison of all their pieces says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.stretch import name_of, parted
from monitor.read.unlike import Side, unlike

PIECES = (
    b"", b"<p>", b"</p>", b"<", b"a", b"12", b" ", b">", b"<b>", b"</b>", b"<time>", b"<br>", b"<em", b"<table>",
    b"<!-- x -->", b"<abbr-x>", b"word " * 40, b"<i>" * 50,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)
INLINE = (
    b"a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark output q s samp small span strike "
    b"strong sub sup time tt u var wbr"
).split()


@settings(max_examples=400)
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_it_finds_the_pieces_that_differ(
    ahead: bytes, old: bytes, new: bytes, between: bytes, behind: bytes
) -> None:
    x, y = ahead + old + between + old + behind, ahead + new + between + new + behind
    before, after = x.split(b"<"), y.split(b"<")
    starts = [sum(len(p) + 1 for p in before[:n]) for n in range(len(before))]
    every = zip(starts, before, after, strict=False)
    differ = [one for one in every if one[1] != one[2]]
    assert unlike(x, y, 10_000) == (differ if len(before) == len(after) else None)
    if differ and len(before) == len(after):
        assert unlike(x, y, len(differ)) == differ
        assert unlike(x, y, len(differ) - 1) is None


def _goes_on(piece: bytes) -> bool:
    name = name_of(piece).lstrip(b"/")
    return name in INLINE or b"-" in name or piece.startswith(b"!--")


@settings(max_examples=300)
@given(TEXTS, st.integers(-2, 6))
def test_a_line_and_what_is_near_are_those_of_the_pieces(text: bytes, lines: int) -> None:
    pieces = text.split(b"<")
    side, left = Side(text, lines), lines
    for n, piece in enumerate(pieces):
        start = sum(len(p) + 1 for p in pieces[:n])
        first, last = n, n + 1
        while first and n - first < 8 and _goes_on(pieces[first]):
            first -= 1
        while last < len(pieces) and last - n <= 8 and _goes_on(pieces[last]):
            last += 1
        texts = [parted(p)[1] for p in pieces[first:last]]
        line = b"".join(texts[: n - first]), b"".join(texts[n - first + 1 :])
        assert side.line(start) == line
        assert side.is_near(start) == (left > 0)
        assert Side(text, None).is_near(start)
        if left > 0:
            left -= bool(name_of(piece)) and not _goes_on(piece) and bool(parted(piece)[1].strip())
