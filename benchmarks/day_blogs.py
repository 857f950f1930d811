"""The blogs of a day (day.py): a light server for many of them, in a process of its own.

Each has an address of its own on loopback, and so a pace of its own. What a post answers follows from its
number and the hour: most answer 304 or the same bytes, some are noisy, edited, removed, back, moved, out of
order, very long or meant to harm. A few blogs grow, and every other one is out for an hour.
"""

from __future__ import annotations

import asyncio
import gzip
import html
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from monitor.demo.sink import MailSink
from tests.support.prose import headline, sentence

#: Kinds of posts, in percent; what is left over answers 304.
KINDS: dict[str, float] = {
    "same": 25,  # the same bytes, without validators
    "noisy": 12,  # a counter, a nonce, other related posts at every look
    "edited": 3,  # every seven hours
    "gone": 1,  # for good, from an hour on
    "away": 1,  # for five hours
    "moved": 1,
    "failing": 1,  # 503 in every other hour
    "long": 1,  # 400 kB of text
    "hostile": 0.2,
}
#: Days since it was published, and the share of a blog's posts that are younger.
AGES = ((6, 0.02), (29, 0.05), (360, 0.20), (3000, 1.0))
#: Blogs that bring a new post every half an hour.
GROWING = 4
NEW_EVERY = 0.5
#: Hours that an outage lasts.
OUT = 1.0
LISTED = 20
_LOST = (
    "<!doctype html><html lang=en><title>Not found</title><h1>Page not found</h1><p>It is not here."
)

Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Blogs:
    """How many, of how many posts each, and the day they begin with. `share_young` None: as AGES."""

    sites: int
    posts: int
    port: int
    began: datetime
    young: float | None = None

    def origin(self, site: int) -> str:
        """Where a blog is."""
        return f"http://127.0.1.{site + 1}:{self.port}"

    def kind(self, site: int, number: int) -> str:
        """How a post behaves."""
        place = random.Random(f"kind {site} {number}").random() * 100
        for kind, percent in KINDS.items():
            place -= percent
            if place < 0:
                return kind
        return "kept"

    def published(self, site: int, number: int) -> datetime:
        """When a post was; those beyond `posts` come during the day."""
        if number >= self.posts:
            return self.began + timedelta(hours=NEW_EVERY * (number - self.posts + 1))
        rng = random.Random(f"age {site} {number}")
        place = rng.random()
        if self.young is not None:
            days = 5 if place < self.young else 3000
        else:
            days = next(days for days, share in AGES if place < share)
        return self.began - timedelta(days=days * (0.5 + rng.random() / 2))

    def there(self, site: int, hours: float) -> int:
        """How many posts a blog has brought by then."""
        return self.posts + (int(hours / NEW_EVERY) if site < GROWING else 0)

    def answer(self, site: int, path: str, hours: float, etag: str, nonce: int) -> Reply:
        """What a path answers at an hour of the day; `nonce` is another number each time."""
        if site % 2 and site / 2 + 2 <= hours < site / 2 + 2 + OUT:
            return 503, {}, b"<!doctype html><h1>Back soon</h1>"
        origin = self.origin(site)
        if path == "/robots.txt":
            text = f"User-agent: *\nAllow: /\nSitemap: {origin}/sitemap.xml\n"
            return 200, {"content-type": "text/plain"}, text.encode()
        if path in ("/", "/news/"):
            return self._front(site, hours)
        if path == "/news/feed.xml":
            return self._feed(site, hours)
        if path == "/sitemap.xml":
            urls = "".join(
                f"<url><loc>{origin}/news/note-{n}/</loc></url>"
                for n in range(self.there(site, hours))
            )
            head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            text = f'<?xml version="1.0" encoding="utf-8"?>{head}{urls}</urlset>'
            return 200, {"content-type": "application/xml"}, text.encode()
        name = path.removeprefix("/news/").rstrip("/")
        place, _, digits = name.rpartition("-")
        number = int(digits) if digits.isdecimal() and place in ("note", "moved-note") else -1
        if not 0 <= number < self.there(site, hours):
            return 404, {}, _LOST.encode()
        return self._post(site, number, name, hours, etag, nonce)

    def _newest(self, site: int, hours: float) -> list[int]:
        there = range(self.there(site, hours))
        return sorted(there, key=lambda n: self.published(site, n), reverse=True)[:LISTED]

    def _front(self, site: int, hours: float) -> Reply:
        links = "".join(
            f'<h2><a href="/news/note-{n}/">{title_of(site, n)}</a></h2>'
            for n in self._newest(site, hours)
        )
        head = '<link rel="alternate" type="application/rss+xml" href="/news/feed.xml">'
        text = f"<!doctype html><html lang=en><title>Yard {site}</title>{head}<h1>News</h1>{links}"
        return 200, {}, text.encode()

    def _feed(self, site: int, hours: float) -> Reply:
        items = "".join(
            f"<item><title>{title_of(site, n)}</title><link>{self.origin(site)}/news/note-{n}/</link>"
            f"<pubDate>{format_datetime(self.published(site, n))}</pubDate></item>"
            for n in self._newest(site, hours)
        )
        text = f'<rss version="2.0"><channel><title>Yard {site}</title>{items}</channel></rss>'
        return 200, {"content-type": "application/rss+xml"}, text.encode()

    def _post(
        self, site: int, number: int, name: str, hours: float, etag: str, nonce: int
    ) -> Reply:
        kind = self.kind(site, number)
        turn = 3 + number % 12  # the hour at which something happens to it
        if (kind == "gone" and hours >= turn) or (kind == "away" and turn <= hours < turn + 5):
            return 404, {}, _LOST.encode()
        if kind == "moved" and hours >= turn and name == f"note-{number}":
            return 301, {"location": f"/news/moved-note-{number}/"}, b""
        if kind == "failing" and int(hours) % 2:
            return 503, {"retry-after": "600"}, b"<h1>Busy</h1>"
        if kind == "hostile":
            return hostile(site, number, nonce)
        version = int(hours + number % 7) // 7 if kind == "edited" else 0
        tag = f'"{site}-{number}"'
        if kind == "kept" and etag == tag:
            return 304, {"etag": tag}, b""
        date = self.published(site, number).isoformat()
        beside = ""
        if kind == "noisy":
            at = random.Random(nonce)
            others = (at.randrange(self.posts) for _ in range(5))
            related = "".join(f'<li><a href="/news/note-{n}/">Part {n}</a></li>' for n in others)
            beside = (
                f'<p class="views">{nonce} views</p><div class="related"><ul>{related}</ul></div>'
            )
            beside += f'<input type="hidden" name="nonce" value="{at.getrandbits(64):x}">'
        url = f"{self.origin(site)}/news/{name}/"
        body = page(site, number, version, url, date, 600 if kind == "long" else 12)
        headers = {"etag": tag} if kind == "kept" else {}
        return 200, headers, body.replace(b"<!--beside-->", beside.encode())


def title_of(site: int, number: int) -> str:
    """The headline of a post."""
    return f"{headline(random.Random(f'title {site} {number}'))} ({number})"


@lru_cache(maxsize=4096)
def page(site: int, number: int, version: int, url: str, date: str, paragraphs: int) -> bytes:
    """A post's page, with a place for what is beside the article."""
    chance = random.Random(f"text {site} {number}")
    texts = [" ".join(sentence(chance) for _ in range(3)) for _ in range(paragraphs)]
    for n in range(version):
        texts[n % paragraphs] = " ".join(sentence(chance) for _ in range(3))
    title = title_of(site, number)
    text = "\n".join(f"<p>{html.escape(t)}</p>" for t in texts)
    menu = "".join(f'<li><a href="/part/{n}/">Part {n} of the yard</a></li>' for n in range(40))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | Yard {site}</title>
<link rel="canonical" href="{url}"><meta property="og:type" content="article">
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{date}"></head>
<body><header><nav><ul>{menu}</ul></nav></header>
<main><article><h1>{title}</h1><p class="byline">By The yard, <time datetime="{date}">{date[:10]}</time></p>
<div class="entry-content">{text}</div></article><!--beside--></main>
<footer><ul>{menu}</ul><p>© The yard. All rights reserved.</p></footer></body></html>
""".encode()


def hostile(site: int, number: int, nonce: int) -> Reply:
    """An answer that costs whoever reads it carelessly; other bytes at every look."""
    chance = random.Random(nonce)
    word = f"{chance.getrandbits(128):x}"
    head = f"<!doctype html><html lang=en><title>{title_of(site, number)}</title><article>"
    match number % 8:
        case 0:  # one word of two million letters
            return 200, {}, f"{head}<p>{word * 62_500}</p>".encode()
        case 1:  # a paragraph of two million letters
            return 200, {}, f"{head}<p>{(word + ' ') * 60_000}</p>".encode()
        case 2:
            return 200, {}, head.encode() + b"<div>" * 100_000 + word.encode()
        case 3:  # 60 MB of nothing
            return 200, {"content-encoding": "gzip"}, gzip.compress(bytes(60_000_000), 1)
        case 4:  # paragraphs of a million letters, no two alike
            parts = "".join(f"<p>{n} {(word + str(n) + ' ') * 25_000}</p>" for n in range(4))
            return 200, {}, (head + parts).encode()
        case 5:
            return 302, {"location": f"/news/note-{number}/?{word * 200}"}, b""
        case 6:  # a title of a million letters
            return 200, {}, f"<title>{word * 31_250}</title><p>{word}</p>".encode()
        case _:
            links = "".join(f'<a href="/news/{word}{n}/">{word} {n}</a>' for n in range(20_000))
            return 200, {}, (head + links).encode()


class _Serving(asyncio.Protocol):
    """HTTP/1.1 with as little of it as postwatch needs."""

    def __init__(self, site: int, answer: Callable[[int, str, str], Reply]) -> None:
        self._site, self._answer, self._got = site, answer, b""

    def connection_made(self, transport: Any) -> None:
        self._out = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            asked, _, self._got = self._got.partition(b"\r\n\r\n")
            lines = asked.decode("latin-1").split("\r\n")
            etag = next((x[15:] for x in lines if x.lower().startswith("if-none-match: ")), "")
            path = lines[0].split(" ")[1].partition("?")[0]
            status, headers, body = self._answer(self._site, path, etag)
            named = {"content-type": "text/html; charset=utf-8", **headers}
            if status != 304:
                named["content-length"] = str(len(body))
            text = "".join(f"{name}: {value}\r\n" for name, value in named.items())
            self._out.write(f"HTTP/1.1 {status} Status\r\n{text}\r\n".encode("latin-1") + body)


async def _serve(blogs: Blogs, hours: Callable[[], float], told: Connection, mails: Path) -> None:
    rng = random.Random(1)

    def answer(site: int, path: str, etag: str) -> Reply:
        return blogs.answer(site, path, hours(), etag, rng.getrandbits(60))

    loop = asyncio.get_running_loop()
    for site in range(blogs.sites):
        host = f"127.0.1.{site + 1}"
        await loop.create_server(lambda s=site: _Serving(s, answer), host, blogs.port)  # type: ignore[misc]
    async with MailSink(mails) as sink:
        told.send(sink.port)
        await asyncio.Event().wait()


def serve(blogs: Blogs, clock: Any, told: Connection, mails: Path) -> None:
    """A process's life: serves for good. `clock.value` is the time, in seconds since 1970; the port of a
    mail server that keeps what it gets is sent through `told`."""

    def hours() -> float:
        now = datetime.fromtimestamp(clock.value, UTC)
        return (now - blogs.began).total_seconds() / 3600

    asyncio.run(_serve(blogs, hours, told, mails))
