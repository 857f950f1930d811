"""Is the answer a page at all, and is it whole? Maintenance, error texts, half pages, default pages.

All of these are UNCLEAR: the server or the site is in trouble, and the post may be well.
"""

from __future__ import annotations

from .case import Case
from .said import Verdict, clipped, unclear
from .signs import Phrases, fold, phrases, saying, title_parts, weight, words

#: A maintenance or error page says little; the longest templates have some 100 words.
SHORT = 200
#: An error text that breaks a page off stands among its last blocks.
TAIL = 4


def maintenance(case: Case) -> Verdict | None:
    """UNCLEAR where title or heading says maintenance and little else is there."""
    if case.page is None or case.stands or (case.first and case.article_like):
        return None
    title = _titled(case, phrases("maintenance", "titles"))
    if not title or case.own_weight > SHORT:
        return None
    said = phrases("maintenance").all_found(case.own_folded)
    if len(said) < 2 and case.own_weight > 60:
        return None
    return unclear("maintenance", f"a maintenance page stands there: “{clipped(title)}”")


def default_page(case: Case) -> Verdict | None:
    """UNCLEAR where the server doesn't know the site, or the domain is parked, suspended or for sale."""
    if case.page is None or case.stands or (case.first and case.article_like):
        return None
    if case.title_stays or min(case.own_weight, case.page.words) > SHORT:
        return None
    title = _titled(case, phrases("default_pages", "titles"))
    said = phrases("default_pages").all_found(case.own_folded)
    if (title and (said or case.page.words < 25)) or len(said) >= 2:
        return unclear(
            "default_page", f"a server's default page stands there: “{clipped(title or min(said))}”"
        )
    parked = phrases("parked").all_found((*case.own_folded, *title_parts(case.page.title)))
    if len(parked) >= 2 or (parked and case.page.words < 80):
        return unclear("parked", f"the domain seems parked or for sale: “{clipped(min(parked))}”")
    return None


def empty(case: Case) -> Verdict | None:
    """UNCLEAR for a page without a body."""
    if case.answer.body.strip(b" \t\r\n\0"):
        return None
    return unclear("empty", "the page came without any content")


def not_html(case: Case) -> Verdict | None:
    """UNCLEAR for JSON, plain text, a file: anything but the HTML that a post is."""
    if case.page is not None and case.page.is_html:
        return None
    kind = case.answer.header("content-type").split(";")[0].strip() or "no type given"
    return unclear("not_html", f"the answer is no web page ({clipped(kind)})")


def cut_off(case: Case) -> Verdict | None:
    """UNCLEAR for a document that breaks off before the article's end.

    A site that never closes its tags ends all the same: with its footer, not inside the article.
    """
    page = case.page
    if page is None or not page.truncated:
        return None
    if case.known is not None and case.known.blocks and _has_end(case):
        return None
    last = page.blocks[-1] if page.blocks else ""
    if last and (last in case.facts.furniture or last in case.home_blocks[-3:]):
        return None
    if case.first and page.blocks and (case.article_like or not case.title):
        return None  # nothing to measure it by: the site may always end so; of a control page no text is kept
    return unclear("cut_off", "the page breaks off before its end")


def _has_end(case: Case) -> bool:
    """Whether the article's end stands, and something of the page behind it."""
    if case.known is None or case.page is None or not case.page.blocks:
        return False
    known = [b.key for b in case.known.blocks]
    blocks = frozenset(case.page.blocks)
    last = case.page.blocks[-1]
    broken_off = any(k == last or (len(last) > 20 and k.startswith(last)) for k in known)
    return not broken_off and any(k in blocks for k in known[-2:])


def error_text(case: Case) -> Verdict | None:
    """UNCLEAR where the page is, or ends in, the text of a server's error."""
    page = case.page
    if page is None or (case.first and case.article_like):
        return None
    if any(saying("not_found").titled(head) for head in case.heads):
        return None
    if case.end_gone and (case.title_stays or case.prose_standing > 0):
        own = frozenset(case.own)
        for block in page.blocks[-TAIL:]:
            hit = (
                phrases("errors").found(fold(block)) if block in own and weight(block) < 40 else ""
            )
            if hit:
                return unclear("error_text", f"the page breaks off with an error: “{clipped(hit)}”")
    if case.stands or page.words > 4 * SHORT:
        return None
    if any(weight(t) < 60 and saying("not_found").found(t) for t in case.own_folded):
        return None
    title = _titled(case, phrases("errors", "titles")) or _titled(case, phrases("errors"))
    said = {
        hit
        for block in case.own_folded
        if weight(block) < 40 and (hit := phrases("errors").found(block))
    }
    if (title and case.own_weight < SHORT) or (said and case.own_weight < 80):
        return unclear(
            "error_text",
            f"an error of the site's own stands there: “{clipped(title or min(said))}”",
        )
    return None


def elsewhere_only(case: Case) -> Verdict | None:
    """UNCLEAR where the page says that it is not shown in our country, or just now."""
    if case.page is None or case.stands or (case.first and case.article_like):
        return None
    if case.own_weight > SHORT:
        return None
    texts = [*case.own_folded, *(part for head in case.heads for part in title_parts(head))]
    geo = phrases("geo").all_found(texts)
    if geo:
        return unclear(
            "other_country",
            f"the page isn't shown where we look from: “{clipped(min(geo))}”",
            wall=True,
        )
    if any(saying("not_found").phrases.titled(head) for head in case.heads) and not vaguely_away(
        case
    ):
        return None
    now = phrases("temporary").all_found(texts)
    if now and not case.title_stays and vaguely_away(case):
        return unclear("temporary", f"the page says that this is for now: “{clipped(min(now))}”")
    now |= phrases("temporary", "again").all_found(texts)
    gone = saying("notice").phrases if case.title_stays else saying("not_found")
    if now and case.own_weight < 60 and not any(gone.found(t) for t in texts):
        return unclear("temporary", f"the page says that this is for now: “{clipped(min(now))}”")
    return None


def vaguely_away(case: Case) -> bool:
    """Whether a heading says no more than "not available", which may be for now."""
    stems = words("temporary", "stems")
    return any(stem in part for head in case.heads for part in title_parts(head) for stem in stems)


def _titled(case: Case, list_of: Phrases) -> str:
    for head in case.heads:
        hit = list_of.titled(head)
        if hit and not any(hit in known for known in case.known_titles):
            return hit
    return ""
