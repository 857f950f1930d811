"""`doctor` from outside: what it finds in a real database, and what real servers answer it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from monitor.demo.blog import Reply, day
from monitor.store import Store, left_copies, meta, tables
from monitor.units import parse_rfc3339
from tests.net.hostile import answer, says, serving
from tests.support.command import Ran
from tests.support.inside import inside
from tests.support.prose import many, posts
from tests.support.smtp import HANG, faulty_smtp
from tests.support.watching import watching

KEY = "whsec_" + "A" * 43 + "="


async def doctor(folder: Path, *args: str) -> Ran:
    return await asyncio.to_thread(inside, folder, "doctor", *args)


def found(ran: Ran, group: str, level: str = "") -> list[str]:
    rows: list[dict[str, Any]] = [json.loads(line) for line in ran.out.splitlines()]
    return [r["what"] for r in rows if r["group"] == group and level in ("", r["level"])]


def mail(port: int, to: str = '"desk@a.example"', login: str = "") -> str:
    return f"""[channels.mail]
type = "email"
smtp = "smtp://{login}127.0.0.1:{port}"
from = "postwatch@a.example"
to = [{to}]
"""


async def test_what_is_well_is_said_and_exits_0(tmp_path: Path) -> None:
    async with faulty_smtp() as smtp, watching(tmp_path, posts(3), more=mail(smtp.port)) as w:
        (tmp_path / "postwatch.toml").chmod(0o600)
        w.clock.now = datetime.now(UTC).replace(microsecond=0)
        await w.look()
        ran = await doctor(tmp_path, "--json")
        assert (ran.code, smtp.mails) == (0, [])
        assert smtp.steps == ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"]
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert all(set(r) == {"group", "level", "what", "mend"} for r in rows)
    assert not [r for r in rows if r["level"] == "mend"]
    (sites,) = found(ran, "sites and sources")
    assert sites.startswith("corvane: seen, ")
    assert "the clock agrees with that of one server" in found(ran, "network and clock")
    (schedule,) = found(ran, "schedule")
    assert "any age 35 min (edits 15 min)" in schedule  # its host has room for all of them
    (disk,) = found(ran, "disk")
    assert "are free on its disk" in disk


async def test_mail_that_does_not_leave_is_explained_and_no_secret_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "tulips-at-dawn")
    (tmp_path / "postwatch.toml").touch(0o600)

    async def says_of(plan: dict[str, str], after: str = "", **more: str) -> str:
        async with faulty_smtp(plan) as smtp:
            (tmp_path / "postwatch.toml").write_text(mail(smtp.port, **more) + after)
            ran = await doctor(tmp_path)
            assert smtp.mails == []
        assert "tulips" not in ran.out + ran.err
        return next(x for x in ran.out.splitlines() if "channel mail: " in x)

    login = "rosa:${MAIL_PASSWORD}@"
    said = await says_of({}, login=login)
    assert "offers no encryption (STARTTLS), and a password is never sent in clear" in said
    # Whoever repeats it.
    ping = '[health]\nping = "http://127.0.0.1/${MAIL_PASSWORD}"\n'
    said = await says_of({"MAIL": "550 5.7.1 tulips-at-dawn may not send"}, after=ping)
    assert "answered 550 5.7.1 *** may not send" in said
    two = '"one@a.example", "two@a.example"'
    said = await says_of({"RCPT one@a.example": "550 5.1.1 who?"}, to=two)
    assert said.startswith("[!]") and "one@a.example is refused" in said
    said = await says_of({"RCPT": "451 4.7.1 come back later"})
    assert said.startswith("[note]") and "not taken at present" in said
    (tmp_path / "postwatch.toml").write_text(mail(9))
    said = next(x for x in (await doctor(tmp_path)).out.splitlines() if "channel mail" in x)
    assert "mail does not leave" in said and "postwatch notify --test" in said


async def test_a_server_that_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.run.doctor.NETWORK", 0.6)
    monkeypatch.setattr("monitor.run.doctor.SILENT", 0.1)
    async with faulty_smtp({"greeting": HANG}) as smtp:
        (tmp_path / "postwatch.toml").write_text(mail(smtp.port))
        began = time.monotonic()
        ran = await doctor(tmp_path)
        assert time.monotonic() - began < 10
    assert "waiting for channel mail" in ran.err
    assert "[!] mail and channels: channel mail: no answer within" in ran.out


async def test_webhooks_are_dialled_by_the_same_guard_and_sent_nothing(tmp_path: Path) -> None:
    async with serving(says(answer())) as hook:
        text = f"""[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{hook.port}/in?token=hidden-one"
secret = "{KEY}"
"""
        (tmp_path / "postwatch.toml").write_text(text)
        assert "this machine" in (await doctor(tmp_path)).out
        text += f"""[health]
ping = "http://127.0.0.1:{hook.port}/counted"
[fetch]
allow_private_networks = true
proxy = "http://rosa:hush-hush@127.0.0.1:9"
"""
        (tmp_path / "postwatch.toml").write_text(
            text.replace("[health]", "allow_private = true\n[health]")
        )
        ran = await doctor(tmp_path)
        await asyncio.sleep(0.05)  # the server sees the line end
    assert "can be dialled; nothing was sent" in ran.out
    assert not [h for h in hook.heard if h.line]
    assert (
        f"[✓] network and clock: [health] ping can be dialled at http://127.0.0.1:{hook.port}"
        in ran.out
    )
    assert "the proxy cannot be reached at http://127.0.0.1:9" in ran.out
    assert "hush-hush" not in ran.out
    assert "hidden-one" not in ran.out and KEY not in ran.out


async def test_what_is_not_seen_is_named_with_what_to_do(tmp_path: Path) -> None:
    site = 'every = "1m"'
    async with watching(tmp_path, posts(5), site=site) as w:
        w.clock.now = datetime.now(UTC) - timedelta(days=9)
        await w.look()
        w.answer_all(Reply(503, "no"))
        await w.look(5)
        config = tmp_path / "postwatch.toml"
        text = config.read_text().replace('per_host_delay = "0s"', 'per_host_delay = "30s"')
        config.write_text(text + '[[site]]\nname = "new"\nurl = "http://127.0.0.1:9/"\n')
        config.chmod(0o644)
        ran = await doctor(tmp_path, "--json")
    assert ran.code == 1
    said = " / ".join(found(ran, "sites and sources"))
    assert "Passes have stopped: no site was looked at since" in said
    assert "new: never looked at" in said
    assert "posts keep their state, looked at again 20" in said
    assert "corvane: 5 posts not seen for over 2 days" in " / ".join(found(ran, "posts"))
    (schedule,) = found(ran, "schedule", "mend")
    assert "30 s a request (per_host_delay) cannot be looked at every 1 min" in schedule
    assert "no backup is known, and the first site is watched since" in found(ran, "backups")[0]
    assert "everybody on this machine can read" in found(ran, "config", "note")[0]


async def test_posts_that_are_looked_at_more_seldom_than_every_6_hours_are_told(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, [*posts(2), *many(14)]) as w:
        for n, post in enumerate(w.blog.posts[2:]):
            post.date = day(2024, 3, 1) - timedelta(days=n)
        w.clock.now = datetime.now(UTC) - timedelta(days=9)
        await w.look()
        config = tmp_path / "postwatch.toml"
        config.write_text(config.read_text().replace('"0s"', '"90s"'))
        ran = await doctor(tmp_path, "--json")
    (slow,) = found(ran, "schedule", "note")
    assert "posts over a year old are looked at every" in slow
    assert "90 s a request (per_host_delay)" in slow and "no more than 25%" in slow
    mend = next(r["mend"] for r in map(json.loads, ran.out.splitlines()) if r["what"] == slow)
    assert mend.startswith("a shorter per_host_delay, or a narrower include")
    (held,) = found(ran, "schedule", "ok")
    assert "under 7 days 35 min" in held and "older " in held


async def test_a_clock_that_is_wrong_and_a_disk_that_fills_are_told(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as w:
        w.clock.now = datetime.now(UTC) - timedelta(hours=2)
        await w.look()

        def write(conn: Any) -> None:
            then = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
            meta.put(conn, "size_notes", json.dumps([[then, 1, 10**15]]))
            backup = left_copies.CopyKind.BACKUP
            left_copies.remember(conn, backup, tmp_path / "b", parse_rfc3339(then))

        w.ctx.store.write(write)
        ran = await doctor(tmp_path, "--json")
    (clock,) = found(ran, "network and clock", "mend")
    assert clock.startswith("the clock of this machine is 2 hours") or "1 hour 59" in clock
    assert "behind that of one server" in clock
    (disk,) = found(ran, "disk", "mend")
    assert "at this rate there is room for" in disk
    assert found(ran, "backups", "ok")


def test_a_config_or_database_that_cannot_be_used_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "postwatch.toml"
    monkeypatch.setenv("TOKEN", "soft-and-secret")
    config.write_text('[fetch]\nproxy = "${TOKEN}"\n[health]\nping = "${TOKEN}"\n')
    ran = inside(tmp_path, "doctor")
    assert ran.code == 2
    assert "[!] config:" in ran.out and "expected an http or https address" in ran.err
    assert "soft-and-secret" not in ran.out + ran.err
    config.write_text("")
    ran = inside(tmp_path, "doctor")
    assert ran.code == 2
    assert "[!] database: there is no database" in ran.out and "postwatch init" in ran.out
    database = tmp_path / "postwatch.db"
    database.write_bytes(b"This is no database, and never was. " * 100)
    ran = inside(tmp_path, "doctor")
    assert ran.code == 1
    assert "[!] database: " in ran.out and "postwatch db restore" in ran.out
    database.unlink()
    inside(tmp_path, "init")
    with Store.open(f"sqlite:///{database}", clock=lambda: datetime.now(UTC)) as store:
        revision = tables.metadata.tables.get("alembic_version")
        assert revision is None  # alembic's own
        store.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num='9999'"))
    ran = inside(tmp_path, "doctor")
    assert (ran.code, "install the postwatch that last used it" in ran.out) == (1, True)
    if os.geteuid() == 0:
        os.chown(database, 12345, 12345)
        ran = inside(tmp_path, "doctor")
        assert "sudo -u '#12345' postwatch --config" in ran.out


async def test_the_handover_names_all_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "tulips-at-dawn")
    more = mail(25, login="rosa:${MAIL_PASSWORD}@")
    async with watching(tmp_path, posts(3), more=more) as w:
        await w.look()
        w.ctx.store.write(
            lambda c: c.execute(update(tables.sites).values(name="corvane", last_check_at=None))
        )
        ran = await doctor(tmp_path, "--handover")
    assert ran.code == 0
    for piece in (
        str(tmp_path / "postwatch.toml"),
        str(tmp_path / "postwatch.db"),
        "email: desk@a.example",
        "MAIL_PASSWORD",
        "SILENT: never looked at",
        "last tested restore",
        "docs/running.md",
    ):
        assert piece in ran.out, piece
    assert "tulips" not in ran.out
