"""What goes into a mail about a Story, in which order, before it is text or HTML?

Both parts of a mail, and the file attached where there is no web address, draw one Letter: so a fact
can never be in one and missing in the other. All its words are clean; none is escaped.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from msgspec import Struct

from ..model import Event, Kind
from ..read.article import Article
from ..read.compare import Diff
from ..units import shown_date, shown_second
from ..words import of
from .evidence import plain_evidence
from .passages import Passage, pick
from .plain import one_line
from .said import dates_changed, lead, look_line, state_line
from .story import Story, blind, named_times


class Room(Struct, frozen=True):
    """How much is said: what keeps a mail under its size whatever the post."""

    title: int = 300  #: characters, as all but the counts
    url: int = 600
    evidence: int = 300
    lines: int = 14  #: of evidence
    looks: int = 12
    passages: int = 5
    passage: int = 600
    opening: int = 700


#: For the attached file: the whole story, yet bounded.
WIDE = Room(1000, 2000, 1000, 200, 500, 1000, 20_000, 2_000_000)


class Letter(Struct, frozen=True):
    """A mail's content. Rows are (label, words); links are (words, address), the first a button."""

    glyph: str
    tone: str
    state: str
    title: str
    url: str
    url_note: str
    lead: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    changes: str  #: heading of `passages`
    passages: tuple[Passage, ...]
    more: int
    known: tuple[tuple[str, str], ...]
    copy: str  #: heading of `opening`
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    footer: tuple[str, ...]
    language: str = ""


_FIELDS = {
    "title": "Headline",
    "author": "Byline",
    "published_at": "Dated",
    "modified_at": "Modified",
}
#: BCP 47, as far as pages use it.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_PASSAGE_KINDS = (Kind.EDITED, Kind.REINSTATED, Kind.MOVED)


def letter(
    story: Story, *, base_url: str, footer: tuple[str, ...], room: Room | None = None
) -> Letter:
    """The letter of a story; `footer` says to whom and why it goes."""
    room = room or Room()
    event, diff = story.event, story.diff
    words = of(event)
    passages: tuple[Passage, ...] = ()
    more = 0
    if diff is not None and event.kind in _PASSAGE_KINDS:
        passages, more = pick(diff, most=room.passages, room=room.passage)
    said = [one_line(s, 2 * room.url) for s in lead(story)]
    said += dates_changed(diff)
    gone = event.kind in (Kind.REMOVED, Kind.MOVED)
    return Letter(
        glyph=words.glyph,
        tone=words.tone,
        state=state_line(event),
        title=one_line(event.title, room.title),
        url=one_line(event.url or "", room.url),
        url_note="no longer there" if gone else "",
        lead=tuple(said),
        rows=_rows(diff, room) if event.kind in _PASSAGE_KINDS else _missing(story, room),
        links=_links(story, base_url),
        changes=_changes_heading(event) if passages else "",
        passages=passages,
        more=more,
        known=_known(story, room),
        copy="Last known words" if event.kind is Kind.REMOVED else "How it begins",
        opening=_opening(event, story.last_copy, room),
        closing=_closing(story),
        footer=footer,
        language=story.language if _LANGUAGE.fullmatch(story.language) else "",
    )


def _rows(diff: Diff | None, room: Room) -> tuple[tuple[str, str], ...]:
    rows = []
    for change in diff.fields if diff else ():
        before, after = change.before, change.after
        if change.name.endswith("_at"):
            # A day and a moment of it differ; the short form would show both alike.
            short = shown_date(before), shown_date(after)
            before, after = short if short[0] != short[1] else (before, after)
        before = one_line(before, room.title) or "none"
        after = one_line(after, room.title) or "none"
        rows.append((_FIELDS.get(change.name, change.name), f"{before} → {after}"))
    links = [x for block in diff.blocks for x in block.links] if diff else []
    for x in links[: room.passages]:
        old, new = (one_line(url, room.url) or "none" for url in (x.before, x.after))
        rows.append((f"Link on “{one_line(x.text, 80)}”", f"{old} → {new}"))
    if len(links) > room.passages:
        rows.append(("Links", f"and {len(links) - room.passages} more"))
    return tuple(rows)


def _missing(story: Story, room: Room) -> tuple[tuple[str, str], ...]:
    """The posts that are missing now that we see again."""
    posts = story.missing_now or ()
    rows = [
        (
            "Removed" if p.removed else "Missing",
            f"{one_line(p.title, room.evidence)} {one_line(p.url, room.url)}".strip(),
        )
        for p in posts[: room.looks]
    ]
    if len(posts) > room.looks:
        rows.append(("Missing", f"and {len(posts) - room.looks} more"))
    return tuple(rows)


def _changes_heading(event: Event) -> str:
    """What stands above the passages."""
    if event.kind is not Kind.REINSTATED:
        return "What changed"
    if event.silent is None:
        return "Back, with changes"
    return "Back, with changes, no note" if event.silent else "Back, with changes and a note"


def _links(story: Story, base_url: str) -> tuple[tuple[str, str], ...]:
    base, event = base_url.rstrip("/"), story.event
    if not base:
        return ()
    links = []
    before, after = story.versions
    if event.kind is Kind.REMOVED and event.snapshot_before is not None:
        links.append(("See its last copy", f"{base}/snapshots/{event.snapshot_before}"))
    elif event.kind in _PASSAGE_KINDS and event.fields and before and after:
        place = f"{base}/posts/{event.post}/diff?from={before}&to={after}"
        links.append(("See what changed", place))
    if event.id:
        links.append(("This event and its evidence", f"{base}/events/{event.id}"))
    if event.post is not None:
        links.append(("Its whole history", f"{base}/posts/{event.post}"))
    elif event.site:
        links.append(("The site", f"{base}/sites/{quote(one_line(event.site, 64), safe='')}"))
    return tuple(links)


def _known(story: Story, room: Room) -> tuple[tuple[str, str], ...]:
    event, rows = story.event, list[tuple[str, str]]()
    for look in event.looks[: room.looks]:
        role = "" if look.url == event.url else f", {one_line(look.url, room.evidence)}"
        rows.append((shown_second(look.at), look_line(look) + role))
    if len(event.looks) > room.looks:
        rows.append(("Looks", f"and {len(event.looks) - room.looks} more"))
    said = plain_evidence(event)
    rows += [("Evidence", one_line(e, room.evidence)) for e in said[: room.lines]]
    if len(said) > room.lines:
        rows.append(("Evidence", f"and {len(said) - room.lines} more lines"))
    times = (*named_times(event), ("Sure since", event.detected_at))
    rows += [(label, shown_second(at)) for label, at in times]
    before, after = story.versions
    copies = (("Copy before", before), ("Copy after", after))
    rows += [(label, f"version {n}") for label, n in copies if n]
    if event.batch:
        rows.append(
            ("Together", f"one of several events of one cause ({one_line(event.batch, 80)})")
        )
    return tuple(rows)


def _opening(event: Event, copy: Article | None, room: Room) -> tuple[str, ...]:
    """The first paragraphs of the copy, within the room."""
    if copy is None or event.kind not in (Kind.REMOVED, Kind.PUBLISHED, Kind.DELISTED):
        return ()
    found, left = [], room.opening
    for block in copy.blocks:
        text = one_line(block.text, left)
        if text:
            found.append(text)
            left -= len(text)
        if left < 40:
            break
    return tuple(found)


def _closing(story: Story) -> tuple[str, ...]:
    event = story.event
    said = []
    if not blind(event) and event.kind is not Kind.RETRACTED:
        vantage = one_line(event.vantage, 120)
        said.append(f"Seen from one place, {vantage}." if vantage else "Seen from one place.")
    if event.kind is Kind.REMOVED:
        said.append("Open it yourself before you print; we cannot tell who did it or why.")
    if event.url and not blind(event):
        said.append(f"Other copies: {wayback(event.url)}")
    number, digest = story.head if story.head[1] else (event.id, event.hash)
    if digest:
        said.append(f"Head of the event chain: event {number}, {digest[:16]}")
    return tuple(said)


def wayback(url: str) -> str:
    """Where the Wayback Machine lists its copies of an address."""
    return f"https://web.archive.org/web/*/{one_line(url, 600)}"
