"""From the queue through an SMTP server that goes wrong: everything arrives, doubles only where the
acknowledgement was lost, each told by its id; who has it is not told again, nobody else is held."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model import AlertState
from monitor.notify.conversation import Patience
from monitor.notify.email import EmailChannel, EmailOptions
from monitor.run.deliver import deliver
from monitor.store import queue
from monitor.values import replace
from tests.net.hostile import Heard, serving
from tests.support.prose import many, posts
from tests.support.smtp import DROP, HANG, FaultySmtp, Plan, faulty_smtp
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio
ONE, TWO, THREE = (f"{n}@a.example" for n in ("one", "two", "three"))
LATER: Plan = {"RCPT": "451 4.7.1 greylisted, come back later"}
LOST: Plan = {"kept": DROP}


def config(faulty: FaultySmtp, sound: FaultySmtp) -> str:
    return "".join(
        f"""[channels.{name}]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = [{to}]
"""
        for name, port, to in (
            ("faulty", faulty.port, f'"{ONE}", "{TWO}", "{THREE}"'),
            ("sound", sound.port, '"else@a.example"'),
        )
    )


def hook(port: int) -> str:
    return f"""[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/in"
secret = "whsec_{"A" * 40}"
allow_private = true
"""


async def edited(w: Watch) -> int:
    await w.look()
    w.blog.posts[0].paragraphs[0] += " It rained."
    (event,) = await w.look(15)
    return event.id


async def until_nothing_waits(w: Watch, event: int) -> dict[str, AlertState]:
    """Delivers, jumping from one due time to the next; what became of each recipient's alert."""
    for _ in range(30):
        await deliver(w.ctx)
        with w.ctx.store.read() as conn:
            alerts = queue.alerts(conn, event_id=event)
        waiting = [a.due_at for a in alerts if a.state is AlertState.PENDING]
        if not waiting:
            return {a.recipient: a.state for a in alerts}
        w.clock.now = max(w.clock.now, min(waiting))
    raise AssertionError(f"still waiting: {alerts}")


@pytest.mark.parametrize(
    ("plans", "mails", "refused"),
    [
        ([LATER] * 5 + [{}], {ONE: 1, TWO: 1, THREE: 1}, set()),
        ([{"greeting": "421 4.3.2 busy"}] * 4 + [{}], {ONE: 1, TWO: 1, THREE: 1}, set()),
        ([{"body": DROP}, {"dot": DROP}, {"EHLO": DROP}, {}], {ONE: 1, TWO: 1, THREE: 1}, set()),
        ([{}, {"RCPT": HANG}, {}], {ONE: 1, TWO: 1, THREE: 1}, set()),
        ([LOST, {}], {ONE: 2, TWO: 1, THREE: 1}, set()),
        ([{}, LOST, {"kept": HANG}, {}], {ONE: 1, TWO: 2, THREE: 2}, set()),
        (
            [LATER, {f"RCPT {TWO}": "550 5.1.1 no such user"}],
            {ONE: 1, THREE: 1},
            {TWO},
        ),
        ([{"dot": "554 5.7.1 looks like spam"}], {}, {ONE, TWO, THREE}),
    ],
)
async def test_everything_arrives(
    tmp_path: Path, plans: list[Plan], mails: dict[str, int], refused: set[str]
) -> None:
    async with faulty_smtp(*plans) as faulty, faulty_smtp() as sound:
        async with watching(tmp_path, posts(3), more=config(faulty, sound)) as w:
            options = w.ctx.config.channels["faulty"]
            assert isinstance(options, EmailOptions)
            hangs = any(HANG in p.values() for p in plans)
            patience = Patience(answer=1.0, mail=1.0) if hangs else Patience()
            unsure = EmailChannel("faulty", options, patience=patience)
            channels = {**w.ctx.channels, "faulty": unsure}
            w.ctx = replace(w.ctx, channels=channels)
            event = await edited(w)
            await deliver(w.ctx)
            assert len(sound.mails) == 1  # at once, whatever the other does
            states = await until_nothing_waits(w, event)
    assert Counter(m.recipient for m in faulty.mails) == Counter(mails)
    for recipient in mails:
        mine = [m for m in faulty.mails if m.recipient == recipient]
        assert len({m.id for m in mine}) == 1
        assert [m.told for m in mine] == [False] * (len(mine) - 1) + [True]
    assert len({m.id for m in faulty.mails}) == len(mails)
    assert {r for r, state in states.items() if state is AlertState.FAILED} == refused
    assert all(s is AlertState.SENT for r, s in states.items() if r not in refused)
    assert [m.recipient for m in sound.mails] == ["else@a.example"]


async def test_a_receiver_that_goes_wrong_has_each_event_at_last_under_one_id(
    tmp_path: Path,
) -> None:
    """Busy and saying for how long, broken, and breaking off after it took the event."""
    said = ["429 Slow down\r\nRetry-After: 1800", "500 Oops", "", "200 OK"]

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        if answer := said.pop(0):
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            writer.transport.abort()

    async with serving(script) as server:
        async with watching(tmp_path, posts(3), more=hook(server.port)) as w:
            event = await edited(w)
            start = w.clock.now
            await deliver(w.ctx)
            with w.ctx.store.read() as conn:
                (alert,) = queue.alerts(conn, event_id=event)
            assert alert.due_at == start + timedelta(seconds=1800)
            assert set((await until_nothing_waits(w, event)).values()) == {AlertState.SENT}
            for channel in w.ctx.channels.values():
                await channel.aclose()
    assert len(server.heard) == 4
    assert len({h.header("webhook-id") for h in server.heard}) == 1
    assert len({h.body for h in server.heard}) == 1


async def test_a_receiver_that_chokes_on_one_event_has_the_others_in_the_same_round(
    tmp_path: Path,
) -> None:
    refused = 0

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        bad = b"post-1" in heard.body
        refused += bad
        writer.write(
            f"HTTP/1.1 {'500 Oops' if bad else '200 OK'}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    async with serving(script) as server:
        async with watching(tmp_path, many(8), more=hook(server.port)) as w:
            await w.look()
            for post in w.blog.posts[:6]:
                post.paragraphs[0] += f" It rained on {post.slug}."
            told = await w.look(15, everything=True)
            assert len(told) == 6
            done = await deliver(w.ctx)
            for channel in w.ctx.channels.values():
                await channel.aclose()
    assert done.sent == {"hook": 5}
    assert "answered 500" in done.failed["hook"]
    assert refused == 1


async def test_a_channel_that_gives_no_answer_is_not_asked_for_each_of_many(
    tmp_path: Path,
) -> None:
    asked = 0

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.transport.abort()

    async with serving(script) as server:
        async with watching(tmp_path, many(8), more=hook(server.port)) as w:
            await w.look()
            for post in w.blog.posts[:6]:
                post.paragraphs[0] += " It rained."
            assert len(await w.look(15, everything=True)) == 6
            done = await deliver(w.ctx)
            for channel in w.ctx.channels.values():
                await channel.aclose()
    assert not done.sent
    assert asked == 2
