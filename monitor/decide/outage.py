"""Is the site up, and is it us? A whole site is judged before any of its posts.

Control pages are the home page and known-good posts. Several posts vanishing at once is an outage,
a redesign or a move until the control pages say otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ..model import Answer, Event, Failure, Kind, LookRecord, Reason, Seen, SiteView
from ..read.verdict import Verdict
from ..units import shown_duration, shown_second
from ..values import replace
from .evidence import Hidden, hidden_evidence

#: From this many posts on, all of them failing alike is the site's doing, not theirs.
FEW = 3
#: Rules that say no more than that no article stands on a page that answers.
_NO_ARTICLE = frozenset({"first_look", "nothing_known", "no_text", "unrecognised"})
#: Passes in a row that must fail: a server that throttles every other request is up.
FAILING = 2
#: So many sites must fail at DNS or connect before it is our own network (contract, watch_stopped).
SITES_FOR_NETWORK = 3


class Sighting(Struct, frozen=True):
    """What one pass saw of one post, as far as the site's judgement goes."""

    verdict: Verdict
    was_live: bool  #: it was live or suspected before this pass, and has been read
    still_listed: bool  #: some good source lists it in this pass


class HomeLook(Struct, frozen=True):
    """What the home page answered."""

    answer: Answer
    verdict: Verdict
    elsewhere: bool  #: it sent us to another place than it usually does


def home_ok(home: HomeLook | None) -> bool:
    """Whether the home page answers as a home page does."""
    if home is None or home.elsewhere or home.verdict.wall:
        return False
    if home.verdict.seen in (Seen.PRESENT, Seen.SAME):
        return True
    # A home page of a few words is one all the same: only what is no article at a *post's* address
    # is unclear there.
    return home.answer.status == 200 and home.verdict.rule in _NO_ARTICLE


def judge_site(
    home: HomeLook | None,
    posts: Sequence[Sighting],
    *,
    disallowed: str = "",
    sources_ok: bool = False,
    sources_broken: bool = False,
) -> tuple[bool, Reason | None, str]:
    """(up, reason, why) of one pass. `disallowed` says what robots.txt forbids, "" for nothing;
    `sources_broken`: every source that was looked at and used to work is broken."""
    if disallowed:
        return False, Reason.DISALLOWED, disallowed
    known = [p for p in posts if p.was_live]
    if any(p.verdict.seen in (Seen.PRESENT, Seen.SAME, Seen.ELSEWHERE) for p in posts):
        return True, None, ""
    unclear = [p for p in known if p.verdict.seen is Seen.UNCLEAR]
    missing = [p for p in known if p.verdict.seen is Seen.MISSING]
    if not home_ok(home):
        if home is None and not known:
            return True, None, ""
        reason, why = _home_trouble(home, unclear)
        if known or not sources_ok:
            return False, reason, why
        return True, None, ""
    if known and not missing and len(unclear) >= min(FEW, len(known)) and len(known) >= FEW:
        walled = sum(p.verdict.wall for p in unclear)
        reason = Reason.BLOCKED if 2 * walled > len(unclear) else Reason.DOWN
        return False, reason, f"none of {len(known)} posts could be read: {unclear[0].verdict.why}"
    if len(missing) >= FEW and len(missing) + len(unclear) == len(known):
        listed = [p for p in missing if p.still_listed]
        if sources_broken:
            why = f"every one of {len(known)} posts is missing at once, and every feed and listing broke"
            return False, Reason.DOWN, f"{why}: {missing[0].verdict.why}"
        if listed:
            return (
                False,
                Reason.DOWN,
                f"every one of {len(known)} posts is missing at once while the site still lists "
                f"{len(listed)} of them: {missing[0].verdict.why}",
            )
    return True, None, ""


def _home_trouble(home: HomeLook | None, unclear: Sequence[Sighting]) -> tuple[Reason, str]:
    if home is None:
        walled = any(p.verdict.wall for p in unclear)
        why = unclear[0].verdict.why if unclear else "nothing answered"
        return (Reason.BLOCKED if walled else Reason.DOWN), why
    if home.verdict.wall:
        return Reason.BLOCKED, home.verdict.why
    if home.elsewhere:
        return Reason.DOWN, f"the home page sends readers to {home.answer.final_url}"
    return Reason.DOWN, f"home page: {home.verdict.why}"


def next_view(
    before: SiteView,
    *,
    up: bool,
    reason: Reason | None,
    why: str,
    now: datetime,
    first: datetime | None = None,
    control: tuple[LookRecord, ...] = (),
    robots: str = "",
) -> SiteView:
    """The site's view after a pass, of whose looks that say so `now` is the last and `first` the first
    (None: the same). `since` moves only where up turns to not up or back; `robots` is the hash of the
    robots.txt in force, kept as of the last pass that saw the site."""
    first = first or now
    if up:
        since = before.since if before.up else first
        return SiteView(
            up=True,
            since=since,
            told=before.told,
            last_up_at=now,
            control=control,
            robots=robots,
        )
    since = first if before.up else before.since
    failing = 1 if before.up else before.failing + 1
    return replace(
        before,
        up=False,
        reason=reason,
        since=since,
        why=why,
        control=control,
        failing=failing,
        last_down_at=now,
    )


def site_events(
    before: SiteView,
    after: SiteView,
    *,
    site: str,
    url: str,
    posts: int,
    now: datetime,
    alert_after: timedelta,
    vantage: str = "",
    hidden: Hidden | None = None,
) -> tuple[SiteView, tuple[Event, ...]]:
    """The view with `told` set, and the event it comes to: unreachable once it has lasted
    `alert_after` and more than one pass, recovered only if that was told. `hidden`: what robots.txt
    forbids, where that is the reason."""
    lasting = after.failing >= FAILING and now - (after.since or now) >= alert_after
    if not after.up and not after.told and lasting:
        event = Event(
            kind=Kind.SITE_UNREACHABLE,
            reason=after.reason,
            detected_at=now,
            site=site,
            url=url,
            last_seen_at=before.last_up_at,
            first_missing_at=after.since,
            last_missing_at=now,
            evidence=(
                after.why,
                *(hidden_evidence(hidden) if hidden else (f"{posts} posts keep their state",)),
            ),
            looks=after.control,
            vantage=vantage,
        )
        return replace(after, told=True), (event,)
    if after.up and after.told:
        gone = before.since or now
        last = max(gone, before.last_down_at or gone)
        least, most = last - gone, now - (before.last_up_at or gone)
        event = Event(
            kind=Kind.SITE_RECOVERED,
            reason=before.reason,
            detected_at=now,
            site=site,
            url=url,
            last_seen_at=before.last_up_at,
            first_missing_at=gone,
            last_missing_at=last,
            absent_for=(
                max(0, int(least.total_seconds())),
                max(0, int(most.total_seconds())),
            ),
            evidence=(
                f"the site could not be seen from {shown_second(gone)} to {shown_second(last)},"
                f" for {shown_duration(least)} at least",
            ),
            looks=after.control,
            vantage=vantage,
        )
        return replace(after, told=False), (event,)
    return after, ()


def is_our_network(answers: Sequence[Answer]) -> bool:
    """Whether every one of three or more sites failed at DNS or connect: then it is us, not them."""
    return len(answers) >= SITES_FOR_NETWORK and all(is_unconnected(a) for a in answers)


def is_unconnected(answer: Answer) -> bool:
    """Whether a site could not even be spoken to."""
    return answer.failure in (Failure.DNS, Failure.CONNECT)
