"""A small HTTP server on loopback that does as badly as it is told: support for net and fetch tests.

A `Script` gets each request and writes whatever it likes. The connection is kept for the next
request until the script closes it. Nothing here checks anything: the tests do.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int  #: number of the connection, from 1
    at: float  #: on the loop's clock

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    def header(self, name: str) -> str:
        return next((v for n, v in self.headers if n == name), "")


Script = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A running server and what it heard."""

    port: int
    scheme: str
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextlib.asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Runs the script on a free port of 127.0.0.1 for as long as the block lasts."""
    tasks: set[asyncio.Task[None]] = set()
    server: Server

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        number = server.connections
        with contextlib.suppress(asyncio.CancelledError, OSError, EOFError):
            while not writer.is_closing():
                heard = await _hear(reader, number)
                server.heard.append(heard)
                await script(heard, writer)
                await writer.drain()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            writer.close()
            await writer.wait_closed()
        tasks.discard(task)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server = Server(port, "http" if tls is None else "https")
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def _hear(reader: asyncio.StreamReader, connection: int) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    at = asyncio.get_running_loop().time()
    line, *rest = head.removesuffix("\r\n\r\n").split("\r\n")
    pairs = (x.partition(":") for x in rest)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    size = int(next((v for n, v in headers if n == "content-length"), "0"))
    return Heard(line, headers, await reader.readexactly(size), connection, at)


def answer(
    body: bytes = b"", status: str = "200 OK", headers: dict[str, str] | None = None
) -> bytes:
    """A well-formed answer; headers given here stand before Content-Length."""
    given = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status}\r\n{given}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def says(raw: bytes, *, close: bool = False) -> Script:
    """A script that writes these bytes to every request."""

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        if close:
            await writer.drain()
            writer.close()

    return script


def routes(table: dict[str, bytes]) -> Script:
    """A script that answers by the request's target, 404 to all others."""

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(table.get(heard.target, answer(b"no", "404 Not Found")))

    return script


async def resets(heard: Heard, writer: asyncio.StreamWriter) -> None:
    """A script that breaks the connection off with RST and says nothing."""
    writer.transport.abort()


def make_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context for a self-signed certificate of `name`, and a client's that trusts it."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName=DNS:{name}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))
