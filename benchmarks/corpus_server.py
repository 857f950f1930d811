"""Serves the blogs of corpus.py: `python -m benchmarks.corpus_server SITES POSTS`, a process of its own.

A line of JSON on its stdin changes how it answers (`State`); each is answered with a line that counts what
was asked for since the last. The first line it writes names its port. What is posted to it is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.processes import ROOT


@dataclass(slots=True)
class State:
    """How it answers now."""

    validators: bool = False  #: ETags, and 304 where they are known
    noise: bool = False  #: nonce, counter and the order of related posts differ at every look
    generation: int = 0  #: as many times some of the posts were edited
    share: float = 0.1  #: of the posts that are edited in a generation
    latency: float = 0.0  #: seconds before each answer
    asked: Counter[str] = field(default_factory=Counter)


class Pages:
    """What each path answers; pages are made once an edition."""

    def __init__(self, corpus: Corpus, state: State) -> None:
        self.corpus, self.state = corpus, state
        self._sites = {
            corpus.origin(s).split("//")[1].split(":")[0]: s for s in range(corpus.sites)
        }
        self._made: dict[tuple[int, str], tuple[int, tuple[str, list[str], str], bytes, bytes]] = {}
        self._rest: dict[tuple[int, str], bytes] = {}

    def edition(self, site: int, number: int) -> int:
        """How often a post was edited by now."""
        state = self.state
        return sum(
            self.corpus.is_edited(site, number, g, state.share)
            for g in range(1, state.generation + 1)
        )

    def answer(self, host: str, path: str, etag: str) -> bytes:
        """The whole answer to a GET."""
        site, state = self._sites.get(host, -1), self.state
        if site < 0:
            return _wire(200, b"", "text/plain")
        named = path.removeprefix("/news/post-").rstrip("/")
        if not named.isdecimal():  # an address that postwatch made up is like one of a post
            return self._other(site, path)
        number = int(named)
        edition = self.edition(site, number)
        made = self._made.get((site, path))
        if made is None or made[0] != edition:
            parts = self.corpus.page(site, number, edition)
            plain = _filled(parts, "5f3759df00c0ffee", "1204")
            tag = f'"{hashlib.blake2b(plain, digest_size=8).hexdigest()}"'.encode()
            made = self._made[site, path] = edition, parts, plain, tag
        _, parts, plain, tag = made
        extra = b""
        if state.validators:
            extra = b"ETag: " + tag + b"\r\n"
            if etag.encode() == tag:
                state.asked["304"] += 1
                return b"HTTP/1.1 304 Not Modified\r\n" + extra + b"\r\n"
        if state.noise:
            head, related, tail = parts
            mixed = random.sample(related, len(related))
            views = str(random.randrange(10_000))
            plain = _filled((head, mixed, tail), f"{random.getrandbits(64):016x}", views)
        state.asked["200"] += 1
        return _wire(200, plain, "text/html; charset=utf-8", extra)

    def _other(self, site: int, path: str) -> bytes:
        self.state.asked["other"] += 1
        if (site, path) not in self._rest:
            status, kind, text = 200, "text/html; charset=utf-8", ""
            if path in ("/", "/news/"):
                text = self.corpus.listing(site)
            elif path == "/feed.xml":
                kind, text = "application/rss+xml", self.corpus.feed(site)
            elif path == "/robots.txt":
                kind, text = "text/plain", "User-agent: *\nAllow: /\n"
            else:
                status, text = 404, "<!doctype html><title>Not found</title><h1>Page not found</h1>"
            self._rest[site, path] = _wire(status, text.encode(), kind)
        return self._rest[site, path]


def _filled(parts: tuple[str, list[str], str], nonce: str, views: str) -> bytes:
    head, related, tail = parts
    text = head.replace("NONCE", nonce).replace("VIEWS", views) + "".join(related) + tail
    return text.encode()


def _wire(status: int, body: bytes, kind: str, extra: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}\r\nContent-Type: {kind}\r\n"
    return head.encode() + extra + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class _Serving(asyncio.Protocol):
    def __init__(self, pages: Pages) -> None:
        self._pages, self._left = pages, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self._left += data
        while (end := self._left.find(b"\r\n\r\n")) >= 0:
            head = self._left[:end].decode("latin-1")
            named = {
                k.lower(): v.strip()
                for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])
            }
            size = int(named.get("content-length", 0))
            if len(self._left) < end + 4 + size:
                return
            self._left = self._left[end + 4 + size :]
            path = head.split(" ", 2)[1]
            answer = self._pages.answer(self._host, path, named.get("if-none-match", ""))
            loop = asyncio.get_running_loop()
            loop.call_later(self._pages.state.latency, self._transport.write, answer)


async def serve(sites: int, posts: int) -> None:
    """Serves until its stdin ends."""
    loop, state = asyncio.get_running_loop(), State()
    front = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = front.getsockname()[1]
    corpus = Corpus(sites, posts, port)
    pages = Pages(corpus, state)
    await loop.create_server(lambda: _Serving(pages), sock=front)
    for site in range(sites):
        host = corpus.origin(site).split("//")[1].split(":")[0]
        await loop.create_server(lambda: _Serving(pages), host, port, backlog=1024)
    print(port, flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        for name, value in json.loads(line).items():
            setattr(state, name, value)
        print(json.dumps(state.asked), flush=True)
        state.asked = Counter()


class Serving:
    """The server as a process of its own; a context manager."""

    def __init__(self, sites: int, posts: int) -> None:
        line = [sys.executable, "-m", "benchmarks.corpus_server", str(sites), str(posts)]
        self._process = subprocess.Popen(
            line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.corpus = Corpus(sites, posts, int(self._process.stdout.readline()))

    def be(self, **state: object) -> dict[str, int]:
        """Has it answer so from now on; how many answers of each kind it gave since the last time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(state) + "\n")
        self._process.stdin.flush()
        told: dict[str, int] = json.loads(self._process.stdout.readline())
        return told

    def __enter__(self) -> Serving:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
