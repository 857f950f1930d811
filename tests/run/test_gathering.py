"""What waits together is told together: batches, bursts, ceilings, quiet hours; nothing is dropped."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from monitor.demo.sink import MailSink
from monitor.model import Event, Kind, Reason
from monitor.run.alerts import append_event
from monitor.run.deliver import deliver
from monitor.store import events, queue, tables
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def channel(port: int, more: str = "", to: str = '"one@a.example"') -> str:
    return f"""[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = [{to}]
{more}
"""


async def happened(
    w: Watch, n: int, kind: Kind = Kind.REMOVED, batch: str | None = None
) -> list[Event]:
    """So many events of one kind, told now."""
    site = w.ctx.config.site("corvane")

    def write(conn: Connection) -> list[Event]:
        first = events.head(conn)[0]
        return [
            append_event(
                conn,
                w.ctx,
                Event(
                    kind=kind,
                    reason=Reason.NOT_FOUND if kind is Kind.REMOVED else None,
                    detected_at=w.clock.now,
                    site="corvane",
                    post=1,
                    url=f"{w.blog.url}made-up-{i}",
                    title=f"Made-up post {i}.",
                    batch=batch,
                ),
                site,
            )
            for i in range(first, first + n)
        ]

    return await w.ctx.store.awrite(write)


def told(sink: MailSink) -> list[list[str]]:
    """The titles in each mail, in the order the mails came; the subject is `subjects`."""
    found = []
    for file in sink.files:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        text = mail.get_body(("plain",))
        assert text is not None
        titles = re.findall(r"Made-up post \d+\.", text.get_content())
        found.append(list(dict.fromkeys(titles)))
    return found


def subjects(sink: MailSink) -> list[str]:
    mails = (
        email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in sink.files
    )
    return [str(m["Subject"]) for m in mails]


async def test_five_hundred_removed_at_once_are_one_mail_a_recipient(
    tmp_path: Path, sink: MailSink
) -> None:
    both = channel(sink.port, to='"one@a.example", "two@a.example"')
    async with watching(tmp_path, posts(2), more=both) as w:
        await w.look()
        await happened(w, 500, batch="b")
        done = await deliver(w.ctx)
        assert done.sent == {"mail": 2}
        assert subjects(sink) == ["corvane: 500 posts removed"] * 2
        with w.ctx.store.read() as conn:
            assert queue.waiting(conn) == {}


async def test_a_few_come_one_by_one_a_burst_comes_as_a_list(
    tmp_path: Path, sink: MailSink
) -> None:
    async with watching(tmp_path, posts(2), more=channel(sink.port)) as w:
        await w.look()
        await happened(w, 5)
        await deliver(w.ctx)
        assert [len(t) for t in told(sink)] == [1] * 5
        await happened(w, 6)
        await deliver(w.ctx)
        assert [len(t) for t in told(sink)] == [1] * 5 + [6]


async def test_over_the_ceiling_nothing_is_dropped(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(2), more=channel(sink.port, "max_per_hour = 3")) as w:
        await w.look()
        for _ in range(12):
            await happened(w, 2)
            await deliver(w.ctx)
            w.clock.now += timedelta(minutes=10)
        for _ in range(3):
            w.clock.now += timedelta(hours=1)
            await deliver(w.ctx)
        sent = told(sink)
        assert {t for titles in sent for t in titles} == {f"Made-up post {n}." for n in range(24)}
        with w.ctx.store.read() as conn:
            assert queue.waiting(conn) == {}
            at: list[datetime] = sorted(
                conn.execute(
                    tables.alerts.select()
                    .where(tables.alerts.c.notice == "")
                    .with_only_columns(tables.alerts.c.sent_at)
                    .distinct()
                ).scalars()
            )
        assert len(at) <= len(sent) < 24
        for start in at:
            within = [x for x in at if start <= x < start + timedelta(hours=1)]
            assert len(within) <= 3


async def test_a_digest_is_one_mail(tmp_path: Path, sink: MailSink) -> None:
    more = channel(sink.port, 'now = ["removed"]\ndigest = "hourly"')
    async with watching(tmp_path, posts(2), more=more) as w:
        await w.look()
        await happened(w, 3, Kind.MOVED)
        await happened(w, 1)
        await deliver(w.ctx)
        assert [len(t) for t in told(sink)] == [1]
        w.clock.now += timedelta(hours=1)
        await deliver(w.ctx)
        assert [len(t) for t in told(sink)] == [1, 3]
        assert subjects(sink)[1] == "corvane: 3 posts moved"


async def test_quiet_hours_hold_edits_and_not_removals(tmp_path: Path, sink: MailSink) -> None:
    more = channel(sink.port, 'quiet = "05:00-07:30"')
    async with watching(tmp_path, posts(2), more=more) as w:
        await w.look()
        await happened(w, 1, Kind.MOVED)
        await happened(w, 1)
        await deliver(w.ctx)
        assert [s.split(":")[0] for s in subjects(sink)] == ["corvane removed"]
        w.clock.now = w.clock.now.replace(hour=7, minute=30)
        await deliver(w.ctx)
        assert [s.split(":")[0] for s in subjects(sink)] == ["corvane removed", "corvane moved"]


async def test_a_list_stays_that_list_at_every_try(tmp_path: Path, sink: MailSink) -> None:
    async with watching(tmp_path, posts(2), more=channel(sink.port)) as w:
        await w.look()
        await happened(w, 7)
        await deliver(w.ctx)

        def forget(conn: Connection) -> None:
            changed = {"state": "pending", "due_at": w.clock.now, "unsure": 1}
            conn.execute(update(tables.alerts).where(tables.alerts.c.notice == "").values(changed))

        await w.ctx.store.awrite(forget)  # the answer to the first mail was lost
        await happened(w, 8)
        await deliver(w.ctx)
        assert sorted(len(t) for t in told(sink)) == [7, 7, 8]
        ids = [
            email.message_from_bytes(f.read_bytes(), policy=email.policy.default)["Message-ID"]
            for f in sink.files
        ]
        assert ids.count(ids[0]) == 2


async def test_programs_get_each_event_for_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = '[channels.script]\ntype = "stdout"\nmax_per_hour = 0\n'
    async with watching(tmp_path, posts(2), more=more) as w:
        await w.look()
        await happened(w, 40, batch="b")
        done = await deliver(w.ctx)
        assert done.sent == {"script": 40}
