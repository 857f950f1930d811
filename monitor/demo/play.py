"""Plays the story: real fetches, real SQLite, real SMTP, real pages, in a new folder on free ports."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, field

from ..config import Config, load
from ..model import Event
from ..notify import option_types
from ..run.check import check
from ..run.context import Context
from ..run.deliver import deliver
from ..run.opening import now, opened
from ..show.terminal import event_lines
from ..store import Store
from ..web.app import create_app
from ..web.serving import page_server
from . import story
from .blog import Blog, Reply
from .sink import MailSink

#: Passes a step may take before the demo gives up on it; confirmations need two or three.
MOST_PASSES = 8
#: Seconds between two passes, so that the intervals of the story can be read.
PAUSE = 1.0


class Played(Struct):
    """What came of the story."""

    folder: Path
    pages: str
    kinds: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)  #: subjects
    mail_kinds: list[str] = field(default_factory=list)
    post: int | None = None  #: the post the story is about

    @property
    def as_told(self) -> bool:
        """Whether exactly the events and mails of the story came, in its order."""
        return tuple(self.kinds) == story.EVENTS and tuple(self.mail_kinds) == story.MAILS


class Player:
    """One playing of the story. `say` takes each line as it happens."""

    def __init__(
        self, say: Callable[[str], None], *, colour: bool, unicode: bool, width: int
    ) -> None:
        self._say = say
        self._colour, self._unicode, self._width = colour, unicode, width
        self._started = time.monotonic()

    async def play(self, *, stay: asyncio.Event | None, ready: Callable[[Played], None]) -> Played:
        """Plays the story; with `stay`, keeps the pages up until it is set. `ready` is called once the
        story is over and the pages are up."""
        folder = Path(tempfile.mkdtemp(prefix="postwatch-demo-"))
        listener = socket.create_server(("127.0.0.1", 0))
        pages = f"http://127.0.0.1:{listener.getsockname()[1]}"
        played = Played(folder, pages)
        with Blog(story.posts()) as blog:
            async with MailSink(folder / "mail") as sink:
                config = _config(folder, blog, sink, pages)
                store = Store.open(config.database_url, create=True, upgrade=True, clock=now)
                server = page_server(create_app(store, config, now))
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                try:
                    self._say(
                        f"A blog of {len(blog.posts)} posts is up at {blog.url} and is being watched."
                    )
                    async with opened(config, store, json_output=True) as ctx:
                        await self._story(ctx, blog, sink, played)
                    ready(played)
                    if stay is not None:
                        await stay.wait()
                finally:
                    server.should_exit = True
                    with contextlib.suppress(asyncio.CancelledError):
                        await serving
                    listener.close()
                    store.close()
        return played

    async def _story(self, ctx: Context, blog: Blog, sink: MailSink, played: Played) -> None:
        async def until(kind: str) -> None:
            for _ in range(MOST_PASSES):
                result = await check(ctx, everything=True)
                await deliver(ctx)
                for event in result.events:
                    played.kinds.append(event.kind.value)
                    if event.kind == "removed":
                        played.post = event.post
                    self._tell(event)
                self._tell_mails(sink, played)
                if any(e.kind == kind for e in result.events):
                    return
                await asyncio.sleep(PAUSE)
            self._say(f"  expected {kind}, and it did not come")

        await check(ctx, everything=True)
        await self._step("The first pass is the baseline: it tells nothing.")
        blog.posts.append(story.agency_post())
        await self._step("The company publishes a post about its work for a public agency.")
        await until("published")
        older = blog.post(story.REMOTE)
        older.paragraphs = [p.replace(story.PROMISE, "").strip() for p in older.paragraphs]
        await self._step("A promise is taken out of an older post; no note says so.")
        await until("edited")
        blog.override = lambda _: Reply(503, "<h1>Service unavailable</h1>")
        await self._step("An outage: every page answers 503. Nothing is called removed.")
        await until("site_unreachable")
        blog.override = lambda _: None
        await until("site_recovered")
        agency = blog.post(story.AGENCY)
        agency.status, agency.listed = 404, False
        await self._step("Amid public outcry the post about the agency is taken down.")
        await until("removed")
        agency.status, agency.listed = 200, True
        agency.paragraphs[0] = agency.paragraphs[0].replace(story.PROUD, "").strip()
        await self._step("Hours later it is back, one sentence shorter.")
        await until("reinstated")
        # One more look: nothing further may come of it.
        result = await check(ctx, everything=True)
        await deliver(ctx)
        played.kinds += [e.kind.value for e in result.events]
        self._tell_mails(sink, played)

    def _clock(self) -> str:
        seconds = int(time.monotonic() - self._started)
        return f"{seconds // 60}:{seconds % 60:02}"

    async def _step(self, text: str) -> None:
        """Says what the company does; a moment passes before the next look."""
        await asyncio.sleep(PAUSE)
        self._say(f"\n{self._clock()}  {text}")

    def _tell(self, event: Event) -> None:
        lines = event_lines(
            event, colour=self._colour, unicode=self._unicode, width=self._width - 6
        ).splitlines()
        self._say("\n".join("      " + line for line in lines))

    def _tell_mails(self, sink: MailSink, played: Played) -> None:
        for file in sink.files[len(played.mails) :]:
            mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            played.mails.append(str(mail["Subject"]))
            played.mail_kinds.append(str(mail["X-Postwatch-Kind"]))
            self._say(f"      mail {len(played.mails)}: {mail['Subject']}")


def _config(folder: Path, blog: Blog, sink: MailSink, pages: str) -> Config:
    """A config as a person would write it, but in a hurry: seconds in place of minutes."""
    path = folder / "postwatch.toml"
    path.write_text(
        f"""# The demo's config: as yours would be, but in a hurry.
[fetch]
allow_private_networks = true
per_host_delay = "0s"
per_host_concurrency = 4

[schedule]
every = "1s"

[removal]
confirmations = 3
confirm_every = "1s"
min_missing = "2s"

[edits]
confirm_after = "500ms"

[health]
alert_after = "0s"

[web]
listen = "{pages.removeprefix("http://")}"
base_url = "{pages}"

[[site]]
name = "corvane"
url = "{blog.url}"

[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{sink.port}"
from = "postwatch@demo.example"
to = ["desk@demo.example"]
""",
        encoding="utf-8",
    )
    return load(path, option_types())
