"""An HTTP server for the pages that leaves signals to whoever runs it (daemon, demo, tests)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from .wire import Wire

#: Seconds that answers under way have at the end: the daemon as a whole has ten.
LAST_ANSWERS = 3


class PageServer(uvicorn.Server):
    """uvicorn without its signal handlers: set `should_exit` to end it."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until `should_exit`."""
        for listener in sockets or []:
            # Taken over by each connection. asyncio sets it only on sockets that name their protocol, and
            # without it an answer, which leaves in two writes, waits 40 ms for the first to be noticed.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().serve(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Nothing is captured."""
        yield


class Front:
    """An ASGI application that is the one it was given last: pages under a config that changes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers by the application of this moment."""
        await self.app(scope, receive, send)


def page_server(app: ASGIApp) -> PageServer:
    """A server for the app; `await server.serve(sockets=[…])`."""
    return PageServer(
        uvicorn.Config(
            app,
            http=Wire,  # "auto" would take another where it is installed
            ws="none",
            log_config=None,
            log_level="warning",
            lifespan="off",
            server_header=False,
            # Whoever wrote X-Forwarded-For, the address is the connection's: guesses are counted by it.
            proxy_headers=False,
            timeout_graceful_shutdown=LAST_ANSWERS,
        )
    )
