"""HTTP as it comes over a connection: what never becomes a request gets an answer as guarded as a page.

uvicorn answers by itself what it cannot read, and waits for ever for who sends nothing. Here both are ours:
the headers of every answer, how long a request may take to arrive, how many connections there may be.
"""

from __future__ import annotations

import asyncio
import sys
from http import HTTPStatus
from typing import ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .access import GUARDED

_SAID = {
    400: "This is no HTTP request that we can read.",
    408: "The request did not arrive in time.",
    431: "The address or the headers are too long.",
    501: "A body in this coding cannot be read.",
    503: "Too many are asking at once. Try again in a moment.",
}


class Wire(H11Protocol):
    """A connection. Whoever asks is answered; whoever keeps us waiting makes room for who asks."""

    #: Seconds in which a request has to arrive whole, its form included, from its first byte on; and in which
    #: something of an answer has to be taken.
    PATIENCE: ClassVar[float] = 20.0
    #: Connections at once: well under the 1,024 open files that a process commonly may have.
    MOST: ClassVar[int] = 250

    #: Seconds in which what is still on its way to us is thrown away, once we have answered and will not read
    #: on: to close at once would reset the connection, and the answer with it (RFC 9112 9.6).
    LINGER: ClassVar[float] = 1.0

    _timer: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _ended = False
    _since = 0.0  #: when it last began or ended a request, by the loop's clock

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes a connection, in place of one that keeps us waiting where there are too many."""
        super().connection_made(transport)
        self._since = self.loop.time()
        if len(self.connections) > self.MOST:
            others = [c for c in cast(set[Wire], self.connections) if c is not self and c.waits]
            if not others:
                self._end(503)
                return
            min(others, key=lambda c: c._since).make_room()
        self._timer = self.loop.call_later(self.PATIENCE, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets it."""
        self._stop()
        if self._taking is not None:
            self._taking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what comes."""
        if not self._ended:
            super().data_received(data)

    def handle_events(self) -> None:
        """Takes what has arrived, and looks at whether more has to come."""
        super().handle_events()
        if self._ended or self.transport.is_closing():
            return
        if not self._begun:
            self._stop()
            if self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None:
                # uvicorn forgets to wait where the rest of a form came after its answer.
                self.timeout_keep_alive_task = self.loop.call_later(
                    self.timeout_keep_alive, self.timeout_keep_alive_handler
                )
        elif self._timer is None:
            self._since = self.loop.time()
            self._timer = self.loop.call_later(self.PATIENCE, self._too_late)

    def on_response_complete(self) -> None:
        """Waits for the next request, and for this answer to be taken."""
        super().on_response_complete()
        self._taken(sys.maxsize)

    def send_400_response(self, msg: str) -> None:
        """Answers what could not be read; uvicorn calls it while it handles h11's error."""
        error = sys.exc_info()[1]
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        self._end(status if status in _SAID else 400)

    @property
    def waits(self) -> bool:
        """Whether it is the other side that we wait for: to ask, to send the rest, to take the answer."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered or self._begun or self.flow.write_paused

    def make_room(self) -> None:
        """Ends it for another's sake."""
        self.connections.discard(self)
        self._too_late()
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    @property
    def _begun(self) -> bool:
        """Whether a request has begun to arrive, and is not whole."""
        if self.conn.their_state is h11.IDLE:
            return bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        if self._begun and not self._ended:
            self._end(408)
        else:
            self._stop()
            self.transport.close()

    def _taken(self, before: int) -> None:
        """Ends it where nothing of an answer was taken for so long: it would stay in memory."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        elif left:
            self._taking = self.loop.call_later(self.PATIENCE, self._taken, left)

    def _end(self, status: int) -> None:
        """Says one line, unless an answer has begun, and reads no more."""
        self._stop()
        self._ended = True
        if self.cycle is not None:
            self.cycle.disconnected = True  # the application has nobody to answer any more
            self.cycle.message_event.set()
        if self.transport.is_closing() or self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        body = f"{_SAID[status]}\n".encode()
        headers = {
            **GUARDED,
            "content-type": "text/plain; charset=utf-8",
            "content-length": str(len(body)),
            "connection": "close",
        }
        if status == 503:
            headers["retry-after"] = "5"
        phrase = HTTPStatus(status).phrase
        head = h11.Response(status_code=status, headers=[*headers.items()], reason=phrase)
        bare = self.conn.our_state is h11.SEND_RESPONSE and self.scope["method"] == "HEAD"
        for event in (head, *([] if bare else [h11.Data(data=body)]), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.write_eof()
        self._timer = self.loop.call_later(self.LINGER, self.transport.close)
