"""A server that does its worst: over a hundred behaviours, each on a host and a loopback address of its own.

Until `at_it` is set every host shows a small sound blog of two posts; from then on it behaves as its
`Behaviour` says: the whole connection, or one path alone. What it must never be sent it notes (`heard`).
The table of behaviours is `hostile_table`; nothing here checks anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.support.prose import many

#: Loopback addresses that the tests take for public ones, one a host.
_PUBLIC = "127.77."
DOMAIN = "hostile.example"
#: Another domain altogether, whose names lead to the last host.
ELSEWHERE = "elsewhere.example"


@dataclass(slots=True)
class Line:
    """One connection: what was asked (empty before anything was), and where the answer goes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes = b""
    port: int = 0
    loose: int = 0  #: port of the server that nobody may reach

    async def say(self, *parts: bytes) -> None:
        """Sends at once, however small."""
        for part in parts:
            if self.writer.is_closing():  # uvloop raises RuntimeError
                raise ConnectionResetError
            self.writer.write(part)
            await self.writer.drain()

    async def drip(self, data: bytes, every: float = 0.05) -> None:
        """A byte at a time."""
        for at in range(len(data)):
            await self.say(data[at : at + 1])
            await asyncio.sleep(every)

    async def for_ever(self, part: bytes, every: float = 0.0) -> None:
        """The same again and again until the other side has had enough."""
        while True:
            await self.say(part)
            await asyncio.sleep(every)

    async def silence(self) -> None:
        """Nothing more."""
        await asyncio.sleep(3600)

    def reset(self) -> None:
        """Breaks off with RST."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Line], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to be hostile."""

    name: str
    script: Script
    #: rules of the look that may come of it: of a post, or of the home page
    rules: frozenset[str] = frozenset({"no_answer"})
    #: the only path that is hostile; "" for the whole connection, before it is heard
    path: str = "/a/"
    site: str = ""  #: the host it shares with others; "" for one of its own
    config: str = ""  #: of the site, beside its posts
    tls: bool = False
    resolve: Callable[[int], Sequence[str]] | None = None  #: by the number of the question, from 1

    @property
    def host(self) -> str:
        return f"{self.site or self.name}.{DOMAIN}"


@dataclass(slots=True)
class Hostile:
    """The running server."""

    behaviours: Sequence[Behaviour]
    port: int = 0
    loose: int = 0
    at_it: bool = False
    heard: list[tuple[str, bytes]] = field(default_factory=list)  #: (host by address, head)
    reached: list[bytes] = field(default_factory=list)  #: at the server that nobody may reach
    asked: dict[str, int] = field(default_factory=dict)  #: names resolved, and how often
    #: what a path of the last host answers now
    news: dict[str, bytes] = field(default_factory=dict)

    @property
    def hosts(self) -> dict[str, list[Behaviour]]:
        """The behaviours of each host."""
        found: dict[str, list[Behaviour]] = {}
        for b in self.behaviours:
            found.setdefault(b.host, []).append(b)
        return found

    def address(self, number: int) -> str:
        return f"{_PUBLIC}{number // 250}.{number % 250 + 1}"

    def url(self, b: Behaviour, path: str = "/") -> str:
        return f"{'https' if b.tls else 'http'}://{b.host}:{self.port}{path}"

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The tests' name server: each behaviour's host, and what it says of itself."""
        self.asked[host] = self.asked.get(host, 0) + 1
        if host in self.hosts:
            resolve = self.hosts[host][0].resolve
            if self.at_it and resolve is not None:
                return resolve(self.asked[host])
            return [self.address(list(self.hosts).index(host))]
        if host.endswith(ELSEWHERE):
            return [self.address(len(self.hosts) - 1)]
        found = await asyncio.get_running_loop().run_in_executor(None, _literal, host)
        return found or ["127.0.0.1"]  # any other name leads to where nobody may go

    async def answer(self, line: Line, here: Sequence[Behaviour]) -> None:
        line.port, line.loose = self.port, self.loose
        if self.at_it and not here[0].path:
            await here[0].script(line)
            return
        began = self.at_it
        while True:
            line.head = await line.reader.readuntil(b"\r\n\r\n")
            if self.at_it is not began:
                return  # a connection kept from before: it ends, and the next one sees what is so now
            self.heard.append((here[0].host, line.head))
            path = line.head.split(b" ")[1].decode("latin-1")
            for b in here:
                if self.at_it and path.partition("?")[0] == b.path:
                    await b.script(line)
                    return
            if here[0] is self.behaviours[-1] and path in self.news:
                await line.say(self.news[path])
                continue
            await line.say(sound(here, self.url(here[0], "")).get(path, _MISSING))


def _literal(host: str) -> list[str]:
    """What the system makes of a number, however it is spelled."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether the tests take this address for one on the Internet."""
    return address.startswith(_PUBLIC)


@contextlib.asynccontextmanager
async def hostile(
    behaviours: Sequence[Behaviour], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Hostile]:
    """Runs them all, on one port, for as long as the block lasts."""
    server = Hostile(behaviours)
    tasks: set[asyncio.Task[None]] = set()
    listening: list[asyncio.Server] = []

    def connected(here: Sequence[Behaviour]) -> Callable[..., Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(asyncio.CancelledError, OSError, EOFError, ValueError):
                await server.answer(Line(reader, writer), here)
            with contextlib.suppress(asyncio.CancelledError, OSError):
                writer.close()
            tasks.discard(task)

        return serve

    async def forbidden(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.reached.append(await reader.read(1000))
        writer.close()

    loose = await asyncio.start_server(forbidden, "127.0.0.1", 0)
    server.loose = loose.sockets[0].getsockname()[1]
    listening.append(loose)
    for number, here in enumerate(server.hosts.values()):
        secure = tls if here[0].tls and here[0].path else None
        place = server.address(number)
        one = await asyncio.start_server(connected(here), place, server.port, ssl=secure)
        server.port = one.sockets[0].getsockname()[1]
        listening.append(one)
    try:
        yield server
    finally:
        for one in listening:
            one.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# ---------------------------------------------------------------- a sound blog


def reply(
    body: bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", more: str = ""
) -> bytes:
    """A well-formed answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def page(title: str, main: str, head: str = "") -> bytes:
    """A page in the blog's dress."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Yard</title>{head}'
        f'</head><body><header><a href="/">Yard</a></header><main>{main}</main>'
        f"<footer><p>All rights reserved by the yard.</p></footer></body></html>"
    ).encode()


_POSTS = many(40)
_WELCOME = " ".join(_POSTS[39].paragraphs)
_MISSING = reply(page("Not found", "<h1>Page not found</h1>"), status="404 Not Found")


def article(number: int = 0, *, head: str = "", title: str = "", more: str = "") -> bytes:
    """The page of one of the blog's posts."""
    post = _POSTS[number]
    text = "".join(f"<p>{p}</p>" for p in post.paragraphs)
    said = title or post.title
    return page(said, f"<article><h1>{said}</h1><p>By A. Writer</p>{text}{more}</article>", head)


def feed(origin: str, more: str = "") -> bytes:
    """A feed of both posts."""
    items = "".join(
        f"<item><title>{_POSTS[n].title}</title><link>{origin}/{path}/</link></item>"
        for n, path in ((0, "a"), (1, "b"))
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Yard</title>{items}{more}</channel></rss>'
    ).encode()


def sitemap(origin: str, more: str = "") -> bytes:
    """A sitemap of both posts."""
    urls = "".join(f"<url><loc>{origin}/{path}/</loc></url>" for path in ("a", "b"))
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><urlset xmlns="{space}">{urls}{more}</urlset>'.encode()


def sound(here: Sequence[Behaviour], origin: str) -> dict[str, bytes]:
    """What the host answers while it is sound, and always beside what is hostile."""
    cards = "".join(
        f'<article><h2><a href="/{path}/">{_POSTS[n].title}</a></h2></article>'
        for n, path in ((0, "a"), (1, "b"))
    )
    own = {b.path: reply(article(n + 2)) for n, b in enumerate(here) if b.site}
    return own | {
        "/": reply(page("Blog", f"<h1>Blog</h1><p>{_WELCOME}</p>{cards}")),
        "/a/": reply(article(0)),
        "/b/": reply(article(1)),
        "/robots.txt": reply(b"User-agent: *\nAllow: /\n", "text/plain"),
        "/feed.xml": reply(feed(origin), "application/rss+xml"),
        "/sitemap.xml": reply(sitemap(origin), "application/xml"),
    }
