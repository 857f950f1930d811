"""Which of a page's lines are its article?

trafilatura says which text it takes for the article; the smallest element that holds most of it is
the root. What stands in the root is the article, but for furniture: told by names (places.py), by
build (lists of links, cards) and, at its head and foot, by what short lines say (labels.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import trafilatura

from . import BlockKind
from .blocks import Element, Line
from .byline import BESIDE_BYLINE
from .furniture import BOXES, Above, Furniture, is_prose, size_of
from .labels import (
    LEAST_EXCERPT,
    beginning,
    heads_others,
    is_byline,
    is_counter,
    is_date_line,
    is_label,
)
from .normal import key
from .notes import says_so

#: The root holds at least so much of what trafilatura found (of .75, .85 and .95 the best on the
#: 181 pages of the public benchmark: F1 .962, .954, .951 before any furniture was left out).
ROOT_HOLDS = 0.75
#: Of the running text in the densest element trafilatura sees at least this much, or it is not believed.
SEEN = 0.25
#: Without it: a child with this share of its parent's running text is gone into.
DESCENDS = 0.6
NO_ROOT = frozenset("p li blockquote pre h1 h2 h3 h4 h5 h6 td figcaption".split())


#: Elements in which a post without running text says what it has to say.
_SAID = frozenset("p li blockquote figcaption tr pre dt dd summary".split())
#: Elements a headline stands in.
HEADS = ("h1", "h2", "h3")


def article_lines(
    tree: Element,
    lines: Sequence[Line],
    url: str,
    title: str,
    chosen: list[Element] | None,
    byline: str = "",
) -> tuple[Element | None, list[Line]]:
    """(the article's root, its lines); (None, []) where there is no article.

    `lines` are the page's but for what is ignored; `chosen` are the elements a selector names as the
    article, None without one.
    """
    above = Above(lines)
    if chosen is not None:
        wanted = set(chosen)
        inside = [x for x in lines if not wanted.isdisjoint(above[x.element])]
        inside = [x for x in inside if x.element.tag != "h1" or x.key != key(title)]
        return (chosen[0] if chosen else None), inside
    signature = key(byline).casefold()
    lines = [line for line in lines if not _is_signature(line, signature)]
    furniture = Furniture(lines, above)
    head = key(title).casefold()
    own = [line for line in lines if not furniture.holds(line.element)]
    if not any(is_prose(line) for line in own):
        short = _short_post(lines, above, furniture, head)
        if short[0] is not None:
            return short
    root, found = _root(tree, lines, own, above, url)
    if root is None:
        return None, []
    inside = [
        line
        for line in lines
        if root in above[line.element]
        or (line.key in found and _is_beside(root, above[line.element]))
    ]
    return root, _kept(root, inside, above, furniture, head)


def _short_post(
    lines: Sequence[Line], above: Above, furniture: Furniture, title: str
) -> tuple[Element | None, list[Line]]:
    """Where nothing is long enough to be running text: what stands with the headline.

    The smallest element round the headline that holds a paragraph beside it.
    """
    heads = [x for x in lines if x.key.casefold() == title and x.element.tag in HEADS]
    for head in heads[:1]:
        for root in above[head.element]:
            if root.tag in ("body", "html"):
                break  # beyond the article's own boxes the site speaks
            inside = [
                x
                for x in lines
                if root in above[x.element]
                and x.element.tag in _SAID
                and not furniture.holds(x.element, root)
                and not _is_meta(x, title)
                and (x.kind in (BlockKind.ROW, BlockKind.CODE) or not _is_label(x))
                and 2 * x.linked <= len(x.text)
            ]
            if inside:
                return root, inside
    return None, []


def _is_signature(line: Line, byline: str) -> bool:
    """Whether a line says no more than who wrote the article, and perhaps when."""
    if (
        not byline
        or len(line.key) > len(byline) + BESIDE_BYLINE
        or byline not in line.key.casefold()
    ):
        return False
    rest = line.key.casefold().replace(byline, " ", 1).strip(" |·•,;:-/()")
    return not rest or is_byline(rest) or is_date_line(rest)


def _is_beside(root: Element, chain: Sequence[Element]) -> bool:
    """Whether a line stands in a sibling of the root that is built alike: the next section of a page."""
    parent = root.getparent()
    if parent is None or parent not in chain or root.tag in ("article", "main", "body"):
        return False
    beside = chain[chain.index(parent) - 1]
    return beside.tag == root.tag and beside.get("class") == root.get("class")


def _root(
    tree: Element, lines: Sequence[Line], own: Sequence[Line], above: Above, url: str
) -> tuple[Element | None, set[str]]:
    """The smallest element that holds most of what trafilatura takes for the article, and that text.

    `own` are the lines that stand in no furniture. Where trafilatura sees little of the page's running text it has taken furniture for the article:
    then the element that holds most of the running text.
    """
    text = _located(tree, url)
    found = [
        line
        for line in own
        if size_of(line) >= 25
        and (line.key in text or (len(line.key) > 120 and line.key[20:80] in text))
    ]
    prose = [line for line in own if is_prose(line)] or [line for line in lines if is_prose(line)]
    dense = _densest(prose, above)
    most = sum(len(line.key) for line in prose if dense in above[line.element])
    if sum(len(line.key) for line in found) < SEEN * most or not found:
        return dense, set()
    mass = _mass(found, above)
    least = ROOT_HOLDS * max(mass.values())
    root = max(
        (e for e, m in mass.items() if m >= least and e.tag not in NO_ROOT),
        key=lambda e: len(above[e]),
        default=dense,
    )
    return root, {line.key for line in found}


def _mass(lines: Sequence[Line], above: Above) -> dict[Element, int]:
    mass: dict[Element, int] = {}
    for line in lines:
        for element in above[line.element]:
            mass[element] = mass.get(element, 0) + len(line.key)
    return mass


def _densest(prose: Sequence[Line], above: Above) -> Element | None:
    """From the top down into whichever child holds most of the running text; None without any."""
    mass = _mass(prose, above)
    if not mass:
        return None
    at = above[prose[0].element][-1]
    while True:
        best = max((c for c in at if c in mass), key=lambda c: mass[c], default=None)
        if best is None or best.tag in NO_ROOT or mass[best] < DESCENDS * mass[at]:
            return at
        at = best


def _located(tree: Element, url: str) -> str:
    """The text of the article as trafilatura sees it, in comparison form; "" where it fails."""
    try:
        found = trafilatura.extract(
            tree, url=url, include_comments=False, include_tables=True, fast=True
        )
    except Exception:  # their code on a hostile tree: then there is no article to be seen
        return ""
    return key(found or "")


# ---------------------------------------------------------------- within the root


def _kept(
    root: Element, lines: Sequence[Line], above: Above, furniture: Furniture, title: str
) -> list[Line]:
    """The root's lines without furniture, lists of links at the foot, and labels at head and foot."""
    lists = _lists_of_links(root, lines, above, furniture)
    found = [
        line
        for line in lines
        if not (line.element.tag == "h1" and line.key.casefold() == title)
        and (not furniture.holds(line.element, root) or _is_note(line, furniture))
        and lists.isdisjoint(above[line.element])
        and not _is_label(line)
    ]
    prose = [n for n, line in enumerate(found) if is_prose(line)]
    if not prose:
        return [line for line in found if line.element.tag != "h1" and not _is_meta(line, title)]
    if len(prose) > 1 and _is_excerpt(found[prose[0]], found[prose[0] + 1 :]):
        del prose[0]
    first, last = prose[0], prose[-1]
    head = [x for x in found[:first] if x.element.tag != "h1" and _belongs(x, title)]
    middle = [line for line in found[first : last + 1] if not is_date_line(line.text)]
    head = [line for line in head if not _is_excerpt(line, found[first:])]
    foot = [line for line in found[last + 1 :] if _belongs(line, title)]
    while foot and foot[-1].kind is BlockKind.HEADING:
        foot.pop()
    return head + middle + foot


def _is_excerpt(line: Line, behind: Sequence[Line]) -> bool:
    """Whether a line over the text is but the beginning of it: a summary made by the template."""
    start = beginning(line.key)
    return len(start) >= LEAST_EXCERPT and any(
        other.key.startswith(start) for other in behind if other.kind is BlockKind.PARAGRAPH
    )


def _is_note(line: Line, furniture: Furniture) -> bool:
    """A note of change in the article's own foot or margin: it is what we are here for."""
    return says_so(line.text) and not furniture.is_comment(line.element)


def _is_label(line: Line) -> bool:
    if is_counter(line.text):
        return True
    if line.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM) and is_label(line.text):
        return True
    return heads_others(line.text) and (line.kind is BlockKind.HEADING or len(line.text) < 40)


def _is_meta(line: Line, title: str) -> bool:
    return is_date_line(line.text) or is_byline(line.text) or line.key.casefold() == title


def _belongs(line: Line, title: str) -> bool:
    """Whether a short line ahead of or behind the running text is of the article.

    Headings, items, captions and paragraphs marked as such are; what stands in bare boxes is not.
    """
    if says_so(line.text):
        return True
    if _is_meta(line, title) or 2 * line.linked > len(line.text):
        return False
    return line.kind is not BlockKind.PARAGRAPH or line.element.tag == "p"


def _lists_of_links(
    root: Element, lines: Sequence[Line], above: Above, furniture: Furniture
) -> set[Element]:
    """Boxes that hold little but links, behind the running text or under a heading over other posts."""
    inside: dict[Element, list[int]] = {}
    last, total = -1, 0
    mass: dict[Element, int] = {}
    for n, line in enumerate(lines):
        chain = above[line.element]
        below = chain[: chain.index(root)] if root in chain else ()
        for element in below:
            if element.tag in BOXES:
                inside.setdefault(element, []).append(n)
        if is_prose(line) and not furniture.holds(line.element, root):
            last, total = n, total + len(line.text)
            for element in below:
                mass[element] = mass.get(element, 0) + len(line.text)
    found: set[Element] = set()
    for element, at in inside.items():
        if mass.get(element, 0) < 0.3 * total and _is_links([lines[n] for n in at]):
            headed = at[0] > 0 and heads_others(lines[at[0] - 1].text)
            if at[0] > last or headed:
                found.add(element)
    return found


def _is_links(lines: Sequence[Line]) -> bool:
    """Mostly links, and several."""
    size = sum(len(line.text) for line in lines)
    linked = sum(line.linked for line in lines)
    return 10 * linked >= 6 * size and sum(len(line.links) for line in lines) >= 2
