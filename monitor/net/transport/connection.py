"""One connection: bytes in and out over asyncio; heads that are plain read in one go, all else by h11.

Below httpx, in place of httpcore's: that one scans its pool at every request and goes through anyio, which
together cost more than all else in a fetch (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

import h11
from msgspec import Struct

from .asked import Asked
from .failures import Closed, NotHttp, os_reason
from .plain import Head, plain_head, read_by_h11

#: All header bytes of one answer, interim answers included. h11 stops at so many of one answer but
#: lets interim ones (1xx) go on for ever.
MAX_HEADER_BYTES = 64 * 1024
#: Bytes received and not yet asked for, past which the other side has to wait.
_AHEAD = 256 * 1024
_HTTP = b"HTTP/"


class Wire(Struct):
    """What one exchange has come to so far."""

    peer: str = ""  #: whom it was begun with, as in Exchange
    connection: Connection | None = None

    @property
    def ended(self) -> bool:
        """Whether it was read to where the other side closed."""
        return self.connection is not None and self.connection.ended


class Connection(asyncio.Protocol):
    """A connection that was dialled: one exchange after the other."""

    def __init__(self, peer: str) -> None:
        self.peer = peer  #: as in Exchange
        self.certificate = b""  #: DER, empty for http
        self.fresh = True  #: no answer came over it yet
        self.received = 0  #: bytes of this exchange, after TLS
        self.ended = False  #: read to where the other side closed
        #: called with it where it ends while nobody uses it
        self.when_lost: Callable[[Connection], None] | None = None
        self._wire: asyncio.Transport | None = None
        #: From the first exchange on that is not plain.
        self._http: h11.Connection | None = None
        self._asked: Asked | None = None  # plainly, and not answered yet
        self._body = b""  # of a plain answer, not handed on yet
        self._missing = 0  # of its bytes; less than 0 where more came
        self._ahead: list[bytes] = []
        self._size = 0  # of what is ahead
        self._paused = False
        self._over = False  # nothing more will come
        self._error: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._head: bytes | None = b""  # its first bytes, until they are known to be HTTP's

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.over(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        if self.when_lost is not None:  # nobody asked: what comes is no answer
            self.close()
            return
        self._ahead.append(data)
        self._size += len(data)
        if self._size > _AHEAD and self._wire is not None and not self._paused:
            self._paused = True
            self._wire.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._over = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._over, self._error = True, exc
        if self.when_lost is not None:
            self.when_lost(self)
        self._wake()

    # What we call

    def over(self, transport: asyncio.Transport) -> None:
        """Is spoken over this transport from now on."""
        self._wire = transport
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.certificate = tls.getpeercert(binary_form=True) or b""

    @property
    def usable(self) -> bool:
        """Whether another request can be sent over it."""
        return not self._over and self._wire is not None and not self._wire.is_closing()

    def send(self, asked: Asked) -> None:
        """Sends a request, whole; what the other side does not take waits in memory. Raises
        h11.LocalProtocolError for what is no HTTP."""
        self.received = 0
        if self._http is None and asked.is_plain():
            self._asked, data = asked, asked.written()
        else:
            self._asked, data = None, self._told(asked)
        if self._wire is None or self._wire.is_closing():
            raise Closed("the connection is closed")
        self._wire.write(data)

    def _told(self, asked: Asked) -> bytes:
        """h11 is told of a request; its bytes."""
        if self._http is None:
            self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
        parts = [self._http.send(asked.request())]
        if asked.content:
            parts.append(self._http.send(h11.Data(data=asked.content)))
        parts.append(self._http.send(h11.EndOfMessage()))
        return b"".join(part for part in parts if part)

    async def head(self) -> Head:
        """The final answer's head. Raises one of FAILURES."""
        asked, self._asked = self._asked, None
        if asked is not None:
            data = await self._read()
            if not data:
                raise Closed("closed without an answer")
            found = plain_head(data, MAX_HEADER_BYTES)
            if found is not None:
                self.fresh, self._head = False, None
                rest = len(data) - found.end
                self._body, self._missing = data[found.end :], found.length - rest
                return found.head
            self._looks_like_http(data)
            self._told(asked)
            self._by_h11.receive_data(data)
        while True:
            event = self._by_h11.next_event()
            if event is h11.NEED_DATA:
                if self.received > MAX_HEADER_BYTES:  # and no final head ended in them
                    raise NotHttp("the headers are too large")
                data = await self._read()
                if not self.received:
                    raise Closed("closed without an answer")
                self._looks_like_http(data)
                self._by_h11.receive_data(data)
            elif isinstance(event, h11.Response):
                self.fresh = False
                head = Head(
                    event.status_code, read_by_h11(event.headers), event.reason.decode("latin-1")
                )
                if (
                    sum(len(name) + len(value) + 4 for name, value in head.headers)
                    > MAX_HEADER_BYTES
                ):
                    raise NotHttp("the headers are too large")
                return head
            elif isinstance(event, h11.InformationalResponse):
                if event.status_code == 101:
                    raise NotHttp("status 101")
            else:
                raise Closed("closed without an answer")

    async def piece(self) -> bytes:
        """The next piece of the body, as it comes; empty at its end. Raises one of FAILURES."""
        if self._http is None:
            while not self._body and self._missing > 0:
                self._take_of_body(await self._read())
            data, self._body = self._body, b""
            return data[: self._missing] if self._missing < 0 else data
        while True:
            event = self._by_h11.next_event()
            if isinstance(event, h11.Data):
                if event.data:
                    return bytes(event.data)
            elif event is h11.NEED_DATA:
                self._by_h11.receive_data(await self._read())
            else:
                return b""

    def _take_of_body(self, data: bytes) -> None:
        if not data:  # in h11's words, which takes it for a failure of the same kind
            raise h11.RemoteProtocolError(
                f"peer closed connection without sending complete message body ({self._missing} bytes missing)"
            )
        self._body, self._missing = data, self._missing - len(data)

    def done(self) -> bool:
        """Whether the answer is whole and the connection can be used again; asks for no more bytes, but
        takes a short rest that has come."""
        if self._http is None:
            if self._missing > 0 and self._size < _AHEAD:
                self._missing -= sum(map(len, self._take()))
            return self._asked is None and not self._missing and not self._ahead and self.usable
        http = self._http
        try:
            if http.their_state is h11.SEND_BODY and self._size < _AHEAD:
                for data in self._take():
                    http.receive_data(data)
                while isinstance(http.next_event(), h11.Data):
                    pass
            if self._ahead or http.trailing_data[0]:
                return False
            http.start_next_cycle()
        except h11.ProtocolError:
            return False
        return self.usable

    @property
    def _by_h11(self) -> h11.Connection:
        assert self._http is not None
        return self._http

    def close(self) -> None:
        """Ends it, without waiting for anything."""
        if self._wire is not None:
            self._wire.abort()

    def tunnel(self) -> asyncio.Transport:
        """What is below, after a CONNECT that was answered: for TLS to be spoken over."""
        if self._ahead or self._by_h11.trailing_data[0] or self._wire is None:
            raise NotHttp("bytes before the handshake")
        return self._wire

    async def _read(self) -> bytes:
        """Bytes that came, b"" at the end. Raises Closed where it broke."""
        while not self._ahead:
            if self._over:
                self.ended = True
                if self._error is not None:
                    raise Closed(os_reason(self._error)) from self._error
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        data = b"".join(self._take())
        self.received += len(data)
        return data

    def _take(self) -> list[bytes]:
        taken, self._ahead, self._size = self._ahead, [], 0
        if self._paused and self._wire is not None and not self._wire.is_closing():
            self._wire.resume_reading()
        self._paused = False
        return taken

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _looks_like_http(self, data: bytes) -> None:
        if self._head is None:
            return
        self._head += data[:5]
        if not _HTTP.startswith(self._head[:5]):
            raise NotHttp(f"not HTTP: {self._head[:5]!r}…")  # at once: a banner may be all
        if len(self._head) >= 5:
            self._head = None
