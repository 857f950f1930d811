"""Messages of no event: a sign of life where nothing was to tell, and the cry of a watch whose disk is full.

Made as the mails of events are, from the same letter and templates; the second needs no database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from ..model import Kind, Message
from ..units import rfc3339, shown_number, shown_time
from ..words import KINDS
from .envelope import PREHEADER_MAX, SUBJECT_MAX, Envelope, footer, mail_headers, sealed
from .letter import Letter
from .mail import html_of, text_of
from .plain import header_line, one_line


class Coverage(Struct, frozen=True):
    """How a site is seen: what a sign of life says of it."""

    site: str
    posts: int
    seen: int  #: of them, within a day
    trouble: str = ""  #: why it is not seen, and since when


def still_watching(
    sites: tuple[Coverage, ...], since: datetime, now: datetime, notice: str, to: Envelope
) -> Message:
    """That nothing was to tell since a time, and how much of what is watched was seen."""
    posts, seen = sum(s.posts for s in sites), sum(s.seen for s in sites)
    many = "1 post" if posts == 1 else f"{shown_number(posts)} posts"
    said = f"Nothing new: {shown_number(seen)} of {many} seen within a day"
    blind = [s for s in sites if s.trouble]
    lead = [f"Nothing was to tell through this channel since {shown_time(since)}."]
    if blind:
        names = ", ".join(one_line(s.site, 64) for s in blind[:8])
        lead.append(f"Not seen at present: {names}. What happens there is not seen either.")
    rows = tuple(
        (
            one_line(s.site, 64),
            f"{shown_number(s.seen)} of {shown_number(s.posts)} seen within a day"
            + (f"; {one_line(s.trouble, 300)}" if s.trouble else ""),
        )
        for s in sites[:60]
    )
    if len(sites) > 60:
        rows += (("…", f"and {len(sites) - 60} more sites"),)
    record = {
        "kind": "still_watching",
        "detected_at": rfc3339(now),
        "since": rfc3339(since),
        "posts": posts,
        "seen_within_day": seen,
        "sites": [
            {"name": s.site, "posts": s.posts, "seen_within_day": s.seen, "trouble": s.trouble}
            for s in sites
        ],
    }
    return _message(
        said,
        tuple(lead),
        rows,
        kind="still_watching",
        to=to,
        ids=(notice, to.install, to.channel, to.recipient),
        thread=("still_watching", to.channel),
        record=record,
    )


def disk_full(place: str, why: str, now: datetime, to: Envelope) -> Message:
    """That we can't look any more because nothing can be written; told without the database."""
    said = f"{KINDS[Kind.WATCH_STOPPED].subject}: the disk is full"
    lead = (
        f"Since {shown_time(now)} nothing can be written to {one_line(place, 300)}: the disk is full.",
        "Nothing is looked at until there is room again. What happens on the sites meanwhile is found "
        "late, with a wide interval, or not at all.",
        "Make room, then run: postwatch check. This is said once.",
    )
    record = {
        "kind": Kind.WATCH_STOPPED.value,
        "reason": "disk",
        "detected_at": rfc3339(now),
        "why": why,
        "event": None,
    }
    ids = ("disk", rfc3339(now), to.install, to.channel, to.recipient)
    return _message(
        said,
        lead,
        (("What the system said", one_line(why, 300)),),
        kind=Kind.WATCH_STOPPED.value,
        to=to,
        ids=ids,
        thread=("site", ""),
        record=record,
    )


def _message(
    said: str,
    lead: tuple[str, ...],
    rows: tuple[tuple[str, str], ...],
    *,
    kind: str,
    to: Envelope,
    ids: tuple[str, ...],
    thread: tuple[str, ...],
    record: dict[str, Any],
) -> Message:
    base = to.base_url.rstrip("/")
    told = Letter(
        glyph="○" if kind == "still_watching" else KINDS[Kind.WATCH_STOPPED].glyph,
        tone="quiet",
        state=said,
        title="",
        url="",
        url_note="",
        lead=lead,
        rows=rows,
        links=(("See what is watched", f"{base}/"),) if base else (),
        changes="",
        passages=(),
        more=0,
        known=(),
        copy="",
        opening=(),
        closing=(),
        footer=footer("", to),
    )
    preheader = one_line(lead[0], PREHEADER_MAX)
    subject = header_line(said, SUBJECT_MAX)
    return sealed(
        to,
        subject=subject,
        preheader=preheader,
        text=text_of(told),
        html=html_of(told, preheader),
        ids=ids,
        thread=thread,
        headers=mail_headers(subject, to, kind=kind),
        record=record,
    )
