"""What a message is made from: one event with its story, or many in one list."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..decide.furniture import settle
from ..model import Event, Kind, Message
from ..read.compare import diff
from ..show.mail import Story, compose
from ..show.several import compose_several
from ..store import events, posts, queue, sites, snapshots
from .context import Context


def message_of(ctx: Context, channel: str, recipient: str, told: Sequence[Event]) -> Message:
    """The message that tells these events to one recipient; DeliveryError where it can't be built."""
    web = ctx.config.web
    sender = getattr(ctx.config.channels[channel], "from_", "") or "postwatch@localhost"
    base_url = web.base_url if web else ""
    install = sender.rpartition("@")[2] or "localhost"
    with ctx.store.read() as conn:
        wrong = told[0].retracts
        reply_to = queue.message_id(conn, wrong, channel, recipient) if wrong else ""
        if len(told) > 1:
            return compose_several(
                told,
                channel=channel,
                sender=sender,
                recipient=recipient,
                base_url=base_url,
                install=install,
                post_counts=_post_counts(conn, told),
                reply_to=reply_to,
            )
        story = story_of(conn, told[0])
    return compose(
        story,
        channel=channel,
        sender=sender,
        recipient=recipient,
        base_url=base_url,
        install=install,
        reply_to=reply_to,
    )


def _post_counts(conn: Connection, told: Sequence[Event]) -> dict[str, int]:
    """How many posts are watched on each of the events' sites."""
    counts = {}
    for name in {e.site for e in told if e.site}:
        site = sites.site_by_name(conn, name)
        if site is not None:
            counts[name] = sum(p.watched for p in posts.posts(conn, site.id))
    return counts


def story_of(conn: Connection, event: Event) -> Story:
    """An event with all that a message says of it."""
    before = event.snapshot_before and snapshots.article(conn, event.snapshot_before)
    after = event.snapshot_after and snapshots.article(conn, event.snapshot_after)
    site = sites.site_by_name(conn, event.site) if event.site else None
    change = None
    if event.kind in (Kind.EDITED, Kind.REINSTATED) and before and after:
        facts = site.facts if site else None
        pair = settle(before, after, facts) if facts else (before, after)
        change = diff(*pair, steady=frozenset(event.fields))
    shown = after or before or None
    return Story(
        event=event,
        diff=change,
        removal=_removal(conn, event),
        language=shown.language if shown else "",
        last_copy=before or None,
        head=events.head(conn),
        post_count=len(posts.posts(conn, site.id)) if site and event.post is None else 0,
        versions=_versions(conn, event),
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
