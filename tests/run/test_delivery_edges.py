"""Where delivery went wrong once: clocks, ceilings, ids, people who left the config, and false silence."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection

from monitor.config import ChannelOptions
from monitor.demo.blog import Reply
from monitor.model import Alert, Kind
from monitor.notify import open_channels
from monitor.run.deliver import deliver
from monitor.run.ping import was_good
from monitor.run.undelivered import undelivered
from monitor.store import queue, tables
from monitor.values import replace
from tests.net.hostile import Heard, serving
from tests.run.test_gathering import happened
from tests.support.prose import posts
from tests.support.smtp import DROP, FaultySmtp, Plan, faulty_smtp
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def channel(port: int, more: str = "", to: str = '"one@a.example"', name: str = "mail") -> str:
    return f"""[channels.{name}]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = [{to}]
{more}
"""


def with_channels(w: Watch, channels: dict[str, ChannelOptions]) -> None:
    """The config is changed under the same database."""
    config = replace(w.ctx.config, channels=channels)
    w.ctx = replace(w.ctx, config=config, channels=open_channels(config))


def alerts(w: Watch, event: int = 1) -> list[Alert]:
    with w.ctx.store.read() as conn:
        return queue.alerts(conn, event_id=event)


def subjects(relay: FaultySmtp) -> list[str]:
    return [str(m.parsed()["Subject"]) for m in relay.mails]


async def step(w: Watch, minutes: float = 0) -> None:
    w.clock.now += timedelta(minutes=minutes)
    await deliver(w.ctx)


MONDAY = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


async def at_monday(w: Watch) -> None:
    await w.look()
    w.clock.now = MONDAY


@pytest.mark.parametrize(("every", "days"), [("weekly", 7), ("daily", 1)])
async def test_a_sign_of_life_comes_each_time(tmp_path: Path, every: str, days: int) -> None:
    async with faulty_smtp() as relay:
        more = f'still_watching = "{every}"'
        async with watching(tmp_path, posts(2), more=channel(relay.port, more)) as w:
            await at_monday(w)
            came = []
            for hour in range(0, 24 * 7 * 5, 6):
                w.clock.now = MONDAY + timedelta(hours=hour)
                before = len(relay.mails)
                await deliver(w.ctx)
                came += [w.clock.now] * (len(relay.mails) - before)
    first = came[0]
    assert first.hour == 12  # the first round after 08:00
    assert came == [first + timedelta(days=days) * n for n in range(len(came))]
    assert len(came) == len(range((first - MONDAY).days, 35, days))


@pytest.mark.parametrize("case", ["refused", "slower than the news", "held by quiet hours"])
async def test_nothing_new_is_not_said_where_there_was_news(tmp_path: Path, case: str) -> None:
    plans: dict[str, list[Plan]] = {
        "refused": [{"RCPT": "550 5.1.1 nobody"}, {}],
        "slower than the news": [{"RCPT": "451 later"}, {}],
        "held by quiet hours": [{}],
    }
    quiet = 'quiet = "07:00-09:00"' if case.startswith("held") else ""
    async with faulty_smtp(*plans[case]) as relay:
        async with watching(tmp_path, posts(2), more=channel(relay.port, quiet)) as w:
            await at_monday(w)
            if case == "refused":
                await happened(w, 1)
                await step(w, 60)
                await step(w, 60 * 24 * 7)
            else:
                w.clock.now = MONDAY + timedelta(days=7, hours=2, minutes=5)
                await deliver(w.ctx)
                await happened(w, 1)
                await step(w, 10)
                await step(w, 120)
            assert not [s for s in subjects(relay) if s.startswith("Nothing new")]
            assert len(subjects(relay)) == (0 if case == "refused" else 1)


async def test_a_clock_that_was_ahead_holds_no_mail(tmp_path: Path) -> None:
    async with faulty_smtp() as relay:
        more = channel(relay.port, "max_per_hour = 3\nremind = []")
        async with watching(tmp_path, posts(2), more=more) as w:
            await w.look()
            now = w.clock.now
            w.clock.now += timedelta(days=30)
            for _ in range(3):
                await happened(w, 1, Kind.EDITED)
                await deliver(w.ctx)
            w.clock.now = now
            await happened(w, 1)
            await deliver(w.ctx)
            assert len(relay.mails) == 4

        def lease(conn: Connection) -> None:
            conn.execute(
                tables.alerts.insert().values(
                    channel="mail",
                    recipient="x",
                    state="pending",
                    due_at=now,
                    lease_until=now + timedelta(days=9),
                    lease_owner="dead",
                )
            )
            assert queue.claim(conn, now, lease=timedelta(minutes=5), owner="me")

        async with watching(tmp_path, posts(2)) as w:
            await w.ctx.store.awrite(lease)


async def test_a_batch_is_one_mail_to_each_whatever_its_size(tmp_path: Path) -> None:
    async with faulty_smtp() as relay:
        both = channel(relay.port, to='"a@a.example", "b@a.example"') + channel(
            relay.port, to='"a@a.example", "b@a.example"', name="second"
        )
        async with watching(tmp_path, posts(2), more=both) as w:
            await w.look()
            await happened(w, 520, batch="one cause")
            await deliver(w.ctx)
    assert sorted(m.recipient for m in relay.mails) == ["a@a.example"] * 2 + ["b@a.example"] * 2


async def test_what_may_have_arrived_keeps_its_id_and_its_company(tmp_path: Path) -> None:
    """The answer to a mail was lost; then more happens. The first mail comes again as itself."""
    async with faulty_smtp({"kept": DROP}, {}) as relay:
        async with watching(tmp_path, posts(2), more=channel(relay.port)) as w:
            await w.look()
            await happened(w, 1, Kind.EDITED)
            await deliver(w.ctx)
            assert [a.unsure for a in alerts(w)] == [1]
            await happened(w, 8, Kind.EDITED)
            await step(w, 5)
    ids = [m.id for m in relay.mails]
    assert len(ids) == 3
    assert ids[0] in ids[1:]
    assert len(set(ids)) == 2


async def test_what_cannot_have_arrived_may_be_told_with_the_rest(tmp_path: Path) -> None:
    async with faulty_smtp({"RCPT": "451 later"}, {}) as relay:
        async with watching(tmp_path, posts(2), more=channel(relay.port)) as w:
            await w.look()
            await happened(w, 1, Kind.EDITED)
            await deliver(w.ctx)
            await happened(w, 8, Kind.EDITED)
            await step(w, 5)
    assert subjects(relay) == ["corvane: 9 posts edited"]


async def test_who_left_the_config_is_told_no_more_and_a_mended_address_gets_what_waited(
    tmp_path: Path,
) -> None:
    async with faulty_smtp() as relay:
        both = channel(9, to='"typo@a.example", "two@a.example"')
        async with watching(tmp_path, posts(2), more=both) as w:
            await w.look()
            await happened(w, 1)
            await deliver(w.ctx)
            options = msgspec.convert(
                {
                    "type": "email",
                    "smtp": f"smtp://127.0.0.1:{relay.port}",
                    "from": "postwatch@a.example",
                    "to": ["right@a.example"],
                },
                type(w.ctx.config.channels["mail"]),
                dec_hook=lambda kind, text: kind(text),
            )
            with_channels(w, {"mail": options})
            await step(w, 5)
            assert [m.recipient for m in relay.mails] == ["right@a.example"]
            states = {a.recipient: a.state.value for a in alerts(w) if not a.notice}
    gone = {"typo@a.example": "withdrawn", "two@a.example": "withdrawn"}
    assert states == {**gone, "right@a.example": "sent"}


async def test_the_alerts_of_a_channel_that_is_gone_are_nobodys_failure(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2), more=channel(9)) as w:
        good = await w.pass_()
        await happened(w, 1)
        with_channels(w, {})
        for _ in range(12):
            w.clock.now += timedelta(hours=12)
            assert (await deliver(w.ctx)).failed == {}
            assert was_good(w.ctx, good)
        assert [a.state.value for a in alerts(w) if not a.notice] == ["failed"]


async def test_a_channel_that_is_stuck_is_said(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2), more=channel(9)) as w:
        await w.look()
        await happened(w, 2, batch="x")
        await deliver(w.ctx)
        with w.ctx.store.read() as conn:
            (said,) = undelivered(conn, w.ctx.config)
    assert said.startswith("Channel mail: 2 alerts not out yet: 127.0.0.1:9")


async def test_reminders_do_not_starve_under_a_ceiling(tmp_path: Path) -> None:
    async with faulty_smtp() as relay:
        more = channel(relay.port, 'max_per_hour = 1\nremind = ["1h"]\nstill_watching = "off"')
        async with watching(tmp_path, posts(3), more=more) as w:
            await w.look()
            w.blog.posts[0].status, w.blog.posts[0].listed = 404, False
            await w.looks(4)
            for _ in range(20):
                await happened(w, 1, Kind.EDITED)
                await w.look(30)
                await deliver(w.ctx)
    assert len([s for s in subjects(relay) if s.startswith("Re: ")]) == 1


async def test_nobody_is_reminded_of_what_nobody_could_see(tmp_path: Path) -> None:
    async with faulty_smtp() as relay:
        more = channel(relay.port, 'remind = ["1d"]\nstill_watching = "off"')
        async with watching(tmp_path, posts(3), more=more) as w:
            await w.look()
            w.blog.posts[0].status, w.blog.posts[0].listed = 404, False
            await w.looks(4)
            await deliver(w.ctx)
            w.blog.posts[0].status, w.blog.posts[0].listed = 200, True
            w.answer_all(Reply(503, body="down"))
            for _ in range(26):
                await w.look(60)
                await deliver(w.ctx)
            assert not [s for s in subjects(relay) if s.startswith("Re: corvane removed")]
            w.answer_all(None)
            await w.look(60)
            await step(w, 120)
            assert not [s for s in subjects(relay) if s.startswith("Re: corvane removed")]


async def test_two_tries_a_week_apart_are_too_few_to_give_up(tmp_path: Path) -> None:
    async with faulty_smtp({"RCPT": "451 greylisted"}, {"RCPT": "451 greylisted"}, {}) as relay:
        more = channel(relay.port, "remind = []")
        async with watching(tmp_path, posts(2), more=more) as w:
            await w.look()
            await happened(w, 1)
            for _ in range(3):
                await step(w, 60 * 24 * 7)
            assert [a.state.value for a in alerts(w)] == ["sent"]


async def test_quiet_hours_hold_what_the_ceiling_put_off(tmp_path: Path) -> None:
    async with faulty_smtp() as relay:
        more = channel(relay.port, 'quiet = "22:00-07:00"\nmax_per_hour = 1\nremind = []')
        async with watching(tmp_path, posts(2), more=more) as w:
            await at_monday(w)
            w.clock.now = MONDAY.replace(hour=21, minute=55)
            await happened(w, 1, Kind.EDITED)
            await deliver(w.ctx)
            await happened(w, 1, Kind.EDITED)
            for _ in range(9):
                await step(w, 55)
            assert len(relay.mails) == 1
            await step(w, 60)
            assert len(relay.mails) == 2


async def test_who_is_late_changes_nothing_of_what_another_did(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2), more=channel(9, "remind = []")) as w:
        await w.look()
        await happened(w, 1)
        now = w.clock.now

        def late(conn: Connection) -> None:
            lease = timedelta(minutes=5)
            (mine,) = queue.claim(conn, now, lease=lease, owner="slow")
            later = now + timedelta(minutes=6)
            assert queue.claim(conn, later, lease=lease, owner="quick")
            queue.done(conn, [mine.id], later, "x@y")
            queue.retry(conn, [mine.id], later, later, "no answer", owner="slow")
            queue.failed(conn, [mine.id], "550", owner="slow")
            queue.put_off(conn, [mine.id], later, owner="slow")

        await w.ctx.store.awrite(late)
        (alert,) = alerts(w)
        assert (alert.state.value, alert.error) == ("sent", "")


async def test_what_was_tried_and_waits_for_the_morning_is_not_claimed_again_and_again(
    tmp_path: Path,
) -> None:
    async with faulty_smtp({"RCPT": "451 greylisted"}, {}) as relay:
        more = channel(relay.port, 'quiet = "22:00-07:00"\nremind = []')
        async with watching(tmp_path, posts(2), more=more) as w:
            good = await w.pass_()
            w.clock.now = MONDAY.replace(hour=21, minute=59)
            await happened(w, 1, Kind.EDITED)
            await deliver(w.ctx)
            w.clock.now += timedelta(minutes=2)
            assert (await deliver(w.ctx)).sent == {}
            assert was_good(w.ctx, good)  # it waits for its hour, not for the relay
            await step(w, 60 * 9)
    assert len(relay.mails) == 1


async def test_each_alert_is_given_up_by_its_own_age(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(2), more=channel(9, "remind = []")) as w:
        await w.look()
        await happened(w, 1, batch="one cause")
        for _ in range(12):
            await step(w, 60 * 10)
        await happened(w, 1, batch="one cause")
        await step(w, 60 * 10)
        await step(w, 60 * 10)
        assert [a.state.value for n in (1, 2) for a in alerts(w, n)] == ["failed", "pending"]


async def test_quiet_hours_do_not_part_what_bears_one_id(tmp_path: Path) -> None:
    async with faulty_smtp({"kept": DROP}, {}) as relay:
        more = channel(relay.port, 'quiet = "22:00-07:00"\nremind = []')
        async with watching(tmp_path, posts(2), more=more) as w:
            await w.look()
            w.clock.now = MONDAY.replace(hour=21, minute=58)
            await happened(w, 3, Kind.EDITED, batch="x")
            await happened(w, 3, batch="x")
            await deliver(w.ctx)
            for minutes in (10, 60 * 10):
                await step(w, minutes)
    assert len({m.id for m in relay.mails}) == 1
    assert subjects(relay) == [subjects(relay)[0]] * 2


@pytest.mark.parametrize("answer", ["552 5.3.4 too big", "552 too much"])
async def test_what_is_too_big_goes_in_pieces(tmp_path: Path, answer: str) -> None:
    async with faulty_smtp({"dot": answer}, {}) as relay:
        async with watching(tmp_path, posts(2), more=channel(relay.port, "remind = []")) as w:
            await w.look()
            await happened(w, 40, batch="x")
            await deliver(w.ctx)
            states = {a.state.value for n in range(1, 41) for a in alerts(w, n)}
    assert states == {"sent"}
    assert len(relay.mails) == 2
    assert len({m.id for m in relay.mails}) == 2


async def test_what_fails_again_and_again_holds_up_nothing_new(tmp_path: Path) -> None:
    """As a check in a cron does: what was tried is due at once, each time."""
    took: list[bytes] = []

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        good = b"Made-up post 8." in heard.body
        took.extend([heard.body] if good else [])
        answer = "200 OK" if good else "500 Oops"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())

    async with serving(script) as server:
        more = f"""[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{server.port}/in"
secret = "whsec_{"A" * 40}"
allow_private = true
max_per_hour = 0
"""
        async with watching(tmp_path, posts(2), more=more) as w:
            await w.look()
            for n in (8, 1):
                await happened(w, n)
                now = w.clock.now
                await w.ctx.store.awrite(partial(queue.hurry, now=now))
                await deliver(w.ctx)
            for opened in w.ctx.channels.values():
                await opened.aclose()
    assert len(took) == 1


async def test_only_the_longest_of_late_reminders_comes_and_tells_its_true_age(
    tmp_path: Path,
) -> None:
    async with faulty_smtp() as relay:
        more = channel(relay.port, 'still_watching = "off"')
        async with watching(tmp_path, posts(3), more=more) as w:
            await w.look()
            w.blog.posts[0].status, w.blog.posts[0].listed = 404, False
            await w.looks(4)
            await deliver(w.ctx)
            w.clock.now += timedelta(days=10)
            await w.look(everything=True)
            await step(w, 1)
            await step(w, 60 * 24)
    again = [m.parsed() for m in relay.mails if str(m.parsed()["Subject"]).startswith("Re: ")]
    assert len(again) == 1
    assert "Still gone after 10 d" in again[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["the site's notify", "the channel's sites", "the channel's name"])
async def test_whoever_is_told_in_anothers_place_gets_what_waited(tmp_path: Path, how: str) -> None:
    """The config is changed while an alert waits for a relay: a removal is not lost by it."""
    async with faulty_smtp({"RCPT": "451 4.7.1 later"}, {}) as relay:
        first, second = channel(relay.port), channel(relay.port, to='"two@a.example"', name="other")
        both = first if how == "the channel's name" else first + second
        async with watching(tmp_path, posts(2), more=both, site='notify = ["mail"]') as w:
            await at_monday(w)
            await happened(w, 1)
            await step(w)
            assert relay.mails == []
            sites, channels = w.ctx.config.sites, dict(w.ctx.config.channels)
            if how == "the channel's name":
                channels = {"post": channels["mail"]}
                sites = (replace(sites[0], notify=None),)
            elif how == "the site's notify":
                sites = (replace(sites[0], notify=("other",)),)
            else:
                sites = (replace(sites[0], notify=None),)
                channels["mail"] = replace(channels["mail"], sites=())
            config = replace(w.ctx.config, sites=sites)
            w.ctx = replace(w.ctx, config=config)
            with_channels(w, channels)
            await step(w, 60)
            await step(w, 60)
            assert undelivered_now(w) == []
    told = "one@a.example" if how == "the channel's name" else "two@a.example"
    assert [m.recipient for m in relay.mails] == [told]


def undelivered_now(w: Watch) -> list[str]:
    with w.ctx.store.read() as conn:
        return undelivered(conn, w.ctx.config)


async def test_a_channel_that_left_is_missed_by_nobody_who_was_told(tmp_path: Path) -> None:
    async with faulty_smtp({"RCPT": "451 4.7.1 later"}, {}) as relay, faulty_smtp() as other:
        both = channel(relay.port) + channel(other.port, to='"two@a.example"', name="other")
        async with watching(tmp_path, posts(2), more=both) as w:
            await at_monday(w)
            await happened(w, 1)
            await step(w)
            channels = dict(w.ctx.config.channels)
            with_channels(w, {"other": channels["other"]})
            await step(w, 60)
            assert (len(relay.mails), len(other.mails)) == (0, 1)
            with_channels(w, channels)  # it was out by mistake
            await step(w, 60 * 8)
    assert (len(relay.mails), len(other.mails)) == (1, 1)


@pytest.mark.parametrize("waiting", [["two@a.example"], ["one@a.example", "two@a.example"]])
async def test_a_channel_under_another_name_tells_nobody_twice(
    tmp_path: Path, waiting: list[str]
) -> None:
    async with faulty_smtp() as relay:
        more = channel(relay.port, 'remind = ["24h"]', to='"one@a.example", "two@a.example"')
        async with watching(tmp_path, posts(2), more=more) as w:
            await at_monday(w)
            await happened(w, 1)
            later = w.clock.now + timedelta(minutes=30)
            t = tables.alerts
            hold = t.update().where(t.c.recipient.in_(waiting), t.c.notice == "")
            w.ctx.store.write(lambda conn: conn.execute(hold.values(due_at=later)))
            await step(w)
            assert len(relay.mails) == 2 - len(waiting)
            mail = w.ctx.config.channels["mail"]
            with_channels(w, {"post": replace(mail, remind=())})
            await step(w, 60)
            await step(w, 60)
            assert sorted(m.recipient for m in relay.mails) == ["one@a.example", "two@a.example"]
            assert undelivered_now(w) == []
            await step(w, 60 * 24)  # and "post" reminds nobody
            assert len(relay.mails) == 2
