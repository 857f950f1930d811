"""Which feeds, sitemaps and listing pages does a home page lead to, and where else do they usually lie?

What a page names comes first; `guesses` are addresses worth one look where it names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...model import Form
from ..urls import (
    canonical_key,
    clean,
    host_of,
    is_home,
    is_locale,
    parse,
    same_host,
    same_site,
    segments,
)
from .links import Link, Links, read_links
from .page import read_listing

Source = tuple[Form, str]
#: More sources of one blog than anybody watches.
_MOST = 20

_FEED_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/rss "
    "application/atom text/rss text/rss+xml text/atom+xml".split()
)
#: Types of feeds among other things: believed where the address looks like a feed too.
_VAGUE_TYPES = frozenset({"application/json", "text/xml", "application/xml"})
_COMMENTS = re.compile(
    r"(?i)comments?[-_/]|/comments?\b|comments-rss|[?&]type=comments|withcomments|"
    r"\b(?:comments? (?:feed|on)|kommentar|commentaires|comentarios|comentários|commenti|reacties|комментари|komentarze)"
    r"|コメント|评论|留言|댓글"
)
_FEED_PATH = re.compile(
    r"(?i)/(?:feed|feeds|rss|rss2|atom|rdf)/?$|/(?:feed|rss|rss2|atom|index|posts|blog|news)\.(?:xml|rss|rdf|atom)$|"
    r"/feed\.json$|\.(?:rss|atom)$|/feeds/posts/default|/(?:rss|atom|feed)\.(?:php|aspx)$|/feed/(?:rss2?|atom|json)/?$|"
    r"/rss/[\w-]+(?:\.xml)?$"
)
_FEED_QUERY = re.compile(
    r"(?i)[?&](?:feed=(?:rss2?|atom|rdf)|format=(?:rss|atom|feed)|type=(?:rss|atom))(?:&|$)"
)
_RELAYS = (
    "feeds.feedburner.com",
    "feeds2.feedburner.com",
    "feedproxy.google.com",
    "rss.app",
    "feedpress.me",
)
_SITEMAP_PATH = re.compile(r"(?i)/[\w-]*sitemap[\w-]*\.(?:xml(?:\.gz)?|txt)$")
_LISTINGS = frozenset(
    """
    blog blogs news newsroom press press-releases articles article insights stories story magazine journal posts updates
    perspectives resources-blog thinking ideas engineering tech-blog techblog latest all-posts archive
    aktuelles aktuell neuigkeiten nachrichten presse pressemitteilungen artikel magazin beitraege ratgeber
    actualites actualite blogue articles-de-blog presse-et-medias noticias actualidad articulos novedades prensa
    notizie articoli novita novidades artigos imprensa nieuws berichten artikelen aktualnosci wpisy nyheter nyheder uutiset
    novosti blogi blogg haberler yazilar
    """.split()
)
_BLOG_WORDS = re.compile(
    r"(?i)(?:our |the |company |unser |notre |nuestro )?(?:blog|news|newsroom|insights|aktuelles|actualités|noticias|ブログ|お知らせ|ニュース|博客|新闻|部落格|블로그|뉴스|блог|новости|المدونة|בלוג)"
)
_BELOW = frozenset(
    {
        "archive",
        "archives",
        "all",
        "all-posts",
        "latest",
        "archiv",
        "archivo",
        "posts",
        "articles",
        "alle",
        "index",
    }
)

_FEEDS_TO_TRY = (
    "feed/",
    "rss.xml",
    "atom.xml",
    "feed.xml",
    "index.xml",
    "feed.json",
    "rss",
    "rss/",
    "feed.atom",
    "?feed=rss2",
    "feeds/posts/default",
)
_SITEMAPS_TO_TRY = (
    "sitemap.xml",
    "sitemap_index.xml",
    "sitemap-index.xml",
    "wp-sitemap.xml",
    "sitemap.xml.gz",
    "sitemap.txt",
    "post-sitemap.xml",
)


def find_sources(body: bytes, url: str, charset_hint: str = "") -> tuple[Source, ...]:
    """The sources a home page names: feeds, then sitemaps, then listing pages; unique, 20 at most.

    Comment feeds are left out; so are other sites, but for the usual feed relays. The page itself is
    a listing if posts stand on it.
    """
    links = read_links(body, url, charset_hint)
    feeds = [*_declared_feeds(links.head, url), *_linked_feeds(links.body, url)]
    sitemaps = _sitemaps(links)
    sitemaps = [found for found in sitemaps if same_site(found, url)]
    listings = _listings(body, url, charset_hint, links)
    return _unique(
        [(Form.FEED, found) for found in feeds]
        + [(Form.SITEMAP, found) for found in sitemaps]
        + [(Form.LISTING, found) for found in listings]
    )[:_MOST]


def guesses(url: str) -> tuple[Source, ...]:
    """Where feeds and sitemaps usually lie, below the blog's folder first, then at the root.

    Each is only worth what it answers: a site may send its home page for any of them.
    """
    parsed = parse(url)
    if parsed is None:
        return ()
    root = f"{parsed.protocol}//{parsed.host}/"
    path = parsed.pathname
    if not path.endswith("/"):
        head, _, last = path.rpartition("/")
        path = f"{head}/" if "." in last else f"{path}/"
    places = list(dict.fromkeys([root.rstrip("/") + path, root]))
    found = [(Form.FEED, clean(name, place)) for place in places for name in _FEEDS_TO_TRY]
    found += [
        (Form.SITEMAP, clean(name, place))
        for place in reversed(places)
        for name in _SITEMAPS_TO_TRY
    ]
    return tuple(dict.fromkeys((form, address) for form, address in found if address))


def _unique(sources: Sequence[Source]) -> tuple[Source, ...]:
    by_key: dict[str, Source] = {}
    for form, address in sources:
        by_key.setdefault(f"{form} {canonical_key(address)}", (form, address))
    return tuple(by_key.values())


def _is_comments(link: Link) -> bool:
    parsed = parse(link.url)
    place = "" if parsed is None else parsed.pathname + parsed.search
    return (
        _COMMENTS.search(place) is not None
        or _COMMENTS.search(f"{link.title} {link.text}") is not None
    )


def _like_feed(url: str) -> bool:
    parsed = parse(url)
    if parsed is None:
        return False
    return (
        _FEED_PATH.search(parsed.pathname) is not None
        or _FEED_QUERY.search(parsed.search) is not None
    )


def _declared_feeds(head: Sequence[Link], url: str) -> list[str]:
    """<link rel=alternate> (or rel=feed) with a feed's type."""
    found = []
    for link in head:
        if not link.rel & {"alternate", "feed"} or _is_comments(link):
            continue
        kind = link.kind.partition(";")[0].strip()
        if (
            kind in _FEED_TYPES
            or "feed" in link.rel
            or (kind in _VAGUE_TYPES and _like_feed(link.url))
        ):
            found.append(link.url)
    return found


def _linked_feeds(body: Sequence[Link], url: str) -> list[str]:
    """Links in the page to what looks like a feed, of this site or at a feed relay."""
    return [
        link.url
        for link in body
        if not _is_comments(link)
        and ((same_site(link.url, url) and _like_feed(link.url)) or host_of(link.url) in _RELAYS)
    ]


def _sitemaps(links: Links) -> list[str]:
    found = [link.url for link in links.head if "sitemap" in link.rel]
    for link in links.body:
        parsed = parse(link.url)
        if parsed is not None and _SITEMAP_PATH.search(parsed.pathname):
            found.append(link.url)
    return found


def _listings(body: bytes, url: str, charset_hint: str, links: Links) -> list[str]:
    found = [url] if _lists_posts(body, url, charset_hint) else []
    own = [part.lower() for part in segments(url)]
    at_root = is_home(url)
    for link in links.body:
        parts = [part.lower() for part in segments(link.url)]
        while at_root and parts and is_locale(parts[0]):
            parts = parts[1:]
        if not same_site(link.url, url) or link.url in found:
            continue
        if at_root:
            # a blog is one or two folders deep, or has a host of its own (blog.acme.example)
            named = (
                len(parts) in (1, 2)
                and parts[-1] in _LISTINGS
                and (len(parts) == 1 or parts[0] in _LISTINGS | {"company", "about", "resources"})
            )
            hosted = (
                not parts
                and not same_host(link.url, url)
                and host_of(link.url).partition(".")[0] in _LISTINGS
            )
            said = len(parts) == 1 and _BLOG_WORDS.fullmatch(link.text.strip()) is not None
            if named or hosted or said:
                found.append(link.url)
        elif parts[: len(own)] == own and len(parts) == len(own) + 1 and parts[-1] in _BELOW:
            found.append(link.url)
    return found


def _lists_posts(body: bytes, url: str, charset_hint: str) -> bool:
    """Whether the page lists posts: below a blog's folder one will do; at a root two with date or headline."""
    entries = read_listing(body, url, charset_hint, home=url).entries
    if not is_home(url):
        return bool(entries)
    telling = [
        e for e in entries if e.published_at or len(e.title.split()) >= 4 or len(e.title) >= 24
    ]
    return len(telling) >= 2
