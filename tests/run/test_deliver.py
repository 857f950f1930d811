"""From the queue to a real SMTP server: once to each recipient, kept while it is away."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from monitor.demo.sink import MailSink
from monitor.run.deliver import deliver
from monitor.store import queue
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def channel(port: int, to: str = '"one@a.example", "two@a.example"') -> str:
    return f"""[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = [{to}]
"""


async def edited(w: Watch) -> int:
    await w.look()
    w.blog.posts[0].paragraphs[0] += " It rained."
    (event,) = await w.look(15)
    return event.id


async def test_each_recipient_once(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port)) as w:
        event = await edited(w)
        for _ in range(3):
            await deliver(w.ctx)
        mails = [
            email.message_from_bytes(f.read_bytes(), policy=email.policy.default)
            for f in sink.files
        ]
        assert sorted(str(m["To"]) for m in mails) == ["one@a.example", "two@a.example"]
        assert len({str(m["Message-ID"]) for m in mails}) == 2
        for mail in mails:
            text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
            assert text is not None
            assert html is not None
            for part in (text.get_content(), html.get_content()):
                assert "It rained." in part
        with w.ctx.store.read() as conn:
            assert {a.state.value for a in queue.alerts(conn, event_id=event)} == {"sent"}


async def test_a_server_that_is_away_loses_nothing(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(3), more=channel(9, '"one@a.example"')) as w:
        event = await edited(w)
        done = await deliver(w.ctx)
        assert "mail" in done.failed
        assert not done.sent
        assert (await deliver(w.ctx)).failed == {}  # not due again yet
        with w.ctx.store.read() as conn:
            (alert,) = queue.alerts(conn, event_id=event)
        assert alert.state.value == "pending"
        assert alert.error
        w.clock.now = alert.due_at
        assert "mail" in (await deliver(w.ctx)).failed
        with w.ctx.store.read() as conn:
            (again,) = queue.alerts(conn, event_id=event)
        assert again.attempts == 2
        assert again.due_at > alert.due_at


async def test_a_claim_that_was_never_marked_is_sent_again_under_the_same_id(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port, '"one@a.example"')) as w:
        await edited(w)
        await deliver(w.ctx)
        first = sink.files[0].read_bytes()

        def forget(conn: object) -> None:
            from sqlalchemy import Connection, update

            from monitor.store import tables

            assert isinstance(conn, Connection)
            conn.execute(update(tables.alerts).values(state="pending", due_at=w.clock.now))

        await w.ctx.store.awrite(forget)
        await deliver(w.ctx)
        ids = [
            email.message_from_bytes(f, policy=email.policy.default)["Message-ID"]
            for f in (first, sink.files[1].read_bytes())
        ]
        assert ids[0] == ids[1]
