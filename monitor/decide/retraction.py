"""A person takes an event back: what the post's state was before it, and which answer is mute.

Events are never rewritten: a `retracted` event follows. The post returns to its state before, unless
something was told of it since; then only the words are withdrawn. The same answer is not told again
until a look has seen otherwise: `PostState.muted_answer` names it, `lifecycle.py` heeds it.

| withdrawn | the post is again | mute until it is seen otherwise |
| --- | --- | --- |
| removed | live | missing for the same reason, until it has been seen live |
| reinstated | removed | the same version read, until it is missing or reads otherwise |
| moved | at its old address, live or removed | the same target, until it has been seen live |
| edited | as it is | a switch between these two versions, until it reads otherwise |
| delisted | listed | left by its sources, until one lists it |
| relisted | delisted | listed by a source, until it has left |
| any other | as it is | nothing: its end (recovered, resumed) is told as ever |
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from ..model import REMOVAL_REASONS, Event, Kind, PostState, Reason, Seen, Status
from ..read.verdict import Verdict
from ..values import replace
from ..words import KINDS, REASONS

_LIFE = (Kind.REMOVED, Kind.REINSTATED, Kind.MOVED)
_LISTED = (Kind.DELISTED, Kind.RELISTED)


def retraction(event: Event, *, why: str, by: str, now: datetime, changed: bool) -> Event:
    """The event that withdraws another; `changed` says that the post's state went back with it."""
    reason = f", {REASONS[event.reason].short}" if event.reason is not None else ""
    return Event(
        kind=Kind.RETRACTED,
        detected_at=now,
        site=event.site,
        post=event.post,
        url=event.url,
        title=event.title,
        published_at=event.published_at,
        retracts=event.id,
        why=why,
        by=by or None,
        evidence=(
            f"a person withdrew event {event.id} ({KINDS[event.kind].label.lower()}{reason})",
            consequence(event, changed=changed),
        ),
    )


def consequence(event: Event, *, changed: bool) -> str:
    """What becomes of the post, in one sentence."""
    if not changed:
        if event.post is None:
            return "no post's state hangs on it"
        return "the post's state stays as it is"
    match event.kind:
        case Kind.REMOVED:
            reason = REASONS[event.reason or Reason.NOT_FOUND].short
            return f"the post is not called gone any more; the same answer ({reason}) is not told again until it has been seen live"
        case Kind.REINSTATED:
            return (
                "the post counts as removed again; the version that was read is not told as its return"
                " until it is missing or reads otherwise"
            )
        case Kind.MOVED:
            return (
                "the post is looked for at its old address again; the same move is not told again until"
                " it has been seen there"
            )
        case Kind.EDITED:
            return (
                "both versions stay; a switch between the two is not told until it reads otherwise"
            )
        case Kind.DELISTED:
            return "the post counts as listed again; not told again until a source has listed it"
        case _:
            return "the post counts as delisted again; not told again until its sources have dropped it"


def state_before(
    state: PostState, event: Event, told: Sequence[Event], withdrawn: Collection[int] = ()
) -> PostState:
    """The post's state as it was before `event`, the same answer mute; `state` itself where it does
    not come from that event any more.

    `told`: all events of the post, oldest first; `withdrawn`: ids of those taken back before this one.
    """
    stands = [e for e in told if e.id not in withdrawn and e.origin == "observed"]
    if event.kind in _LISTED and _is_latest(event, stands, _LISTED):
        listed = event.kind is Kind.DELISTED
        return replace(state, listed=listed, absences=0, muted_listing=True)
    if event.kind is Kind.EDITED and state.snapshot == event.snapshot_after:
        return replace(
            state, muted_answer=f"versions {event.snapshot_before} {event.snapshot_after}"
        )
    if event.kind not in _LIFE or not _is_latest(event, stands, _LIFE):
        return state
    removal = next((e for e in stands if e.id == event.removed_event), None)
    match event.kind:
        case Kind.REMOVED:
            if state.status is not Status.REMOVED or state.removed_event != event.id:
                return state
            return replace(_live(state), muted_answer=(event.reason or Reason.NOT_FOUND).value)
        case Kind.REINSTATED:
            if removal is None:
                return state
            return replace(
                _removed(state, removal, event),
                muted_answer=f"version {event.snapshot_after}",
            )
        case _:
            return _at_old_address(state, event, removal, stands)


def _is_latest(event: Event, stands: Sequence[Event], kinds: Collection[Kind]) -> bool:
    latest = next((e for e in reversed(stands) if e.kind in kinds), None)
    return latest is not None and latest.id == event.id


def _live(state: PostState) -> PostState:
    return replace(
        state,
        status=Status.LIVE,
        misses=0,
        first_missing_at=None,
        last_missing_at=None,
        reason=None,
        moved_to="",
        looks=(),
        batch="",
        alone=False,
        removed_event=None,
        snapshot_at_removal=None,
    )


def _removed(state: PostState, removal: Event, since: Event) -> PostState:
    """The post as `removal` left it; what was read from `since` on was not this article."""
    return replace(
        _live(state),
        status=Status.REMOVED,
        title=removal.title,
        published_at=removal.published_at or "",
        reason=removal.reason,
        removed_event=removal.id,
        snapshot=since.snapshot_before,
        snapshot_at_removal=since.snapshot_before,
        last_seen_at=removal.last_seen_at,
        first_missing_at=removal.first_missing_at,
        last_missing_at=since.last_missing_at or since.detected_at,
    )


def _at_old_address(
    state: PostState, event: Event, removal: Event | None, stands: Sequence[Event]
) -> PostState:
    target = event.moved_to or ""
    if state.url != target or event.url is None:
        return state
    back = (
        _removed(state, removal, event)
        if removal is not None
        else replace(
            _live(state),
            snapshot=event.snapshot_before,
            title=event.title,
            last_seen_at=event.last_seen_at,
        )
    )
    aliases = [a for a in state.aliases if a != event.url]
    if any(e.kind is Kind.MOVED and e.url == target for e in stands):
        aliases.append(target)  # it had lived there before, and moved back
    return replace(back, url=event.url, aliases=tuple(aliases), muted_answer=f"moved {target}")


def is_unseen(state: PostState) -> bool:
    """Whether a post counts as live because a person said so, and no look has seen it since: what is withdrawn
    is our word, and nothing says that the page is up."""
    if state.status is not Status.LIVE:
        return False
    return state.muted_answer in REMOVAL_REASONS or state.muted_answer.startswith("moved ")


def is_muted(state: PostState, verdict: Verdict) -> bool:
    """Whether a post is missing in the way that a person said is no removal."""
    if verdict.seen is not Seen.MISSING or state.status is Status.REMOVED:
        return False
    return state.muted_answer == (verdict.reason or Reason.NOT_FOUND).value


def is_muted_target(state: PostState, url: str) -> bool:
    """Whether a person said that the article at this address is not the post."""
    return bool(url) and state.muted_answer == f"moved {url}"


def is_muted_return(state: PostState, snapshot: int | None) -> bool:
    """Whether a person said that what is read here is not the return of a removed post."""
    if state.status is not Status.REMOVED or not state.muted_answer.startswith("version "):
        return False
    return snapshot is None or state.muted_answer == f"version {snapshot}"


def is_muted_pair(state: PostState, snapshot: int | None) -> bool:
    """Whether a person said that there is no edit between these versions (None: neither is new)."""
    word, *versions = state.muted_answer.split(" ")
    return word == "versions" and (snapshot is None or str(snapshot) in versions)
