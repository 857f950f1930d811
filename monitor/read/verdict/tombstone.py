"""Has the article given way to a notice that it is gone, inside the page it stood in?

The text is gone while the page still bears its name, and what stands there is short. A long new
text is a rewrite or another article; boilerplate that other posts share is left out of account.
"""

from __future__ import annotations

from ...model import Reason
from ..article import BlockKind
from .case import GONE, Case
from .present import begins
from .redirects import is_other_language
from .said import Verdict, clipped, missing, unclear
from .signs import fold, phrases, saying, sentences, weight

#: A notice is short; the longest found (withdrawals with reasons) has some 110 words.
NOTICE = 120
#: Without a known phrase: at most so many new words, a share of what stood there, and hardly a known one.
PLAIN = 80
PLAIN_SHARE = 0.5
PLAIN_STANDING = 0.2
#: An article of less than this is not told from its notice by length.
FULL = 40
#: What speaks to a reader of how to read on, and so is no notice.
WANTS = ("equipment", "offers")


def tombstone(case: Case) -> Verdict | None:
    """MISSING where a notice stands under the article's own title."""
    if case.page is None or not case.gone or not case.title_stays:
        return None
    return _noticed(case) or _plain(case)


def tombstone_renamed(case: Case) -> Verdict | None:
    """MISSING where a notice stands under another title, on a page that is the post's by other facts."""
    if case.page is None or not case.gone or case.title_stays:
        return None
    if not (case.canonical_stays or case.same_date or case.same_author):
        return None
    return _noticed(case)


def _noticed(case: Case) -> Verdict | None:
    notice = next(
        (t for t in case.text_folded if weight(t) < NOTICE and saying("notice").found(t)), ""
    )
    if not notice or case.new_weight > NOTICE:
        return None
    return missing(
        "tombstone",
        Reason.TOMBSTONE,
        f"its text is gone, a notice stands in its place: “{clipped(_as_written(case, notice), 160)}”",
    )


def _plain(case: Case) -> Verdict | None:
    """A notice in plain words: short new text where a full article was."""
    new = case.new_weight
    if case.known_weight < FULL or case.prose_standing >= PLAIN_STANDING or case.standing >= GONE:
        return None
    if not 4 <= new <= min(PLAIN, PLAIN_SHARE * case.known_weight) or case.own_weight > 4 * PLAIN:
        return None
    if case.page is None or case.page.truncated or is_other_language(case) or begins(case):
        return None  # a notice does not begin as the article did: a paywall or a cut does
    if any(phrases("loading").titled(t) for t in case.text_folded) or _asks(case):
        return None
    trouble = (
        phrases("temporary", "again"),
        *map(phrases, ("temporary", "maintenance", "errors")),
    )
    if any(said.found(t) for said in trouble for t in case.text_folded):
        return None
    text = next((t for t in case.text_folded if weight(t) >= 4), "")
    if not text:
        return None
    return missing(
        "tombstone_plain",
        Reason.TOMBSTONE,
        f"its text is gone, {new} other words stand under its title: “{clipped(_as_written(case, text), 160)}”",
    )


def _asks(case: Case) -> bool:
    """Whether what stands there has a heading of its own or begins by asking something of its reader:
    an age, a browser, a plan, or offers the rest of it at a price. A notice in plain words is a statement under the post's title."""
    assert case.page is not None
    known = frozenset(b.key for b in case.article.blocks) if case.article else frozenset()
    fresh = [b for b in case.page.article.blocks if b.key not in known | case.chrome]
    headed = any(b.kind is BlockKind.HEADING for b in fresh)
    first = next((s for t in case.text_folded for s in sentences(t) if weight(s) >= 3), "")
    if headed or phrases("walls", "please").found(first) or first.endswith("?"):
        return True
    if case.page.password_form or any("paywall" in m for m in case.page.markers):
        return True
    return any(phrases("walls", w).found(t) for w in WANTS for t in case.text_folded)


def _as_written(case: Case, folded: str) -> str:
    """The block as the page has it."""
    if case.page is None:
        return folded
    found = (b.text for b in case.page.article.blocks if fold(b.key) == folded)
    return next(found, "") or next((b for b in case.page.blocks if fold(b) == folded), folded)


def login_form(case: Case) -> Verdict | None:
    """MISSING where a login or password form stands in the article's place; UNCLEAR at a first look."""
    page = case.page
    if page is None or not page.password_form or case.stands or case.new_weight > NOTICE:
        return None
    headed = next((h for h in case.heads if phrases("login", "titles").titled(h)), "")
    locked = phrases("login").all_found(case.own_folded)
    if not headed and not locked:
        return None
    if case.first or not case.gone:
        return unclear("login_form", "a login form stands there")
    return missing(
        "login_form", Reason.RESTRICTED, "a login or password form stands in the article's place"
    )
