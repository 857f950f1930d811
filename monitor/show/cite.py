"""An event as a paragraph to paste: whole English sentences with the interval, the answers, the hashes, the addresses.

Others' words and addresses stand between isolates (Unicode UAX 9), so that a headline in Arabic or Hebrew turns
nothing round it; pages draw them as `<bdi>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ..decide.evidence import field_changed, link_changed
from ..model import Event, Kind, Reason
from ..units import shown_date, shown_duration, shown_second, shown_second_by
from ..words import how, locked, of
from .evidence import plain_evidence
from .plain import as_sentence, isolated, isolated_in, one_line
from .story import Story, interval

#: Lines of evidence, and links of a change, that are cited.
LINES, LINKS = 8, 3


class Kept(Struct, frozen=True):
    """Bytes that stand behind an event: what they are, when they were fetched, and where they are."""

    what: str  #: `the last copy from before it`
    at: datetime
    digest: str  #: SHA-256 of the bytes, in hex
    path: str = ""  #: of our page that shows them
    until: datetime | None = None  #: when the same article was read last before it

    def sentence(self, base: str) -> str:
        """One sentence, with the address where `base` is one."""
        where = f", {isolated(base + self.path)}" if base and self.path else ""
        read = f", the same text was read until {shown_second(self.until)}" if self.until else ""
        return (
            f"{self.what[:1].upper()}{self.what[1:]} was fetched at {shown_second(self.at)}{read}; the"
            f" SHA-256 of its bytes is {self.digest}{where}."
        )


class Version(Struct, frozen=True):
    """A version of a post, as a comparison cites it."""

    number: int
    first_at: datetime
    last_at: datetime
    digest: str  #: SHA-256 of the bytes of its first look
    path: str  #: of our page that shows it


def citation(
    story: Story, *, base_url: str = "", install: str = "", kept: Sequence[Kept] = ()
) -> str:
    """The paragraph. Without a `base_url` it names no address of ours; `install` is then what ours is called."""
    base = base_url.rstrip("/")
    parts = [
        as_sentence(_happened(story)),
        *(isolated_in(as_sentence(one_line(e, 400))) for e in _evidence(story)),
        *(k.sentence(base) for k in kept),
        *_sources(story, base, base or install),
    ]
    return " ".join(p for p in parts if p)


def compared(
    event: Event | None,
    title: str,
    url: str,
    said: str,
    versions: tuple[Version, Version],
    base_url: str,
    path: str,
) -> str:
    """The same of any two versions of a post; `said`: how much differs, in words; `event`: what led from the one to
    the other, if that is one; `path`: of the page that compares them."""
    old, new = versions
    base = base_url.rstrip("/")
    parts = [
        f"The post “{isolated(one_line(title, 300))}” ({isolated(one_line(url, 600))}):"
        f" version {old.number} was read from {shown_second(old.first_at)} to"
        f" {shown_second(old.last_at)}, version {new.number} from {shown_second(new.first_at)} on.",
        as_sentence(f"from the one to the other: {said}"),
        *(
            f"The SHA-256 of the bytes of version {v.number} is {v.digest}"
            + (f", {isolated(base + v.path)}." if base else ".")
            for v in versions
        ),
        f"Seen by {_by(base)}.",
    ]
    if base:
        parts.append(f"The two, word for word: {isolated(base + path)}.")
    if event is not None:
        where = f" ({isolated(f'{base}/events/{event.id}')})" if base else ""
        parts.append(
            f"The change is event {event.id} there{where}; the SHA-256 of its record is {event.hash}."
        )
    return " ".join(parts)


def exactly(earliest: datetime | None, latest: datetime | None) -> str:
    """`between A and B`, to the second, the upper bound rounded up; "" where nothing is known."""
    if earliest and latest and shown_second(earliest) != shown_second_by(latest):
        return f"between {shown_second(earliest)} and {shown_second_by(latest)}"
    if latest:
        return f"{'at' if earliest else 'by'} {shown_second_by(latest)}"
    return f"after {shown_second(earliest)}" if earliest else ""


def _what(event: Event) -> str:
    title, url = one_line(event.title, 300), one_line(event.url or "", 600)
    if event.post is None:
        what = f"the site {isolated(one_line(event.site or '', 64))}"
        if event.kind in (Kind.SOURCE_BROKEN, Kind.SOURCE_RECOVERED):
            what = f"a feed, sitemap or listing of {what}"
        return f"{what} ({isolated(url)})" if url else what
    named = f"“{isolated(title)}” ({isolated(url)})" if title and url else isolated(title or url)
    whose = f"of the site {isolated(one_line(event.site or '', 64))}"
    return " ".join(part for part in ("the post", named, whose) if part)


def _happened(story: Story) -> str:
    """What became of what, and between which two looks."""
    event = story.event
    when, what = exactly(*interval(event)), _what(event)
    match event.kind:
        case Kind.PUBLISHED:
            dated = one_line(shown_date(event.published_at), 40) if event.published_at else ""
            seen = f"{what} was first seen by postwatch at {shown_second(event.detected_at)}"
            return f"{seen}; the page bears the date {dated}" if dated else seen
        case Kind.EDITED:
            note = {True: " without a note", False: " with a note or a newer date on it", None: ""}
            return f"{what} was edited{note[event.silent]} {when}"
        case Kind.REMOVED:
            return f"{what} was {_gone(event)} {when}"
        case Kind.REINSTATED:
            return f"{what} came back {when}{_after(event)}"
        case Kind.MOVED:
            return f"{what} moved to {isolated(one_line(event.moved_to or '', 600))} {when}"
        case Kind.DELISTED:
            return (
                f"{what} left every feed, sitemap and listing that should still hold it {when};"
                " the page itself still answers"
            )
        case Kind.RELISTED:
            return f"{what} was listed again {when}"
        case Kind.RETRACTED:
            wrong = f"event {event.retracts}"
            if story.removal is not None:
                wrong += (
                    f", “{of(story.removal).label.lower()}” {exactly(*interval(story.removal))}"
                )
            about = "what postwatch had said" + (f" of {what}" if event.post or event.site else "")
            return f"{about} ({wrong}) was withdrawn as wrong at {shown_second(event.detected_at)}"
        case Kind.SITE_UNREACHABLE:
            return f"{what} could not be seen; this began {when}"
        case Kind.SITE_RECOVERED:
            return f"{what} could be seen again; it came back {when}{_after(event)}"
        case Kind.SOURCE_BROKEN:
            return f"{what} stopped working while the site answered; this began {when}"
        case Kind.SOURCE_RECOVERED:
            return f"{what} works again; it came back {when}{_after(event)}"
        case Kind.WATCH_STOPPED:
            return f"postwatch could not look; this began {when}"
        case Kind.WATCH_RESUMED if event.reason is Reason.RESTORED:
            return f"what postwatch saw {when} is lost to it"
        case Kind.WATCH_RESUMED:
            return f"postwatch looks again; it could not look {when}"


def _gone(event: Event) -> str:
    if locked(event.reason, event.looks):
        return "locked"
    return "replaced by another article" if event.reason is Reason.REPLACED else "removed"


def _after(event: Event) -> str:
    if event.absent_for is None:
        return ""
    least, most = (shown_duration(timedelta(seconds=s)) for s in event.absent_for)
    return f", after {least}" if least == most else f", after at least {least} and at most {most}"


def _evidence(story: Story) -> list[str]:
    """How it is known: the reason's sentence, the event's own lines, and what changed where they do not say it."""
    event = story.event
    reason = how(event)
    said = [reason.sentence] if reason is not None else []
    if event.kind is Kind.RETRACTED:
        said = [f"Why: {one_line(event.why, 300)}"] if event.why else []
    lines = [e for e in plain_evidence(event) if not (said and e.startswith("the page answers "))]
    said += lines[:LINES]
    return said + [x for x in changes(story) if x not in lines]


def changes(story: Story) -> list[str]:
    """A clause for each field that changed, old to new, and for each link target, as far as they are cited."""
    change = story.diff
    if change is None or not story.event.fields:
        return []
    said = [one_line(field_changed(f)) for f in change.fields if f.name in story.event.fields]
    links = [x for block in change.blocks for x in block.links]
    if "links" in story.event.fields:
        said += [one_line(link_changed(x)) for x in links[:LINKS]]
        if len(links) > LINKS:
            more = len(links) - LINKS
            said.append(f"{more} more link{'' if more == 1 else 's'} led elsewhere than before")
    return said


def _sources(story: Story, base: str, install: str) -> list[str]:
    """Who saw it, from where, and where it stands."""
    event = story.event
    seen = "Said" if event.kind is Kind.RETRACTED else "Seen"
    place = f", which looks from {isolated(one_line(event.vantage, 120))}" if event.vantage else ""
    said = [f"{seen} by {_by(install)}{place}."]
    record = f"the SHA-256 of its record is {event.hash}"
    where = f" ({isolated(f'{base}/events/{event.id}')})" if base else ""
    said.append(f"It is event {event.id} there{where}; {record}.")
    before, after = story.versions
    if base and event.post is not None and event.fields and before and after and before != after:
        at = isolated(f"{base}/posts/{event.post}/diff?from={before}&to={after}")
        said.append(f"What changed, word for word: {at}.")
    return said


def _by(install: str) -> str:
    return f"postwatch at {isolated(install)}" if install else "postwatch, a private install"
