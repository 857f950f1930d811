"""Where in a text do the words of a search stand, and what stands round them?"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from .terms import Term, folded, spans

#: Characters shown on either side of what was found, and of it.
AROUND, FOUND = 70, 120


class Snippet(Struct, frozen=True):
    """A piece of a text: (words, whether they were looked for), in order. `terms`: how many stand in it."""

    pieces: tuple[tuple[str, bool], ...]
    terms: int


def snippet(text: str, terms: Sequence[Term]) -> Snippet | None:
    """The text round the first term that stands in it, all terms marked; None where none does."""
    if not text or not might_hold(text, terms):
        return None
    found = spans(text)
    hits = [hit for term in terms if (hit := _first(found, term)) is not None]
    if not hits:
        return None
    start, end = min(hits)
    low, high = max(0, start - AROUND), min(len(text), min(end, start + FOUND) + AROUND)
    # To the bounds of words, where there are any near.
    low = next((s for _, s, _ in found if s >= low), low) if low else 0
    high = next((e for _, _, e in reversed(found) if e <= high), high) if high < len(text) else high
    low, high = min(low, start), max(high, min(end, start + FOUND))
    pieces: list[tuple[str, bool]] = [("…", False)] if low else []
    at = low
    for a, b in sorted(set(hits)):
        if at <= a < high:
            pieces += [(text[at:a], False), (text[a : min(b, high)], True)]
            at = min(b, high)
    pieces += [(text[at:high] + ("…" if high < len(text) else ""), False)]
    return Snippet(tuple(p for p in pieces if p[0]), len(hits))


def might_hold(text: str, terms: Sequence[Term]) -> bool:
    """Whether a text can hold any of the terms: fast, and never no where it does."""
    plain = folded(text)
    return any(term.words[0] in plain for term in terms)


def _first(found: Sequence[tuple[str, int, int]], term: Term) -> tuple[int, int] | None:
    """From where to where a term stands first among a text's words."""
    n = len(term.words)
    if n == 1 and not term.begins:
        return next(((start, end) for word, start, end in found if word == term.words[0]), None)
    for i in range(len(found) - n + 1):
        here = [w for w, _, _ in found[i : i + n]]
        last = here[-1].startswith(term.words[-1]) if term.begins else here[-1] == term.words[-1]
        if last and here[:-1] == list(term.words[:-1]):
            return found[i][1], found[i + n - 1][2]
    return None
