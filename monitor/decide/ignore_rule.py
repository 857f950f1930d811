"""Which `ignore` rule would have left out what changed, and what else would it have left out?

A rule is proposed only if both copies, read again with it, hold the same article; if it names the part
by a name that lasts (read/article/naming.py); and if it takes out little else. All work is on hostile
bytes: run/ calls it in a worker process.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import islice

from msgspec import Struct, field

from ..model import SiteFacts
from ..read.article.notes import says_so
from ..read.article.sheet import Copy, Sheet
from ..read.compare import diff
from ..read.steady import steadied
from .furniture import settle
from .reach import Change, candidates, combined, places_of

#: No rule takes out more than this share of an article's words.
MOST_SHARE = 1 / 3
#: Beside what changed a rule may take out three times as many words (the box round a teaser that
#: changed), and a line.
BESIDE, A_LINE = 3, 30
#: Larger pages are not tried: each try reads both in full.
LARGEST = 3_000_000
#: Rules that are tried, each by reading both pages again.
TRIES = 16
#: Changed places beyond which there is no one part that changed.
MOST_PLACES = 60
#: More texts than this, and not all of a page are known (read/page.py).
_MOST_TEXTS = 3_000
#: Characters that are shown of what a rule takes out.
_SAMPLE = 300


class Rules(Struct, frozen=True):
    """How the config and what was learned have a site's pages read."""

    content: str = ""
    ignore: tuple[str, ...] = ()
    facts: SiteFacts = field(default_factory=SiteFacts)
    steady: frozenset[str] = frozenset()  #: fields of which one that came or went is a change


class Proposal(Struct, frozen=True):
    """The selectors to be added to `ignore`, none where there is no such rule; then `why` says why."""

    selectors: tuple[str, ...] = ()
    why: str = ""


class Muted(StrEnum):
    """How much of an edit a rule would have left untold."""

    WHOLLY = "wholly"
    PARTLY = "partly"
    NOT = "not"
    UNKNOWN = "unknown"  #: read today, the copies do not differ


_SAME = "read today, the two copies hold the same article: there is nothing left to mute"
_FIELDS = (
    "the headline, the byline or the date changed too, and no rule leaves those out: they are read from"
    " the whole page"
)
_PLAIN = (
    "the change lies in the article's own paragraphs, or in a part without a name that lasts; no rule can"
    " mute it without hiding real edits"
)
_NOTED = (
    "what changed is a note of an update or a correction: muting it would hide what others changed"
)
_WIDE = "too much changed at once: no one part of the page can be left out for it"
_LARGE = "the page is too large for rules to be tried on it"


def propose(before: Copy, after: Copy, rules: Rules) -> Proposal:
    """The rule that mutes the change between two copies and takes out the fewest other words."""
    if max(len(before.body), len(after.body)) > LARGEST:
        return Proposal(why=_LARGE)
    pair = _Pair(before, after, rules)
    change = pair.change(rules.ignore)
    if not change.diff.changed:
        return Proposal(why=_SAME)
    if not {"text", "links"}.issuperset(change.diff.changed):
        return Proposal(why=_FIELDS)
    places = places_of(change)
    if not places or len(places) > MOST_PLACES:
        return Proposal(why=_WIDE)
    if any(says_so(place.text) for place in places):
        return Proposal(why=_NOTED)
    names = sorted(
        candidates((pair.old, pair.new), change, places),
        key=lambda c: (c.words, " > " in c.selector, c.rank),
    )
    for selectors in islice(combined(names, len(places)), TRIES):
        if pair.mutes(selectors, change, sum(place.words for place in places)):
            return Proposal(selectors)
    return Proposal(why=_PLAIN)


def muted(before: Copy, after: Copy, rules: Rules, selectors: tuple[str, ...]) -> Muted:
    """How much of the change between two copies a rule would have left untold."""
    if max(len(before.body), len(after.body)) > LARGEST:
        return Muted.UNKNOWN
    pair = _Pair(before, after, rules)
    if not pair.old.named(selectors) and not pair.new.named(selectors):
        return Muted.NOT
    was = pair.change(rules.ignore).diff
    if not was.changed:
        return Muted.UNKNOWN
    now = pair.change((*rules.ignore, *selectors)).diff
    if not now.changed:
        return Muted.WHOLLY
    less = now.words_added + now.words_removed < was.words_added + was.words_removed
    return Muted.PARTLY if less or len(now.changed) < len(was.changed) else Muted.NOT


class Taken(Struct, frozen=True):
    """What a rule takes out of one post's article."""

    words: int = 0
    text: str = ""  #: the first of it


def taken(copy: Copy, rules: Rules, selectors: tuple[str, ...]) -> Taken:
    """What a rule takes out of a post's article."""
    if len(copy.body) > LARGEST:
        return Taken()
    sheet = Sheet(copy, rules.content)
    if not sheet.named(selectors):
        return Taken()
    whole = sheet.read(rules.ignore).article
    rest = sheet.read((*rules.ignore, *selectors)).article
    kept = {block.key for block in rest.blocks}
    lost = next((block.text for block in whole.blocks if block.key not in kept), "")
    return Taken(max(0, whole.words - rest.words), lost[:_SAMPLE])


class _Pair:
    """The two pages, read under one rule after another."""

    def __init__(self, before: Copy, after: Copy, rules: Rules) -> None:
        self.old, self.new = Sheet(before, rules.content), Sheet(after, rules.content)
        self._rules = rules

    def change(self, ignore: Sequence[str]) -> Change:
        """What would be told under a rule."""
        old, new = self.old.read(ignore), self.new.read(ignore)
        article, rules = new.article, self._rules
        if not rules.content and max(len(old.texts), len(new.texts)) < _MOST_TEXTS:
            article = steadied(old.article, article, old.texts, new.texts)
        before, after = settle(old.article, article, rules.facts)
        return Change(old, new, before, after, diff(before, after, steady=rules.steady))

    def mutes(self, selectors: tuple[str, ...], was: Change, changed: int) -> bool:
        """Whether with these selectors nothing is told any more, and little but that is gone."""
        now = self.change((*self._rules.ignore, *selectors))
        if now.diff.changed or not now.old.article.blocks or not now.new.article.blocks:
            return False
        for whole, rest in ((was.old, now.old), (was.new, now.new)):
            gone = whole.article.words - rest.article.words
            if gone > MOST_SHARE * whole.article.words or gone > BESIDE * changed + A_LINE:
                return False
        return True
