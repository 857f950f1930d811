"""Is the article there? By what is known of it, at the first look by what a post looks like.

Asked before any rule of phrases: an article about error pages is an article. A paywall or half a
page that shows the beginning is PRESENT but `cut`: neither a removal nor an edit.
"""

from __future__ import annotations

from ...model import Seen
from .alike import dice
from .case import STANDS, TINY, Case
from .redirects import is_login
from .said import Verdict, clipped, present, unclear
from .signs import fold, phrases, saying, weight, words

#: With so much of the article standing, a missing end is an edit, not a cut.
NEARLY_ALL = 0.97
#: Documents that blogs and newsrooms list among their posts.
_DOCUMENTS = frozenset(
    "application/pdf application/msword application/epub+zip application/rtf "
    "application/vnd.oasis.opendocument.text "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document".split()
)
#: A block that begins as a known block does, and breaks off, must have this many bytes of UTF-8: a
#: Chinese character has three, and says as much as so many letters.
OPENING = 24


def same_article(case: Case) -> Verdict | None:
    """PRESENT where the page was read as the very article that is known: title, byline, dates, words
    and link targets. Furniture alone differs, and no other rule need be asked."""
    known, page = case.article, case.page
    if case.answer.status != 200 or case.redirected:
        return None
    if known is None or page is None or page.truncated:
        return None
    if not known.digest or page.article.digest != known.digest or known.words < TINY:
        return None
    return present("same_article", "the article is there, word for word")


def file_there(case: Case) -> Verdict | None:
    """PRESENT where the post is a document for download and one stands at its address.

    Its words are not read: it is watched for being there.
    """
    if case.answer.status != 200 or case.redirected or (case.page and case.page.is_html):
        return None
    if case.article is not None and case.article.blocks:
        return None  # a page gave way to a file: nothing is known of that
    kind = case.answer.header("content-type").split(";")[0].strip().lower()
    if kind not in _DOCUMENTS and not case.answer.body.startswith(b"%PDF-"):
        return None
    return present("file_there", f"a document stands there ({clipped(kind)})")


def article_there(case: Case) -> Verdict | None:
    """PRESENT where the known article's text is in the page."""
    if not case.stands:
        return None
    if case.standing < NEARLY_ALL and case.end_gone and (paywall_said(case) or _ends_in_dots(case)):
        return present("paywall", "the article is there, cut by a paywall", cut=True)
    stands = case.standing
    if stands < STANDS:
        # Else it says enough: to tell how alike the two are costs as much as all the rest.
        stands = max(stands, case.alike)
    share = f"{round(100 * stands)} % of its known text"
    return present("article_there", f"the article is there ({share})")


def first_look(case: Case) -> Verdict | None:
    """At the first look: PRESENT for a page with the title or the text of an article."""
    if not case.first or case.page is None:
        return None
    page = case.page
    if dice(page.blocks, case.home_blocks) >= 0.85 and len(page.blocks) >= 4:
        return unclear("first_look", "the first look showed the home page")
    if case.new_weight < TINY and is_login(case, case.final):
        return unclear("first_look", "the first look showed a login page")
    if case.article_like or page.article.words >= TINY or (page.og_type == "article" and page.h1):
        return present("first_look", "an article stands there")
    if case.canonical_stays and page.h1 and page.article.words >= 5:
        return present("first_look", "an article stands there")
    return unclear("first_look", "the first look showed no article")


def paywall(case: Case) -> Verdict | None:
    """PRESENT, cut: the beginning of the article stands, or its title, with a paywall's words."""
    if case.page is None or case.first or case.stands or not case.end_gone:
        return None
    said = paywall_said(case)
    begun = begins(case)
    notice = saying("notice")
    fresh = [t for t in case.text_folded if weight(t) < 90]
    # beside a paywall's words, "not available" means: not for you
    noticed = any((notice.phrases.found if said else notice.found)(t) for t in fresh)
    if begun and said and not (noticed and case.prose_standing < 0.1):
        return present(
            "paywall", f"the article begins there and is cut: “{clipped(said)}”", cut=True
        )
    if begun and _ends_in_dots(case) and not noticed:
        return present("paywall", "the article begins there and breaks off with dots", cut=True)
    if said and case.title_stays and not noticed and case.new_weight < 150:
        return present("paywall", f"its title stands before a paywall: “{clipped(said)}”", cut=True)
    return None


def edited_heavily(case: Case) -> Verdict | None:
    """PRESENT where little of the text is left, but the page is that article by name and by more."""
    page = case.page
    if page is None or case.article is None:
        return None
    share = max(case.standing, case.prose_standing, case.alike)
    if case.title_stays and (case.new_weight >= TINY or share >= 0.15):
        return present(
            "rewritten", "the article is there under its title, much of its text changed"
        )
    if case.another:
        return None
    same_facts = case.same_date and case.same_author
    if share >= 0.25 and (case.canonical_stays or same_facts or share >= 0.5):
        return present("rewritten", "much of the article is there, under another title")
    if same_facts and case.new_weight >= TINY:
        return present("rewritten", "an article of the same date and author is there, rewritten")
    return None


def begins(case: Case) -> bool:
    """Whether the page has the opening of the known article: its first prose, whole or broken off."""
    if case.page is None or not case.prose:
        return False
    opening = case.prose[0].key
    for block in case.page.blocks:
        bare = block.rstrip(" .…[]")
        if block == opening or (len(bare.encode()) >= OPENING and opening.startswith(bare)):
            return True
    return False


def paywall_said(case: Case) -> str:
    """The words or the mark of a paywall that the known article did not have; "" for none."""
    if case.page is None:
        return ""
    known = frozenset(fold(b.key) for b in case.article.blocks) if case.article else frozenset()
    for block in case.own_folded:
        if weight(block) < 60 and block not in known:
            hit = phrases("paywall").found(block)
            if hit:
                return hit
    marks = words("paywall", "markers")
    if case.standing < 0.6:
        return next((m for m in case.page.markers if any(mark in m for mark in marks)), "")
    return ""


def _ends_in_dots(case: Case) -> bool:
    """Whether a known block stands in the page broken off with an ellipsis."""
    if case.page is None or case.article is None:
        return False
    known = [b.key for b in case.prose]
    standing = frozenset(case.page.blocks)
    for block in case.page.blocks:
        bare = block.rstrip(" .…[]")
        if block != bare and len(bare.encode()) >= OPENING and block.endswith(("...", "…", "]")):
            if any(k.startswith(bare) and k not in standing for k in known):
                return True
    return False


def nothing_known(case: Case) -> Verdict | None:
    """PRESENT for a post that never had text of its own to compare (pictures, a film) and has its name."""
    if case.article is None or case.page is None or case.known_weight >= 8:
        return None
    if case.title_stays or case.canonical_stays:
        return Verdict(Seen.PRESENT, "article_there", "the page still bears the post's name")
    return None
