"""The loopback blog: a fictional company's posts, feed, sitemap, listing, and ways to change them.

Serves plain HTTP/1.1 from a thread of its own. `/robots.txt`, `/blog/`, `/blog/feed.xml`,
`/sitemap.xml` and each post; everything else is its 404 page.
"""

from __future__ import annotations

import asyncio
import html
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

from msgspec import Struct, field

COMPANY = "Corvane"


class BlogPost(Struct):
    """One post of the blog; change its fields while the blog runs."""

    slug: str
    title: str
    paragraphs: list[str]
    date: datetime
    author: str = "Corvane Newsroom"
    note: str = ""
    status: int = 200
    listed: bool = True

    @property
    def path(self) -> str:
        return f"/blog/{self.slug}/"


class Reply(Struct):
    """What the blog answers one request."""

    status: int = 200
    body: str = ""
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    charset: str = "utf-8"  #: of the bytes; what is said of it is the kind's business


class Blog:
    """The running blog. `posts` may be changed at any time; `override` answers in its place."""

    def __init__(self, posts: list[BlogPost], host: str = "127.0.0.1", port: int = 0) -> None:
        self.posts = posts
        self.override: Callable[[str], Reply | None] = lambda path: None
        self.asked: list[str] = []  #: paths, in the order they were asked for
        self._host, self._port = host, port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="blog")

    @property
    def origin(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """Its listing, as a config names it."""
        return f"{self.origin}/blog/"

    def post(self, slug: str) -> BlogPost:
        """The post of that slug."""
        return next(p for p in self.posts if p.slug == slug)

    def __enter__(self) -> Blog:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, self._host, self._port)
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode("latin-1")
                self.asked.append(path)
                writer.write(_wire(await self.answered(path, head)))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, IndexError):
            pass
        finally:
            writer.close()

    async def answered(self, path: str, head: bytes) -> Reply:
        """What the request with this head is answered, when it is."""
        return self.answer(path)

    def answer(self, path: str) -> Reply:
        """What a path answers now."""
        if (given := self.override(path)) is not None:
            return given
        for post in self.posts:
            if post.path == path:
                return self._post(post) if post.status == 200 else self._missing(post.status)
        if path == "/robots.txt":
            text = f"User-agent: *\nAllow: /\nSitemap: {self.origin}/sitemap.xml\n"
            return Reply(body=text, kind="text/plain")
        if path in ("/", "/blog/"):
            return self._listing()
        if path == "/blog/feed.xml":
            return self._feed()
        if path == "/sitemap.xml":
            return self._sitemap()
        return self._missing(404)

    def _listed(self) -> list[BlogPost]:
        return sorted((p for p in self.posts if p.listed), key=lambda p: p.date, reverse=True)

    def _shell(self, title: str, main: str, head: str = "") -> str:
        return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{html.escape(title)} | {COMPANY}</title>
<link rel="alternate" type="application/rss+xml" title="{COMPANY}" href="/blog/feed.xml">{head}</head>
<body>
<header class="top"><a href="/">{COMPANY}</a><nav><a href="/blog/">Blog</a> <a href="/about">About</a></nav></header>
<main>{main}</main>
<footer><p>© {COMPANY}. All rights reserved.</p></footer>
</body>
</html>
"""

    def _post(self, post: BlogPost) -> Reply:
        url, day = self.origin + post.path, post.date.date()
        data = {
            "@context": "https://schema.org",
            "@type": "BlogPosting",
            "headline": post.title,
            "datePublished": post.date.isoformat(),
            "author": {"@type": "Organization", "name": post.author},
            "mainEntityOfPage": url,
        }
        head = (
            f'<link rel="canonical" href="{url}"><meta property="og:type" content="article">'
            f'<meta property="og:title" content="{html.escape(post.title)}">'
            f'<script type="application/ld+json">{json.dumps(data)}</script>'
        )
        text = "\n".join(f"<p>{html.escape(p)}</p>" for p in post.paragraphs)
        note = f"<p><strong>{html.escape(post.note)}</strong></p>" if post.note else ""
        main = f"""<article><h1>{html.escape(post.title)}</h1>
<p class="byline">By {html.escape(post.author)} · <time datetime="{post.date.isoformat()}">{day}</time></p>
<div class="entry-content">{note}{text}</div></article>"""
        return Reply(body=self._shell(post.title, main, head))

    def _missing(self, status: int) -> Reply:
        return Reply(
            status, self._shell("Page not found", "<h1>Page not found</h1><p>It is not here.</p>")
        )

    def _listing(self) -> Reply:
        cards = "".join(
            f'<article class="card"><h2><a href="{p.path}">{html.escape(p.title)}</a></h2>'
            f'<time datetime="{p.date.isoformat()}">{p.date.date()}</time></article>'
            for p in self._listed()
        )
        return Reply(body=self._shell("Blog", f"<h1>Blog</h1>{cards}"))

    def _feed(self) -> Reply:
        items = "".join(
            f"<item><title>{html.escape(p.title)}</title><link>{self.origin}{p.path}</link>"
            f"<guid>{self.origin}{p.path}</guid><pubDate>{format_datetime(p.date)}</pubDate></item>"
            for p in self._listed()[:10]
        )
        head = f"<title>{COMPANY}</title><link>{self.url}</link><description>News</description>"
        return Reply(
            body='<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"{head}{items}</channel></rss>",
            kind="application/rss+xml",
        )

    def _sitemap(self) -> Reply:
        urls = "".join(f"<url><loc>{self.origin}{p.path}</loc></url>" for p in self._listed())
        return Reply(
            body='<?xml version="1.0" encoding="utf-8"?>'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>',
            kind="application/xml",
        )


def _wire(reply: Reply) -> bytes:
    body = reply.body.encode(reply.charset, "xmlcharrefreplace")
    headers = {
        "Date": formatdate(usegmt=True),
        "Content-Type": reply.kind,
        "Content-Length": str(len(body)),
        **reply.headers,
    }
    head = f"HTTP/1.1 {reply.status} Status\r\n" + "".join(
        f"{k}: {v}\r\n" for k, v in headers.items()
    )
    return head.encode("latin-1") + b"\r\n" + body


def day(year: int, month: int, date: int, hour: int = 9) -> datetime:
    """A time in UTC."""
    return datetime(year, month, date, hour, tzinfo=UTC)
