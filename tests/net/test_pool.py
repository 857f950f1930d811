"""Connections that are kept: which are used again, which never, and how many there are."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from monitor.model import Failure
from monitor.net.transport import ExchangeFailed, pool
from tests.net.hostile import Heard, Script, answer, make_certificate, says, serving
from tests.net.test_transport import SHORT, client, failure, resolves

PAGE = answer(b"x")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(handle: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback for as long as the block lasts; its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await handle(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


def tunnelling(to: int, tls: ssl.SSLContext | None = None) -> AbstractAsyncContextManager[int]:
    """A proxy that connects whoever says CONNECT to this port of loopback; its own port."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"CONNECT acme.example:")
        its_reader, its_writer = await asyncio.open_connection("127.0.0.1", to)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(copy(reader, its_writer), copy(its_reader, writer))
        finally:
            its_writer.transport.abort()

    return listening(connect, tls)


@pytest.mark.parametrize("proxy_tls", [False, True])
async def test_https_goes_through_a_proxy_whole(tmp_path: Path, proxy_tls: bool) -> None:
    server_tls, trusting = make_certificate(tmp_path, "acme.example")
    own_tls, _ = make_certificate(tmp_path, "localhost")
    trusting.load_verify_locations(tmp_path / "localhost.pem")
    async with (
        serving(says(answer(b"y" * 100_000)), server_tls) as server,
        tunnelling(server.port, own_tls if proxy_tls else None) as port,
    ):
        scheme = "https" if proxy_tls else "http"
        opened = client(verify=trusting, proxy=f"{scheme}://localhost:{port}")
        url = server.url(host="acme.example")
        for _ in range(2):
            got = await opened.exchange("GET", url, max_body=200_000)
            assert got.body == b"y" * 100_000
            assert got.certificate == ssl.PEM_cert_to_DER_cert(
                (tmp_path / "acme.example.pem").read_text()
            )
        await opened.aclose()
    assert server.connections == 1


async def test_a_name_that_the_certificate_behind_a_proxy_has_not_is_a_tls_failure(
    tmp_path: Path,
) -> None:
    server_tls, _ = make_certificate(tmp_path, "acme.example")
    async with (
        serving(says(PAGE), server_tls) as server,
        tunnelling(server.port) as port,
    ):
        opened = client(proxy=f"http://127.0.0.1:{port}")
        url = server.url(host="acme.example")
        failed = await failure(opened.exchange("GET", url, max_body=9))
        await opened.aclose()
    assert failed.failure is Failure.TLS
    assert "certificate" in failed.detail


@pytest.mark.parametrize(
    ("raw", "connections"),
    [
        (PAGE, 1),
        # A redirect's body is not asked for; where it is there already, the connection is good.
        (answer(b"moved", "302 Found", {"Location": "/x"}), 1),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 9\r\n\r\nhalf", 2),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 1),
        (answer(b"x", headers={"Connection": "close"}), 2),
        (PAGE + b"HTTP/1.1 200 OK\r\n", 2),  # more than was asked for: whose answer would it be?
        (PAGE + PAGE, 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 2),
    ],
)
async def test_only_a_connection_whose_answer_is_whole_is_used_again(
    raw: bytes, connections: int
) -> None:
    async with serving(says(raw)) as server:
        opened = client()
        for _ in range(2):
            await opened.exchange("GET", server.url(), max_body=99)
        await opened.aclose()
    assert len({heard.connection for heard in server.heard}) == connections


async def test_what_comes_unasked_is_nobodys_answer() -> None:
    """A server that answers the next question before it is put (response splitting)."""
    wrote = asyncio.Event()

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(heard.target.encode()))
        await writer.drain()
        if heard.target == "/first":
            await asyncio.sleep(0.02)
            writer.write(answer(b"/forged"))
            await writer.drain()
            wrote.set()

    async with serving(script) as server:
        opened = client()
        await opened.exchange("GET", server.url("/first"), max_body=99)
        await wrote.wait()
        await asyncio.sleep(0.02)
        got = await opened.exchange("GET", server.url("/second"), max_body=99)
        await opened.aclose()
    assert got.body == b"/second"
    assert server.connections == 2


async def test_one_that_was_given_up_in_the_middle_is_closed() -> None:
    ended = asyncio.Event()

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"z")
            await asyncio.sleep(0.01)
        ended.set()

    async with serving(script) as server:
        opened = client()
        failed = await failure(opened.exchange("GET", server.url(), max_body=99999, deadline=SHORT))
        assert failed.failure is Failure.TIMEOUT
        await asyncio.wait_for(ended.wait(), 5)
        await opened.aclose()


async def test_those_kept_are_bounded_and_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST", 3)
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.1)
    open_now: set[int] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(id(writer))
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(PAGE)
        finally:
            open_now.discard(id(writer))

    hosts = [f"h{n}.example" for n in range(6)]
    async with listening(handle) as port:
        opened = client(resolve=resolves({h: ("127.0.0.1",) for h in hosts}))
        for host in hosts:
            await opened.exchange("GET", f"http://{host}:{port}/", max_body=9)
        for count in (3, 0):
            async with asyncio.timeout(5):
                while len(open_now) > count:
                    await asyncio.sleep(0.01)
        await opened.aclose()


async def test_so_many_exchanges_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_BUSY", 5)
    now, most = 0, 0

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        writer.write(PAGE)

    async with serving(script) as server:
        opened = client()
        calls = (opened.exchange("GET", server.url(), max_body=9) for _ in range(20))
        got = await asyncio.gather(*calls)
        await opened.aclose()
    assert (len(got), most, server.connections) == (20, 5, 5)


async def _stops_reading(heard: Heard, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("script", [_stops_reading, says(answer(b"", "413 Too Large"), close=True)])
async def test_a_server_that_takes_no_body_is_a_failure_or_an_answer(script: Script) -> None:
    async with serving(script) as server:
        opened = client()
        call = opened.exchange(
            "POST", server.url(), content=bytes(10**6), max_body=9, deadline=SHORT
        )
        try:
            assert (await call).status == 413
        except ExchangeFailed as e:
            assert e.failure in (Failure.TIMEOUT, Failure.RESET)
        await opened.aclose()
