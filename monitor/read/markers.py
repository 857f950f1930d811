"""Which signs of walls, consent pages, error pages and paywalls does a page's markup bear?"""

from __future__ import annotations

import re
from itertools import islice
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
SCRIPT_SIGN = re.compile("|".join(re.escape(name) for name in _SCRIPTS))
#: A script longer than this is the site's own bundle, in which any word may stand.
_SHORT_SCRIPT = 20_000
_MOST_MARKERS = 100


def markers_of(tree: Element) -> tuple[str, ...]:
    """Ids, classes and script signs that rules know, lower case, each once, in the page's order."""
    found: dict[str, bool] = {}  # whether it is a name, and not yet known for a sign
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in ("script", "iframe", "link"):
            source = (element.get("src") or "").lower()
            inline = (element.text or "") if element.tag == "script" and not source else ""
            if len(inline) <= _SHORT_SCRIPT:
                for match in SCRIPT_SIGN.finditer(source or inline.lower()):
                    found[match[0]] = False
        for names in (element.get("id"), element.get("class")):
            if names and len(names) < 2_000:
                for name in names.lower().split():
                    found.setdefault(name, True)
    # All names as one text: most pages bear few of the signs, and each is looked for once.
    names = "\n".join(found)
    signs = [sign for sign in _NAMES if sign in names]
    known = (x for x, named in found.items() if not named or any(sign in x for sign in signs))
    return tuple(islice(known, _MOST_MARKERS))
