"""What a message is made from: one event with its story, or many in one list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ..decide.reminding import sign_slot, slots
from ..model import Event, Kind, Message, Status
from ..net.guard import public_https
from ..notify.email import mail_recipients
from ..read.compare import diff
from ..show.envelope import Envelope
from ..show.mail import compose
from ..show.notice import Coverage, still_watching
from ..show.reminder import Reminder
from ..show.several import compose_several, headline
from ..show.story import Missing, Story
from ..store import events, notices, posts, queue, sites, snapshots, unsubscribed
from ..store.rows import SiteRow
from ..units import shown_time
from ..values import replace
from ..words import REASONS
from .addressed import envelope_to
from .as_told import as_told
from .context import Context
from .shelf import Parcel


def message_of(ctx: Context, channel: str, recipient: str, parcel: Parcel) -> Message:
    """The message that tells a parcel to its recipient; DeliveryError where it can't be built."""
    to = envelope_to(ctx.config, channel, recipient)
    to = replace(to, unsubscribe=_way_out(ctx, to))
    if not parcel.events:
        return _sign_of_life(ctx, parcel, to)
    told = parcel.events
    with ctx.store.read() as conn:
        wrong = told[0].retracts
        reply_to = queue.message_id(conn, wrong, channel, recipient) if wrong else ""
        still = None
        if parcel.notice:
            reply_to = queue.message_id(conn, told[0].id, channel, recipient)
            still = _reminder(conn, ctx.clock(), parcel, reply_to)
        counts = _post_counts(conn, told) if len(told) > 1 else {}
        story = None
        if len(told) == 1:
            found = _missing_now(conn, told[0], ctx.config.channels[channel].sites)
            story = replace(story_of(conn, told[0]), reminder=still, missing_now=found)
    if story is None:
        return compose_several(told, to, post_counts=counts, reminder=still, reply_to=reply_to)
    return compose(story, to, reply_to=reply_to)


def _way_out(ctx: Context, to: Envelope) -> str:
    """The address at which a mail's recipient leaves the channel; "" where none can be reached from
    everywhere, or it is no mail."""
    who = (to.channel, to.recipient)
    if not public_https(to.base_url) or who not in mail_recipients(ctx.config):
        return ""
    with ctx.store.read() as conn:
        key = unsubscribed.key(conn)
    key = key or ctx.store.write(unsubscribed.made_key)
    return f"{to.base_url.rstrip('/')}/unsubscribe/{unsubscribed.token(key, *who)}"


def _reminder(conn: Connection, now: datetime, parcel: Parcel, told_in: str) -> Reminder:
    """What the parcel says before it repeats its events."""
    after = now - min(e.detected_at for e in parcel.events)
    told = events.events_by_id(conn, notices.told_together(conn, told_in)) if told_in else []
    if {e.id for e in parcel.events} - {e.id for e in told}:
        told = []  # they were told in more than one message
    alike = [e for e in told if e.kind == parcel.events[0].kind]
    looked = [at for e in parcel.events if (at := _last_found_so(conn, e)) is not None]
    return Reminder(
        notice=parcel.notice,
        after=after,
        at=now,
        looked_at=min(looked, default=None),
        of=max(1, len(alike)) if told else len(parcel.events),
        told_as=headline(told) if len(told) > 1 else "",
    )


def _last_found_so(conn: Connection, event: Event) -> datetime | None:
    """The latest look that found a post gone, or a site not to be seen."""
    if event.post is not None:
        row = posts.post(conn, event.post)
        return row.state.last_missing_at if row is not None else None
    site = sites.site_by_name(conn, event.site or "")
    return site.last_check_at if site is not None else None


def _sign_of_life(ctx: Context, parcel: Parcel, to: Envelope) -> Message:
    """The message that says that nothing was to tell, and how much is seen."""
    options, now = ctx.config.channels[to.channel], ctx.clock()
    slot = sign_slot(parcel.notice)
    _, before = slots(options.still_watching, options.digest_at, options.timezone, slot)
    with ctx.store.read() as conn:
        rows = sites.sites(conn, watched=True)
        seen = tuple(
            coverage(conn, r, now) for r in rows if options.sites is None or r.name in options.sites
        )
    return still_watching(seen, before, now, parcel.notice, to)


def coverage(conn: Connection, site: SiteRow, now: datetime) -> Coverage:
    """How a site is seen."""
    counts = posts.counts(conn, site.id, now)
    trouble = ""
    if not site.view.up and site.view.reason is not None:
        since = f" since {shown_time(site.view.since)}" if site.view.since else ""
        trouble = f"{REASONS[site.view.reason].short}{since}"
    return Coverage(site.name, counts["posts"], counts["seen_within_day"], trouble)


def _post_counts(conn: Connection, told: Sequence[Event]) -> dict[str, int]:
    """How many posts are watched on each of the events' sites."""
    counts = {}
    for name in {e.site for e in told if e.site}:
        site = sites.site_by_name(conn, name)
        if site is not None:
            counts[name] = sum(p.watched for p in posts.posts(conn, site.id))
    return counts


def story_of(conn: Connection, event: Event, *, most: int | None = None) -> Story:
    """An event with all that is said of it. Texts of more than `most` words together are not compared."""
    before = event.snapshot_before and snapshots.article(conn, event.snapshot_before)
    after = event.snapshot_after and snapshots.article(conn, event.snapshot_after)
    site = sites.site_by_name(conn, event.site) if event.site else None
    change = None
    short = most is None or sum(a.words for a in (before, after) if a) <= most
    if event.kind in (Kind.EDITED, Kind.REINSTATED) and before and after and short:
        pair = as_told(conn, event, before, after)
        change = diff(*pair, steady=frozenset(event.fields))
    shown = after or before or None
    return Story(
        event=event,
        diff=change,
        removal=_removal(conn, event),
        language=shown.language if shown else "",
        last_copy=before or None,
        head=events.head(conn),
        post_count=posts.counts(conn, site.id, event.detected_at)["posts"]
        if site and event.post is None
        else 0,
        versions=_versions(conn, event),
    )


def _missing_now(
    conn: Connection, event: Event, only: Sequence[str] | None
) -> tuple[Missing, ...] | None:
    """The posts that are missing now that we see again, and went while we did not or after: on the sites
    that the channel tells of (None: all). None: not asked."""
    if event.kind not in (Kind.SITE_RECOVERED, Kind.WATCH_RESUMED):
        return None
    since = event.first_missing_at or event.detected_at
    return tuple(
        Missing(p.state.title, p.state.url, p.state.status is Status.REMOVED)
        for site in sites.sites(conn, watched=True)
        if event.site in (None, site.name) and (only is None or site.name in only)
        for p in posts.missing(conn, site.id)
        if p.state.status is Status.SUSPECTED
        or (p.state.first_missing_at is not None and p.state.first_missing_at >= since)
    )


def _removal(conn: Connection, event: Event) -> Event | None:
    """The removal that this event ends, or the event that this one withdraws."""
    earlier = event.removed_event or event.retracts
    return events.event(conn, earlier) if earlier else None


def _versions(conn: Connection, event: Event) -> tuple[int, int]:
    """The numbers of the versions before and after within the post; 0 for none."""
    before, after = (
        snapshots.snapshot(conn, i) if i else None
        for i in (event.snapshot_before, event.snapshot_after)
    )
    return before.number if before else 0, after.number if after else 0
