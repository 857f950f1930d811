"""From a real mail's headers through one click to silence, and back by the command line."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from monitor.cli.main import cli
from monitor.demo.sink import MailSink
from monitor.errors import UsageError
from monitor.run.deliver import deliver
from monitor.run.retract import retract
from monitor.store import queue, unsubscribed
from monitor.web.app import create_app
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio


def channel(port: int, base_url: str) -> str:
    return f"""[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = ["one@a.example", "two@a.example"]
[channels.digest]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = ["one@a.example"]
now = []
[channels.line]
type = "stdout"
[web]
base_url = "{base_url}"
"""


def mails(sink: MailSink) -> dict[str, EmailMessage]:
    """The latest mail to each recipient; the sink is emptied."""
    found = {}
    for file in sink.files:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        found[str(mail["To"])] = mail
    sink.files.clear()
    return found


async def edit(w: Watch, words: str) -> int:
    """An edit that is told; its event."""
    w.blog.posts[0].paragraphs[0] += f" {words}"
    (event,) = await w.look(15)
    await deliver(w.ctx)
    return event.id


def alerts(w: Watch, event: int) -> set[tuple[str, str, str]]:
    with w.ctx.store.read() as conn:
        found = queue.alerts(conn, event_id=event)
    return {(a.channel, a.recipient, a.state.value) for a in found}


async def click(w: Watch, link: str) -> httpx.Response:
    """What a mail program sends (RFC 8058 3.2): no cookie, nothing but the one field."""
    app = create_app(w.ctx.store, w.ctx.config, w.clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.post(link, data={"List-Unsubscribe": "One-Click"})


async def test_one_click_ends_the_mails_of_one_channel(
    tmp_path: Path, sink: MailSink, capsys: pytest.CaptureFixture[str]
) -> None:
    more = channel(sink.port, "https://watch.example.org/")
    async with watching(tmp_path, posts(3), more=more) as w:
        await w.look()
        first = await edit(w, "It rained.")
        told = mails(sink)
        assert set(told) == {"one@a.example", "two@a.example"}
        links = {}
        for who, mail in told.items():
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            link = str(mail["List-Unsubscribe"])
            assert link.startswith("<https://watch.example.org/unsubscribe/")
            links[who] = link.strip("<>")
            token = links[who].rpartition("/")[2]
            body = "".join(str(p.get_content()) for p in mail.walk() if not p.is_multipart())
            assert token not in body  # a mail that is forwarded takes no key along
        assert len(set(links.values())) == 2

        assert ("digest", "one@a.example", "pending") in alerts(w, first)
        assert (await click(w, links["one@a.example"])).status_code == 200
        # Another channel is another matter.
        assert ("digest", "one@a.example", "pending") in alerts(w, first)

        second = await edit(w, "Then it snowed.")
        assert set(mails(sink)) == {"two@a.example"}
        assert {a[:2] for a in alerts(w, second)} == {
            ("mail", "two@a.example"),
            ("digest", "one@a.example"),
            ("line", "stdout"),
        }

        # Not even a correction of what they had.
        done = w.ctx.store.write(
            retract(str(first), why="A test", by="", now=w.clock(), rng=w.ctx.rng)
        )
        assert ("mail", "one@a.example") not in done.told
        assert ("mail", "two@a.example") in done.told
        await deliver(w.ctx)
        assert set(mails(sink)) == {"two@a.example"}

        # And back, by the command line.
        config = str(w.ctx.config.path)
        with pytest.raises(UsageError, match='Did you mean "one@a'):
            cli.main(
                ["notify", "--rejoin", "oen@a.example", "--config", config], standalone_mode=False
            )
        code = cli.main(
            ["notify", "--rejoin", "One@a.example", "--config", config], standalone_mode=False
        )
        assert code == 0
        assert "mail: One@a.example is sent mail again" in capsys.readouterr().out
        await edit(w, "Then the sun shone.")
        again = mails(sink)
        assert set(again) == {"one@a.example", "two@a.example"}
        assert str(again["one@a.example"]["List-Unsubscribe"]).strip("<>") == links["one@a.example"]


async def test_what_waits_when_somebody_leaves_is_not_sent(tmp_path: Path, sink: MailSink) -> None:
    more = channel(9, "https://watch.example.org")
    async with watching(tmp_path, posts(3), more=more) as w:
        await w.look()
        event = await edit(w, "It rained.")  # the relay is away
        w.ctx.store.write(lambda c: unsubscribed.leave(c, "mail", "one@a.example", w.clock()))
        assert ("mail", "one@a.example", "withdrawn") in alerts(w, event)
        assert ("mail", "two@a.example", "pending") in alerts(w, event)


@pytest.mark.parametrize("base_url", ["http://watch.example.org", "https://127.0.0.1:8787"])
async def test_where_no_click_would_arrive_one_writes_a_mail(
    tmp_path: Path, sink: MailSink, base_url: str
) -> None:
    async with watching(tmp_path, posts(3), more=channel(sink.port, base_url)) as w:
        await w.look()
        await edit(w, "It rained.")
        for mail in mails(sink).values():
            assert mail["List-Unsubscribe"] == "<mailto:postwatch@a.example?subject=stop>"
            assert mail["List-Unsubscribe-Post"] is None
        with w.ctx.store.read() as conn:
            assert not unsubscribed.key(conn)


async def test_check_says_who_left(
    tmp_path: Path, sink: MailSink, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.cli.check import _run

    async with watching(tmp_path, posts(3), more=channel(sink.port, "")) as w:
        w.ctx.store.write(lambda c: unsubscribed.leave(c, "mail", "one@a.example", w.clock()))
        w.ctx.store.write(lambda c: unsubscribed.leave(c, "mail", "old@a.example", w.clock()))
        assert await _run(w.ctx.config, w.ctx.store, (), False, False, True) == 0
    out, err = capsys.readouterr()
    assert "one@a.example left channel mail at 2026-06-01 06:00 UTC and is told nothing" in err
    assert "old@a.example" not in err
    assert "one@a.example" not in out


async def test_a_test_is_not_sent_to_who_left(
    tmp_path: Path, sink: MailSink, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.cli.care import _samples

    async with watching(tmp_path, posts(1), more=channel(sink.port, "")) as w:
        w.ctx.store.write(lambda c: unsubscribed.leave(c, "mail", "one@a.example", w.clock()))
        w.ctx.store.write(lambda c: unsubscribed.leave(c, "digest", "one@a.example", w.clock()))
        assert await _samples(w.ctx.config) == 0
    assert set(mails(sink)) == {"two@a.example"}
    assert "mail: one@a.example has left; nothing was sent there" in capsys.readouterr().out
