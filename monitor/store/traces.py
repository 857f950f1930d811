"""What else of a site's says the words of a forgotten post: its home page as it stood, what was learned.

A control page that links to the post, or has a sentence of it, shows its headline or a teaser. The text of
another post is that post's, also where a list beside it names this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from sqlalchemy import Connection, or_, select, update

from ..errors import StoreError
from ..model import Role, SiteFacts
from ..read.article.normal import key
from ..values import replace
from . import bodies, events, sites, snapshots, tables
from .rows import PostRow

_O = tables.observations
#: A text shorter than this says nothing of whose it is ("Read more").
_TELLING = 24
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*|#")
#: Bounded, since the bytes are hostile: a link's address and its text.
_LINK = re.compile(
    rb"<a\s[^>]{0,2000}?href\s{0,9}=\s{0,9}[\"']?([^\"'\s>]{1,2000})[^>]{0,2000}>(.{0,2000}?)</a",
    re.I | re.S,
)
_TAG = re.compile(rb"<[^>]*>")


class Words(Struct, frozen=True):
    """What tells a post's words: its addresses' paths, its headlines, its sentences."""

    paths: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    def __or__(self, other: Words) -> Words:
        return Words(self.paths | other.paths, self.titles | other.titles, self.texts | other.texts)

    def needles(self) -> list[bytes]:
        """What is looked for in a page's bytes: the paths, and the longest plain stretch of each text."""
        plain = (_plain(t) for t in (*self.titles, *self.texts))
        return [n.encode() for n in {*self.paths, *(p for p in plain if len(p) >= _TELLING)}]


def words_of(conn: Connection, row: PostRow) -> Words:
    """The words of a post, of all its versions and events."""
    titles, texts = {row.state.title}, set[str]()
    for version in snapshots.snapshots(conn, row.state.post_id):
        titles.add(version.title)
        try:
            article = snapshots.article(conn, version.id)
        except StoreError:
            continue
        if article is not None:
            titles.add(article.title)
            texts |= {block.text for block in article.blocks}
    told = events.events(conn, post_id=row.state.post_id)
    titles |= {e.title for e in told}
    return Words(
        paths_of((row.state.url, *row.state.aliases)),
        frozenset(filter(None, titles)),
        frozenset(t for t in texts if len(t) >= _TELLING),
    )


def paths_of(urls: Iterable[str]) -> frozenset[str]:
    """The paths by which pages of their site link to some addresses; not a site's root."""
    paths: set[str] = set()
    for url in urls:
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        if parts.query:
            path = f"{path}?{parts.query}"
        if len(path) > 3:
            paths |= {path, unquote(path)}
    return frozenset(paths)


def links_to(body: bytes, paths: Iterable[str]) -> bool:
    """Whether a page's bytes have one of some paths, not as the beginning of another (`/blog` is none of
    `/blogger` nor of `/blog/a`)."""
    return any(_stands(body, path.encode()) for path in paths)


def _stands(body: bytes, needle: bytes) -> bool:
    at = body.find(needle)
    while at >= 0:
        after = body[at + len(needle) : at + len(needle) + 2].removeprefix(b"/")[:1]
        if not (after.isalnum() or after in (b"-", b"_", b"%", b"~")):
            return True
        at = body.find(needle, at + 1)
    return False


def _plain(text: str) -> str:
    """The longest stretch of a text that is written alike in every page: no quotes, no entities."""
    stretch = best = ""
    for c in text:
        stretch = stretch + c if c.isascii() and (c.isalnum() or c in " ,.-") else ""
        best = max(best, stretch, key=len)
    return best.strip()


def drop_traces(conn: Connection, site_id: int, words: Words) -> tuple[int, set[str]]:
    """How many stretches of a site's other looks lost their bytes, since they say these words; and which
    bytes those were."""
    needles = [n for n in words.needles() if n.decode() not in words.paths]
    dropped, gone = 0, set[str]()
    looks = select(_O.c.id, _O.c.first_body, _O.c.last_body).where(
        _O.c.site_id == site_id,
        _O.c.role != Role.ROBOTS.value,  # names addresses, and says no word
        or_(_O.c.first_body.is_not(None), _O.c.last_body.is_not(None)),
    )
    known: dict[str, bool] = {}
    for row in conn.execute(looks).all():
        hashes = {h for h in (row.first_body, row.last_body) if h}
        for digest in hashes - known.keys():
            known[digest] = _says(conn, digest, words.paths, needles)
        if any(known[h] for h in hashes):
            gone |= hashes
            blank = {"first_body": None, "last_body": None}
            conn.execute(update(_O).where(_O.c.id == row.id).values(blank))
            dropped += 1
    site = sites.site(conn, site_id)
    if site is not None:
        sites.save_site(conn, replace(site, facts=_without(site.facts, words)))
    return dropped, gone


def _says(conn: Connection, digest: str, paths: Iterable[str], needles: list[bytes]) -> bool:
    try:
        body = bodies.find_body(conn, digest)
    except StoreError:
        return False
    return body is not None and (links_to(body, paths) or any(n in body for n in needles))


def _without(facts: SiteFacts, words: Words) -> SiteFacts:
    """What was learned of a site, without these words: blocks of its pages, alone, in a mark of its
    furniture, with numbers blanked."""
    theirs = {_blank(key(t)) for t in (*words.titles, *words.texts)} - {""}
    long = [t for t in theirs if len(t) >= _TELLING]

    def other(texts: Iterable[str]) -> list[str]:
        return [text for text in texts if not says(_blank(text))]

    def says(text: str) -> bool:
        parts = text.strip().removeprefix("at once:").split(": ")
        whole = {text, *(p.removeprefix("text:") for p in parts)}
        return bool(whole & theirs) or any(t in text for t in long)

    return replace(
        facts,
        furniture=frozenset(other(facts.furniture)),
        doubted=frozenset(other(facts.doubted)),
        errors=tuple(replace(e, blocks=tuple(other(e.blocks))) for e in facts.errors),
    )


def _blank(text: str) -> str:
    return _DIGITS.sub("#", text.casefold())


def link_texts(body: bytes, paths: Iterable[str]) -> frozenset[str]:
    """What a page's links to some addresses read, in comparison form."""
    found = set()
    for href, inner in _LINK.findall(body):
        if links_to(href, paths):
            text = unescape(_TAG.sub(b" ", inner).decode("utf-8", "replace"))
            found.add(key(" ".join(text.split())))
    return frozenset(found - {""})
