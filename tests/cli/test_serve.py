"""Where the pages may be served: beyond this machine only behind a password, or read-only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from monitor.cli.serve import listen_on
from monitor.web.serving import page_server
from tests.support.inside import inside


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
