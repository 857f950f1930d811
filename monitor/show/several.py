"""Many events become one mail: a batch, a burst, a digest. One line each, the gravest first.

Pure, as `mail.py` is, and under the same rules; a single event is that module's business.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from ..model import Event, Kind, Message
from ..units import rfc3339, shown_by, shown_time
from ..values import replace
from ..words import KINDS, of
from . import reminder as reminders
from .brief import detail
from .envelope import (
    HTML_MAX,
    PREHEADER_MAX,
    SUBJECT_MAX,
    Envelope,
    footer,
    mail_headers,
    sealed,
)
from .plain import header_line, one_line
from .reminder import Reminder
from .said import state_line
from .story import between
from .templating import environment

#: Rows in the mail, the first count that fits; the attached file holds all of them.
_ROWS = (200, 120, 60, 25)
#: Of the attached file: coded it grows by a third, and relays take 10 MB at the least.
FILE_MAX = 5_000_000
#: (evidence of each event, whether the records are in it, events), the first that fits; 1,000 rows of
#: the longest titles and addresses do.
_FULL = (
    (40, True, None),
    (40, False, None),
    (3, False, None),
    (0, False, None),
    (0, False, 5_000),
    (0, False, 1_000),
)
#: What a reader looks for first.
_GRAVEST = (
    Kind.RETRACTED,
    Kind.REMOVED,
    Kind.REINSTATED,
    Kind.EDITED,
    Kind.MOVED,
    Kind.DELISTED,
    Kind.RELISTED,
    Kind.PUBLISHED,
)
#: Events of one cause within this many seconds happened "at once".
_AT_ONCE = 120


class Row(Struct, frozen=True):
    """One event of the list, clean and unescaped; `link` is "" without a web address."""

    glyph: str
    tone: str
    state: str
    title: str
    url: str
    detail: str
    link: str
    known: tuple[str, ...] = ()  #: its evidence, in the attached file


class List(Struct, frozen=True):
    """What the mail says, for both of its parts."""

    headline: str
    lead: tuple[str, ...]
    rows: tuple[Row, ...]
    more: int
    link: str
    footer: tuple[str, ...]
    rest: str = "in the attached file"  #: where the others are, without a link


def compose_several(
    events: Sequence[Event],
    to: Envelope,
    *,
    post_counts: dict[str, int],
    reply_to: str = "",
    reminder: Reminder | None = None,
) -> Message:
    """The one message that tells two or more events, in answer to the one whose id is `reply_to`; with
    a `reminder`, that they still hold. `post_counts` is how many posts each site has.

    `record` is `{"kind": "gathered", "detected_at": …, "events": […]}` with each event's whole record.
    """
    assert len(events) > 1
    events = sorted(events, key=_weight)  # by time within each kind, for `sorted` is stable
    said = headline(events)
    if reminder:
        said = f"Re: {reminder.told_as or said}"
    subject = header_line(said, SUBJECT_MAX)
    first = next((e for e in events if e.kind is Kind.REMOVED), events[0])
    about = reminders.sentence(reminder, events) if reminder else first.title or detail(first)
    preheader = one_line(about, PREHEADER_MAX)
    html = ""
    signed = footer(f"{len(events)} events", to)
    for most in _ROWS:
        told = _list(events, most, signed, to.base_url, post_counts)
        if reminder:
            told = replace(told, lead=(reminders.sentence(reminder, events), *told.lead))
        html = _html(told, preheader)
        if len(html.encode("utf-8", "replace")) < HTML_MAX:
            break
    sites = {e.site for e in events}
    batch = events[0].batch or ""
    notice = (reminder.notice,) if reminder else ()
    return sealed(
        to,
        subject=subject,
        preheader=preheader,
        text=_text(told),
        html=html,
        ids=("gathered", *(f"{e.id} {e.uid}" for e in events), *notice, to.channel, to.recipient),
        thread=("batch", batch) if batch else ("many", *sorted(s or "" for s in sites)),
        reply_to=reply_to,
        headers=mail_headers(
            subject,
            to,
            kind="gathered",
            site=(events[0].site or "") if len(sites) == 1 else "",
            event=", ".join(str(e.id) for e in events[:20]),
        ),
        attachments=() if to.base_url else (_attachment(events, told),),
        record=reminders.record(reminder, events) if reminder else _record(events),
    )


def _record(events: Sequence[Event]) -> dict[str, Any]:
    """The events together, dated by the latest."""
    latest = rfc3339(max(e.detected_at for e in events))
    return {
        "kind": "gathered",
        "detected_at": latest,
        "events": [e.as_record() for e in events],
    }


def headline(events: Sequence[Event]) -> str:
    """`acme: 43 posts removed`, or `6 changes: 2 removed, 4 edited (acme, globex)`."""
    events = sorted(events, key=_weight)
    sites = list(dict.fromkeys(e.site for e in events if e.site))
    kinds = {e.kind for e in events}
    if len(kinds) == 1 and len(sites) == 1 and events[0].post is not None:
        return f"{sites[0]}: {len(events)} posts {KINDS[events[0].kind].label.lower()}"
    named = ", ".join(sites[:3]) + (f" and {len(sites) - 3} more" if len(sites) > 3 else "")
    return f"{len(events)} changes: {_counts(events)}" + (f" ({named})" if named else "")


def _counts(events: Sequence[Event]) -> str:
    """`2 removed, 4 edited`: the gravest first."""
    counts = Counter(e.kind for e in sorted(events, key=_weight))
    return ", ".join(f"{n} {KINDS[kind].label.lower()}" for kind, n in counts.items())


def _weight(event: Event) -> int:
    """Where an event stands in a list: removals first, what is of no kind named last."""
    return _GRAVEST.index(event.kind) if event.kind in _GRAVEST else len(_GRAVEST)


def _list(
    events: Sequence[Event],
    most: int,
    signed: tuple[str, ...],
    base_url: str,
    post_counts: dict[str, int],
) -> List:
    base = base_url.rstrip("/")
    shown = events[:most]
    return List(
        headline=one_line(headline(events), 200),
        lead=_lead(events, post_counts),
        rows=tuple(_row(e, base) for e in shown),
        more=len(events) - len(shown),
        link=f"{base}/events" if base else "",
        footer=signed,
    )


def _row(event: Event, base: str, *, evidence: int = 0) -> Row:
    words = of(event)
    return Row(
        glyph=words.glyph,
        tone=words.tone,
        state=state_line(event),
        title=one_line(event.title, 160),
        url=one_line(event.url or "", 300),
        detail=one_line(detail(event), 200),
        link=f"{base}/events/{event.id}" if base else "",
        known=tuple(one_line(e, 300) for e in event.evidence[:evidence]),
    )


def _lead(events: Sequence[Event], post_counts: dict[str, int]) -> tuple[str, ...]:
    """What they have in common: the time they took, the share of the site, and what it may mean."""
    times = sorted(e.detected_at for e in events)
    took = (times[-1] - times[0]).total_seconds()
    said = []
    if took <= _AT_ONCE:
        said.append(f"Found together at {shown_time(times[0])}.")
    else:
        said.append(f"Found between {shown_time(times[0])} and {shown_by(times[-1])}.")
    gone = [e for e in events if e.kind is Kind.REMOVED]
    sites = {e.site for e in gone if e.site}
    if len(gone) > 1:
        seen = [e.last_seen_at for e in gone if e.last_seen_at]
        missing = [e.first_missing_at or e.detected_at for e in gone]
        said.append(f"The {len(gone)} went {between(min(seen, default=None), max(missing))}.")
    if gone and len(sites) == 1:
        total = post_counts.get(gone[0].site or "", 0)
        if total > len(gone):
            said.append(f"{len(gone)} of the {total:,} posts we watch on {gone[0].site} are gone.")
    if events[0].batch and all(e.batch == events[0].batch for e in events):
        said.append("They happened together and may have one cause; each has its own evidence.")
    if gone:
        said.append("Open some yourself before you print; we cannot tell who did it or why.")
    return tuple(said)


def _html(told: List, preheader: str, records: str = "") -> str:
    page = environment("mail").get_template("several.html")
    return page.render(m=told, preheader=preheader, records=records)


def _attachment(events: Sequence[Event], told: List) -> tuple[str, str, bytes]:
    """All of the events as one file that needs nothing else, each with as much evidence as there is room
    for; the last that would not fit are counted."""
    ids = [e.id for e in events]
    name = f"events-{min(ids)}-{max(ids)}.html"
    data = b""
    for evidence, records, most in _FULL:
        rows = tuple(_row(e, "", evidence=evidence) for e in events[:most])
        whole = List(
            told.headline,
            told.lead,
            rows,
            len(events) - len(rows),
            "",
            told.footer,
            "by: postwatch events",
        )
        lines = (json.dumps(e.as_record(), ensure_ascii=False) for e in events) if records else ()
        data = _html(whole, "", "\n".join(lines)).encode("utf-8", "replace")
        if len(data) < FILE_MAX:
            break
    return name, "text/html", data


def _text(m: List) -> str:
    """The text part, written line by line."""
    out = [m.headline, "", *m.lead, ""]
    for row in m.rows:
        out.append(f"{row.glyph} {row.state}: {row.title}" if row.title else row.state)
        out += [f"  {line}" for line in (row.url, row.detail, row.link) if line]
        out.append("")
    if m.more:
        out.append(f"and {m.more} more" + (f": {m.link}" if m.link else f", {m.rest}"))
    elif m.link:
        out.append(f"All events: {m.link}")
    if m.more or m.link:
        out.append("")
    return "\n".join([*out, "-- ", *m.footer, ""])
