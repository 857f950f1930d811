"""How we know: the sentences that stand in an event's `evidence`, made from looks and controls."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from ..model import Event, LookRecord, PostState, Reason, Role, SiteView
from ..read.counted import BOTH, CHARACTERS, WORDS
from ..read.verdict import Verdict
from ..read.verdict.said import clipped
from ..units import shown_date, shown_duration, shown_number
from ..words import FIELD_NAMES
from .edits import Edit

if TYPE_CHECKING:
    from ..read.compare import Diff, FieldChange, LinkChange

_ROLES = {
    Role.HOME: "home page",
    Role.SIBLING: "sibling post",
    Role.MADE_UP: "a made-up sibling URL",
    Role.SOURCE: "feed, sitemap or listing",
    Role.ROBOTS: "robots.txt",
}

#: Hidden posts, and links, that are named one by one; characters of a headline or an address in a line.
NAMED, LONGEST = 10, 300
_COUNTED = re.compile(r"[\d,]+ (words?|characters?|characters and words) removed, [\d,]+ added")
_MOVED = "the published date was moved "
_ROBOTS = re.compile(r"robots\.txt (before|now): SHA-256 ([0-9a-f]{64})")


class Hidden(Struct, frozen=True):
    """What a robots.txt forbids us of a site, and which text says so. Hashes are "" for no text."""

    paths: tuple[str, ...]  #: of its Disallow lines
    urls: tuple[str, ...]  #: watched posts that it hides
    posts: int  #: watched posts in all
    before: str  #: SHA-256 of the robots.txt in force when the site was last seen
    now: str
    read_at: datetime | None
    seen_before: bool  #: the site was seen at some time, so `before` says what held then


def hidden_evidence(hidden: Hidden) -> tuple[str, ...]:
    """What stands behind `disallowed`: the lines that forbid, both texts by hash, the posts hidden."""
    lines = []
    if hidden.paths:
        lines.append("it says " + ", ".join(f"“Disallow: {p}”" for p in hidden.paths))
    many = shown_number(len(hidden.urls))
    lines.append(f"it hides {many} of {shown_number(hidden.posts)} posts, which keep their state")
    if hidden.before:
        lines.append(f"robots.txt before: SHA-256 {hidden.before}")
    elif hidden.seen_before:
        lines.append("before there was no robots.txt, or an empty one")
    else:
        lines.append("it has forbidden us to look from our first look on")
    if hidden.now:
        at = f", read at {_clock(hidden.read_at)}" if hidden.read_at else ""
        lines.append(f"robots.txt now: SHA-256 {hidden.now}{at}")
    lines += [f"hidden: {url}" for url in hidden.urls[:NAMED]]
    if len(hidden.urls) > NAMED:
        lines.append(f"hidden: and {shown_number(len(hidden.urls) - NAMED)} more")
    return tuple(lines)


def robots_named(event: Event) -> dict[str, str]:
    """SHA-256 of each robots.txt that an event names, by "before" and "now"; none for other events."""
    if event.reason is not Reason.DISALLOWED:
        return {}
    found = (_ROBOTS.match(line) for line in event.evidence)
    return {m[1]: m[2] for m in found if m is not None}


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _answered(record: LookRecord) -> str:
    return str(record.status) if record.status is not None else f"nothing ({record.rule})"


def control_evidence(site: SiteView) -> tuple[str, ...]:
    """One sentence for each control page that was looked at in the same pass."""
    return tuple(
        f"{_ROLES.get(r.role, r.role.value)} answered {_answered(r)}" for r in site.control
    )


def missing_evidence(state: PostState, verdict: Verdict, site: SiteView) -> tuple[str, ...]:
    """What stands behind `removed`: each look summed up, the rule that decided, the controls."""
    first, last = state.looks[0], state.looks[-1]
    span = shown_duration(last.at - first.at)
    looks = f"{state.misses} look{'' if state.misses == 1 else 's'} over {span}"
    lines = [
        f"{_answered(last)} at {_clock(last.at)} ({looks})",
        verdict.why,
    ]
    if len({r.rule for r in state.looks}) > 1:
        lines.append("the looks differed: " + ", ".join(dict.fromkeys(r.rule for r in state.looks)))
    return (*lines, *control_evidence(site))


def moved_evidence(
    state: PostState, verdict: Verdict, site: SiteView, target: str
) -> tuple[str, ...]:
    """What stands behind `moved`: how the old address answers, where the same article was read."""
    lines = [verdict.why, f"the same article was read at {target}"]
    if state.looks:
        n = len(state.looks)
        lines.append(f"seen in {n} look{'' if n == 1 else 's'} since {_clock(state.looks[0].at)}")
    return (*lines, *control_evidence(site))


def return_evidence(state: PostState, edit: Edit | None, at: datetime) -> tuple[str, ...]:
    """What stands behind `reinstated`."""
    lines = [f"the article was read again at {_clock(at)}"]
    if state.last_missing_at is not None:
        lines.append(f"it was last found missing at {_clock(state.last_missing_at)}")
    if edit is None:
        lines.append("its text is the one read before the removal")
    else:
        lines += edit_evidence(edit)
    return tuple(lines)


def field_changed(change: FieldChange) -> str:
    """`its headline was “a”, is “b”`: what became of a field, in a clause."""
    what, before, after = FIELD_NAMES.get(change.name, change.name), change.before, change.after
    if change.name.endswith("_at") and shown_date(before) != shown_date(after):
        before, after = shown_date(before), shown_date(after)
    if not before:
        return f"it had no {what}, and has “{clipped(after, LONGEST)}”"
    if not after:
        return f"its {what} “{clipped(before, LONGEST)}” is gone"
    return f"its {what} was “{clipped(before, LONGEST)}”, is “{clipped(after, LONGEST)}”"


def link_changed(change: LinkChange) -> str:
    """`the link on “here” led to a, and leads to b`."""
    was, now = (clipped(url, LONGEST) or "nowhere" for url in (change.before, change.after))
    return f"the link on “{clipped(change.text)}” led to {was}, and leads to {now}"


def edit_evidence(edit: Edit) -> tuple[str, ...]:
    """What stands behind `edited`: which parts changed, and what the page says of it."""
    change = edit.diff
    lines = [f"changed: {', '.join(FIELD_NAMES.get(f, f) for f in change.changed)}"]
    if change.words_removed or change.words_added:
        lines.append(_counted(change))
    lines += [field_changed(f) for f in change.fields]
    links = [x for block in change.blocks for x in block.links]
    lines += [link_changed(x) for x in links[:NAMED]]
    if len(links) > NAMED:
        lines.append(f"and {shown_number(len(links) - NAMED)} more links led elsewhere than before")
    lines += [f"note: {text}" for text in edit.diff.notes_added]
    if edit.silent:
        lines.append("no update note, and no newer modified date")
    if edit.published_moved:
        lines.append(f"{_MOVED}{edit.published_moved}")
    return tuple(lines)


def date_moved(event: Event) -> str:
    """Which way an event's published date was moved: "back" or "forward"; "" not known."""
    found = (e.removeprefix(_MOVED) for e in event.evidence if e.startswith(_MOVED))
    return next((way for way in found if way in ("back", "forward")), "")


def counted_in(event: Event) -> str:
    """What an event's `words_added` and `words_removed` count: words, characters, or both."""
    for line in event.evidence:
        if (found := _COUNTED.match(line)) is not None:
            return {"w": WORDS}.get(found[1][0], BOTH if found[1] == BOTH else CHARACTERS)
    return WORDS


def _counted(diff: Diff) -> str:
    """`1 word removed, 12 added, 20 more in its note`: what is counted is said, here alone for good."""
    went, came = shown_number(diff.words_removed), shown_number(diff.words_added)
    unit = diff.unit.removesuffix("s") if went == "1" and diff.unit != BOTH else diff.unit
    noted = f", {shown_number(diff.words_noted)} more in its note" if diff.words_noted else ""
    return f"{went} {unit} removed, {came} added{noted}"
