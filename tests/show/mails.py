"""One message of every sort there is: what browsers and strict parsers are given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.model import Kind, Message, Reason
from monitor.show.envelope import Envelope
from monitor.show.mail import compose, sample
from monitor.show.notice import Coverage, disk_full, still_watching
from monitor.show.reminder import Reminder
from monitor.show.several import compose_several
from monitor.show.story import Missing
from monitor.values import replace

from .telling import EVERY, SURE, event, story

TO = Envelope("mail", "Desk <pw@desk.example>", "ada@desk.example", "", "desk-1")
AT = "2026-03-05T06:48:00Z"
STILL = Reminder("remind:604800", timedelta(days=7), SURE, SURE, 3, "acme: 3 posts removed")


def every(base_url: str, unsubscribe: str = "") -> Iterator[tuple[str, Message]]:
    """(name, message), each name once."""
    to = replace(TO, base_url=base_url, unsubscribe=unsubscribe)
    for kind, reason in EVERY:
        first = compose(story(kind, reason), to)
        yield f"{kind} {reason}", first
        yield (
            f"{kind} {reason} again",
            compose(story(kind, reason), to, reply_to=first.message_id),
        )
    gone = story(Kind.REMOVED, Reason.GONE)
    yield "reminder", compose(replace(gone, reminder=STILL), to)
    back = replace(story(Kind.WATCH_RESUMED, Reason.DISK), missing_now=())
    yield "nothing missing", compose(back, to)
    missing = tuple(
        Missing(f"Post {n}", f"https://gadget.example/{n}", removed=n % 3 == 0) for n in range(40)
    )
    yield "much missing", compose(replace(back, missing_now=missing), to)
    events = [replace(event(k, r), id=i) for i, (k, r) in enumerate(EVERY, 1)]
    yield "several", compose_several(events, to, post_counts={})
    yield "several reminded", compose_several(events[:3], to, post_counts={}, reminder=STILL)
    yield (
        "sample",
        sample(to, at=AT),
    )
    sites = (
        Coverage("gadget", 412, 411),
        Coverage("acme", 872, 0, "blocked since 19 Nov " + "x" * 300),
    )
    told = still_watching(sites, SURE - timedelta(7), SURE, "watching:1", to)
    yield "still watching", told
    yield "disk", disk_full("/var/lib/" + "x" * 300, "No space left on device", SURE, to)
