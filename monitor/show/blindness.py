"""What is said of a site that can't be seen, of a feed that broke, and of ourselves when we could not look."""

from __future__ import annotations

from ..model import Kind, Reason
from ..units import shown_number
from ..words import REASONS
from .story import Story, away, when


def of_sites(story: Story) -> list[str]:
    """The sentences of fact of a `site_`, `source_` or `watch_` event."""
    event = story.event
    why = REASONS[event.reason].sentence if event.reason else ""
    over = event.kind in (Kind.SITE_RECOVERED, Kind.WATCH_RESUMED)
    keep = ""
    if story.post_count:
        many = "1 post" if story.post_count == 1 else f"{shown_number(story.post_count)} posts"
        its = "its" if story.post_count == 1 else "their"
        verb = "kept" if over else "keeps" if story.post_count == 1 else "keep"
        misses = "misses were" if over else "misses are"
        keep = f"{many} {verb} {its} state; {misses} not counted meanwhile."
    match event.kind:
        case Kind.SITE_UNREACHABLE:
            return [f"The site cannot be seen; this began {when(event)}.", why, keep]
        case Kind.SITE_RECOVERED:
            gone = f" It could not be seen for {away(event)}." if away(event) else ""
            back = f"The site can be seen again; it came back {when(event)}.{gone}"
            was = f"It had been {REASONS[event.reason].short}." if event.reason else ""
            return [back, was, *_missing(story), keep]
        case Kind.SOURCE_BROKEN:
            return [
                f"A feed, sitemap or listing stopped working {when(event)}, while the site answers.",
                why,
                keep,
            ]
        case Kind.SOURCE_RECOVERED:
            return [f"A feed, sitemap or listing works again; it came back {when(event)}.", why]
        case Kind.WATCH_STOPPED:
            blind = "Nothing that happened on the sites meanwhile was seen by us."
            return [f"We could not look; this began {when(event)}.", why, blind, keep]
        case _ if event.reason is Reason.RESTORED:
            after = "What is found changed now may have happened at any time in between."
            return [f"What we saw {when(event)} is lost to us.", why, after]
        case _:
            blind = f" We were blind for {away(event)}." if away(event) else ""
            after = "What is found changed now may have happened at any time in between."
            again = f"We look again; we could not {when(event)}.{blind}"
            return [again, why, *_missing(story), after, keep]


def _missing(story: Story) -> list[str]:
    """What is missing now that we see again, as far as it is known."""
    if story.missing_now is None:
        return []
    many = len(story.missing_now)
    if not many:
        return ["No post that was there before is missing so far."]
    posts = "1 post is" if many == 1 else f"{shown_number(many)} posts are"
    sure = sum(m.removed for m in story.missing_now)
    said = f"{posts} missing now that had been there before"
    if sure == many:
        return [f"{said}, and told of as removed."]
    if sure:
        return [f"{said}, {sure} of them told of as removed; the others are looked at again first."]
    each = "It is" if many == 1 else "Each is"
    return [f"{said}. {each} looked at again before it is called removed."]
