"""`run` and `serve`: the daemon, and the pages alone."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..config import Config, WebConfig, may_listen, split_listen, stamp_of
from ..errors import PostwatchError, UsageError
from . import common
from .ending import Ending

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from ..run.check import PassResult
    from ..run.heartbeat import Heartbeat
    from ..store import Store
    from ..web.serving import Front, PageServer

log = logging.getLogger("postwatch")

#: How often the pages alone look whether their config has changed, as the daemon does.
CONFIG_LOOK = timedelta(seconds=20)


@click.command(epilog="Example: postwatch run   (stop it with Ctrl-C or SIGTERM)")
@common.config_option
def run(config: str | None) -> int:
    """Watch for good: check what is due, send alerts and, with a [web] section, show the pages."""
    from ..run import daemon
    from ..run.renamed import renamed
    from ..run.restoring import held_said
    from ..store import queue

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # nothing is in hand yet
    settings = common.load_config(config)
    store = common.open_store(settings, write=True)
    ending = Ending()
    try:
        with store.lock("run"):
            store.write(queue.release_all)
            common.warn_of_readers(settings)
            if not settings.channels:
                common.progress("nobody is told: the config has no channel")
            if not settings.sites:
                common.progress("no sites yet; add one: postwatch add https://example.com/blog/")
            with store.read() as conn:
                said = [*filter(None, (held_said(conn),)), *renamed(conn, settings)]
            for line in said:
                common.progress(line)

            shown = Shown(store)

            async def pages(c: Config, beat: Heartbeat) -> None:
                shown.beat = beat
                await shown.serve_apart(c, c.web or WebConfig())

            hold_what_is_there()
            run_to_end(
                daemon.run(
                    settings,
                    store,
                    reload=partial(common.load_config, str(settings.path)),
                    serve=pages if settings.web is not None else None,
                    on_pass=log_pass,
                    on_config=shown.take_up,
                    on_stop=ending.begin,
                )
            )
    finally:
        store.close()
    ending.leave()
    return 0


#: `gc.set_threshold` of what runs for good: no page waits longer than a few milliseconds for it.
COLLECT = (50_000, 10, 50)


def hold_what_is_there() -> None:
    """Has cycles looked for in what is new alone, and not in what the program holds from its start."""
    gc.set_threshold(*COLLECT)
    gc.collect()
    gc.freeze()


def run_to_end(daemon: Coroutine[Any, Any, None]) -> None:
    """`asyncio.run`, but that threads which still wait for others (a name server) are not waited for."""
    from ..net.loop import new_loop

    loop = new_loop()
    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(daemon)
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=1.0))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sig, signal.SIG_IGN)  # told once more, while all is put away


def log_pass(result: PassResult) -> None:
    took = (result.ended - result.started).total_seconds() if result.ended else 0.0
    log.info(
        "pass sites=%d looked=%d events=%d suspected=%d took=%.1fs%s",
        len(result.outcomes),
        sum(o.looked for o in result.outcomes),
        len(result.events),
        sum(o.suspected for o in result.outcomes),
        took,
        f" failed={'; '.join(result.troubles)}" if result.troubles else "",
    )
    for event in result.events:
        log.info("event id=%d kind=%s site=%s url=%s", event.id, event.kind, event.site, event.url)


@click.command(epilog="Example: postwatch serve   (then open http://127.0.0.1:8787/)")
@common.config_option
@click.option("--listen", metavar="HOST:PORT", help="Where to listen, in place of the config's.")
def serve(config: str | None, listen: str | None) -> int:
    """Show the pages alone."""
    settings = common.load_config(config)
    web = settings.web or WebConfig()
    if listen is not None:
        if split_listen(listen)[1] < 0:
            raise UsageError(
                f'--listen "{listen}": expected a host and port such as 127.0.0.1:8787'
            )
        import msgspec

        web = msgspec.structs.replace(web, listen=listen)
        if not may_listen(web):
            raise UsageError(
                f'--listen "{listen}": beyond loopback [web] needs a password, or public = true'
            )
    store = common.open_store(settings, write=False)
    try:
        # The file that was found, not another that would be now.
        fresh = partial(common.load_config, str(settings.path))
        asyncio.run(_alone(Shown(store), settings, web, fresh))
    finally:
        store.close()
    return 0


async def _alone(
    shown: Shown, config: Config, web: WebConfig, reload: Callable[[], Config]
) -> None:
    following = asyncio.create_task(shown.follow(config, reload, CONFIG_LOOK))
    try:
        await shown.serve(config, web, own_signals=True)
    finally:
        following.cancel()


class Shown:
    """The pages of one store, under the newest config."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.beat: Heartbeat | None = None  #: of the daemon that shows them
        self._named = ""  #: where the config has them
        self._listen = ""  #: where they are, once they are
        self._front: Front | None = None
        self._server: PageServer | None = None
        self._ended = False

    async def serve_apart(self, config: Config, web: WebConfig) -> None:
        """`serve` until cancelled, in a thread with an event loop of its own: what keeps the watch's
        loop busy (a pass over ten thousand posts begins with half a second of work) holds up no reader."""
        serving = asyncio.ensure_future(
            asyncio.to_thread(asyncio.run, self.serve(config, web, own_signals=False))
        )
        try:
            await asyncio.shield(serving)
        finally:
            self._ended = True
            if self._server is not None:
                self._server.should_exit = True
            await asyncio.wait([serving])

    async def serve(self, config: Config, web: WebConfig, *, own_signals: bool) -> None:
        """Serves until cancelled or told to stop. The daemon has signal handlers of its own."""
        from ..web.serving import Front, page_server

        listener = listen_on(web.listen)
        self._named = (config.web or WebConfig()).listen
        host, port = listener.getsockname()[:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._listen = where if port != split_listen(web.listen)[1] else web.listen
        app = self._app(config, web)
        if web.password:
            await app.state.lock.keys()  # a database that cannot be read is said now
        self._front = Front(app)
        common.progress(f"pages: http://{where}/")
        hold_what_is_there()  # once more: by now the pages' modules are there
        server = self._server = page_server(self._front)
        if self._ended:  # never back to False: the other thread may have set it just now
            server.should_exit = True
        if own_signals:
            for sig in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(
                    sig, lambda: setattr(server, "should_exit", True)
                )
        try:
            await server.serve(sockets=[listener])
        finally:
            listener.close()

    async def follow(self, config: Config, reload: Callable[[], Config], every: timedelta) -> None:
        """Takes up what the config's file says whenever it has changed, until cancelled; a bad one is refused
        and the old one kept."""
        stamp = stamp_of(config.path)
        while True:
            await asyncio.sleep(every.total_seconds())
            if (found := stamp_of(config.path)) == stamp:
                continue
            stamp = found
            try:
                fresh = reload()
                if not may_listen(self._bound(fresh.web or WebConfig())):
                    raise UsageError(f"beyond loopback ({self._listen}) [web] needs a password")
            except PostwatchError as e:
                log.error("the changed config is refused, the old one stays in force: %s", e)
                continue
            self.take_up(fresh)
            log.info("config=%s reloaded, %d sites", fresh.path, len(fresh.sites))

    def take_up(self, config: Config) -> None:
        """Lets the pages follow a changed config: its password too. They stay where they are."""
        named = config.web.listen if config.web is not None else ""
        if named != self._named:
            where = f"at {named}" if named else "off"
            log.warning("[web] has changed: the pages are %s from the next start on", where)
            self._named = named
        if self._front is None:
            return
        if not may_listen(self._bound(config.web or WebConfig())):
            # They stay where they are, and there nobody may be let in unasked.
            log.error(
                "the pages keep their old password: beyond loopback (%s) there must be one",
                self._listen,
            )
        else:
            self._front.app = self._app(config, config.web or WebConfig())

    def _bound(self, web: WebConfig) -> WebConfig:
        """The table, with where the pages truly are."""
        import msgspec

        return msgspec.structs.replace(web, listen=self._listen)

    def _app(self, config: Config, web: WebConfig) -> Starlette:
        import msgspec

        from ..web.app import create_app

        settings = msgspec.structs.replace(config, web=self._bound(web))
        return create_app(self._store, settings, common.now, self.beat)


def listen_on(listen: str) -> socket.socket:
    """A bound socket; PostwatchError says in one line why it can't be had."""
    host, port = split_listen(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as e:
        sock.close()
        raise PostwatchError(f"cannot listen on {listen}: {e.strerror}") from None
    return sock
