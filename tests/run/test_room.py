"""A disk without room: nothing is looked at, one mail tells without the database, and the gap is told after."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from monitor.config import Config
from monitor.config.values import Size
from monitor.demo.sink import MailSink
from monitor.errors import StoreBusy, StoreError, StoreForeign, StoreFull, StoreMissing
from monitor.model import AlertState, Kind, Reason
from monitor.run.check import check
from monitor.run.deliver import deliver
from monitor.run.room import Cry, is_full, mark, shortage, to_spare
from monitor.store import queue
from monitor.values import replace
from tests.support.mailbox import mails
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def channel(port: int) -> str:
    return f"""[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = ["one@a.example", "two@a.example"]
"""


def wanting(config: Config, least: int) -> Config:
    health = replace(config.health, min_free=Size(least))
    return replace(config, health=health)


def with_least(w: Watch, least: int) -> None:
    w.ctx = replace(w.ctx, config=wanting(w.ctx.config, least))


async def test_below_min_free_nothing_is_looked_at_and_it_is_told_once(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        await w.look()
        with_least(w, 10**18)
        asked = len(w.blog.asked)
        told = []
        for _ in range(3):
            w.clock.now += timedelta(minutes=15)
            result = await check(w.ctx)
            told += result.events
            assert result.blind
            assert "min_free wants" in result.no_room
        assert len(w.blog.asked) == asked
        assert [(e.kind, e.reason) for e in told] == [(Kind.WATCH_STOPPED, Reason.DISK)]
        await deliver(w.ctx)
        assert len(mails(sink)) == 2
        with_least(w, 1)
        w.blog.posts[0].status = 404
        again = await w.look(15)
        assert [(e.kind, e.reason) for e in again] == [(Kind.WATCH_RESUMED, Reason.DISK)]
        await deliver(w.ctx)
        last = mails(sink)[-1].get_body(("plain",))
        assert last is not None
        assert "1 post is missing now" in last.get_content()
        assert w.blog.posts[0].title in last.get_content()


async def test_the_default_gives_way_on_a_small_disk_and_a_server_has_its_own(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, posts(3)) as w:
        assert shortage(w.ctx.config, tmp_path / "x.db") == ""
        assert shortage(wanting(w.ctx.config, 10**18), tmp_path / "x.db")
        assert shortage(wanting(w.ctx.config, 10**18), None) == ""


async def test_a_full_disk_is_told_once_by_mail_and_as_an_event_afterwards(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        await w.look()
        path = w.ctx.store.path
        assert path is not None

        def room(pages: int) -> None:
            # SQLite's own bound: a database that may not grow fails as one on a full disk does.
            w.ctx.store.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").all())

        room(1)
        for post in w.blog.posts:
            post.paragraphs[0] += " It rained." * 20_000
        w.clock.now += timedelta(minutes=15)
        with pytest.raises(StoreFull) as full:
            for _ in range(9):
                await check(w.ctx, everything=True)
        assert is_full(full.value, path)
        cry = Cry(path)
        for _ in range(2):
            assert await cry.tell(w.ctx.config, full.value, w.clock.now) == {}
            cry = Cry(path)  # another process
        found = mails(sink)
        assert [str(m["To"]) for m in found] == ["one@a.example", "two@a.example"]
        assert str(found[0]["Subject"]) == "postwatch could not look: the disk is full"
        assert found[0]["X-Postwatch-Kind"] == "watch_stopped"
        text, html = (found[0].get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None and html is not None
        for part in (text.get_content(), html.get_content()):
            assert "Make room, then run: postwatch check" in part
        assert mark(path).exists()
        room(10**6)
        told = await w.look(15)
        assert [e.kind for e in told[:2]] == [Kind.WATCH_STOPPED, Kind.WATCH_RESUMED]
        assert not mark(path).exists()
        await deliver(w.ctx)
        # What told of it at the time is what told the event: nobody reads twice that we could not look.
        subjects = [str(m["Subject"]) for m in mails(sink) if m["X-Postwatch-Kind"] != "edited"]
        assert (
            subjects
            == ["postwatch could not look: the disk is full"] * 2 + ["postwatch looks again"] * 2
        )
        with w.ctx.store.read() as conn:
            alerts = queue.alerts(conn, event_id=told[0].id)
        assert {(a.state, a.message_id) for a in alerts} == {
            (AlertState.SENT, str(m["Message-ID"]).strip("<>")) for m in found
        }


async def test_passes_that_fail_together_tell_of_a_full_disk_once(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        cry = Cry(w.ctx.store.path)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(cry.tell, w.ctx.config, StoreFull("full"), w.clock.now)
        assert [str(m["To"]) for m in mails(sink)] == ["one@a.example", "two@a.example"]


async def test_who_read_that_there_is_no_room_is_not_told_that_the_disk_is_full(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        await w.look()
        with_least(w, 10**18)
        assert to_spare(w.ctx.store) == set()
        await check(w.ctx)
        assert to_spare(w.ctx.store) == set()  # it waits to be told
        await deliver(w.ctx)
        spared = to_spare(w.ctx.store)
        assert spared == {("mail", "one@a.example"), ("mail", "two@a.example")}
        await Cry(w.ctx.store.path).tell(w.ctx.config, StoreFull("full"), w.clock.now, but=spared)
        assert len(mails(sink)) == 2


async def test_a_database_in_use_is_no_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.run.room._NOTHING", 10**18)
    assert is_full(StoreError("disk I/O error"), tmp_path / "x.db")
    for error in (StoreBusy("x"), StoreMissing("x"), StoreForeign("x")):
        assert not is_full(error, tmp_path / "x.db")


async def test_a_channel_that_is_away_is_named(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3), more=channel(9)) as w:
        told = await Cry(None).tell(w.ctx.config, StoreFull("full"), w.clock.now)
        assert list(told) == ["mail"]
