"""What is said of an event, in sentences: the claim as an interval, what changed, how we know.

It claims no moment and no intent: *between* two looks, "is back" not "was restored", numbers gross.
"""

from __future__ import annotations

from ..decide.edits import moved
from ..decide.evidence import counted_in, date_moved
from ..model import Event, Kind, LookRecord, Role
from ..read.compare import Diff
from ..units import parse_rfc3339, shown_date, shown_number, shown_time
from ..words import FIELD_NAMES, how, of
from . import reminder as reminders
from .blindness import of_sites
from .plain import as_sentence, one_line
from .story import Story, away, when

_ROLES = {
    Role.POST: "the page",
    Role.HOME: "the home page",
    Role.SIBLING: "another post of the site",
    Role.MADE_UP: "a made-up address of the site",
    Role.SOURCE: "the feed or listing",
    Role.ROBOTS: "robots.txt",
}


def words_changed(event: Event) -> str:
    """`−43 +12 words`, or characters where those are counted; "" where none changed."""
    parts = []
    if event.words_removed:
        parts.append(shown_number(-event.words_removed))
    if event.words_added:
        parts.append(f"+{shown_number(event.words_added)}")
    return f"{' '.join(parts)} {counted_in(event)}" if parts else ""


def words_gone(event: Event, diff: Diff) -> str:
    """`43 of 1,213 words gone`; "" where none went."""
    if not event.words_removed or not diff.words_before:
        return ""
    went, of_all = shown_number(event.words_removed), shown_number(diff.words_before)
    return f"{went} of {of_all} {counted_in(event)} gone"


def same(event: Event) -> str:
    """`94 % the same`, rounded down; "" where an event says nothing of that."""
    return "" if event.similarity is None else f"{int(event.similarity * 100)} % the same"


def state_line(event: Event) -> str:
    """`Removed · 404 · acme`: what became of it, how, and whose it is."""
    parts = [of(event).label]
    if reason := how(event):
        parts.append(reason.short)
    if event.site:
        parts.append(one_line(event.site, 64))
    return " · ".join(parts)


def lead(story: Story) -> tuple[str, ...]:
    """The sentences of fact, most important first; never empty."""
    event = story.event
    match event.kind:
        case Kind.REMOVED:
            first = reason.sentence if (reason := how(event)) else "The page is gone."
            said = [f"{first} It went {when(event)}.", _dated(event), _copy(event)]
        case Kind.EDITED:
            said = [f"It changed {when(event)}.", *_changes(story), silence(story)]
        case Kind.REINSTATED:
            said = _reinstated(story)
        case Kind.MOVED:
            said = _moved(story)
        case Kind.PUBLISHED:
            said = [f"First seen by us at {shown_time(event.detected_at)}.", _dated(event)]
        case Kind.DELISTED:
            said = [
                "The page itself still answers, but it has left every feed, sitemap and listing"
                f" that should still hold it, {when(event)}.",
                _dated(event),
            ]
        case Kind.RELISTED:
            said = [f"A feed, sitemap or listing holds it again; it came back {when(event)}."]
        case Kind.RETRACTED:
            said = _retracted(story)
        case _:
            said = of_sites(story)
    still = reminders.sentence(story.reminder, [event]) if story.reminder else ""
    return tuple(s for s in (still, *said, *_phrases(event), *_kept(event)) if s)


def _reinstated(story: Story) -> list[str]:
    event, removal = story.event, story.removal
    said = [f"It is back: it answers with the article again, since some time {when(event)}."]
    if away(event):
        said.append(f"It was away for {away(event)}.")
    if removal is not None:
        by = f" ({reason.short})" if (reason := how(removal)) else ""
        said.append(f"It had gone{by} {when(removal)}, event {removal.id}.")
    elif event.removed_event is not None:
        said.append(f"Its removal was event {event.removed_event}.")
    return [*said, *_changes(story), silence(story)]


def _moved(story: Story) -> list[str]:
    event = story.event
    said = [
        f"The same article now lives at {one_line(event.moved_to or 'another address', 500)}."
        f" It left its old address {when(event)}."
    ]
    told = story.removal.id if story.removal else event.removed_event
    if told is not None:
        said.append(
            f"We had told of it as removed (event {told}); it was found at the new address."
        )
    if words_changed(event) or event.fields:
        said += [*_changes(story), silence(story)]
    return said


def _retracted(story: Story) -> list[str]:
    event, wrong = story.event, story.removal
    if wrong is not None:
        label = of(wrong).label.lower()
        said = [f"We were wrong: event {wrong.id}, “{label}” {when(wrong)}, is withdrawn."]
    else:
        said = [f"We were wrong: event {event.retracts} is withdrawn."]
    if event.why:
        said.append(f"Why: {as_sentence(one_line(event.why, 600))}")
    if event.by:
        said.append(f"Withdrawn by {one_line(event.by, 120)}.")
    # The last line of its evidence is what becomes of the post (decide/retraction.py).
    said += [f"{e[:1].upper()}{one_line(e[1:], 300)}." for e in event.evidence[-1:]]
    return said


def _changes(story: Story) -> list[str]:
    """How much changed, and of what."""
    event, diff = story.event, story.diff
    said = []
    if words_changed(event):
        text = f"{words_changed(event)}"
        if diff is not None and (gone := words_gone(event, diff)):
            text += f": {gone}"
        if same(event):
            text += f"; {same(event)}"
        said.append(f"{text}.")
    elif event.kind is Kind.REINSTATED and not event.fields:
        said.append("It is the same, word for word.")
    if event.fields:
        said.append(f"Changed: {', '.join(changed_parts(event))}.")
    return said


def silence(story: Story) -> str:
    """Whether the page says that it was changed; "" where we cannot tell or nothing changed."""
    event, diff = story.event, story.diff
    if event.silent is None:
        return ""
    if event.silent:
        return "The page says nothing of it: no update note, no newer modified date."
    if diff is not None and diff.notes_added:
        return f"The page says so: “{one_line(diff.notes_added[0], 300)}”"
    return "The page says so: it bears a new note or a newer modified date."


def dates_changed(diff: Diff | None) -> tuple[str, ...]:
    """Sentences where the page's dates were changed in a way that hides an edit; none otherwise."""
    said = []
    for change in diff.fields if diff else ():
        if change.name == "published_at" and change.before and change.after:
            said.append(_redated(change.before, change.after))
        if change.name == "modified_at" and change.before and change.after:
            try:
                if parse_rfc3339(change.after) < parse_rfc3339(change.before):
                    said.append("Its modified date moved back.")
            except ValueError:
                continue
    return tuple(said)


def _redated(before: str, after: str) -> str:
    days = shown_date(before), shown_date(after)
    one, other = days if days[0] != days[1] else (before, after)
    how = f"was moved {way}" if (way := moved(before, after)) else "was changed"
    return f"The date it bears {how}, from {one_line(one, 40)} to {one_line(other, 40)}."


def changed_parts(event: Event) -> list[str]:
    """The parts of the article that changed, by name; of its date which way it was moved."""
    way = date_moved(event)
    names = {"published_at": f"date (moved {way})"} if way else {}
    return [names.get(f) or FIELD_NAMES.get(f, f) for f in event.fields]


def _dated(event: Event) -> str:
    if not event.published_at:
        return ""
    return f"Dated {one_line(shown_date(event.published_at), 40)} by the page."


def _copy(event: Event) -> str:
    return "" if event.snapshot_before is None else "Its last copy is kept."


def _phrases(event: Event) -> list[str]:
    said = []
    for phrases, word in ((event.phrases_lost, "left"), (event.phrases_gained, "came")):
        if phrases:
            quoted = ", ".join(f"“{one_line(p, 120)}”" for p in phrases[:8])
            rest = f", and {len(phrases) - 8} more" if len(phrases) > 8 else ""
            said.append(f"Watched phrases that {word}: {quoted}{rest}.")
    return said


def _kept(event: Event) -> list[str]:
    return ["Imported from an archive; not observed by us."] if event.origin == "imported" else []


def look_line(look: LookRecord) -> str:
    """`the home page answered 200 (up)`: one look, without its time."""
    answer = "gave no answer" if look.status is None else f"answered {look.status}"
    rule = f" ({one_line(look.rule, 60)})" if look.rule else ""
    return f"{_ROLES[look.role]} {answer}{rule}"
