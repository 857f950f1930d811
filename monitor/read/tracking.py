"""Which parameters of a URL are only for counting readers, and never say which page is meant?

The one list of tracking and session parameters; urls.py applies it to what is fetched, shown and
compared. A name stands here only if dropping it can never lead to another article: names that
some sites use for the article itself (`id`, `sid`, `ref`, `source`) are judged by their value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

#: By the maker's own naming scheme: Google (utm_, ga_), Matomo/Piwik (pk_, piwik_, mtm_, matomo_),
#: HubSpot (hsa_, _hs, __hs), Mailchimp (mc_), Facebook (fb_), AT Internet (at_), Adobe (s_kwcid),
#: Vero, Olytics, Marketo, Webtrends (wt.).
_PREFIXES = (
    "utm_", "utm-", "pk_", "piwik_", "mtm_", "matomo_", "hsa_", "_hs", "__hs", "mc_", "fb_", "at_custom",
    "at_campaign", "at_medium", "vero_", "oly_", "wt.mc", "wt_mc", "ga_", "itm_", "trk_", "__twitter",
    "sc_c", "aff_", "mkt_", "_bta_", "__cf_chl",
)  # fmt: skip
_NAMES = frozenset(
    """
    gclid gclsrc dclid gbraid wbraid gad gad_source gad_campaignid fbclid msclkid yclid ysclid twclid ttclid
    li_fat_id igshid igsh epik rdt_cid srsltid s_cid s_kwcid ef_id cmpid ncid wickedid rb_clickid
    hslang hsctatracking hss_channel hubs_content hubs_content-cta _ga _gl _ke _kx _openstat
    spm guccounter guce_referrer guce_referrer_sig soc_src soc_trk ceid emci emdi
    ml_subscriber ml_subscriber_hash sr_share trk trkcampaign trkinfo xtor sref feature_tracking
    smid mkt_tok replytocom sharesource doing_wp_cron nocache cachebust cachebuster
    phpsessid jsessionid aspsessionid asp.net_sessionid cfid cftoken sessionid session_id sess_id oscsid zenid
    phpsess
    """.lower().split()
)
#: Names that may also mean the article: dropped only where the value is plainly a reader's origin …
_ORIGINS = frozenset(
    {"ref", "source", "src", "from", "via", "referrer", "referer", "origin", "share", "cid"}
)
_ORIGIN_VALUE = re.compile(
    r"(?i)(?:rss|feed|atom|feedburner|feedly|twitter|x\.com|t\.co|facebook|fb|linkedin|reddit|hn|hackernews|"
    r"producthunt|mastodon|bluesky|threads|whatsapp|telegram|pinterest|instagram|youtube|tiktok|email|e-?mail|"
    r"newsletter|news_?letter|homepage|home|home_?page|frontpage|sitemap|search|google|bing|"
    r"sidebar|footer|header|nav|navbar|menu|related|recommended|social|share|blog_?index|"
    r"user_profile|collection_home|topic_page|post_page|friends_link)(?:[-_.:/].*)?"
)
#: … or a random token.
_SESSIONS = frozenset({"sid", "s", "session", "sess", "sessid"})
_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{16,}")
#: jQuery's cache breaker and its like: a clock in (milli)seconds.
_CLOCKS = frozenset({"_", "cb", "ts", "timestamp", "rnd", "rand", "t", "nc"})
_CLOCK = re.compile(r"\d{10,17}(?:\.\d+)?|0\.\d{6,}")


def is_tracking(name: str, value: str) -> bool:
    """Whether a parameter, escapes decoded, only counts readers or carries their session."""
    name = name.lower().removeprefix("amp;")  # `&amp;utm_source=` escaped once too often
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    if name in _ORIGINS:
        return _ORIGIN_VALUE.fullmatch(value) is not None
    if name in _SESSIONS:
        return _TOKEN.fullmatch(value) is not None
    return name in _CLOCKS and _CLOCK.fullmatch(value) is not None


def without_tracking(pieces: Iterable[str]) -> list[str]:
    """The `name=value` pieces of a query that say which page is meant, in their order, as written."""
    kept = []
    for piece in pieces:
        name, _, value = piece.partition("=")
        if piece and not is_tracking(unquote(name), unquote(value)):
            kept.append(piece)
    return kept
