"""An SMTP server for the demo: takes every mail and leaves it as a file. Loopback only, no TLS."""

from __future__ import annotations

import asyncio
from pathlib import Path


class MailSink:
    """Listens on a free port of loopback; `files` are the mails in the order they came."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, list[Path]()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> MailSink:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"220 demo sink\r\n")
            while line := await reader.readline():
                verb = line[:4].upper().strip()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await writer.drain()
                    self._keep(await _data(reader))
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                await writer.drain()
                if verb == b"QUIT":
                    break
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()

    def _keep(self, data: bytes) -> None:
        file = self.folder / f"mail-{len(self.files) + 1}.eml"
        file.write_bytes(data)
        self.files.append(file)


async def _data(reader: asyncio.StreamReader) -> bytes:
    """The lines up to the lone dot, dots unstuffed (RFC 5321 section 4.5.2)."""
    lines = []
    while (line := await reader.readline()) not in (b".\r\n", b""):
        lines.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(lines)
