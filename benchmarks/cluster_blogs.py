"""The blogs of a cluster's bench (cluster.py): many hosts, light to serve, in a process of their own.

Each has an address of its own on loopback. A post answers 304 to who holds it, and else its page, which bears
some 700 words; the home page lists all. It counts what it is asked, and by whom two at once.
"""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from tests.support.prose import headline, sentence

_AGENT = re.compile(rb"\r\n[Uu]ser-[Aa]gent: ?([^\r]*)")
_ETAG = b'"one"'


@dataclass(slots=True)
class Counted:
    """What was asked since it was last asked for."""

    pages: int = 0
    unchanged: int = 0
    together: int = 0  #: requests at a host that another worker was asking at that moment
    agents: Counter[str] = field(default_factory=Counter)


def origin(site: int, port: int) -> str:
    """Where a blog is."""
    return f"http://127.0.{2 + site // 250}.{1 + site % 250}:{port}"


def serve(sites: int, posts: int, port: int, pipe: Connection) -> None:
    """Serves until the other end of the pipe is closed; answers each message with what was counted."""
    asyncio.run(_serve(sites, posts, port, pipe))


async def _serve(sites: int, posts: int, port: int, pipe: Connection) -> None:
    counted = [Counted()]
    servers = []
    for site in range(sites):
        blog = _Blog(site, posts, port, counted)
        host = origin(site, port).partition("://")[2].partition(":")[0]
        servers.append(await asyncio.start_server(blog.serve, host, port, backlog=64))
    pipe.send("ready")
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def told() -> None:
        try:
            pipe.recv()
        except EOFError:
            loop.remove_reader(pipe.fileno())
            over.set_result(None)
            return
        pipe.send(counted[0])
        counted[0] = Counted()

    loop.add_reader(pipe.fileno(), told)
    await over
    for server in servers:
        server.close()


class _Blog:
    def __init__(self, site: int, posts: int, port: int, counted: list[Counted]) -> None:
        self._counted = counted
        self._asking: Counter[str] = Counter()
        self._pages = {b"/blog/": _home(site, posts)}
        for n in range(posts):
            self._pages[f"/blog/post-{n}/".encode()] = _post(site, n)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                found = _AGENT.search(head)
                agent = found[1].decode() if found else ""
                self._asking[agent] += 1
                counted = self._counted[0]
                counted.together += any(n for a, n in self._asking.items() if a != agent)
                counted.agents[agent] += 1
                counted.pages += 1
                await asyncio.sleep(0)
                writer.write(self._answer(head, counted))
                await writer.drain()
                self._asking[agent] -= 1
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    def _answer(self, head: bytes, counted: Counted) -> bytes:
        page = self._pages.get(head.split(b" ", 2)[1])
        if page is None:
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        if _ETAG in head:
            counted.unchanged += 1
            return b"HTTP/1.1 304 Not Modified\r\netag: " + _ETAG + b"\r\n\r\n"
        return page


def _wire(title: str, body: str) -> bytes:
    page = (
        f"<!doctype html><html lang=en><head><title>{html.escape(title)}</title></head><body>"
        f"<nav><a href=/blog/>Blog</a></nav><main><article><h1>{html.escape(title)}</h1>{body}</article>"
        "</main><footer>A company</footer></body></html>"
    ).encode()
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\netag: " + _ETAG + b"\r\n"
        b"content-length: %d\r\n\r\n" % len(page)
    )
    return head + page


def _home(site: int, posts: int) -> bytes:
    links = "".join(
        f'<li><a href="/blog/post-{n}/">{_title(site, n)}</a></li>' for n in range(posts)
    )
    return _wire(f"Blog {site}", f"<ul>{links}</ul>")


def _title(site: int, number: int) -> str:
    return f"{headline(random.Random(f'{site} {number}'))} {site}-{number}"


def _post(site: int, number: int) -> bytes:
    rng = random.Random(f"post {site} {number}")
    day = datetime.now(UTC) - timedelta(hours=number % 100)
    text = "".join(f"<p>{' '.join(sentence(rng) for _ in range(5))}</p>" for _ in range(9))
    return _wire(_title(site, number), f"<time datetime={day:%Y-%m-%d}>{day:%d %B %Y}</time>{text}")
