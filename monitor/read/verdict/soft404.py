"""Is it an error page sent as 200? Learned from the site first, then known by signs.

Learned: it equals what the site answers for a made-up address, or it is the home page. By signs: at
least two, and the known article not in the page; never a phrase alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from ...model import ErrorSample, Reason
from ..urls import folder
from .alike import dice, last_segment, urlsplit_path
from .broken import vaguely_away
from .case import GONE, STANDS, Case
from .said import Verdict, clipped, missing
from .signs import fold, phrases, saying, title_parts, total_weight, weight, words

#: Two pages answer alike: Dice of their words, address, numbers and tokens masked.
ALIKE = 0.8
#: With the chrome not known, two pages of one site are alike anyway; more is asked.
ALIKE_WITH_CHROME = 0.92
#: The same heading, not found elsewhere on the site, and this much of the words (teasers may rotate).
ALIKE_WITH_HEADING = 0.3
#: The page is the home page, or the listing.
IS_HOME = 0.7
IS_HOME_WITH_CHROME = 0.85
#: The home page differs from look to look by an advert or a heading, not by a sentence.
FRESH = 14
#: An error object is a few lines of JSON.
SMALL_DATA = 2_000
#: An error page says little.
THIN = 120
#: It says so at once: in its first blocks, before teasers of other posts.
EARLY = 3

_TOKEN = re.compile(r"\b(?=\w*\d)\w{2,}\b|\b[0-9a-f]{8,}\b|\d+")


def learned(case: Case) -> Verdict | None:
    """MISSING where the page equals what the site answers for an address that doesn't exist."""
    if case.page is None or case.stands or case.title_stays or case.prose_standing >= 0.5:
        return None
    if case.first and case.article_like:
        return None
    return _as_a_sample(case, list(_nearest_first(case)))


def shows_sample(case: Case) -> Verdict | None:
    """As `learned`, where what the site shows for any address is an article, and one in words like
    the known one's: it bears another title, and the very title of the made-up address."""
    page = case.page
    if page is None or case.first or not case.stands or case.title_stays or case.canonical_stays:
        return None
    if not case.known_titles or not page.title.strip() or case.standing >= 0.9:
        return None
    return _as_a_sample(
        case, [s for s in case.facts.errors if s.title == page.title and (s.status or 0) < 400]
    )


def _as_a_sample(case: Case, samples: list[ErrorSample]) -> Verdict | None:
    for sample in samples:
        if sample.status is not None and sample.status >= 400 and sample.status not in (404, 410):
            continue
        if equals_sample(case, sample):
            why = "the page equals what the site answers for a made-up address beside it"
            return missing("soft_404_learned", Reason.SOFT_404, why)
    return None


def _nearest_first(case: Case) -> list[ErrorSample]:
    here = folder(case.url)
    return sorted(case.facts.errors, key=lambda s: s.folder != here)


def equals_sample(case: Case, sample: ErrorSample) -> bool:
    """Whether page and sample are one error page."""
    assert case.page is not None
    chrome = case.chrome
    theirs = [_masked(b, sample.final_url) for b in sample.blocks if b not in chrome]
    ours = [_masked(b, case.url, case.final) for b in case.page.blocks if b not in chrome]
    if not theirs or not ours or sum(weight(t) for t in theirs) < 2:
        return False
    alike = _word_dice(ours, theirs)
    if alike >= (ALIKE if chrome else ALIKE_WITH_CHROME):
        return True
    same_title = _masked(sample.title, sample.final_url) == _masked(
        case.page.title, case.url, case.final
    )
    headings = {_masked(h, case.url, case.final) for h in case.page.h1} - case.chrome_folded
    same_heading = bool(headings) and headings <= set(theirs)
    return bool(chrome) and same_title and same_heading and alike >= ALIKE_WITH_HEADING


def _masked(text: str, *urls: str) -> str:
    """The folded text without addresses and their words, numbers and tokens: what differs each time."""
    text = fold(text)
    for url in urls:
        path = fold(unquote(urlsplit_path(url))).strip("/")
        slug = fold(last_segment(url))
        for form in (
            url.lower(),
            path,
            path.replace("/", "-"),
            slug,
            slug.replace("-", " "),
            slug.replace("_", " "),
        ):
            if len(form) >= 4:
                text = text.replace(form, " ")
    return " ".join(_TOKEN.sub(" ", text).split())


def _word_dice(a: Iterable[str], b: Iterable[str]) -> float:
    left = Counter(word for text in a for word in _words(text))
    right = Counter(word for text in b for word in _words(text))
    size = left.total() + right.total()
    return 2 * (left & right).total() / size if size and left and right else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+", text)


def data_says_so(case: Case) -> Verdict | None:
    """MISSING where JSON or a line of plain text, sent as 200, says that the post is not found."""
    if case.first or (case.page is not None and case.page.is_html):
        return None
    if len(case.answer.body) > SMALL_DATA:
        return None
    text = case.answer.body.decode("utf-8", "replace").strip()
    kind = case.answer.header("content-type").lower()
    said = _json_says_so(text) if text[:1] in ("{", "[") else ""
    if not said and kind.startswith("text/"):
        said = _line_says_so(text)
    if not said:
        return None
    return missing("soft_404_data", Reason.SOFT_404, f"sent as 200, it says “{clipped(said)}”")


def _line_says_so(text: str) -> str:
    return saying("not_found").titled(text) if weight(text) < 12 and "<" not in text else ""


def _json_says_so(text: str) -> str:
    """What of an error object says that nothing was found: its code, and the message beside it."""
    try:
        data = json.loads(text)
    except ValueError:
        return ""
    code, message = "", ""
    for name, value in _scalars(data, 4):
        if fold(name).replace("_", "") in (
            "code",
            "status",
            "statuscode",
            "errorcode",
            "httpstatus",
        ):
            if str(value) in ("404", "410") or fold(str(value)).replace("_", "") == "notfound":
                code = str(value)
        elif isinstance(value, str) and weight(value) < 30:
            message = message or saying("not_found").found(fold(value))
    return message or code if code else ""


def _scalars(data: object, depth: int) -> Iterator[tuple[str, object]]:
    """Name and value of everything in a JSON value that is no list and no object."""
    if isinstance(data, dict) and depth:
        for name, value in data.items():
            if isinstance(value, (dict, list)):
                yield from _scalars(value, depth - 1)
            else:
                yield str(name), value
    elif isinstance(data, list) and depth:
        for value in data[:20]:
            yield from _scalars(value, depth - 1)


def shows_home(case: Case) -> Verdict | None:
    """MISSING where the post's URL shows the home page or a listing, without a redirect."""
    page = case.page
    if page is None or case.first or case.stands or case.title_stays:
        return None
    furniture = case.facts.furniture
    for name, blocks in (("home page", case.home_blocks), ("listing", case.listing_blocks)):
        ours = [b for b in page.blocks if b not in furniture]
        theirs = [b for b in blocks if b not in furniture]
        floor = IS_HOME if furniture else IS_HOME_WITH_CHROME
        shown = frozenset(theirs)
        fresh = total_weight(b for b in ours if b not in shown)
        # a wall or a notice among the site's teasers says something of its own
        if len(theirs) >= 4 and fresh <= FRESH and dice(ours, theirs) >= floor:
            return missing(
                "shows_home",
                Reason.SOFT_404,
                f"its URL shows the site's {name} instead of the article",
            )
    return None


def by_signs(case: Case) -> Verdict | None:
    """MISSING where at least two signs say error page and the known article is not there."""
    page = case.page
    if page is None or case.stands or (case.first and _is_sound(case)):
        return None
    in_h1 = next((h for h in page.h1 if h in case.heads and saying("not_found").titled(h)), "")
    in_title = saying("not_found").titled(page.title) if page.title in case.heads else ""
    head = in_h1 or (page.title if in_title and not case.title_stays else "")
    if case.first:
        return _first(case, head)
    if not case.error_headed and case.prose_standing >= (STANDS if head else GONE):
        return None
    if head and not (vaguely_away(case) and _for_now(case)):
        return missing(
            "soft_404", Reason.SOFT_404, f"sent as 200, the page is headed “{clipped(head)}”"
        )
    early = any(weight(t) < 60 and saying("not_found").found(t) for t in case.own_folded[:EARLY])
    if case.title_stays or (case.new_weight > THIN and not early):
        return None
    said, marked = _said_in_text(case), _marked(case)
    signs = [
        bool(said),
        marked,
        page.noindex,
        _vague_head(case),
        bool(page.canonical) and not case.canonical_stays,
        case.new_weight <= THIN // 2,
        early,
    ]
    if (said and sum(signs) >= 2 and not _for_now(case)) or (marked and sum(signs) >= 3):
        quoted = f": “{clipped(said)}”" if said else ""
        return missing(
            "soft_404", Reason.SOFT_404, f"an error page stands there, sent as 200{quoted}"
        )
    return None


def _first(case: Case, head: str) -> Verdict | None:
    if not head:
        return None
    if not _marked(case) and not _said_in_text(case):
        return None
    return missing(
        "soft_404", Reason.SOFT_404, f"sent as 200, the page is headed “{clipped(head)}”"
    )


def _is_sound(case: Case) -> bool:
    """Whether a page that was never seen before holds too much for an error page."""
    return case.article_like or case.new_weight > THIN


def _said_in_text(case: Case) -> str:
    """What a short block of the page's own says of a page not found."""
    for block in case.own_folded:
        if weight(block) < 60:
            hit = saying("not_found").found(block)
            if hit:
                return hit
    return ""


def _marked(case: Case) -> bool:
    marks = words("error_pages", "markers")
    return case.page is not None and any(
        m in marks or m.split("__")[0] in marks for m in case.page.markers
    )


def _vague_head(case: Case) -> bool:
    vague = {fold(w) for w in words("error_pages", "vague")}
    return any(part.strip("!.…") in vague for head in case.heads for part in title_parts(head))


def _for_now(case: Case) -> bool:
    return case.own_weight < THIN and bool(phrases("temporary").all_found(case.own_folded))
