"""What do the names on an element say: furniture, the article itself, or nothing (a build's hash)?

Names are read as words (`post-share__bar` is post, share, bar). A few dozen words in the languages
of the blogs we read mark furniture; all else is left to structure (extract.py). Word lists rot and
hashed class names say nothing: no rule may rest on names alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .blocks import Element

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PARTS = re.compile(r"[-_]+|(?<=[a-z])--(?=[a-z])")
_HASHED = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{4,}$")
_NUMBERED = re.compile(r"([A-Za-z]{3,}?)\d{1,3}$")
#: Class names of what only screen readers say.
HIDDEN_CLASS = frozenset(
    "sr-only screen-reader-text visually-hidden visuallyhidden screenreader screen-reader-only "
    "u-hidden-visually show-for-sr element-invisible a11y-hidden is-visually-hidden "
    "assistive-text visually-hidden-focusable sr-only-focusable".split()
)
#: Class names of CSS-in-JS builds carry these in front of a hash.
_BUILD = frozenset({"css", "sc", "jsx", "svelte", "emotion", "jss", "astro", "styled"})

#: Any of them among the words of a class or id marks furniture.
_FURNITURE = frozenset(
    # share, follow
    "share shares sharing sharer sharebar sharethis sharedaddy addtoany addthis social socials sociable "
    "socialmedia teilen partager compartir compartilhar condividi delen udostepnij "
    # other posts
    "related relatedposts recommended recommendation recommendations recommend recirc recirculation "
    "readmore morefrom popular trending mostread outbrain taboola zergnet upnext verwandte aehnliche "
    "relacionados relacionadas similaires correlati gerelateerd powiazane kanren "
    # comments
    "comment comments commentlist commenting respond disqus kommentare commentaires comentarios commenti "
    "reacties livefyre webmentions "
    # lists and calls
    "newsletter newsletters subscribe subscription signup optin mailchimp cta promo promos promotion "
    "promotions upsell advert adverts advertisement advertisements advertising adsense adslot adsbygoogle "
    "ad ads dfp gpt sponsor sponsors werbung anzeige publicite publicidad pubblicita reklama "
    # consent, overlays
    "cookie cookies consent gdpr onetrust cookiebot popup modal lightbox overlay interstitial "
    # ways about
    "breadcrumb breadcrumbs pagination pager paginator sidebar sidebars nav navbar navigation menu menus "
    "submenu toolbar skiplink masthead toc sitenav topbar navi "
    # about the post
    "byline timestamp readtime readingtime likes claps upvote upvotes viewcount views-count tagcloud taglist "
    "tags categories postmeta entrymeta rating ratings votes printfriendly "
    # machines
    "noprint screenreader hidden invisible".split()
)
#: All of a set together mark furniture.
_FURNITURE_PAIRS = tuple(
    frozenset(pair.split())
    for pair in (
        "reading time",
        "read time",
        "read next",
        "read more",
        "up next",
        "more posts",
        "more stories",
        "more articles",
        "next post",
        "prev post",
        "previous post",
        "post meta",
        "entry meta",
        "article meta",
        "meta info",
        "meta data",
        "author box",
        "author bio",
        "author info",
        "author card",
        "author name",
        "author avatar",
        "post author",
        "about author",
        "entry author",
        "article author",
        "post info",
        "entry info",
        "post stats",
        "post date",
        "entry date",
        "publish date",
        "published date",
        "date posted",
        "post tags",
        "post categories",
        "post footer",
        "entry footer",
        "article footer",
        "site footer",
        "page footer",
        "site header",
        "call action",
        "view count",
        "like count",
        "latest posts",
        "recent posts",
        "table contents",
        "email signup",
        "sign up",
        "follow us",
        "skip link",
        "skip content",
        "print only",
        "paywall overlay",
    )
)
_COMMENTS = frozenset(
    "comments commentlist respond disqus kommentare commentaires comentarios commenti reacties".split()
)
#: Words that turn the ones above into something else: elementor calls each element a widget,
#: themes say in class names of the whole page what surrounds it.
_NOT = frozenset("no without has with hide disable disabled off".split())
_ROLES = frozenset(
    "navigation complementary banner contentinfo search dialog alertdialog menu menubar toolbar "
    "tablist directory form".split()
)
_TAGS = frozenset(
    "nav aside footer button menu dialog form fieldset label amp-ad amp-sidebar amp-consent address".split()
)
_ITEMTYPES = (
    "comment",
    "breadcrumblist",
    "sitenavigationelement",
    "wpfooter",
    "wpheader",
    "wpsidebar",
    "wpadblock",
)
_CONTENT = (
    frozenset({"entry", "content"}),
    frozenset({"post", "content"}),
    frozenset({"article", "content"}),
    frozenset({"blog", "content"}),
    frozenset({"story", "content"}),
    frozenset({"post", "body"}),
    frozenset({"article", "body"}),
    frozenset({"blog", "body"}),
    frozenset({"story", "body"}),
    frozenset({"entry", "body"}),
    frozenset({"post", "text"}),
    frozenset({"article", "text"}),
    frozenset({"body", "text"}),
    frozenset({"rich", "text"}),
    frozenset({"field", "body"}),
    frozenset({"hs", "post", "body"}),
    frozenset({"gh", "content"}),
    frozenset({"available", "content"}),
    frozenset({"single", "content"}),
    frozenset({"single", "post"}),
)


@lru_cache(maxsize=16_384)
def stable(name: str) -> str:
    """A class name without what a build put into it; "" where nothing else is in it.

    `Post_body__a1B2c` gives `Post_body`, `css-1x2y3z` gives "", `col2` gives `col`.
    """
    kept: list[str] = []
    for part in _PARTS.split(name):
        numbered = _NUMBERED.match(part)
        if numbered:
            part = numbered[1]
        if not part or part.isdigit() or _HASHED.match(part) or not part.isascii():
            continue
        kept.append(part)
    if kept and kept[0].lower() in _BUILD:
        return ""
    if len(kept) == 1 and not _reads_as_words(kept[0]):
        return ""
    return "-".join(kept)


def _reads_as_words(part: str) -> bool:
    """Whether a part reads as words: has a vowel and no odd mix of cases (`bdVaJa`)."""
    words = _WORD.findall(part)
    short = sum(len(word) <= 2 for word in words)
    return bool(re.search(r"[aeiouyAEIOUY]", part)) and (len(words) < 3 or short <= len(words) // 2)


@lru_cache(maxsize=16_384)
def words_of(names: str) -> frozenset[str]:
    """The words of a class attribute or id, lower case, hashes left out."""
    found: set[str] = set()
    for name in names.split():
        kept = stable(name)
        if kept:
            found.update(word.lower() for word in _WORD.findall(kept))
            found.update(part.lower() for part in kept.split("-"))
    return frozenset(found)


@lru_cache(maxsize=16_384)
def named(names: str) -> str:
    """What one class attribute or id says: "comments", "furniture", "content" or ""."""
    for name in names.split():
        words = words_of(name)
        if not words or not _NOT.isdisjoint(words):
            continue
        if not _COMMENTS.isdisjoint(words):
            return "comments"
        if not _FURNITURE.isdisjoint(words) or any(pair <= words for pair in _FURNITURE_PAIRS):
            return "furniture"
    for name in names.split():
        if any(pair <= words_of(name) for pair in _CONTENT):
            return "content"
    return ""


def role_of(element: Element) -> str:
    """What tag, role, microdata and names say of an element: "furniture", "comments", "content", ""."""
    tag = element.tag
    if tag in _TAGS:
        return "furniture"
    attributes = element.attrib
    if not attributes:
        return ""
    get = element.get
    if get("role") in _ROLES or get("aria-modal") == "true":
        return "furniture"
    if get("itemprop") in ("articleBody", "blogPost", "text"):
        return "content"
    itemtype = get("itemtype")
    if itemtype and itemtype.lower().rstrip("/").rpartition("/")[2] in _ITEMTYPES:
        return "furniture"
    found = ""
    for names in (get("id"), get("class")):
        if names and len(names) < 1000:
            said = named(names)
            if said in ("comments", "furniture"):
                return said
            found = found or said
    return found


#: Elements that say what a text is, not where it stands: they are no containers of their own.
_TEXTUAL = frozenset(
    "p li ul ol dl dt dd blockquote pre table thead tbody tfoot tr td th caption figure figcaption "
    "h1 h2 h3 h4 h5 h6 picture details summary center hgroup address hr body html".split()
)


def place_of(chain: Sequence[Element], plain: set[Element]) -> str:
    """The path of a block below the article's root: `div.entry/p`, "p" for running text.

    `chain` is its element and those above it below the root, nearest first; `plain` are those that
    hold so much of the article that they are no containers of their own.
    """
    tag = chain[0].tag
    parts = [tag if tag in _TEXTUAL else "p"]
    if tag == "p" and any(element.tag == "li" for element in chain):
        parts = ["li"]
    for container in chain:
        tag = container.tag
        if container in plain or not isinstance(tag, str) or tag in ("html", "body"):
            continue
        names = sorted({s for s in map(stable, (container.get("class") or "").split()) if s})
        if names or tag not in _TEXTUAL:
            parts.append(".".join([tag, *names]))
    return "/".join(reversed(parts))
