"""What is still so is said again, in the thread it was told in; a channel with nothing to tell gives a sign."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.blog import Reply
from monitor.demo.sink import MailSink
from monitor.model import Kind
from monitor.run.deliver import deliver
from monitor.store import queue
from tests.support.mailbox import mails, plain
from tests.support.prose import many, posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def channel(port: int, more: str = "") -> str:
    return f"""[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = ["one@a.example"]
{more}
"""


async def removed(w: Watch, *at: int) -> None:
    """These posts are told of as removed."""
    await w.look()
    batch = len(at) >= 5
    for n in at:
        w.blog.posts[n].status, w.blog.posts[n].listed = 404, False
    told = []
    for _ in range(20 if batch else 4):
        told += await w.look(10, everything=batch)
    assert [e.kind for e in told] == [Kind.REMOVED] * len(at)
    await deliver(w.ctx)


def back(w: Watch, n: int) -> None:
    w.blog.posts[n].status, w.blog.posts[n].listed = 200, True


async def a_day(w: Watch, days: float = 1) -> list[Kind]:
    """Time goes by with two looks a day."""
    told = []
    for _ in range(max(1, int(days * 2))):
        told += await w.look(720 if days >= 0.5 else 60)
    await deliver(w.ctx)
    return [e.kind for e in told]


async def test_a_post_that_is_still_gone_is_said_again_in_its_thread(
    tmp_path: Path, sink: MailSink
) -> None:
    silent = channel(sink.port, 'still_watching = "off"')
    async with watching(tmp_path, posts(3), more=silent) as w:
        await removed(w, 0)
        await a_day(w)
        first, again = mails(sink)
        assert again["Subject"] == f"Re: {first['Subject']}"
        assert first["Message-ID"] in str(again["References"]) + str(again["In-Reply-To"])
        assert first["Message-ID"] != again["Message-ID"]
        assert "Still gone after 1 d" in plain(again)
        assert "it had not come back" in plain(again)
        await a_day(w, 5)
        assert len(mails(sink)) == 2
        await a_day(w, 1)
        assert "Still gone after 7 d" in plain(mails(sink)[2])
        await a_day(w, 9)
        assert len(mails(sink)) == 3


async def test_what_came_back_is_not_reminded_of(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        await removed(w, 0)
        back(w, 0)
        assert await a_day(w, 8) == [Kind.REINSTATED]
        assert len(mails(sink)) == 2  # removed, reinstated


async def test_removed_again_only_the_latest_removal_is_reminded_of(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        await removed(w, 0)
        back(w, 0)
        await w.look(60)
        w.blog.posts[0].status = 404
        assert [e.kind for e in await w.looks(20)] == [Kind.REMOVED]
        await deliver(w.ctx)
        await a_day(w, 1.5)
        subjects = [str(m["Subject"]) for m in mails(sink)]
        assert len([s for s in subjects if s.startswith("Re:")]) == 1


async def test_a_batch_is_reminded_of_as_one_and_counts_what_is_left(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, many(12), more=channel(sink.port)) as w:
        await removed(w, *range(6))
        (first,) = mails(sink)
        back(w, 2)
        await a_day(w)
        again = mails(sink)[-1]
        assert again["Subject"] == f"Re: {first['Subject']}"
        assert "Still gone after 1 d: 5 of the 6 told then" in plain(again)
        assert w.blog.posts[2].title not in plain(again)


@pytest.mark.parametrize("remind", ["[]", '["2d"]'])
async def test_what_the_config_does_not_want_any_more_is_dropped(
    tmp_path: Path, sink: MailSink, remind: str
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port, f"remind = {remind}")) as w:
        await removed(w, 0)
        await a_day(w, 1.5)
        assert len(mails(sink)) == 1


async def test_who_was_not_told_yet_is_told_first(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(3), more=channel(9)) as w:
        await removed(w, 0)
        await a_day(w, 1.5)
        assert mails(sink) == []
        with w.ctx.store.read() as conn:
            news, day, week = queue.alerts(conn, event_id=1)
        assert (news.state.value, day.state.value, week.state.value) == ("pending",) * 3
        assert day.due_at > w.clock.now and not day.error


async def test_a_site_that_still_cannot_be_seen(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        await w.look()
        w.answer_all(Reply(503, body="down"))
        assert [e.kind for e in await w.looks(8)] == [Kind.SITE_UNREACHABLE]
        await deliver(w.ctx)
        await a_day(w)
        first, again = mails(sink)
        assert again["Subject"] == f"Re: {first['Subject']}"
        assert "Still unreachable after 1 d" in plain(again)
        w.answer_all(None)
        assert await a_day(w, 8) == [Kind.SITE_RECOVERED]
        assert len(mails(sink)) == 3


async def test_what_is_missing_when_a_site_is_seen_again_is_in_the_mail(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(5), more=channel(sink.port)) as w:
        await w.look()
        w.answer_all(Reply(503, body="down"))
        await w.looks(8)
        w.answer_all(None)
        w.blog.posts[1].status = 404
        assert [e.kind for e in await w.look(30)] == [Kind.SITE_RECOVERED]
        await deliver(w.ctx)
        mail = mails(sink)[-1]
        assert "1 post is missing now" in plain(mail)
        assert w.blog.posts[1].title in plain(mail)


async def test_a_week_of_silence_gives_one_sign_of_life(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(4), more=channel(sink.port)) as w:
        await w.look()
        start = w.clock.now
        for _ in range(2 * 24):
            await w.look(720)
            await deliver(w.ctx)
        found = mails(sink)
        assert len(found) in (2, 3)  # of 24 days, by the Mondays in it
        assert all(m["Subject"] == "Nothing new: 4 of 4 posts seen within a day" for m in found)
        assert len({m["Message-ID"] for m in found}) == len(found)
        assert w.clock.now - start == timedelta(days=24)
        assert "corvane: 4 of 4 seen within a day" in plain(found[0])


async def test_no_sign_of_life_where_there_was_news_or_it_is_off(
    tmp_path: Path, sink: MailSink
) -> None:
    daily = 'still_watching = "daily"\nremind = []'
    async with watching(tmp_path, posts(4), more=channel(sink.port, daily)) as w:
        await w.look()
        await a_day(w, 2)
        signs = len(mails(sink))
        assert signs >= 1
        w.blog.posts[0].paragraphs[0] += " It rained."
        assert await a_day(w, 0.25) == [Kind.EDITED]
        await a_day(w, 0.5)
        assert [str(m["X-Postwatch-Kind"]) for m in mails(sink)[signs:]] == ["edited"]
    off = MailSink(tmp_path / "off")
    async with (
        off,
        watching(tmp_path / "off", posts(4), more=channel(off.port, 'still_watching = "off"')) as w,
    ):
        await w.look()
        await a_day(w, 20)
        assert mails(off) == []


async def test_a_slow_channel_holds_no_others_round(tmp_path: Path, sink: MailSink) -> None:
    """A round leaves alone the channels that an earlier round is still at."""
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        busy = {"mail"}
        await w.look()
        w.blog.posts[0].paragraphs[0] += " It rained."
        await w.look(15)
        await deliver(w.ctx, busy=busy)
        assert mails(sink) == []
        await deliver(w.ctx, busy=set())
        assert len(mails(sink)) == 1
