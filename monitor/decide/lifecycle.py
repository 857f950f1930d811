"""A REMOVAL IS DECIDED HERE. One post, one look: the next state, and at most one event.

The law: whatever affects a post's status lives in this file. `TABLE` is the whole of it, and a test
plays it; `step` fills in the evidence. A look at a site that can't be seen changes nothing; a post
that was never read (no first look yet) is `unknown`.

| status \\ seen | present | missing | elsewhere | unclear |
| --- | --- | --- | --- | --- |
| unknown | live, published | unknown | unknown | unknown |
| live | live, edited | suspected or removed, removed | suspected or live, moved | live |
| suspected | live, edited | suspected or removed, removed | suspected or live, moved | suspected |
| removed | live, reinstated | removed | live, moved | removed |

`published` is told unless the post was in a baseline; `edited` only if the change is material and a
second look read the same; `removed` and `moved` (from live only with one confirmation) after `confirmations` misses in a
row, at least `min_missing` apart (eight times that where 5 or more posts went together).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from ..model import Event, Kind, LookRecord, PostState, Reason, Seen, SiteView, Status
from ..read.verdict import Verdict
from ..values import replace
from .batches import BATCH
from .edits import Edit
from .evidence import edit_evidence, missing_evidence, moved_evidence, return_evidence
from .retraction import is_muted, is_muted_pair, is_muted_return, is_muted_target

#: status -> seen -> (next statuses that may come of it, event that may come of it). SAME is PRESENT.
TABLE: dict[str, dict[Seen, tuple[tuple[str, ...], Kind | None]]] = {
    "unknown": {
        Seen.PRESENT: (("live",), Kind.PUBLISHED),
        Seen.MISSING: (("unknown",), None),
        Seen.ELSEWHERE: (("unknown",), None),
        Seen.UNCLEAR: (("unknown",), None),
    },
    "live": {
        Seen.PRESENT: (("live",), Kind.EDITED),
        Seen.MISSING: (("suspected", "removed"), Kind.REMOVED),  # at once with confirmations = 1
        Seen.ELSEWHERE: (("suspected", "live"), Kind.MOVED),
        Seen.UNCLEAR: (("live",), None),
    },
    "suspected": {
        Seen.PRESENT: (("live",), Kind.EDITED),
        Seen.MISSING: (("suspected", "removed"), Kind.REMOVED),
        Seen.ELSEWHERE: (("suspected", "live"), Kind.MOVED),
        Seen.UNCLEAR: (("suspected",), None),
    },
    "removed": {
        Seen.PRESENT: (("live",), Kind.REINSTATED),
        Seen.MISSING: (("removed",), None),
        Seen.ELSEWHERE: (("live",), Kind.MOVED),
        Seen.UNCLEAR: (("removed",), None),
    },
}

BATCH_WAIT = 8
#: The deciding look may come by this much later than `confirm_every`.
NEAR = 1.25
#: Looks kept with a suspicion: the first and the latest ones are what a reader checks.
MAX_LOOKS = 12


class Rules(Struct, frozen=True):
    """The config's `[removal]`."""

    confirmations: int = 3
    confirm_every: timedelta = timedelta(minutes=10)
    min_missing: timedelta = timedelta(minutes=20)


class Look(Struct, frozen=True):
    """All that one check learned of one post."""

    at: datetime
    verdict: Verdict
    record: LookRecord
    site: SiteView
    snapshot: int | None = None  #: the version this look read, once stored (PRESENT and SAME)
    title: str = ""  #: as this look read it
    published_at: str = ""
    edit: Edit | None = None  #: against the last good version; None where nothing differs
    confirmed: bool = True  #: a second look in the same pass read the same text
    #: for REMOVED posts: the change against the version before the removal
    since_removal: Edit | None = None
    twin: str = ""  #: the same article, found at another URL while this one is missing
    companions: int = 1  #: posts of the site that are missing now, this one included
    batch: str = ""  #: name of the batch it belongs to, should it be told
    alone: bool = False  #: it went while we were blind: it shares no batch
    vantage: str = ""
    before: tuple[
        LookRecord, ...
    ] = ()  #: the first look of this pass, where `record` is the second
    #: when that first look was
    noticed_at: datetime | None = None
    #: when the answer was true: a cached answer is older than `at`
    seen_at: datetime | None = None


class Decision(Struct, frozen=True):
    """What a look comes to. `look_again` is how soon, None where the usual schedule holds."""

    state: PostState
    events: tuple[Event, ...] = ()
    look_again: timedelta | None = None


def step(state: PostState, look: Look, rules: Rules) -> Decision:
    """The decision of one look. At most one event; none while the site is unseen."""
    seen = _effective(state, look)
    if seen is Seen.UNCLEAR:
        return Decision(state, look_again=_again(state, rules))
    if seen is Seen.PRESENT:
        if is_muted_return(state, look.snapshot):
            return Decision(state)
        return _present(state, look)
    if state.snapshot is None:
        return Decision(state)  # never read: nothing can go missing
    if state.status is Status.REMOVED:
        return _removed_still(state, look)
    return _missing(state, look, rules, seen)


def _is_stale(state: PostState, look: Look) -> bool:
    """Whether a cache answered with a page from before what we have seen since."""
    if look.seen_at is None or look.seen_at >= look.at:
        return False
    if state.status is Status.REMOVED:
        return state.last_missing_at is not None and look.seen_at <= state.last_missing_at
    since = state.last_seen_at
    return look.edit is not None and since is not None and look.seen_at < since


def _effective(state: PostState, look: Look) -> Seen:
    """What may be concluded: nothing about a post while the site can't be seen."""
    seen = look.verdict.seen
    if seen is Seen.SAME:
        seen = Seen.PRESENT
    if seen is Seen.PRESENT and _is_stale(state, look):
        return Seen.UNCLEAR
    if not look.site.up and seen in (Seen.MISSING, Seen.ELSEWHERE):
        return Seen.UNCLEAR
    if seen is Seen.ELSEWHERE and is_muted_target(state, look.verdict.moved_to):
        return Seen.UNCLEAR
    if seen is Seen.MISSING and look.twin and not is_muted_target(state, look.twin):
        return Seen.ELSEWHERE
    return Seen.UNCLEAR if is_muted(state, look.verdict) else seen


def _again(state: PostState, rules: Rules) -> timedelta | None:
    return rules.confirm_every if state.status is Status.SUSPECTED else None


def _present(state: PostState, look: Look) -> Decision:
    seen_at = look.seen_at or look.at
    alive = replace(
        state,
        status=Status.LIVE,
        title=look.title or state.title,
        published_at=look.published_at or state.published_at,
        first_seen_at=state.first_seen_at or seen_at,
        last_seen_at=max(seen_at, state.last_seen_at or seen_at),
        snapshot=look.snapshot if look.snapshot is not None else state.snapshot,
        misses=0,
        first_missing_at=None,
        last_missing_at=None,
        reason=None,
        moved_to="",
        looks=(),
        muted_answer=state.muted_answer if is_muted_pair(state, look.snapshot) else "",
        batch="",
        alone=False,
    )
    if state.status is Status.REMOVED:
        event = _reinstated(state, look)
        return Decision(replace(alive, removed_event=None, snapshot_at_removal=None), (event,))
    if state.snapshot is None:
        alive = replace(alive, published_told=True)
        return Decision(alive, () if state.published_told else (_published(alive, look),))
    if not look.confirmed:
        # Seen once only: keep the old version, or the change would never be told.
        return Decision(
            replace(
                alive, snapshot=state.snapshot, title=state.title, published_at=state.published_at
            )
        )
    if look.edit is None:
        return Decision(alive)
    alive = replace(alive, switches=look.edit.switches)
    if not look.edit.material or look.edit.variant:
        return Decision(alive)
    if is_muted_pair(state, state.snapshot) and is_muted_pair(state, look.snapshot):
        return Decision(alive)
    return Decision(alive, (_edited(state, alive, look, look.edit),))


def _missing(state: PostState, look: Look, rules: Rules, seen: Seen) -> Decision:
    misses = state.misses + 1
    first = state.first_missing_at or _missing_since(state, look)
    began = state.looks[0].at if state.looks else state.first_missing_at or look.at
    suspected = replace(
        state,
        status=Status.SUSPECTED,
        misses=misses,
        first_missing_at=first,
        last_missing_at=look.at,
        reason=look.verdict.reason,
        moved_to=look.verdict.moved_to if look.verdict.seen is Seen.ELSEWHERE else look.twin,
        looks=_kept((*state.looks, look.record)),
        batch=state.batch or look.batch,
        alone=state.alone or look.alone,
    )
    longer = look.companions >= BATCH or _is_cached(state, look)
    wait = rules.min_missing * (BATCH_WAIT if longer else 1)
    left = began + wait - look.at
    if misses < rules.confirmations or left > timedelta(0):
        return Decision(suspected, look_again=_deciding(misses, left, rules))
    if seen is Seen.ELSEWHERE:
        return _moved(state, suspected, look)
    event = Event(
        kind=Kind.REMOVED,
        reason=look.verdict.reason or Reason.NOT_FOUND,
        snapshot_before=state.snapshot,
        evidence=missing_evidence(suspected, look.verdict, look.site),
        looks=(*suspected.looks, *look.site.control),
        first_missing_at=first,
        batch=suspected.batch or None,
        **_common(state, look),
    )
    removed = replace(
        suspected, status=Status.REMOVED, snapshot_at_removal=state.snapshot, batch="", alone=False
    )
    return Decision(removed, (event,))


def _missing_since(state: PostState, look: Look) -> datetime:
    """When the first missing answer was true; a cache's, only if that is after the last good one."""
    seen_at, last = look.seen_at, state.last_seen_at
    return look.at if seen_at is None or (last is not None and seen_at <= last) else seen_at


def _is_cached(state: PostState, look: Look) -> bool:
    """Whether a cache gave the very answer of the miss before: that is no second opinion."""
    before, seen_at = state.last_missing_at, look.seen_at
    return before is not None and seen_at is not None and seen_at < look.at and seen_at <= before


def _deciding(misses: int, left: timedelta, rules: Rules) -> timedelta:
    """How soon to look again at a missing post: at the very time when that look can decide, where
    that is about now, lest a few seconds too few cost a whole round."""
    near = timedelta(0) < left <= rules.confirm_every * NEAR
    return left if near and misses + 1 >= rules.confirmations else rules.confirm_every


def _removed_still(state: PostState, look: Look) -> Decision:
    if _effective(state, look) is Seen.ELSEWHERE:
        return _moved(state, state, look)
    # Missing once more: should it be read again now, then it did come back.
    mute = "" if is_muted_return(state, None) else state.muted_answer
    return Decision(replace(state, last_missing_at=look.at, muted_answer=mute))


def _moved(before: PostState, state: PostState, look: Look) -> Decision:
    # Where the page itself is missing, its own pointer elsewhere is no proof; the twin was read.
    target = look.verdict.moved_to if look.verdict.seen is Seen.ELSEWHERE else look.twin
    batch = state.batch or look.batch
    event = Event(
        kind=Kind.MOVED,
        moved_to=target,
        removed_event=before.removed_event,
        snapshot_before=before.snapshot,
        snapshot_after=before.snapshot,
        evidence=moved_evidence(state, look.verdict, look.site, target),
        looks=(*state.looks, *look.site.control),
        first_missing_at=state.first_missing_at,
        batch=batch or None,
        **_common(before, look),
    )
    alive = replace(
        state,
        url=target,
        aliases=(*[a for a in state.aliases if a != target], before.url),
        status=Status.LIVE,
        misses=0,
        first_missing_at=None,
        last_missing_at=None,
        reason=None,
        moved_to="",
        looks=(),
        batch=batch,  # until it is seen there: what was changed on the way belongs to the story
        alone=False,
        removed_event=None,
        snapshot_at_removal=None,
        muted_answer="",
        last_seen_at=look.seen_at or look.at,
    )
    return Decision(alive, (event,), look_again=timedelta(0))


def _published(state: PostState, look: Look) -> Event:
    return Event(
        kind=Kind.PUBLISHED,
        snapshot_after=state.snapshot,
        evidence=("first seen in a feed, sitemap or listing after its baseline",),
        looks=(look.record,),
        **{**_common(state, look), "last_seen_at": state.last_seen_at},
    )


def _edited(before: PostState, after: PostState, look: Look, edit: Edit) -> Event:
    return Event(
        kind=Kind.EDITED,
        snapshot_before=before.snapshot,
        snapshot_after=after.snapshot,
        first_missing_at=look.noticed_at or look.at,
        evidence=edit_evidence(edit),
        looks=(*look.before, look.record),
        batch=before.batch if before.batch and before.status is Status.LIVE else None,
        **edit.as_fields(),
        **_common(before, look),
    )


def _reinstated(state: PostState, look: Look) -> Event:
    back = look.seen_at or look.at
    least = max(
        0, int(((state.last_missing_at or back) - (state.first_missing_at or back)).total_seconds())
    )
    most = max(least, int((back - (state.last_seen_at or back)).total_seconds()))
    fields = look.since_removal.as_fields() if look.since_removal else {"similarity": 1.0}
    return Event(
        kind=Kind.REINSTATED,
        removed_event=state.removed_event,
        first_missing_at=state.first_missing_at,
        last_missing_at=state.last_missing_at,
        absent_for=(least, most),
        snapshot_before=state.snapshot_at_removal or state.snapshot,
        snapshot_after=look.snapshot if look.snapshot is not None else state.snapshot,
        evidence=return_evidence(state, look.since_removal, look.at),
        looks=(look.record, *look.site.control),
        batch=look.batch or None,
        **fields,
        **_common(state, look),
    )


def _common(state: PostState, look: Look) -> dict[str, Any]:
    """The keys every event of a post has."""
    return {
        "detected_at": look.at,
        "site": state.site,
        "post": state.post_id,
        "url": state.url,
        "title": state.title or look.title,
        "published_at": state.published_at or look.published_at or None,
        "last_seen_at": state.last_seen_at,
        "vantage": look.vantage,
    }


def _kept(looks: tuple[LookRecord, ...]) -> tuple[LookRecord, ...]:
    if len(looks) <= MAX_LOOKS:
        return looks
    return (*looks[:2], *looks[-(MAX_LOOKS - 2) :])
