"""Does a bot wall, a captcha, a consent page or a country choice stand before the article?

Told by headers first, then by where a redirect leads, then by signs of the page. Never where the
known article stands in the page, and never by a phrase alone: a captcha in a comment form, a cookie
banner or an article about captchas is no wall. Nothing may be concluded from a wall.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from ..page import Page
from .case import Case
from .said import Verdict, clipped, unclear
from .signs import (
    Phrases,
    captcha_signatures,
    fold,
    phrases,
    saying,
    strong_signatures,
    weight,
    words,
)

#: A challenge or block page has little text of its own; the longest seen (consent pages) have 250 words.
SHORT = 300
#: A refusal told in a code or a line of data.
FEW = 8
#: A block page without any heading has no more than a sentence or two.
BARE = 40
#: A block page of Akamai is under 1 KiB, of AWS's load balancer under 200 bytes (EDGI's capture quality).
SMALL_BODY = 4_096
_BLOCKING = frozenset({401, 403, 405, 406, 429, 503})
_PARTNERS = re.compile(
    r"\b\d{2,4}\s+(?:\w+\s+)?(?:partner|vendor|socio|parceir|tercero|fournisseur)"
)
_RETURN_TO = re.compile(
    r"(?i)^(next|continue|return|return_?to|return_?url|redirect|redirect_?(to|uri|url)|back|from|dest|destination|goto|origin|orig|ref|referer|referrer|url|u|target|path|rd|r|to)$"
)


def wall_header(case: Case) -> Verdict | None:
    """UNCLEAR where a header of the answer says that a wall gave it."""
    answer, status = case.answer, case.answer.status or 0
    if case.stands:
        return None
    named = ""
    server = answer.header("server").lower()
    short = len(answer.body) < SMALL_BODY
    if answer.header("cf-mitigated"):
        named = f"Cloudflare (cf-mitigated: {answer.header('cf-mitigated')})"
    elif answer.header("x-amzn-waf-action"):
        named = f"AWS WAF (x-amzn-waf-action: {answer.header('x-amzn-waf-action')})"
    elif answer.header("x-vercel-mitigated"):
        named = f"Vercel (x-vercel-mitigated: {answer.header('x-vercel-mitigated')})"
    elif answer.header("sg-captcha"):
        named = "SiteGround (sg-captcha)"
    elif answer.header("x-sucuri-block"):
        named = "Sucuri (x-sucuri-block)"
    elif answer.header("x-kpsdk-ct") and status in _BLOCKING:
        named = "Kasada (x-kpsdk-ct)"
    elif status in _BLOCKING:
        named = _vendor_of_block(case, server, short)
    elif short and _names_imperva(case) and b"_incapsula_resource" in case.body_lower:
        named = "Imperva (x-iinfo)"
    if not named:
        return None
    return unclear(
        "wall_header", f"a bot wall answers instead of the page: {clipped(named)}", wall=True
    )


def _vendor_of_block(case: Case, server: str, short: bool) -> str:
    """The wall that a 403 or its like comes from, by headers that ordinary answers carry too."""
    answer = case.answer
    if answer.header("x-datadome") or answer.header("x-dd-b") or "datadome" in _cookies(case):
        return "DataDome (x-datadome)"
    if any(
        name.startswith(("x-px", "x-human-")) for name, _ in answer.headers
    ) or "_px" in _cookies(case):
        return "HUMAN (PerimeterX)"
    if server.startswith("akamaighost") and short:
        return "Akamai (AkamaiGHost)"
    if server.startswith("awselb") and short:
        return "AWS load balancer"
    if server.startswith("cloudfront") and answer.header("x-cache").lower().startswith("error"):
        return "CloudFront (x-cache: error)"
    if server.startswith(
        ("ddos-guard", "qrator", "sucuri", "cloudproxy", "stackpath", "wallarm", "myracloud")
    ):
        return server
    if answer.header("x-sucuri-id") and short and b"sucuri" in case.body_lower:
        return "Sucuri (x-sucuri-id)"
    if _names_imperva(case) and short and not _names_own_server(case):
        return "Imperva (x-iinfo)"
    return ""


def _names_imperva(case: Case) -> bool:
    cdn = case.answer.header("x-cdn").lower()
    return bool(case.answer.header("x-iinfo")) or "incapsula" in cdn or "imperva" in cdn


def _names_own_server(case: Case) -> bool:
    """A plain error page of the site's own server, passed on."""
    return any(name in case.body_lower for name in (b"<center>nginx", b"<address>apache", b"iis "))


def _cookies(case: Case) -> str:
    return " ".join(v.lower() for k, v in case.answer.headers if k == "set-cookie")


def wall_redirect(case: Case) -> Verdict | None:
    """UNCLEAR where the reader was sent to a captcha, consent, region or "come back after" page."""
    if not case.redirected or case.stands:
        return None
    why = leads_to_wall(case.final, case.url)
    if not why and case.site_place(case.final) == "" and is_country_choice(case):
        why = "a country choice"
    if not why:
        return None
    return unclear("wall_redirect", f"it redirects to {why} ({clipped(case.final)})", wall=True)


def leads_to_wall(url: str, post_url: str) -> str:
    """What stands at a URL that a reader of the post is sent to: "a captcha or consent page", or ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    if host.endswith(tuple(words("walls", "host_ends"))):
        return "a bot wall"
    own_host = (urlsplit(post_url).hostname or "").lower()
    if host != own_host and host.split(".")[0] in words("walls", "hosts"):
        return "a captcha or consent page"
    segments = [unquote(s).lower() for s in parts.path.split("/") if s]
    # A post of that name has more before it than a language: /blog/captcha is an address like others.
    marked = [s.split(".")[0] for s in segments] + segments
    if len(segments) <= 3 and any(s in words("walls", "segments") for s in marked):
        return "a captcha, consent or region page"
    return ""


def returns_to_post(url: str, post_url: str) -> bool:
    """Whether a URL carries the post's address as the place to come back to."""
    path = unquote(urlsplit(post_url).path).rstrip("/")
    if len(path) < 2:
        return False
    return any(
        _RETURN_TO.match(name) and path in unquote(value)
        for name, value in parse_qsl(urlsplit(url).query)
    )


def is_country_choice(case: Case) -> bool:
    """Whether the page asks the reader for a region, a country or a language."""
    return any(phrases("consent", "titles").titled(h) for h in case.heads)


def wall_page(case: Case) -> Verdict | None:
    """UNCLEAR where the signs of the page say wall: signatures, or title and text together."""
    if case.page is None or not case.page.is_html or case.page.words < FEW:
        told = _wall_without_page(case)
        if told is not None or case.page is None:
            return told
    if case.stands or _is_the_article(case):
        return None
    if (case.answer.status or 0) >= 500 and case.answer.status not in _BLOCKING:
        return None  # a network's own page for a server that fails (502, 520-530) blocks nobody
    if _is_long(case, case.page):
        return None
    title = _titled(case, phrases("walls", "titles"))
    said = phrases("walls").all_found((*case.own_folded, *_short_heads(case)))
    said = {p for p in said if not any(p in known for known in case.known_titles)}
    blocking = (case.answer.status or 0) in _BLOCKING
    not_found = any(saying("not_found").titled(h) for h in case.heads)
    strong = next((s for s in strong_signatures() if s in case.body_lower), b"")
    if strong and (title or said or case.page.words < 80 or blocking):
        return _wall(case, f"its source holds {strong.decode()}", title)
    if not_found:
        return None
    captcha = any(s in case.body_lower for s in captcha_signatures())
    if title and (said or captcha or (blocking and _bare_block(case))):
        return _wall(case, f"it says “{clipped(title)}”", title)
    if len(said) >= 2 and case.own_weight < 150:
        return _wall(case, f"it says “{clipped(sorted(said)[0])}”", title)
    if said and (captcha or blocking) and case.own_weight < 150:
        return _wall(case, f"it says “{clipped(sorted(said)[0])}”", title)
    if title and case.page.words < 40 and 200 <= (case.answer.status or 0) < 300:
        return _wall(case, f"it says no more than “{clipped(title)}”", title)
    asked = "" if case.title_stays else _asks_for_a_human(case)
    return _wall(case, f"it says “{clipped(asked)}”", title) if asked else None


def _asks_for_a_human(case: Case) -> str:
    """The block among the page's first own ones that asks the reader about robots and humans."""
    for block in case.own_folded[:6]:
        if weight(block) < 45 and phrases("walls", "humans").found(block):
            if phrases("walls", "please").found(block):
                return block
    return ""


def _bare_block(case: Case) -> bool:
    """A 403 that names neither the site's own server nor a way in, in words only walls use."""
    return bool(phrases("walls").all_found(case.own_folded))


def consent_page(case: Case) -> Verdict | None:
    """UNCLEAR where a consent, age or country question is all the page has."""
    if case.page is None or case.stands or _is_the_article(case) or _is_long(case, case.page):
        return None
    title = _titled(case, phrases("consent", "titles"))
    said = phrases("consent").all_found(case.own_folded)
    partners = any(_PARTNERS.search(block) for block in case.own_folded)
    if any(saying("not_found").titled(h) for h in case.heads):
        return None
    if title and (len(said) >= 2 or partners or case.own_weight < 60):
        return unclear(
            "consent_page",
            f"a question of consent or country stands there: “{clipped(title)}”",
            wall=True,
        )
    # Without a heading of its own: nothing else may be on the page.
    if (len(said) >= 3 or (partners and said)) and not case.title_stays and not case.page.h1:
        return unclear(
            "consent_page",
            f"a question of consent stands there: “{clipped(sorted(said)[0])}”",
            wall=True,
        )
    return None


def _wall(case: Case, sign: str, title: str) -> Verdict:
    name = f"“{clipped(title)}”, " if title and title not in sign else ""
    return unclear("wall_page", f"a bot wall or captcha stands there: {name}{sign}", wall=True)


def _wall_without_page(case: Case) -> Verdict | None:
    """A block told in plain text or JSON: Cloudflare's "error code: 1020", DataDome's captcha URL."""
    if not case.answer.body or len(case.answer.body) > SMALL_BODY:
        return None
    strong = next((s for s in strong_signatures() if s in case.body_lower), b"")
    if not strong and re.match(rb"error code: 10\d\d", case.body_lower):
        strong = case.body_lower[:16]
    if not strong:
        return None
    return unclear(
        "wall_page", f"a bot wall answers: {clipped(strong.decode('ascii', 'replace'))}", wall=True
    )


def _titled(case: Case, list_of: Phrases) -> str:
    """The phrase that <title> or an h1 comes down to, the post's own title left out.

    The few words of a refusal often have neither: there its first line is the heading.
    """
    heads = case.heads
    refused = (case.answer.status or 0) in _BLOCKING
    if refused and case.page is not None and not case.page.h1 and case.page.words < BARE:
        heads = (*heads, *case.own[:1])
    for head in heads:
        hit = list_of.titled(head)
        if hit and not any(hit in known for known in case.known_titles):
            return hit
    return ""


def _short_heads(case: Case) -> tuple[str, ...]:
    return tuple(fold(head) for head in case.heads)


def _is_long(case: Case, page: Page) -> bool:
    """Whether there is more text than a wall has: asked first, since to search megabytes takes seconds."""
    return min(case.own_weight, page.words) >= SHORT


def _is_the_article(case: Case) -> bool:
    """At a first look there is nothing to compare with: an article may be about walls."""
    return case.first and case.article_like
