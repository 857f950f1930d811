"""Which signs of walls, consent pages, error pages and paywalls does a page's markup bear?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .article.blocks import Element

#: Parts of ids, classes and script sources that the rules of read/verdict know: bot walls, consent
#: platforms, error pages, paywalls, maintenance.
_NAMES = (
    "captcha", "turnstile", "challenge", "consent", "gdpr", "cookiewall", "cookie-wall", "error", "404", "410",
    "not-found", "notfound", "not_found", "missing-page", "paywall", "pay-wall", "regwall", "metered", "piano",
    "leaky", "tp-modal", "subscriber-only", "subscribers-only", "members-only", "member-only", "premium-content",
    "content-gate", "article-gate", "subscribe-wall", "locked-content", "upgrade-cta", "gated", "maintenance",
    "coming-soon", "suspended", "cf-", "cf_", "incapsula", "imperva", "datadome", "px-", "perimeterx", "aws-waf",
    "awswaf", "sucuri", "ddos", "queue-it", "waiting-room", "anubis", "sg-captcha", "wordfence", "akamai",
    "kasada", "onetrust", "sp_message", "didomi", "quantcast", "usercentrics", "trustarc",
)  # fmt: skip
#: In script sources and the texts of short scripts.
_SCRIPTS = (
    "challenges.cloudflare.com", "cdn-cgi/challenge-platform", "_cf_chl", "captcha-delivery.com", "datadome",
    "_incapsula_resource", "px-captcha", "px-cloud.net", "perimeterx", "px-cdn.net", "awswaf.com", "aws-waf",
    "recaptcha", "hcaptcha.com", "arkoselabs", "geetest", "kpsdk", "sucuri_cloudproxy", "cloudproxy", "sec-cpt",
    "ak-challenge", "queue-it", "ddos-guard", "anubis", "sgcaptcha", "privacy-mgmt", "consent.", "onetrust",
    "cookielaw.org", "didomi", "quantcast", "usercentrics", "cookiebot", "trustarc", "piano.io", "tinypass",
    "poool", "__next_error__",
)  # fmt: skip
_NAME_SIGN = re.compile("|".join(re.escape(name) for name in _NAMES))
SCRIPT_SIGN = re.compile("|".join(re.escape(name) for name in _SCRIPTS))
#: A script longer than this is the site's own bundle, in which any word may stand.
_SHORT_SCRIPT = 20_000
_MOST_MARKERS = 100


def markers_of(tree: Element) -> tuple[str, ...]:
    """Ids, classes and script signs that rules know, lower case, each once, in the page's order."""
    found = dict.fromkeys(
        marker for _, marker in zip(range(_MOST_MARKERS), _marks(tree), strict=False)
    )
    return tuple(found)


def _marks(tree: Element) -> Iterator[str]:
    seen: set[str] = set()
    read: set[str] = set()
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in ("script", "iframe", "link"):
            source = (element.get("src") or "").lower()
            inline = (element.text or "") if element.tag == "script" and not source else ""
            if len(inline) <= _SHORT_SCRIPT:
                for match in SCRIPT_SIGN.finditer(source or inline.lower()):
                    if match[0] not in seen:
                        seen.add(match[0])
                        yield match[0]
        attributes = element.attrib
        if not attributes:
            continue
        for names in (element.get("id"), element.get("class")):
            if names and names not in read and len(names) < 2_000:
                read.add(names)
                for name in names.lower().split():
                    if name not in seen and _NAME_SIGN.search(name):
                        seen.add(name)
                        yield name
