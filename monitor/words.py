"""How each kind and reason is said: label, glyph, tone, subject. A new kind or reason is a row here.

All wording lives here and in `templates/`, so a second language is a second table. Rules that
hold throughout: "edited, no note" and never "silently"; "is back" in sentences; numbers are gross.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from .model import Event, Kind, LookRecord, Reason, Role


class KindWords(Struct, frozen=True):
    """One kind of event as pages, mails and the terminal name it."""

    label: str
    glyph: str
    ascii: str  #: where the locale is not UTF-8
    tone: str  #: gone, changed, back or quiet: the only colours that carry meaning
    subject: str  #: with {site} and {title}


KINDS: dict[Kind, KindWords] = {
    Kind.PUBLISHED: KindWords("Published", "○", "o", "quiet", "{site} published: {title}"),
    Kind.EDITED: KindWords("Edited", "◇", "~", "changed", "{site} edited: {title}"),
    Kind.REMOVED: KindWords("Removed", "✕", "x", "gone", "{site} removed: {title}"),
    Kind.REINSTATED: KindWords("Reinstated", "▲", "^", "back", "{site} put back: {title}"),
    Kind.MOVED: KindWords("Moved", "➤", ">", "quiet", "{site} moved: {title}"),
    Kind.DELISTED: KindWords("Delisted", "⊘", "-", "quiet", "{site} delisted: {title}"),
    Kind.RELISTED: KindWords("Relisted", "⊙", "+", "quiet", "{site} lists again: {title}"),
    Kind.SITE_UNREACHABLE: KindWords("Unreachable", "▨", "!", "quiet", "{site} cannot be reached"),
    Kind.SITE_RECOVERED: KindWords(
        "Reachable again", "△", "^", "back", "{site} can be reached again"
    ),
    Kind.SOURCE_BROKEN: KindWords("Feed broken", "▨", "!", "quiet", "{site}: a feed broke"),
    Kind.SOURCE_RECOVERED: KindWords(
        "Feed works again", "△", "^", "quiet", "{site}: a feed works again"
    ),
    Kind.WATCH_STOPPED: KindWords(
        "We could not look", "▤", "!", "quiet", "postwatch could not look"
    ),
    Kind.WATCH_RESUMED: KindWords("We look again", "△", "^", "quiet", "postwatch looks again"),
    Kind.RETRACTED: KindWords(
        "Withdrawn by us",
        "↺",
        "<",
        "quiet",
        "Correction: what we said of {site} was wrong: {title}",
    ),
}

#: What can be done where a site is not seen, by why it is not.
ADVICE: dict[Reason, str] = {
    Reason.BLOCKED: (
        "A wall can be met with a slower pace (per_host_delay), with a real browser (render), through a"
        " proxy, or by writing to the site and asking."
    ),
    Reason.DISALLOWED: (
        "Its robots.txt forbids looking. Ask the site, or decide yourself whether to set"
        " respect_robots = false."
    ),
    Reason.DOWN: "Open it yourself: where you can see it and we cannot, it may be us it shuts out.",
}

#: The subject of a correction, by the kind of what is withdrawn.
CORRECTIONS: dict[Kind, str] = {
    Kind.PUBLISHED: "Correction: {site} did not newly publish {title}",
    Kind.EDITED: "Correction: {site} did not edit {title}",
    Kind.REMOVED: "Correction: {site} did not remove {title}",
    Kind.REINSTATED: "Correction: {site} did not put back {title}",
    Kind.MOVED: "Correction: {site} did not move {title}",
    Kind.DELISTED: "Correction: {site} did not delist {title}",
    Kind.RELISTED: "Correction: {site} did not list again {title}",
    Kind.SITE_UNREACHABLE: "Correction: {site} could be reached",
    Kind.SITE_RECOVERED: "Correction: {site} was not back",
    Kind.SOURCE_BROKEN: "Correction: no feed of {site} broke",
    Kind.SOURCE_RECOVERED: "Correction: the feed of {site} was not back",
    Kind.WATCH_STOPPED: "Correction: postwatch could look",
    Kind.WATCH_RESUMED: "Correction: postwatch did not look again",
}

EDITED_SILENTLY = KindWords(
    "Edited, no note", "◆", "*", "changed", "{site} edited, no note: {title}"
)


class ReasonWords(Struct, frozen=True):
    """One reason: short for rows, a sentence for mails and pages, and a subject where it has its own."""

    short: str
    sentence: str
    subject: str = ""


REASONS: dict[Reason, ReasonWords] = {
    Reason.NOT_FOUND: ReasonWords("404", "The page answers “not found” (404)."),
    Reason.GONE: ReasonWords("410", "The page answers “gone” (410)."),
    Reason.LEGAL: ReasonWords(
        "451, legal",
        "The page answers “unavailable for legal reasons” (451).",
        "{site} took down (legal, 451): {title}",
    ),
    Reason.RESTRICTED: ReasonWords(
        "locked",
        "The page now wants a login or is forbidden, while the rest of the site answers.",
        "{site} locked: {title}",
    ),
    Reason.SOFT_404: ReasonWords(
        "error page",
        "The address shows an error page, though it is sent as if all were well (200).",
        "{site} shows an error page: {title}",
    ),
    Reason.REDIRECTED: ReasonWords(
        "redirects away",
        "The address sends readers to another page that is not the article.",
        "{site} redirects away: {title}",
    ),
    Reason.TOMBSTONE: ReasonWords(
        "notice",
        "The article was replaced by a notice that it is gone.",
        "{site} replaced by a notice: {title}",
    ),
    Reason.REPLACED: ReasonWords(
        "another article",
        "Another article stands at the same address.",
        "{site} put another article at: {title}",
    ),
    Reason.DOWN: ReasonWords("down", "The site does not answer as it should."),
    Reason.BLOCKED: ReasonWords("blocked", "A bot wall stands between us and the site."),
    Reason.DISALLOWED: ReasonWords("disallowed", "The site's robots.txt now forbids looking."),
    Reason.NETWORK: ReasonWords("network", "Our own network failed: no site could be reached."),
    Reason.OVERDUE: ReasonWords("overdue", "Our checks fell far behind their schedule."),
    Reason.DISK: ReasonWords("disk", "No room was left on our disk."),
    Reason.STOPPED: ReasonWords("stopped", "postwatch was not running, or its machine slept."),
    Reason.RESTORED: ReasonWords(
        "restored",
        "The database was brought back from a backup: what it had kept since then is not in it.",
    ),
}

#: Rules by which a redirect was seen to lead to a login (read/verdict/redirects.py), and how that is said: to the
#: contract it is a redirect, to a reader the post is locked.
LOGIN_RULES = ("redirect_login", "refresh_login")
_TO_LOGIN = ReasonWords(
    "locked, a login page",
    "The address now sends its readers to a login page, while the rest of the site answers.",
    "{site} locked: {title}",
)

#: The parts of an article that may change.
FIELD_NAMES = {
    "text": "text",
    "title": "headline",
    "author": "byline",
    "published_at": "date",
    "modified_at": "modified date",
    "links": "link targets",
}

FORMS = {"feed": "feed", "sitemap": "sitemap", "listing": "listing", "none": "feed or listing"}

#: What people say of an event among themselves (store/marks.py).
MARKS = {"ack": "marked as seen", "dismiss": "dismissed", "note": "note"}


def of(event: Event) -> KindWords:
    """The words of an event: its kind's, but for an edit that says nothing of itself."""
    if event.kind is Kind.EDITED and event.silent:
        return EDITED_SILENTLY
    return KINDS[event.kind]


def locked(reason: Reason | None, looks: Sequence[LookRecord]) -> bool:
    """Whether a removed post is behind a lock: forbidden, or its address leads to a login. `looks`: those that
    found it missing, oldest first."""
    if reason is not Reason.REDIRECTED:
        return reason is Reason.RESTRICTED
    last = next((x for x in reversed(looks) if x.role is Role.POST), None)
    return last is not None and last.rule in LOGIN_RULES


def how(event: Event) -> ReasonWords | None:
    """The words of an event's reason; None where it has none."""
    if event.reason is Reason.REDIRECTED and locked(event.reason, event.looks):
        return _TO_LOGIN
    return REASONS[event.reason] if event.reason is not None else None


def subject(event: Event, withdrawn: Event | None = None) -> str:
    """The headline of an event, uncut: who did what to which post. `withdrawn`: what a `retracted`
    event takes back."""
    pattern = of(event).subject
    if withdrawn is not None:
        pattern = CORRECTIONS.get(withdrawn.kind, pattern)
    reason = how(event)
    if event.kind is Kind.REMOVED and reason is not None:
        pattern = reason.subject or pattern
    values = {"site": event.site or "", "title": event.title or event.url or ""}
    # One pass over the pattern alone, so that braces in a title stay what they are.
    return re.sub(r"\{(site|title)\}", lambda m: values[m[1]], pattern)
