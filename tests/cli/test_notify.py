"""`notify` from outside: a sample through every channel, and another try at what was refused."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.run.deliver import deliver
from monitor.store import queue
from tests.net.hostile import answer, says, serving
from tests.support.command import postwatch
from tests.support.prose import posts
from tests.support.smtp import faulty_smtp
from tests.support.watching import watching

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def mail(port: int, to: str, name: str = "mail") -> str:
    return f"""[channels.{name}]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = [{to}]
still_watching = "off"
"""


async def test_each_channel_is_tried_and_the_one_that_fails_is_named(tmp_path: Path) -> None:
    refuses = {"RCPT two@a.example": "550 5.1.1 no such user"}
    async with faulty_smtp(refuses) as smtp, serving(says(answer())) as hook:
        (tmp_path / "postwatch.toml").write_text(
            mail(smtp.port, '"one@a.example", "two@a.example", "three@a.example"')
            + mail(9, '"four@a.example"', "away")
            + f"""[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{hook.port}/in?token=hidden"
secret = "{SECRET}"
allow_private = true
[channels.chat]
type = "apprise"
url = "json://127.0.0.1:{hook.port}/hidden"
[channels.script]
type = "stdout"
"""
        )
        ran = await asyncio.to_thread(postwatch, tmp_path, "notify", "--test")
    assert ran.code == 1
    said = ran.out.splitlines()
    sample = json.loads(said.pop(next(i for i, line in enumerate(said) if line[0] == "{")))
    assert sample["test"] is True
    assert said == [
        "mail: sent “Test alert from postwatch” to one@a.example",
        "mail: sent “Test alert from postwatch” to three@a.example",
        f"hook: sent “Test alert from postwatch” to http://127.0.0.1:{hook.port}",
        "chat: sent “Test alert from postwatch” to json://…",
        "script: sent “Test alert from postwatch” to stdout",
    ]
    first, second = ran.err.splitlines()
    assert first.startswith("postwatch: channel mail could not deliver to two@a.example: ")
    assert "550 5.1.1 no such user" in first
    assert second.startswith("postwatch: channel away could not deliver to four@a.example: ")
    assert "hidden" not in ran.out + ran.err
    assert [m.recipient for m in smtp.mails] == ["one@a.example", "three@a.example"]
    assert sorted(h.line.split()[1] for h in hook.heard) == ["/hidden", "/in?token=hidden"]


async def test_what_was_refused_is_sent_once_the_relay_is_mended(tmp_path: Path) -> None:
    refuses = {"RCPT": "550 5.1.1 who is that?"}
    async with faulty_smtp(refuses, refuses, {}) as smtp:
        to = '"one@a.example", "two@a.example"'
        async with watching(tmp_path, posts(3), more=mail(smtp.port, to)) as w:
            await w.look()
            w.blog.posts[0].paragraphs[0] += " It rained."
            (event,) = await w.look(15)
            refused = await asyncio.to_thread(postwatch, tmp_path, "check")
            assert refused.code == 1
            assert "550 5.1.1 who is that?" in refused.err
            assert "2 alerts were given up, and kept" in refused.err
            assert "postwatch notify --retry" in refused.err
            assert smtp.mails == []
            config = tmp_path / "postwatch.toml"
            config.write_text(config.read_text().replace(to, '"one@a.example"'))
            again = await asyncio.to_thread(postwatch, tmp_path, "notify", "--retry")
            assert again.code == 0
            assert again.out.startswith("mail: 1 alert will be tried again\n")
            assert again.err == ""
            w.clock.now = datetime.now(UTC) + timedelta(minutes=1)
            assert (await deliver(w.ctx)).sent == {"mail": 1}
            with w.ctx.store.read() as conn:
                states = {a.recipient: a.state.value for a in queue.alerts(conn, event_id=event.id)}
    assert [m.recipient for m in smtp.mails] == ["one@a.example"]
    assert states == {"one@a.example": "sent", "two@a.example": "withdrawn"}


async def test_an_address_that_was_mended_gets_what_the_wrong_one_was_refused(
    tmp_path: Path,
) -> None:
    async with faulty_smtp({"RCPT": "550 5.1.1 who is that?"}, {}) as smtp:
        async with watching(tmp_path, posts(3), more=mail(smtp.port, '"typo@a.example"')) as w:
            await w.look()
            w.blog.posts[0].paragraphs[0] += " It rained."
            await w.look(15)
            assert (await asyncio.to_thread(postwatch, tmp_path, "check")).code == 1
            config = tmp_path / "postwatch.toml"
            config.write_text(config.read_text().replace("typo@", "right@"))
            again = await asyncio.to_thread(postwatch, tmp_path, "notify", "--retry")
            assert again.out.startswith("mail: 1 alert will be tried again\n")
            assert (await asyncio.to_thread(postwatch, tmp_path, "check")).code == 0
    assert [m.recipient for m in smtp.mails] == ["right@a.example"]


def test_it_says_what_it_wants_to_be_told(tmp_path: Path) -> None:
    (tmp_path / "postwatch.toml").write_text("")
    ran = postwatch(tmp_path, "notify")
    assert ran.code == 2
    assert ran.err.startswith("postwatch: say one of: postwatch notify --test, --retry")
    assert ran.err.count("\n") == 1
