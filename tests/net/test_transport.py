"""One exchange against servers that behave badly: what comes back, and which failure it is."""

from __future__ import annotations

import ast
import asyncio
import gzip
import socket
import ssl
import sys
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import monitor
from monitor.errors import UsageError
from monitor.model import Failure
from monitor.net.names import NoSuchName, Resolve
from monitor.net.transport import Client, Exchange, ExchangeFailed, open_client
from monitor.net.transport.client import LARGE
from tests.net.hostile import (
    Heard,
    Script,
    answer,
    make_certificate,
    resets,
    routes,
    says,
    serving,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MiB = 2**20
LONG = timedelta(seconds=20)
SHORT = timedelta(seconds=0.4)


def client(
    *,
    allow_private: bool = True,
    resolve: Resolve | None = None,
    verify: ssl.SSLContext | None = None,
    proxy: str = "",
) -> Client:
    return open_client(
        user_agent="tester/1",
        timeout=LONG,
        allow_private=allow_private,
        resolve=resolve,
        verify=verify or ssl.create_default_context(),
        proxy=proxy,
    )


async def get(url: str, *, max_body: int = MiB, deadline: timedelta = LONG) -> Exchange:
    opened = client()
    try:
        return await opened.exchange("GET", url, max_body=max_body, deadline=deadline)
    finally:
        await opened.aclose()


async def failure(call: Awaitable[Exchange]) -> ExchangeFailed:
    with pytest.raises(ExchangeFailed) as caught:
        await call
    assert caught.value.detail.isprintable()
    return caught.value


async def failure_of(script: Script, deadline: timedelta = LONG) -> Failure:
    async with serving(script) as server:
        return (await failure(get(server.url(), deadline=deadline))).failure


def resolves(table: Mapping[str, Sequence[str]]) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if host not in table:
            raise NoSuchName(host)
        return table[host]

    return resolve


# What comes back


async def test_an_answer_comes_back_whole() -> None:
    sent = answer(b"<p>ok</p>", "203 Fine", {"X-B": "2", "x-a": "1", "X-b": "caf\xe9"})
    async with serving(says(sent)) as server:
        got = await get(server.url("/a?b=%zz"))
        heard = server.heard[0]
    assert (got.status, got.body, got.raw_size, got.coding) == (203, b"<p>ok</p>", 9, "")
    assert got.headers == (("x-b", "2"), ("x-a", "1"), ("x-b", "caf\xe9"), ("content-length", "9"))
    assert (got.peer, got.certificate) == (f"127.0.0.1:{server.port}", b"")
    assert heard.line == "GET /a?b=%zz HTTP/1.1"
    assert heard.header("host") == f"127.0.0.1:{server.port}"
    assert heard.header("user-agent") == "tester/1"
    assert heard.header("accept-encoding") == "gzip, deflate, br, zstd"


async def test_a_post_carries_its_body_and_headers() -> None:
    async with serving(says(answer())) as server:
        opened = client()
        headers = [("Content-Type", "text/x"), ("User-Agent", "mine"), ("X-Word", "é ✓")]
        await opened.exchange("POST", server.url(), headers, content=b"12345", max_body=9)
        await opened.aclose()
    heard = server.heard[0]
    assert (heard.line, heard.body) == ("POST / HTTP/1.1", b"12345")
    assert heard.header("content-type") == "text/x"
    assert [v for n, v in heard.headers if n == "user-agent"] == ["mine"]


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
    ],
)
async def test_codings_are_undone(coding: str, pack: Callable[[bytes], bytes]) -> None:
    body = b"word " * 1000
    packed = pack(body)
    async with serving(says(answer(packed, headers={"Content-Encoding": coding}))) as server:
        got = await get(server.url())
    assert (got.body, got.raw_size, got.coding) == (body, len(packed), coding)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nabcde",  # ends with the connection
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
async def test_every_framing_is_read(raw: bytes) -> None:
    async with serving(says(raw, close=True)) as server:
        got = await get(server.url())
    assert (got.status, got.body) == (200, b"abcde")


async def test_statuses_without_a_body_have_none() -> None:
    huge = (
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999\r\nContent-Encoding: gzip\r\n\r\n"
    )
    async with serving(says(huge)) as server:
        got = await get(server.url(), max_body=10)
    assert (got.status, got.body) == (304, b"")


async def test_the_body_of_a_redirect_is_not_read() -> None:
    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 9\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(60)  # the body never comes, and nobody waits for it

    async with serving(script) as server:
        got = await get(server.url())
    assert (got.status, got.header("location"), got.body) == (302, "/next", b"")


async def test_where_no_body_is_wanted_none_is_waited_for() -> None:
    endless = (
        b"HTTP/1.1 500 Oops\r\nContent-Length: 9999999\r\nContent-Encoding: gzip\r\n\r\nno gzip"
    )
    async with serving(says(endless)) as server:
        opened = client()
        got = await opened.exchange("POST", server.url(), content=b"1", max_body=None)
        await opened.aclose()
    assert (got.status, got.body, got.raw_size) == (500, b"", 0)


async def test_a_redirect_status_without_location_is_an_answer() -> None:
    async with serving(says(answer(b"moved", "301 Moved"))) as server:
        assert (await get(server.url())).body == b"moved"


async def test_cookies_are_not_kept() -> None:
    async with serving(says(answer(b"x", headers={"Set-Cookie": "id=1; Path=/"}))) as server:
        opened = client()
        for _ in range(2):
            got = await opened.exchange("GET", server.url(), max_body=9)
            assert got.header("set-cookie") == "id=1; Path=/"
        await opened.aclose()
    assert [h.header("cookie") for h in server.heard] == ["", ""]


async def test_proxy_variables_are_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(says(answer(b"direct"))) as server:
        assert (await get(server.url())).body == b"direct"


# Slow and endless


async def _slow_headers(heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(10_000):
        writer.write(f"X-{n}: 1\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip(heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(10_000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _silence(heard: Heard, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("script", [_slow_headers, _drip, _silence])
async def test_one_deadline_ends_every_kind_of_slowness(script: Script) -> None:
    assert await failure_of(script, SHORT) is Failure.TIMEOUT


async def test_a_server_that_never_accepts_is_a_timeout_too() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        failed = await failure(get(url, deadline=SHORT))
    assert failed.failure is Failure.TIMEOUT


async def test_the_deadline_covers_dns_and_leaves_others_cancellations_alone() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        raise AssertionError

    opened = client(resolve=never)
    call = opened.exchange("GET", "http://acme.example/", max_body=9, deadline=SHORT)
    assert (await failure(call)).failure is Failure.TIMEOUT
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):  # the caller's own deadline is the caller's own
            await opened.exchange("GET", "http://acme.example/", max_body=9, deadline=LONG)
    await opened.aclose()


async def _endless(heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def _endless_chunks(heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize("script", [_endless, _endless_chunks])
async def test_an_endless_body_is_too_big(script: Script) -> None:
    assert await failure_of(script) is Failure.TOO_BIG


async def test_a_large_body_waits_for_its_turn_outside_its_deadline() -> None:
    """And a usual one for none."""
    waited: list[int] = []

    async def turn() -> None:
        waited.append(1)
        await asyncio.sleep(0.6)

    sizes = {"/small": LARGE, "/large": LARGE + 1}
    async with serving(routes({path: answer(b"x" * n) for path, n in sizes.items()})) as server:
        opened = client()
        try:
            for path, size in sizes.items():
                got = await opened.exchange(
                    "GET", server.url(path), max_body=2 * LARGE, deadline=SHORT, grew=turn
                )
                assert len(got.body) == size
                assert len(waited) == (path == "/large")
        finally:
            await opened.aclose()


async def test_after_its_turn_a_large_body_has_what_was_left_of_its_deadline() -> None:
    async def stops(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"x" * (LARGE + 2))[:-1])
        await asyncio.sleep(60)

    async def turn() -> None:
        await asyncio.sleep(0.1)

    async with serving(stops) as server:
        opened = client()
        try:
            call = opened.exchange(
                "GET", server.url(), max_body=2 * LARGE, deadline=SHORT, grew=turn
            )
            assert (await failure(call)).failure is Failure.TIMEOUT
        finally:
            await opened.aclose()


async def test_a_body_that_says_it_is_too_big_is_not_read() -> None:
    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(60)

    assert await failure_of(script) is Failure.TOO_BIG


async def test_a_body_of_just_the_cap_is_not_too_big() -> None:
    async with serving(says(answer(b"x" * 1000))) as server:
        assert (await get(server.url(), max_body=1000)).raw_size == 1000
        assert (await failure(get(server.url(), max_body=999))).failure is Failure.TOO_BIG


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
    ],
)
async def test_a_bomb_is_too_big(coding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = answer(pack(bytes(20 * MiB)), headers={"Content-Encoding": coding})
    assert await failure_of(says(bomb)) is Failure.TOO_BIG


# Broken


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
async def test_closed_early_is_reset(raw: bytes) -> None:
    assert await failure_of(says(raw, close=True)) is Failure.RESET


async def test_reset_is_reset() -> None:
    assert await failure_of(resets) is Failure.RESET


GARBAGE = [
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"220 mail.example ESMTP\r\n",
    b"\x15\x03\x01\x00\x02\x02\x46",
    b"\x00" * 100,
    b"<html>no header at all</html>",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, br\r\nContent-Length: 5\r\n\r\nplain",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: martian\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\n\x1b",
]


@pytest.mark.parametrize("raw", GARBAGE)
async def test_what_is_not_http_is_known_at_once(raw: bytes) -> None:
    """The connection stays open: only the bytes can tell, and no deadline is waited for."""
    assert await failure_of(says(raw)) is Failure.PROTOCOL


async def test_large_but_real_headers_pass() -> None:
    headers = {f"X-{n}": "v" * 900 for n in range(40)}
    async with serving(says(answer(b"ok", headers=headers))) as server:
        assert len((await get(server.url())).headers) == 41


async def _one_endless_header(heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        writer.write(b"v" * 65536)
        await writer.drain()


async def _endless_headers(heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"A: b\r\n" * 10_000)
        await writer.drain()


async def _endless_interim_answers(heard: Heard, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000)
        await writer.drain()


@pytest.mark.parametrize(
    "script",
    [
        _one_endless_header,
        _endless_headers,
        _endless_interim_answers,
        says(answer(b"", headers={f"X-{n}": "v" * 900 for n in range(75)})),
    ],
)
async def test_a_flood_of_headers_is_a_protocol_failure(script: Script) -> None:
    assert await failure_of(script) is Failure.PROTOCOL


PARTS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 302 Found\r\n", b"Location: /x\r\n", b"\r\n", b"\n"),
        *(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", b"5\r\n", b"0\r\n\r\n"),
        *(
            b"Content-Encoding: gzip\r\n",
            b"Content-Encoding: br\r\n",
            b"Set-Cookie: a=b\r\n",
            b"abc",
        ),
        *(b": ", b"\xff\x00", b"Connection: close\r\n", b"Content-Encoding: zstd\r\n"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(PARTS | st.binary(max_size=8), max_size=12), shapely=st.booleans())
def test_whatever_is_sent_ends_in_an_answer_or_a_failure(parts: list[bytes], shapely: bool) -> None:
    async def once() -> None:
        raw = (b"HTTP/1.1 200 OK\r\n" if shapely else b"") + b"".join(parts)
        async with serving(says(raw, close=True)) as server:
            try:
                await get(server.url())
            except ExchangeFailed as e:
                assert e.failure in (Failure.RESET, Failure.PROTOCOL, Failure.TOO_BIG)

    asyncio.run(once())


# Names, addresses, connections


async def test_dns_and_connect_are_told_apart() -> None:
    failed = await failure(get("http://nothing.invalid/"))
    assert failed.failure is Failure.DNS
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        failed = await failure(get(f"http://127.0.0.1:{closed.getsockname()[1]}/"))
    assert failed.failure is Failure.CONNECT


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "LOCALHOST", "0x7f.1", "2130706433", "0177.1"),
        *("127.1", "[::ffff:127.0.0.1]", "[::1]", "0", "0.0.0.0", "127.0.0.1.", "①②⑦.0.0.1"),
    ],
)
async def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    async with serving(says(answer(b"secret"))) as server:
        opened = client(allow_private=False)
        url = f"http://{host}:{server.port}/"
        failed = await failure(opened.exchange("GET", url, max_body=99))
        await opened.aclose()
    assert failed.failure is Failure.REFUSED
    assert server.connections == 0


async def test_a_name_is_refused_for_one_private_address_among_public_ones() -> None:
    async with serving(says(answer(b"secret"))) as server:
        table = {"mixed.example": ("8.8.8.8", "127.0.0.1")}
        opened = client(allow_private=False, resolve=resolves(table))
        url = server.url(host="mixed.example")
        failed = await failure(opened.exchange("GET", url, max_body=99))
        await opened.aclose()
    assert failed.failure is Failure.REFUSED
    assert "127.0.0.1" in failed.detail
    assert server.connections == 0


async def test_the_address_that_was_vetted_is_the_one_dialled() -> None:
    """A name server that answers something else each time gets one say per connection."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with serving(says(answer(b"x"), close=True)) as server:
        opened = client(resolve=rebinding)
        got = await opened.exchange("GET", server.url(host="acme.example"), max_body=9)
        await opened.aclose()
    assert asked == ["acme.example"]
    assert got.peer == f"127.0.0.1:{server.port}"
    assert server.heard[0].header("host") == f"acme.example:{server.port}"


async def test_the_next_address_is_tried_when_one_is_dead() -> None:
    async with serving(says(answer(b"x"))) as server:
        opened = client(resolve=resolves({"acme.example": ("127.0.0.99", "127.0.0.1")}))
        got = await opened.exchange("GET", server.url(host="acme.example"), max_body=9)
        await opened.aclose()
    assert got.peer == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://acme.example/", "http://u:p@127.0.0.1/", "http://", "x", ""],
)
async def test_urls_that_are_not_fetched(url: str) -> None:
    failed = await failure(get(url))
    assert failed.failure is Failure.REFUSED
    assert "u:p" not in failed.detail


async def test_a_connection_is_used_again() -> None:
    async with serving(says(answer(b"x"))) as server:
        opened = client()
        for _ in range(3):
            got = await opened.exchange("GET", server.url(), max_body=9)
            assert got.peer == f"127.0.0.1:{server.port}"
        await opened.aclose()
    assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_kept_connection_that_died_is_no_failure(method: str) -> None:
    """The second request on a connection is answered by closing it; a fresh one works."""

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        if heard.target == "/second" and heard.connection == 1:
            writer.close()
        else:
            writer.write(answer(heard.target.encode()))

    async with serving(script) as server:
        opened = client()
        for path in ("/first", "/second"):
            got = await opened.exchange(method, server.url(path), content=b"c", max_body=99)
            assert got.body == path.encode()
        await opened.aclose()
    assert [h.connection for h in server.heard] == [1, 1, 2]


async def test_a_fresh_connection_that_dies_is_not_tried_again() -> None:
    async with serving(resets) as server:
        assert (await failure(get(server.url()))).failure is Failure.RESET
    assert server.connections == 1


async def test_half_an_answer_on_a_kept_connection_is_a_failure() -> None:
    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        if heard.target == "/second":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
            await writer.drain()
            writer.close()
        else:
            writer.write(answer(b"x"))

    async with serving(script) as server:
        opened = client()
        await opened.exchange("GET", server.url("/first"), max_body=99)
        failed = await failure(opened.exchange("GET", server.url("/second"), max_body=99))
        await opened.aclose()
    assert (failed.failure, failed.peer) == (Failure.RESET, f"127.0.0.1:{server.port}")
    assert len(server.heard) == 2


async def test_a_healthy_server_answers_beside_hanging_ones() -> None:
    async with serving(_silence) as hanging, serving(says(answer(b"well"))) as healthy:
        opened = client()
        calls = [
            asyncio.ensure_future(opened.exchange("GET", hanging.url(), max_body=9))
            for _ in range(40)
        ]
        while len(hanging.heard) < 40:
            await asyncio.sleep(0.01)
        got = await opened.exchange("GET", healthy.url(), max_body=9)
        assert got.body == b"well"
        assert not any(call.done() for call in calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        again = await opened.exchange("GET", healthy.url(), max_body=9)
        assert again.body == b"well"
        await opened.aclose()


# TLS


async def test_tls_gives_the_certificate_and_checks_the_name(tmp_path: Path) -> None:
    server_tls, trusting = make_certificate(tmp_path, "acme.example")
    resolve = resolves({"acme.example": ("127.0.0.1",), "evil.example": ("127.0.0.1",)})
    async with serving(says(answer(b"x")), server_tls) as server:
        opened = client(resolve=resolve, verify=trusting)
        got = await opened.exchange("GET", server.url(host="acme.example"), max_body=9)
        # Same address, same port, another name: the open connection is not for it.
        call = opened.exchange("GET", server.url(host="evil.example"), max_body=9)
        failed = await failure(call)
        await opened.aclose()
    pem = (tmp_path / "acme.example.pem").read_text()
    assert got.certificate == ssl.PEM_cert_to_DER_cert(pem)
    assert got.peer == f"127.0.0.1:{server.port}"
    assert failed.failure is Failure.TLS
    assert "certificate" in failed.detail


async def test_an_unknown_issuer_is_a_tls_failure(tmp_path: Path) -> None:
    server_tls, _ = make_certificate(tmp_path, "localhost")
    async with serving(says(answer(b"x")), server_tls) as server:
        failed = await failure(get(server.url(host="localhost")))
    assert failed.failure is Failure.TLS


async def test_tls_to_a_plain_port_is_a_tls_failure() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    for handler in (plain, deaf):
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        failed = await failure(get(f"https://127.0.0.1:{port}/"))
        assert failed.failure is Failure.TLS
        server.close()
        await asyncio.sleep(0.01)


async def test_certificates_that_cannot_be_loaded_are_our_fault_and_no_sites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n")
    opened = open_client(user_agent="tester/1", timeout=LONG, allow_private=True)
    server_tls, _ = make_certificate(tmp_path, "localhost")
    async with (
        serving(says(answer(b"x")), server_tls) as server,
        serving(says(answer(b"y"))) as clear,
    ):
        for name in ("none.pem", "missing.pem"):
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
            with pytest.raises(UsageError, match=f"certificates .* {tmp_path / name}"):
                await opened.exchange("GET", server.url(host="localhost"), max_body=99)
        got = await opened.exchange("GET", clear.url(), max_body=99)
    assert got.body == b"y"  # who speaks no TLS needs none of them
    await opened.aclose()


async def test_plain_http_to_a_tls_port_is_no_answer(tmp_path: Path) -> None:
    server_tls, _ = make_certificate(tmp_path, "localhost")
    async with serving(says(answer(b"x")), server_tls) as server:
        failed = await failure(get(f"http://127.0.0.1:{server.port}/"))
    assert failed.failure in (Failure.PROTOCOL, Failure.RESET)


async def test_a_server_that_wants_a_certificate_of_ours_is_a_failure(tmp_path: Path) -> None:
    """TLS 1.3 says so after the handshake; its alert races with the reset that follows."""
    server_tls, trusting = make_certificate(tmp_path, "acme.example")
    server_tls.verify_mode = ssl.CERT_REQUIRED
    async with serving(says(answer(b"x")), server_tls) as server:
        opened = client(resolve=resolves({"acme.example": ("127.0.0.1",)}), verify=trusting)
        url = server.url(host="acme.example")
        failed = await failure(opened.exchange("GET", url, max_body=9))
        await opened.aclose()
    assert failed.failure in (Failure.TLS, Failure.RESET)


# A proxy of the user's


async def test_a_proxy_is_used_though_private_and_hosts_are_still_vetted() -> None:
    async with serving(says(answer(b"by proxy"))) as server:
        table = {
            "acme.example": ("8.8.8.8",),
            "inner.example": ("10.0.0.1",),
            "127.0.0.1": ("127.0.0.1",),
        }
        opened = client(
            allow_private=False,
            resolve=resolves(table),
            proxy=f"http://user:pass@127.0.0.1:{server.port}",
        )
        for host in ("acme.example", "only-the-proxy-knows.example"):
            got = await opened.exchange("GET", f"http://{host}/a%zz?b", max_body=99)
            assert got.body == b"by proxy"
        for host in ("inner.example", "127.0.0.1"):
            failed = await failure(opened.exchange("GET", f"http://{host}/", max_body=99))
            assert failed.failure is Failure.REFUSED
        # It says 200 to CONNECT and then nothing: enough to see what it was asked.
        call = opened.exchange("GET", "https://acme.example/", max_body=99, deadline=SHORT)
        silent = await failure(call)
        await opened.aclose()
    assert server.heard[0].line == "GET http://acme.example/a%zz?b HTTP/1.1"
    assert server.heard[0].header("proxy-authorization").startswith("Basic ")
    assert server.heard[-1].line == "CONNECT acme.example:443 HTTP/1.1"
    assert "pass" not in failed.detail + silent.detail


async def test_a_proxy_that_refuses_is_a_connect_failure() -> None:
    async with serving(says(answer(b"", "407 Proxy Authentication Required"))) as server:
        opened = client(proxy=f"http://127.0.0.1:{server.port}")
        failed = await failure(opened.exchange("GET", "https://acme.example/", max_body=99))
        await opened.aclose()
    assert failed.failure is Failure.CONNECT


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense", "http://", "http://[::1"])
def test_a_proxy_we_cannot_use_is_said_at_once(proxy: str) -> None:
    with pytest.raises(UsageError, match="proxy"):
        client(proxy=proxy)


# The house


def test_httpx_and_httpcore_are_imported_here_alone() -> None:
    root = Path(monitor.__file__).parent
    for file in root.rglob("*.py"):
        names: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").partition(".")[0])
        if names & {"httpx", "httpcore"}:
            # The export asks the application in its own process: nothing is dialled.
            inside = file == root / "web" / "publishing" / "folder.py"
            assert inside or file.parent == root / "net" / "transport", file
