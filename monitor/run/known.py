"""What the database knows of a site when a pass begins, and what the config says of its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field
from sqlalchemy import Connection

from ..config import SiteConfig
from ..errors import ClockWasSet
from ..model import Answer, Form
from ..read.article import EXTRACTOR, Article
from ..read.page import read_page
from ..read.urls import canonical_key, same_site
from ..store import bodies, clock_set, events, meta, posts, snapshots, sources, withdrawn
from ..store.columns import short
from ..store.forget import barred
from ..store.rows import EntryRow, PostRow, SiteRow, SourceRow
from ..store.traces import link_texts, links_to, paths_of
from ..values import replace
from .context import Context
from .packing import unpacked
from .parse import ParseFailed

_TAKES = "takes:{}"


class Known(Struct, dict=True):
    """The rows of one site; changed in place as the pass goes on."""

    row: SiteRow
    sources: list[SourceRow]
    posts: dict[int, PostRow]
    entries: dict[tuple[int, int], EntryRow]  #: by (source, post)
    keys: dict[str, int]  #: canonical key, aliases included, to post
    head: int = 0  #: the newest event when they were read
    clock: str = ""  #: `times_set` when they were read
    takes: str = ""  #: which addresses the config took for posts at the last pass, as a hash
    #: Posts that were erased, of whatever site, with their addresses: never to be looked at again.
    forgotten: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def barred(self) -> frozenset[str]:
        """The canonical keys of all that was erased."""
        return frozenset(canonical_key(u) for urls in self.forgotten.values() for u in urls)

    def is_barred(self, url: str) -> bool:
        """Whether an address is, or was, that of a post that was erased."""
        return bool(self.barred) and canonical_key(url) in self.barred

    def says_forgotten(self, body: bytes) -> bool:
        """Whether a page's bytes link to a post that was erased: they show its headline, or more."""
        return any(links_to(body, paths_of(urls)) for urls in self.forgotten.values())

    def learnable(self, answer: Answer, blocks: tuple[str, ...]) -> tuple[str, ...]:
        """The texts of a page that something may be learned from: without what its links to posts that
        were erased read, their headlines."""
        if not self.forgotten or not self.says_forgotten(body := unpacked(answer).body):
            return blocks
        paths = frozenset[str]().union(*map(paths_of, self.forgotten.values()))
        shown = link_texts(body, paths)
        return tuple(b for b in blocks if not any(t in b for t in shown))

    def urls(self) -> Iterator[str]:
        """The addresses of all posts."""
        return (post.state.url for post in self.posts.values())

    def post_at(self, url: str) -> PostRow | None:
        """The post that has or had this URL."""
        found = self.keys.get(canonical_key(url))
        return None if found is None else self.posts.get(found)


def load(conn: Connection, row: SiteRow) -> Known:
    """All rows of a site."""
    found = posts.posts(conn, row.id)
    return Known(
        row=row,
        sources=sources.sources(conn, row.id),
        posts={p.state.post_id: p for p in found},
        entries={(e.source_id, e.post_id): e for e in sources.entries(conn, row.id)},
        keys=posts.alias_keys(conn, row.id, found),
        head=events.head(conn)[0],
        clock=clock_set.times_set(conn),
        takes=meta.value(conn, _TAKES.format(row.id)),
        forgotten=barred(conn),
    )


def check_clock(conn: Connection, known: Known) -> None:
    """Raises ClockWasSet where the clock was set since the pass began: its rows are dated by the clock before,
    and would undo what was brought to the new one."""
    if clock_set.times_set(conn) != known.clock:
        raise ClockWasSet


def taken_back(conn: Connection, known: Known) -> set[int]:
    """The posts of which a person withdrew an event since the pass began, their rows read anew: what
    this pass saw of them was judged from a state that holds no more, and the next one looks again.
    Raises ClockWasSet where that is so of all it saw."""
    check_clock(conn, known)
    events.lock_head(conn)
    found = withdrawn.posts_withdrawn(conn, after=known.head) & known.posts.keys()
    for post_id in found:
        row = posts.post(conn, post_id)
        if row is not None:
            known.posts[post_id] = row
    return found


def given_sources(site: SiteConfig) -> Mapping[Form, tuple[str, ...] | None]:
    """What the config names of each form; None where we are to find out."""
    return {Form.FEED: site.feeds, Form.SITEMAP: site.sitemaps, Form.LISTING: site.listings}


def sync_sources(
    conn: Connection, known: Known, site: SiteConfig, found: list[tuple[Form, str]] | None
) -> list[SourceRow]:
    """The active sources after config and discovery (`found` None: not looked for in this pass)."""
    wanted = _wanted(known, site, found)
    rows = [sources.add_source(conn, known.row.id, u, f, found=fd) for u, (f, fd) in wanted.items()]
    keep = {r.id for r in rows}
    gone = [replace(old, active=False) for old in known.sources if old.id not in keep]
    sources.save_sources(conn, gone)
    return rows


def in_sync(known: Known, site: SiteConfig) -> list[SourceRow] | None:
    """The active sources, where neither they nor what the config takes for posts are others than at the last
    pass; None where something is to be written."""
    if known.takes != _takes(site):
        return None
    wanted = _wanted(known, site, None)
    if wanted != {s.url: (s.form, s.found) for s in known.sources}:
        return None
    by_url = {s.url: s for s in known.sources}
    return [by_url[url] for url in wanted]


def _wanted(
    known: Known, site: SiteConfig, found: list[tuple[Form, str]] | None
) -> dict[str, tuple[Form, bool]]:
    """URL -> its form, and whether it was found, of all that are to be active."""
    anew = known.row.discovered_at is None
    wanted: dict[str, tuple[Form, bool]] = {}
    for form, urls in given_sources(site).items():
        if urls is not None:
            wanted |= {u: (form, False) for u in urls}
        elif found is None:
            wanted |= {s.url: (form, True) for s in known.sources if s.form is form}
        else:
            wanted |= {u: (form, True) for f, u in found if f is form}
            # A source found once and good since is kept: a home page may forget to name its feed. Where the
            # config has given the site another address, what was found from the old one is not.
            kept = [s for s in known.sources if s.form is form and s.found]
            wanted |= {s.url: (form, True) for s in kept if not anew or same_site(s.url, site.url)}
    return wanted


def takes_otherwise(conn: Connection, site_id: int, site: SiteConfig) -> bool:
    """Whether the config takes other addresses for posts than at the last pass: a source that stands still
    may list some that were left out."""
    before, taken = meta.value(conn, _TAKES.format(site_id)), _takes(site)
    if before != taken:
        meta.put(conn, _TAKES.format(site_id), taken)
    return before not in ("", taken)


def _takes(site: SiteConfig) -> str:
    return short(repr((site.include, site.exclude)))


async def version_article(
    ctx: Context, site: SiteConfig, snapshot_id: int | None
) -> Article | None:
    """One stored version's article under today's extractor; None where there is none.

    A newer extractor re-reads the stored bytes first, so that an improvement of ours is never a
    change of theirs.
    """
    if snapshot_id is None:
        return None
    with ctx.store.read() as conn:
        article = snapshots.article(conn, snapshot_id)
        if article is None or article.extractor == EXTRACTOR:
            return article
        version = snapshots.snapshot(conn, snapshot_id)
        if version is None:
            return article
        body = bodies.find_body(conn, version.body_hash)
    if body is None:
        return article
    try:
        page = await ctx.parser.call(
            read_page,
            body,
            version.url,
            version.content_type,
            content=site.content,
            ignore=tuple(site.ignore),
        )
    except ParseFailed:
        return article  # as it was read then; the post must not stop being watched for it
    fresh = page.article
    await ctx.store.awrite(lambda c: snapshots.save_article(c, snapshot_id, fresh))
    return fresh
