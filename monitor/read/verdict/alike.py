"""When are two addresses one place, two headings one title, two pages one page?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from ..urls import canonical_key
from .signs import fold, saying, weight

#: Titles at least this alike are one title.
SAME_TITLE = 85.0
#: Below this two titles have no word of weight in common.
STRANGE_TITLE = 50.0
_NUMBER = re.compile(r"\d+")


def place(url: str) -> str:
    """The canonical key without `www.`: equal for pages that differ in slash, scheme or `www.`."""
    return canonical_key(url).replace("://www.", "://", 1)


def last_segment(url: str) -> str:
    """The last part of a path, lower case, decoded, without extension; "" at the root."""
    path = unquote(urlsplit_path(url)).rstrip("/").lower()
    return path.rsplit("/", 1)[-1].split(".")[0]


def urlsplit_path(url: str) -> str:
    """The path of a URL; "" where it cannot be split."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def same_title(known: str, head: str) -> bool:
    """Whether a heading is the known (folded) title, give or take the site's name behind it."""
    head = fold(head)
    if not known or not head:
        return False
    if known == head:
        return True
    if saying("not_found").titled(head) and not saying("not_found").titled(known):
        return False
    if len(known) >= 12 and known in head and len(known) >= 0.6 * len(head):
        return True
    # "Results 2025" is not "Results 2026", however alike
    if _NUMBER.findall(known) != _NUMBER.findall(head):
        return False
    if min(len(known), len(head)) < 6:
        return False
    from rapidfuzz import fuzz  # late: most passes compare nothing

    return fuzz.ratio(known, head) >= SAME_TITLE


def strange_title(known: str, head: str) -> bool:
    """Whether a heading shares next to nothing with the known (folded) title."""
    if not known or not head:
        return False
    from rapidfuzz import fuzz

    return fuzz.token_set_ratio(known, fold(head)) < STRANGE_TITLE


def dice(a: Iterable[str], b: Iterable[str]) -> float:
    """2 * common / (all), over multisets of texts, each counted by its weight; 0 where either is empty."""
    left, right = list(a), list(b)
    if not left or not right:
        return 0.0
    size = sum(max(1, weight(t)) for t in left) + sum(max(1, weight(t)) for t in right)
    if not size:
        return 0.0
    rest: dict[str, int] = {}
    for text in right:
        rest[text] = rest.get(text, 0) + 1
    common = 0
    for text in left:
        if rest.get(text, 0):
            rest[text] -= 1
            common += max(1, weight(text))
    return 2 * common / size
