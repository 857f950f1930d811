"""Where does the post's URL send its reader: to the same article elsewhere, or away from it?

A move is told by the article itself, never by the address. Slash, scheme and `www.` make no move.
Captcha, consent and region pages were told apart before (walls.py).
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from ...model import Reason, Seen
from ..page import refresh_of
from ..urls import folder, same_host
from .alike import last_segment, place
from .case import TINY, Case
from .said import Verdict, clipped, missing, present, unclear
from .signs import phrases, saying, words
from .walls import leads_to_wall, returns_to_post

#: Two articles at two addresses are one from this likeness on, whatever their titles.
SAME_ARTICLE = 0.6
#: With the title kept, this much of the text is enough.
SAME_WITH_TITLE = 0.3
#: Under another date: only more of it is; at the address of another post, only all of it.
SAME_OTHER_DATE = 0.75
VERY_SAME = 0.98
#: Path parts that lists of posts end in, or that one more part behind them makes a list.
_GROUPS = frozenset(
    "category categories tag tags topic topics archive archives author authors kategorie kategorien "
    "thema themen schlagwort categorie etiquette categoria categorias etiqueta tema argomenti "
    "onderwerp amne kategoria kategori".split()
)
_LISTS = _GROUPS | frozenset(
    "blog blogs news newsroom press stories articles insights posts updates magazine actualites actus "
    "noticias notizie nieuws nyheter aktualnosci haberler search products services about contact "
    "company".split()
)
#: A page that only sends the reader on has next to no text.
PASSING = 60
#: A meta refresh later than this reloads a page that is meant to be read.
SOON = 30.0


def redirect(case: Case) -> Verdict | None:
    """ELSEWHERE for a move, MISSING for a redirect away, UNCLEAR where neither is sure."""
    if not case.redirected or case.page is None:
        return None
    target = case.site_place(case.final)
    to = clipped(case.final)
    if case.first:
        return _first(case, target, to)
    if target in ("", "post") and is_same_article(case, strictly=target == "post"):
        why = f"it redirects to {to}, where the same article stands"
        return Verdict(Seen.ELSEWHERE, "moved", why, moved_to=case.final)
    if target == "home":
        return missing("redirect_home", Reason.REDIRECTED, f"it redirects to the home page ({to})")
    if target == "listing":
        return missing("redirect_listing", Reason.REDIRECTED, f"it redirects to a listing ({to})")
    if target == "post":
        return missing(
            "redirect_other_post", Reason.REDIRECTED, f"it redirects to another post ({to})"
        )
    if is_login(case, case.final):
        return missing("redirect_login", Reason.REDIRECTED, f"it redirects to a login page ({to})")
    if target == "sink" or _as_made_up(case):
        why = f"it redirects where the site sends addresses that don't exist ({to})"
        return missing("redirect_sink", Reason.REDIRECTED, why)
    return _elsewhere(case, to)


def _elsewhere(case: Case, to: str) -> Verdict:
    """Of a redirect to a page that the site's sources don't name."""
    assert case.page is not None
    if "aspxerrorpath" in case.final.lower():
        return unclear("server_error", f"the server sends its error page ({to})")
    if _is_error_page(case):
        return missing(
            "redirect_error_page", Reason.REDIRECTED, f"it redirects to an error page ({to})"
        )
    if returns_to_post(case.final, case.url):
        return unclear(
            "interstitial", f"a page stands before the post that leads back to it ({to})", wall=True
        )
    if is_other_language(case):
        return unclear("other_language", f"it redirects to a page in another language ({to})")
    if case.page.truncated and case.new_weight < TINY:
        return unclear("cut_off", "the page it redirects to breaks off before its end")
    if case.title_stays and not any(saying("notice").found(t) for t in case.text_folded):
        if case.other_date and max(case.alike, case.standing) < SAME_WITH_TITLE:
            why = f"it redirects to another post of the same title ({to})"
            return missing("redirect_other_post", Reason.REDIRECTED, why)
        if case.other_date:
            return unclear("namesake", f"it redirects to an article of the same title ({to})")
        if case.new_weight >= TINY:
            why = f"it redirects to {to}, where an article of the same title stands"
            return Verdict(Seen.ELSEWHERE, "moved", why, moved_to=case.final)
        return unclear("no_text", f"it redirects to {to}, where the title stands without its text")
    if is_list_of_posts(case.final, case.url):
        return missing(
            "redirect_listing",
            Reason.REDIRECTED,
            f"it redirects to a page of the site that lists others ({to})",
        )
    if case.page.words < 5:
        return unclear("no_text", f"it redirects to {to}, which shows no text")
    return missing("redirect_other_page", Reason.REDIRECTED, f"it redirects to another page ({to})")


def _first(case: Case, target: str, to: str) -> Verdict:
    assert case.page is not None
    away = (
        target in ("home", "listing", "sink") or is_login(case, case.final) or _is_error_page(case)
    )
    if not away and (case.article_like or case.new_weight >= TINY):
        return present("first_look", f"an article stands at {to}, where it redirects")
    return unclear("first_redirect", f"the first look was redirected to {to}")


def is_same_article(case: Case, *, strictly: bool = False) -> bool:
    """Whether the page at the end of a redirect is the known article."""
    if case.known_weight < TINY:
        return case.title_stays and (
            case.known_weight < 8 or case.standing >= 0.5 or case.alike >= 0.5
        )
    if case.other_date:  # the next number of a series is no new address of the last
        return case.alike >= (VERY_SAME if strictly else SAME_OTHER_DATE)
    if case.alike >= SAME_ARTICLE:
        return case.title_stays or not strictly or case.alike >= 0.8
    if case.title_stays:
        return case.standing >= 0.5 or case.alike >= SAME_WITH_TITLE
    return not strictly and case.standing >= 0.8


def is_login(case: Case, url: str) -> bool:
    """Whether a page asks for a login: by its address, or by form and heading."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    marks = words("login", "segments")
    segments = [unquote(s).lower() for s in parts.path.split("/") if s]
    by_address = len(segments) <= 3 and any(
        s in marks or s.split(".")[0] in marks for s in segments
    )
    host = (parts.hostname or "").lower()
    by_address = by_address or (
        not same_host(url, case.url) and host.split(".")[0] in words("login", "hosts")
    )
    page = case.page
    headed = page is not None and any(phrases("login", "titles").titled(h) for h in case.heads)
    form = page is not None and page.password_form
    return (
        (by_address and (form or headed or page is None))
        or (form and headed)
        or (by_address and case.new_weight < 40)
    )


def is_other_language(case: Case) -> bool:
    """Whether the page is in another language than the known article."""
    if case.page is None or case.article is None:
        return False
    here = case.page.article.language or case.page.language
    known = case.article.language
    return bool(here and known) and here[:2].lower() != known[:2].lower()


def is_list_of_posts(url: str, post_url: str) -> bool:
    """Whether an address is above the post's own, or of the kind that lists posts."""
    if not same_host(url, post_url):
        return False
    path = unquote(urlsplit(url).path).lower()
    above = folder(post_url).lower()
    if above.startswith(path.rstrip("/") + "/"):
        return True
    parts = [p for p in path.split("/") if p]
    return bool(parts) and (parts[-1] in _LISTS or (len(parts) > 1 and parts[-2] in _GROUPS))


def _is_error_page(case: Case) -> bool:
    segments = words("error_pages", "segments")
    path = unquote(urlsplit(case.final).path).lower()
    by_address = any(part in segments for part in path.split("/") if part)
    by_title = any(saying("not_found").titled(head) for head in case.heads)
    return by_title or (by_address and not case.title_stays)


def _as_made_up(case: Case) -> bool:
    here = place(case.final)
    return any(
        sample.final_url
        and place(sample.final_url) == here
        and (sample.status or 0) < 400
        and last_segment(sample.final_url) != ""
        and not sample.final_url.rstrip("/").endswith(case.slug or "/")
        for sample in case.facts.errors
    )


def refresh(case: Case) -> Verdict | None:
    """As `redirect`, for a refresh (meta or header) or a script that leaves a page with little text.

    Where it leads was not fetched: `moved_to` says where, and a caller may look.
    """
    page = case.page
    if page is None or case.stands:
        return None
    to = page.script_to
    sent = page.refresh or refresh_of(case.answer.header("refresh"), case.final)
    if sent is not None and sent[0] <= SOON:
        to = sent[1]
    if not to or min(page.words, case.own_weight) > PASSING:
        return None
    shown = clipped(to)
    if place(to) == place(case.url) or place(to) == place(case.final):
        return unclear("reload", "the page only loads itself again", wall=True)
    if leads_to_wall(to, case.url):
        return unclear(
            "wall_redirect",
            f"the page sends its reader to a captcha or consent page ({shown})",
            wall=True,
        )
    if case.first:
        return unclear("first_redirect", f"the page sends its reader to {shown}")
    target = case.site_place(to)
    if is_login_address(to):
        return missing(
            "refresh_login",
            Reason.REDIRECTED,
            f"the page sends its reader to a login page ({shown})",
            to=to,
        )
    if target in ("home", "listing", "sink") or is_list_of_posts(to, case.url):
        what = "the home page" if target == "home" else "a listing"
        return missing(
            "refresh_away", Reason.REDIRECTED, f"the page sends its reader to {what} ({shown})"
        )
    if returns_to_post(to, case.url):
        return unclear(
            "interstitial",
            f"a page stands before the post that leads back to it ({shown})",
            wall=True,
        )
    return missing(
        "refresh_elsewhere",
        Reason.REDIRECTED,
        f"the page sends its reader to another page ({shown})",
        to=to,
    )


def is_login_address(url: str) -> bool:
    """Whether the path of a URL names a login."""
    marks = words("login", "segments")
    return any(s in marks for s in unquote(urlsplit(url).path).lower().split("/") if s)
