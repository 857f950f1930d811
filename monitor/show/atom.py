"""Events become an Atom feed (RFC 4287): each the subject and the text part of its mail.

Pure, and under the mails' rules: titles are data. Whatever they hold, the document is well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..model import Event
from ..units import shown_time
from ..words import of
from . import environment
from .letter import letter
from .mail import subject_of, text_of
from .story import Story

#: Bytes of entries, of texts before they are escaped; the newest is told whatever its size.
SIZE_MAX = 1_000_000
#: Ids need a name that stays as it is when the pages' address changes (RFC 4287 4.2.6.1); an event's
#: uid is unique across installs, so the same one does for all.
_AUTHORITY = "postwatch.invalid"
#: Stands for the pages' address, so that a text can be kept for all the names we are asked under. No
#: other NUL is in a letter's words.
_BASE = "\0"
#: What XML 1.0 (2.2) does not allow, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as the feed tells it."""

    id: str
    event: int
    title: str
    kind: str
    label: str
    published: datetime
    updated: datetime
    text: str

    @property
    def paragraphs(self) -> list[list[str]]:
        """The text's lines, by paragraph."""
        parts = [[x for x in p.splitlines() if x != "-- "] for p in self.text.split("\n\n")]
        return [p for p in parts if p]


def tag(at: datetime, uid: str, more: str = "") -> str:
    """The `tag:` URI (RFC 4151) of an event by its time and uid, or of what is named by it and `more`."""
    uid = re.sub(r"[^A-Za-z0-9._-]", "-", uid)
    return f"tag:{_AUTHORITY},{at.astimezone(UTC):%Y-%m-%d}:{uid}{more}"


def told_text(story: Story) -> str:
    """An event's text, for `entry`: its mail's text part, with the seal it had when it was told."""
    own = replace(story, head=(0, ""))  # the event's, not the chain's: told is told
    footer = (f"Event {story.event.id} of postwatch",)
    return text_of(letter(own, base_url=_BASE, footer=footer))


def entry(story: Story, text: str, withdrawal: Event | None, base_url: str) -> Entry:
    """The entry of an event; one that `withdrawal` took back says so first."""
    event = story.event
    text = text.replace(_BASE, base_url.rstrip("/"))
    title, updated = subject_of(story), event.detected_at
    if withdrawal is not None:
        updated = max(updated, withdrawal.detected_at)
        title = f"Withdrawn: {title}"
        at = shown_time(withdrawal.detected_at)
        text = f"Withdrawn by us at {at} (event {withdrawal.id}): this was wrong.\n\n{text}"
    words = of(event)
    return Entry(
        id=tag(event.detected_at, event.uid),
        event=event.id,
        title=title,
        kind=event.kind.value,
        label=words.label,
        published=event.detected_at,
        updated=updated,
        text=text,
    )


def atom(
    entries: Sequence[Entry],
    *,
    id: str,
    title: str,
    base_url: str,
    feed_path: str,
    page_path: str,
    since: datetime,
) -> bytes:
    """The feed, newest entry first as given, in UTF-8; those that pass SIZE_MAX are left out.

    `since` is when an empty feed was last changed; `feed_path` and `page_path` follow `base_url`.
    """
    told, left = list[Entry](), SIZE_MAX
    for one in entries:
        left -= 2 * len(one.text.encode("utf-8", "replace"))
        if told and left < 0:
            break
        told.append(one)
    base = base_url.rstrip("/")
    xml = (
        environment("pages")
        .get_template("feed.xml")
        .render(
            entries=told,
            id=id,
            title=title,
            base=base,
            feed=base + feed_path,
            page=base + page_path,
            updated=max((e.updated for e in told), default=since),
        )
    )
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", xml).encode()
