"""Builders that fill a database through the store's own functions, and a client of its pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Connection

from monitor.config import ChannelOptions, Config, WebConfig, load
from monitor.model import (
    Answer,
    Event,
    Form,
    Kind,
    Role,
    Seen,
    SiteView,
)
from monitor.read.article import Article, Block, BlockKind
from monitor.store import (
    Store,
    bodies,
    events,
    observations,
    posts,
    queue,
    sites,
    snapshots,
    sources,
)
from monitor.store.rows import Observation, PostRow, SnapshotRow
from monitor.values import replace
from monitor.web.app import create_app

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BASELINE = datetime(2024, 10, 12, 8, 0, tzinfo=UTC)
HOST = "127.0.0.1:8787"
POISON = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{7*7}} {% raise %} %s {0.__class__} ${SECRET}"


def at(days: float, hours: float = 0) -> datetime:
    """So long before NOW."""
    return NOW - timedelta(days=days, hours=hours)


def config(tmp_path: Path, text: str = "") -> Config:
    """The config of a file with this text."""
    path = tmp_path / "postwatch.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {"stdout": ChannelOptions})


def client(store: Store, settings: Config, *, host: str = HOST) -> httpx.AsyncClient:
    """A client of the pages; faults of ours are answers, as in the world."""
    app = create_app(store, settings, lambda: NOW)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


def web(settings: Config, **values: Any) -> Config:
    """The config with another `[web]` table."""
    return replace(settings, web=replace(WebConfig(), **values))


def article(*texts: str, title: str = "The roof garden", byline: str = "") -> Article:
    """An article of these paragraphs."""
    blocks = tuple(Block(BlockKind.PARAGRAPH, t, t.casefold()) for t in texts)
    words = sum(len(t.split()) for t in texts)
    digest = hashlib.sha256(repr((title, byline, texts)).encode()).hexdigest()
    return Article(
        title=title,
        byline=byline,
        published_at="2018-01-24",
        blocks=blocks,
        language="en",
        declared=frozenset({"title", "author", "published_at"}),
        digest=digest,
        words=words,
    )


def answer(
    url: str,
    body: bytes,
    when: datetime,
    status: int = 200,
    content_type: str = "text/html; charset=utf-8",
) -> Answer:
    """A page as fetched."""
    return Answer(
        url=url,
        at=when,
        took=timedelta(milliseconds=120),
        final_url=url,
        status=status,
        headers=(("content-type", content_type), ("date", "Mon, 23 Nov 2026")),
        body=body,
        peer="198.51.100.7:443",
    )


@dataclass(slots=True)
class Filler:
    """Fills a database through the store's own functions, one transaction each."""

    store: Store
    salts: int = 0

    def write(self, fn: Callable[[Connection], T]) -> T:
        return self.store.write(fn)

    def site(self, name: str = "tulip", view: SiteView | None = None) -> int:
        """A watched site whose baseline is complete, with a feed that works and a sitemap that does not."""
        url = f"https://{name}.example/news/"

        def fill(conn: Connection) -> int:
            named = [(s.name, s.url) for s in sites.sites(conn)]
            site_id = sites.sync_sites(conn, [*named, (name, url)], BASELINE)[name]
            row = sites.site(conn, site_id)
            assert row is not None
            sites.save_site(
                conn,
                replace(
                    row,
                    baseline_at=BASELINE,
                    last_check_at=NOW - timedelta(minutes=4),
                    next_check_at=NOW + timedelta(minutes=6),
                    view=view or SiteView(last_up_at=NOW - timedelta(minutes=4)),
                ),
            )
            feed = sources.add_source(conn, site_id, f"{url}feed.xml", Form.FEED, found=True)
            seen = NOW - timedelta(minutes=4)
            feed = replace(feed, entries=20, oldest="2026-11-03", last_ok_at=seen)
            bad = sources.add_source(conn, site_id, f"{url}map.xml", Form.SITEMAP, found=False)
            bad = replace(bad, broken_since=at(1), broken_why=f"not XML: {POISON}")
            sources.save_sources(conn, [feed, bad])
            return site_id

        return self.write(fill)

    def post(
        self, site_id: int, site: str = "tulip", path: str = "roof", title: str = ""
    ) -> PostRow:
        """A post that was read last four minutes ago."""
        url = f"https://{site}.example/news/{path}"
        title = title or "The roof garden"

        def fill(conn: Connection) -> PostRow:
            row = posts.add_post(
                conn, site_id=site_id, site=site, url=url, key=url, now=NOW, title=title
            )
            state = replace(
                row.state,
                published_at="2018-01-24",
                first_seen_at=BASELINE,
                last_seen_at=NOW - timedelta(minutes=4),
            )
            row = replace(row, state=state)
            posts.save_post(conn, row)
            return row

        return self.write(fill)

    def state(self, row: PostRow, **values: object) -> PostRow:
        """The post with another state."""
        changed = replace(row, state=replace(row.state, **values))  # type: ignore[arg-type]
        self.write(lambda conn: posts.save_post(conn, changed))
        return changed

    def version(
        self,
        row: PostRow,
        read: Article,
        when: datetime,
        body: bytes = b"",
        looks: int = 3,
        status: int = 200,
    ) -> SnapshotRow:
        """A version of the post, and the look that read it."""
        body = body or f"<html><h1>{read.title}</h1>{read.digest}<script>1</script>".encode()
        got = answer(row.state.url, body, when, status)

        def fill(conn: Connection) -> SnapshotRow:
            kept = snapshots.keep_version(conn, row.state.post_id, read, got)
            for n in range(1, looks):
                snapshots.touch_version(conn, kept.id, when + timedelta(minutes=n))
            observations.observe(
                conn,
                Observation(
                    site_id=row.site_id,
                    post_id=row.state.post_id,
                    role=Role.POST,
                    answer=got,
                    seen=Seen.PRESENT,
                    rule="present",
                    why="the article is there",
                    keep_body=False,
                ),
            )
            found = snapshots.snapshot(conn, kept.id)
            assert found is not None
            return found

        return self.write(fill)

    def robots(self, site_id: int, text: str) -> str:
        """A look at a site's robots.txt; the SHA-256 of its text."""
        got = answer("https://tulip.example/robots.txt", text.encode(), at(2))

        def fill(conn: Connection) -> str:
            look = Observation(site_id, Role.ROBOTS, got, Seen.PRESENT, "robots", "it answers 200")
            observations.observe(conn, look)
            return bodies.keep_body(conn, got.body)

        return self.write(fill)

    def event(
        self, kind: Kind, when: datetime, row: PostRow | None = None, **values: object
    ) -> Event:
        """An event in the chain, with an alert that was sent and one that waits."""
        self.salts += 1
        common: dict[str, object] = {"vantage": "Porto", "evidence": ("404 in 3 looks", POISON)}
        if row is not None:
            common |= {
                "site": row.state.site,
                "post": row.state.post_id,
                "url": row.state.url,
                "title": row.state.title,
                "published_at": row.state.published_at,
            }
        event = Event(kind=kind, detected_at=when, **{**common, **values})  # type: ignore[arg-type]

        def fill(conn: Connection) -> Event:
            stored = events.append(conn, event, uid=f"uid-{self.salts}", salt=f"{self.salts:032x}")
            queue.add_alerts(conn, stored.id, [("mail", "desk@example.org")], when)
            return stored

        return self.write(fill)
