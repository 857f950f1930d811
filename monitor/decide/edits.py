"""Is a change worth an event, does the page say so itself, and is the post only alternating?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from ..read.article import Article
from ..read.article.normal import key as compare_key
from ..units import parse_rfc3339
from .aside import Aside
from .stamps import DATES

if TYPE_CHECKING:
    from ..read.compare import Diff

#: A post that switches between the same two texts for the third time within this span is a variant
#: (contract, "A return to an earlier text").
VARIANT_SPAN = timedelta(hours=24)
VARIANT_SWITCH = 3


class Edit(Struct, frozen=True):
    """A change between two versions, judged."""

    diff: Diff
    material: bool  #: some of the contract's `fields` changed
    silent: bool | None
    published_moved: str = ""  #: "back" or "forward", where the published date did
    phrases_lost: tuple[str, ...] = ()
    phrases_gained: tuple[str, ...] = ()
    variant: bool = False
    aside: Aside = field(default_factory=Aside)  #: what was left out of the diff
    switches: tuple[tuple[datetime, str], ...] = ()  #: to be remembered with the post

    def as_fields(self) -> dict[str, Any]:
        """The event's keys that tell of a change."""
        return {
            "fields": self.diff.changed,
            "words_added": self.diff.words_added,
            "words_removed": self.diff.words_removed,
            "similarity": self.diff.similarity,
            "silent": self.silent,
            "phrases_lost": self.phrases_lost,
            "phrases_gained": self.phrases_gained,
        }


def judge_edit(
    diff: Diff,
    before: Article,
    after: Article,
    *,
    now: datetime,
    phrases: Sequence[str] = (),
    switches: tuple[tuple[datetime, str], ...] = (),
    can_tell: bool = True,
    stamped: frozenset[str] = frozenset(),
) -> Edit:
    """The change judged. `switches` are the post's late ones; `can_tell` is False for a language
    without note signs; `stamped` are modified dates that announce nothing (stamps.py)."""
    material = bool(diff.changed)
    recent = tuple(s for s in switches if now - s[0] <= VARIANT_SPAN)
    return Edit(
        diff=diff,
        material=material,
        silent=_silent(diff, before, after, stamped, can_tell=can_tell) if material else None,
        published_moved=moved(before.published_at, after.published_at),
        phrases_lost=_phrases(phrases, before, after),
        phrases_gained=_phrases(phrases, after, before),
        variant=_alternates(recent, before.digest, after.digest),
        switches=(*recent, (now, after.digest))[-2 * VARIANT_SWITCH :],
    )


def _silent(
    diff: Diff, before: Article, after: Article, stamped: frozenset[str], *, can_tell: bool
) -> bool | None:
    if diff.notes_added or any(
        _earlier(_last_said(before, date), getattr(after, date))
        for date in DATES
        if date not in stamped
    ):
        return False
    return True if can_tell and not diff.maybe_noted else None


def _last_said(before: Article, date: str) -> str:
    # A page that shows a modified date for the first time says so as well as one that renews it.
    said: str = getattr(before, date)
    return said or before.modified_at or before.published_at


def moved(before: str, after: str) -> str:
    """Which way a date was moved: "back" to an earlier one, "forward" to a later one; "" not known."""
    if _earlier(after, before):
        return "back"
    return "forward" if _earlier(before, after) else ""


def _earlier(a: str, b: str) -> bool:
    """Whether date a is known and earlier than date b; dates told otherwise are compared by the day."""
    if not a or not b:
        return False
    try:
        if len(a) != len(b):
            return a[:10] < b[:10]
        if "T" not in a:
            return a < b
        return parse_rfc3339(a) < parse_rfc3339(b)
    except ValueError:
        return False


def _phrases(phrases: Sequence[str], present: Article, absent: Article) -> tuple[str, ...]:
    """Those of the phrases that stand in one article and not in the other, case ignored."""
    here, there = _text(present), _text(absent)
    return tuple(
        p for p in phrases if (k := compare_key(p).casefold()) and k in here and k not in there
    )


def _text(article: Article) -> str:
    return "\n".join([compare_key(article.title), *(b.key for b in article.blocks)]).casefold()


def _alternates(recent: tuple[tuple[datetime, str], ...], before: str, after: str) -> bool:
    """Whether this switch is the third or later in a row between the same two texts."""
    run = 1
    expected = before  # the latest switch must have led to `before`, the one ahead of it to `after`
    for _, digest in reversed(recent):
        if digest != expected:
            break
        run += 1
        expected = after if expected == before else before
    return run >= VARIANT_SWITCH
