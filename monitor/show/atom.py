"""Events become an Atom feed (RFC 4287): each the subject and the text part of its mail.

Pure, and under the mails' rules: titles are data. Whatever they hold, the document is well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ..model import Event
from ..units import shown_time
from ..values import replace
from ..words import of
from .excerpt import escaped
from .letter import Room, letter
from .mail import subject_of, text_of
from .plain import cut, one_line
from .story import Story
from .templating import environment

#: Bytes that an entry takes in a feed, whatever the post: a hundred of them stay under 200 kB.
ENTRY_MAX = 1_950
#: Of it, what stands round title and texts, and the summary's share; how much of an event is said.
_ROUND, _SUMMARY = 560, 260
_ROOM = Room(
    title=150, url=200, evidence=120, lines=3, looks=3, passages=3, passage=160, opening=160
)
#: What a line takes beside its words.
_LINE = 9
#: Ids need a name that stays as it is when the pages' address changes (RFC 4287 4.2.6.1); an event's
#: uid is unique across installs, so the same one does for all.
_AUTHORITY = "postwatch.invalid"
#: Stands for the pages' address, so that a text can be kept for all the names we are asked under. No
#: other NUL is in a letter's words.
_BASE = "\0"
#: What XML 1.0 (2.2) does not allow, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(Struct, frozen=True):
    """One event as the feed tells it."""

    id: str
    event: int
    title: str
    kind: str
    label: str
    published: datetime
    updated: datetime
    summary: str
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
    """An event's text, for `entry`: as its mail's, but shorter, with the seal it had when it was told."""
    own = replace(story, head=(0, ""))  # the event's, not the chain's: told is told
    footer = (f"Event {story.event.id} of postwatch",)
    return text_of(letter(own, base_url=_BASE, footer=footer, room=_ROOM))


def entry(story: Story, text: str, withdrawal: Event | None, base_url: str) -> Entry:
    """The entry of an event, within ENTRY_MAX; one that `withdrawal` took back says so first. Where a text is
    cut, it names the event's page, which has the whole."""
    event = story.event
    text = text.replace(_BASE, base_url.rstrip("/"))
    title, updated = subject_of(story), event.detected_at
    lead = text.split("\n\n")[1:2] or [text]
    if withdrawal is not None:
        updated = max(updated, withdrawal.detected_at)
        title = f"Withdrawn: {title}"
        at = shown_time(withdrawal.detected_at)
        lead = [f"Withdrawn by us at {at} (event {withdrawal.id}): this was wrong."]
        text = f"{lead[0]}\n\n{text}"
    words = of(event)
    place = f"{base_url.rstrip('/')}/events/{event.id}"
    summary = _within(one_line(lead[0], _SUMMARY), _SUMMARY)
    used = _ROUND + sum(map(escaped, (title, summary, words.label, event.uid, place)))
    return Entry(
        id=tag(event.detected_at, event.uid),
        event=event.id,
        title=title,
        kind=event.kind.value,
        label=words.label,
        published=event.detected_at,
        updated=updated,
        summary=summary,
        text=_cut(text, max(ENTRY_MAX - used, 300), place),
    )


def _cut(text: str, room: int, place: str) -> str:
    """The text by whole lines in so many bytes; where it is cut, the page that has the rest stands last."""
    lines = [x for x in text.split("\n") if x != "-- "]
    if sum(escaped(x) + _LINE for x in lines) <= room:
        return text
    rest = f"The rest is on the event’s page: {place}"
    room -= escaped(rest) + 2 * _LINE
    kept = list[str]()
    for line in lines:
        room -= escaped(line) + _LINE
        if room < 0:
            if not kept:
                kept.append(_within(line, max(room + escaped(line), 20)))
            break
        kept.append(line)
    return "\n".join([*kept, "", rest, ""])


def _within(line: str, room: int) -> str:
    """The line in so many bytes."""
    return line if escaped(line) <= room else cut(line, max(len(line) * room // escaped(line), 2))


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
    """The feed, newest entry first as given, in UTF-8.

    `since` is when an empty feed was last changed; `feed_path` and `page_path` follow `base_url`.
    """
    base = base_url.rstrip("/")
    xml = (
        environment("pages")
        .get_template("feed.xml")
        .render(
            entries=entries,
            id=id,
            title=title,
            base=base,
            feed=base + feed_path,
            page=base + page_path,
            updated=max((e.updated for e in entries), default=since),
        )
    )
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", xml).encode()
