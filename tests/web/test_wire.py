"""What never becomes a request is answered as guarded as a page; who sends nothing keeps nobody out.

Raw sockets against the server itself: a client would mend most of what is sent here.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.store import Store
from monitor.web.access import COPY_CSP, PAGE_CSP
from monitor.web.app import create_app
from monitor.web.serving import page_server
from monitor.web.wire import Wire

from . import build
from .story import Filled

Address = tuple[str, int]
Headers = dict[str, list[str]]


@pytest.fixture(scope="module")
def served(
    filled: tuple[Store, Filled], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Address]:
    """The pages of the filled database, served over HTTP: where they are."""
    settings = build.config(tmp_path_factory.mktemp("wire"))
    with running(create_app(filled[0], settings, lambda: build.NOW)) as address:
        yield address


@contextmanager
def running(app: ASGIApp, keep: float = 5) -> Iterator[Address]:
    """An application, served; a connection is kept for so many seconds after an answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()[:2]
    server = page_server(app)
    server.config.timeout_keep_alive = keep  # type: ignore[assignment]
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
    )
    thread.start()
    yield host, port
    server.should_exit = True
    thread.join(10)
    listener.close()


def whole(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    got = b""
    try:
        while data := connection.recv(65_536):
            got += data
    except ConnectionResetError:
        pass
    return got


def sent(address: Address, data: bytes) -> bytes:
    """What is answered to these bytes, until the server closes."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(data)
        return whole(connection)


def parted(answer: bytes) -> tuple[int, Headers, bytes]:
    """The status, the headers by lower-case name, and the rest."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers: Headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return int(first.split()[1]), headers, body


def is_guarded(headers: Headers) -> bool:
    """Whether every header that a page has is there, once."""
    wanted = {
        "content-security-policy": [PAGE_CSP],
        "x-content-type-options": ["nosniff"],
        "referrer-policy": ["no-referrer"],
        "cross-origin-resource-policy": ["same-origin"],
        "cross-origin-opener-policy": ["same-origin"],
        "x-frame-options": ["DENY"],
    }
    return all(headers.get(name) == value for name, value in wanted.items()) and bool(
        headers.get("cache-control")
    )


OWN = b"Host: localhost\r\n"
END = b"Connection: close\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
PROBES: list[tuple[str, bytes, int]] = [
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", b"GET / HTTP/1.1\r\n" + OWN + OWN + b"\r\n", 400),
    ("no Host in 1.0", b"GET / HTTP/1.0\r\n\r\n", 400),
    ("1.0", b"GET / HTTP/1.0\r\n" + OWN + b"\r\n", 200),
    ("garbage", b"\x00\x01\x02 garbage\r\n\r\n", 400),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
    ("0.9", b"GET /\r\n\r\n", 400),
    ("no version", b"GET / HTTP/\r\n" + OWN + b"\r\n", 400),
    ("no target", b"GET  HTTP/1.1\r\n" + OWN + b"\r\n", 400),
    ("no path", b"GET nowhere HTTP/1.1\r\n" + OWN + END, 400),
    ("a letter no address has", b"GET /\xff HTTP/1.1\r\n" + OWN + END, 400),
    ("markup", b"GET /<script>alert(1)</script> HTTP/1.1\r\n" + OWN + END, 404),
    ("a folded header", b"GET / HTTP/1.1\r\n X: 1\r\n" + OWN + END, 400),
    ("a header without a name", b"GET / HTTP/1.1\r\n: x\r\n" + OWN + END, 400),
    ("a NUL in a header", b"GET / HTTP/1.1\r\nX: a\x00b\r\n" + OWN + END, 400),
    ("a space before the colon", b"GET / HTTP/1.1\r\nX : a\r\n" + OWN + END, 400),
    ("long headers", b"GET / HTTP/1.1\r\n" + OWN + b"X: " + b"a" * 600_000 + b"\r\n\r\n", 431),
    ("a long address", b"GET /" + b"a" * 600_000 + b" HTTP/1.1\r\n" + OWN + b"\r\n", 431),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("version 9", b"GET / HTTP/9.9\r\n" + OWN + END, 505),
    (
        "h2c",
        b"GET / HTTP/1.1\r\n" + OWN + b"Upgrade: h2c\r\nConnection: upgrade, close\r\n\r\n",
        200,
    ),
    (
        "a web socket",
        b"GET / HTTP/1.1\r\n" + OWN + b"Upgrade: websocket\r\nConnection: upgrade, close\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        200,
    ),
    ("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n" + END, 421),
    ("CONNECT to us", b"CONNECT localhost:80 HTTP/1.1\r\n" + OWN + END, 405),
    ("TRACE", b"TRACE / HTTP/1.1\r\n" + OWN + b"Cookie: secret\r\n" + END, 405),
    ("no such method", b"EXPLODE / HTTP/1.1\r\n" + OWN + END, 405),
    ("PUT", b"PUT /events/1 HTTP/1.1\r\n" + OWN + b"Content-Length: 0\r\n" + END, 405),
    ("OPTIONS", b"OPTIONS / HTTP/1.1\r\n" + OWN + END, 405),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + OWN + END, 204),
    ("GET *", b"GET * HTTP/1.1\r\n" + OWN + END, 400),
    ("a bad length", b"POST /login HTTP/1.1\r\n" + OWN + FORM + b"Content-Length: -1\r\n\r\n", 400),
    (
        "two lengths",
        b"POST /login HTTP/1.1\r\n" + OWN + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        400,
    ),
    (
        "a bad chunk",
        b"POST /login HTTP/1.1\r\n" + OWN + FORM + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n",
        400,
    ),
    (
        "another coding",
        b"POST /login HTTP/1.1\r\n" + OWN + FORM + b"Transfer-Encoding: gzip\r\n\r\n",
        501,
    ),
    ("our own name whole", b"GET http://localhost/events HTTP/1.1\r\n" + OWN + END, 200),
    ("and nothing behind it", b"GET http://LOCALHOST:80 HTTP/1.1\r\n" + OWN + END, 200),
    (
        "our own name whole, another beside it",
        b"GET http://localhost/?x=1 HTTP/1.1\r\nHost: evil.example\r\n" + END,
        200,
    ),
    ("another's name whole", b"GET http://evil.example/ HTTP/1.1\r\n" + OWN + END, 421),
    ("somebody at our name", b"GET http://me@localhost/ HTTP/1.1\r\n" + OWN + END, 400),
    ("another scheme", b"GET ftp://localhost/ HTTP/1.1\r\n" + OWN + END, 400),
    ("no name", b"GET http:///events HTTP/1.1\r\n" + OWN + END, 400),
]


@pytest.mark.parametrize(("data", "status"), [p[1:] for p in PROBES], ids=[p[0] for p in PROBES])
def test_whatever_is_sent_the_answer_is_guarded(served: Address, data: bytes, status: int) -> None:
    code, headers, body = parted(sent(served, data))
    assert code == status
    assert is_guarded(headers), headers
    assert b"<script>alert" not in body and b"secret" not in body
    if code == 405:
        assert headers["allow"]


def test_a_body_that_breaks_off_badly_ends_the_connection_quietly(
    served: Address, caplog: pytest.LogCaptureFixture
) -> None:
    good = b"POST /login HTTP/1.1\r\n" + OWN + FORM + b"Transfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(served, timeout=10) as connection:
        connection.sendall(good + b"3\r\nabc\r\n")
        connection.sendall(b"nonsense\r\n")
        code, headers, _ = parted(whole(connection))
    assert code == 400 and is_guarded(headers)
    # What was answered before the rest turned out to be none: one answer, and no fault of ours.
    with socket.create_connection(served, timeout=10) as connection:
        connection.sendall(b"POST /nope HTTP/1.1\r\n" + OWN + b"Content-Length: 9\r\n\r\nabc")
        assert b"404" in connection.recv(65_536)
        connection.sendall(b"defghi\0\0\0\r\n\r\n")
        whole(connection)
    assert "Traceback" not in caplog.text


def test_a_form_that_is_too_large_is_said_to_be_and_the_connection_ends(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    form = b"POST /login HTTP/1.1\r\n" + OWN + FORM
    chunk = b"fff0\r\n" + b"a" * 0xFFF0 + b"\r\n"
    with running(create_app(filled[0], build.config(tmp_path), lambda: build.NOW), 0.2) as address:
        for data in (
            b"Content-Length: 300000\r\n\r\n" + b"a" * 300_000,
            b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5 + b"0\r\n\r\n",
        ):
            code, headers, _ = parted(sent(address, form + data))
            assert code == 413 and is_guarded(headers)


def test_one_after_another_on_one_connection(served: Address) -> None:
    head = b"HEAD /events HTTP/1.1\r\n" + OWN + b"\r\n"
    answers = sent(served, head * 3 + b"rubbish\r\n\r\n")
    statuses = [part.split()[0] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"200", b"200", b"400"]


@pytest.mark.parametrize("path", [b"/", b"/posts/1", b"/snapshots/1/raw", b"/nope", b"/feed.atom"])
def test_head_is_get_without_a_body(served: Address, path: bytes) -> None:
    def asked(method: bytes) -> tuple[int, Headers, bytes]:
        return parted(sent(served, method + b" " + path + b" HTTP/1.1\r\n" + OWN + END))

    code, headers, body = asked(b"HEAD")
    other, theirs, text = asked(b"GET")
    for found in (headers, theirs):
        found.pop("date")
        found.pop("set-cookie", None)
    assert (code, headers, body) == (other, theirs, b"") and text
    copy = headers["content-security-policy"] == [COPY_CSP]
    assert copy == path.endswith(b"/raw") and (copy or is_guarded(headers))


def test_who_dawdles_is_sent_away(served: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "PATIENCE", 0.2)
    for begun in (
        b"GET / HTTP/1.1\r\nHost: loc",
        b"POST /login HTTP/1.1\r\n" + OWN + FORM + b"Content-Length: 9\r\n\r\nabc",
    ):
        with socket.create_connection(served, timeout=5) as connection:
            connection.sendall(begun)
            code, headers, _ = parted(whole(connection))
            assert code == 408 and is_guarded(headers)
    with socket.create_connection(served, timeout=5) as connection:
        assert whole(connection) == b""  # asked nothing, and is told nothing
    with socket.create_connection(served, timeout=5) as connection:
        for _ in range(2):  # whoever asks in time may go on asking
            connection.sendall(b"HEAD / HTTP/1.1\r\n" + OWN + b"\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"HEAD /")
        assert parted(whole(connection))[0] == 408


def test_who_asks_nothing_makes_room(served: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "MOST", 8)
    idle = [socket.create_connection(served, timeout=5) for _ in range(20)]
    begun = [socket.create_connection(served, timeout=5) for _ in range(20)]
    try:
        for connection in begun:
            connection.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(3):
            code, headers, _ = parted(sent(served, b"GET / HTTP/1.1\r\n" + OWN + END))
            assert code == 200 and is_guarded(headers)
        assert whole(idle[0]) == b""
        assert whole(begun[0])[:12] in (b"", b"HTTP/1.1 408")
    finally:
        for connection in idle + begun:
            connection.close()


def test_where_all_are_being_answered_the_next_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "MOST", 3)
    asked, go = threading.Semaphore(0), threading.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        asked.release()
        while not go.is_set():
            await asyncio.sleep(0.01)
        await Response("done")(scope, receive, send)

    with running(slow) as address:
        busy = [socket.create_connection(address, timeout=5) for _ in range(3)]
        try:
            for connection in busy:
                connection.sendall(b"GET / HTTP/1.1\r\n" + OWN + END)
                assert asked.acquire(timeout=5)
            code, headers, _ = parted(sent(address, b"GET / HTTP/1.1\r\n"))
            assert code == 503 and is_guarded(headers) and headers["retry-after"]
            go.set()
            assert all(whole(connection).endswith(b"done") for connection in busy)
        finally:
            go.set()
            for connection in busy:
                connection.close()


def test_who_takes_nothing_of_an_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "PATIENCE", 0.2)
    large = 30_000_000
    ask = b"GET / HTTP/1.1\r\n" + OWN + b"\r\n"

    def asking(address: Address) -> socket.socket:
        connection = socket.create_connection(address, timeout=5)
        connection.sendall(ask)
        return connection

    with running(Response(b"x" * large)) as address:
        with asking(address) as slow:  # but takes something all the time
            got = 0
            while got < large:
                got += len(slow.recv(2_000_000))
                threading.Event().wait(0.01)
        with asking(address) as none:
            threading.Event().wait(0.7)
            assert len(whole(none)) < large
