"""Where the pages may be served: beyond this machine only behind a password, or read-only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from monitor.cli.serve import Shown, listen_on
from monitor.config import load
from monitor.errors import PostwatchError
from monitor.store import Store
from monitor.web.serving import page_server
from tests.support.inside import inside
from tests.web import build


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as found:
        yield found


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.7:80", "127.evil.example:80"])
def test_no_open_door_beyond_loopback(tmp_path: Path, listen: str) -> None:
    config = tmp_path / "postwatch.toml"
    config.write_text("")
    ran = inside(tmp_path, "serve", "--listen", listen)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f'postwatch: --listen "{listen}": beyond loopback [web] needs a')
    config.write_text(f'[web]\nlisten = "{listen}"\n')
    ran = inside(tmp_path, "serve")
    assert ran.code == 2 and "beyond loopback a password is needed" in ran.err
    for more in ('password = "x"', "public = true"):
        config.write_text(f"[web]\n{more}\n")
        ran = inside(tmp_path, "serve", "--listen", listen)
        assert ran.code == 2 and "there is no database" in ran.err, more


async def test_a_busy_watch_holds_up_no_reader_and_slow_readers_hold_up_no_end(
    store: Store, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = build.config(tmp_path, f'[web]\nlisten = "127.0.0.1:{port}"\n')
    assert settings.web is not None
    pages = asyncio.create_task(Shown(store).serve_apart(settings, settings.web))
    status = list[int]()

    def read() -> None:
        status.append(httpx.get(f"http://127.0.0.1:{port}/readyz").status_code)

    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        await asyncio.sleep(0.01)
    reader = threading.Thread(target=read)
    reader.start()
    reader.join(20)  # this loop does nothing else meanwhile
    assert status == [200]
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        pages.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(10):
                await pages
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port)).close()


async def test_pages_that_cannot_be_served_are_said(store: Store, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = build.config(tmp_path, f'[web]\nlisten = "{listen}"\n')
        assert settings.web is not None
        with pytest.raises(PostwatchError, match=f"cannot listen on {listen}"):
            await Shown(store).serve_apart(settings, settings.web)


async def test_pages_alone_follow_their_config(store: Store, tmp_path: Path) -> None:
    build.Filler(store).site()
    site = '[[site]]\nname = "tulip"\nurl = "https://tulip.example/news/"\n'
    settings = build.config(tmp_path, f'{site}[web]\nlisten = "127.0.0.1:0"\n')
    assert settings.web is not None
    shown = Shown(store)
    serving = asyncio.create_task(shown.serve(settings, settings.web, own_signals=False))
    following = asyncio.create_task(
        shown.follow(settings, lambda: load(settings.path, {}), timedelta(seconds=0.01))
    )
    while shown._server is None or not shown._server.started:
        await asyncio.sleep(0.01)
    host = shown._listen

    async def page(has: str) -> str:
        async with httpx.AsyncClient(base_url=f"http://{host}", timeout=20) as client:
            for _ in range(500):
                if has in (text := (await client.get("/sites/tulip")).text):
                    return text
                await asyncio.sleep(0.01)
        raise AssertionError(f"{has} never stands there")

    assert "paused" not in await page("answering")
    settings.path.write_text(f"{site}paused = true\n")
    assert "next look" not in await page("paused")
    settings.path.write_text("nonsense")  # refused: the pages stay as they are
    await asyncio.sleep(0.05)
    assert "paused" in await page("tulip")
    settings.path.write_text(site)
    await page("answering")
    following.cancel()
    shown._server.should_exit = True
    await serving


async def test_no_answer_waits_for_another_packet() -> None:
    """Nagle's algorithm is off on every connection, whoever made the socket."""
    seen = list[int]()
    listeners = [listen_on("127.0.0.1:0"), socket.create_server(("127.0.0.1", 0))]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for transport in {c.transport for c in server.server_state.connections}:
            conn = transport.get_extra_info("socket")
            seen.append(conn.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = page_server(app)
    run = asyncio.create_task(server.serve(sockets=listeners))
    for listener in listeners:
        host, port = listener.getsockname()
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 204 " in await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    server.should_exit = True
    await run
    assert seen and all(seen)
