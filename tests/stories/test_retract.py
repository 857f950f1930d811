"""`postwatch retract` from outside: a false removal, told by mail, taken back in the same thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
import pytest

from monitor.demo.blog import Blog
from monitor.demo.sink import MailSink
from monitor.model import Kind, Status
from monitor.run.retract import retract
from monitor.store import posts
from monitor.store.chain_faults import verify_chain
from tests.support.command import Ran, postwatch
from tests.support.inside import inside
from tests.support.mailbox import mails
from tests.support.prose import posts as prose
from tests.support.watching import watching

pytestmark = pytest.mark.anyio


async def command(folder: Path, *args: str, run: Callable[..., Ran] = inside) -> Ran:
    return await anyio.to_thread.run_sync(partial(run, folder, *args))


def configure(folder: Path, blog: Blog, port: int, more: str = "") -> None:
    (folder / "postwatch.toml").write_text(
        f"""[fetch]
allow_private_networks = true
per_host_delay = "0s"
[removal]
confirmations = 2
confirm_every = "1s"
min_missing = "0s"
[edits]
confirm_after = "0s"
[[site]]
name = "corvane"
url = "{blog.url}"
alert_on = ["removed", "reinstated", "edited"]
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:{port}"
from = "postwatch@a.example"
to = ["one@a.example", "two@a.example"]
now = ["removed"]
{more}
"""
    )


async def test_a_false_removal_is_taken_back(tmp_path: Path, sink: MailSink) -> None:
    with Blog(prose(4)) as blog:
        configure(tmp_path, blog, sink.port)
        assert (await command(tmp_path, "check")).code == 0
        blog.posts[1].status = 404
        title = blog.posts[1].title
        url = blog.origin + blog.posts[1].path
        told = []
        for _ in range(2):
            told += (await command(tmp_path, "check", "--all", "--json")).lines
        (removed,) = told
        assert removed["kind"] == "removed"
        first = {str(m["To"]): m for m in mails(sink)}
        assert sorted(first) == ["one@a.example", "two@a.example"]

        # "retracted" stands neither in alert_on nor in now: it is told all the same.
        why = ("--why", "A new CDN", "--by", "Rosa", "--json")
        ran = await command(tmp_path, "retract", str(removed["id"]), *why, run=postwatch)
        assert ran.code == 0, ran
        (made,) = ran.lines
        assert made["kind"] == "retracted"
        assert (made["retracts"], made["why"], made["by"]) == (removed["id"], "A new CDN", "Rosa")
        corrections = mails(sink)[2:]
        assert sorted(str(m["To"]) for m in corrections) == sorted(first)
        for mail in corrections:
            answered = first[str(mail["To"])]
            assert mail["Subject"] == f"Correction: corvane did not remove {title}"
            assert mail["In-Reply-To"] == answered["Message-ID"]
            assert str(mail["References"]).split() == [
                str(answered["References"]),
                str(answered["Message-ID"]),
            ]
            text, page = (mail.get_body((k,)) for k in ("plain", "html"))
            assert text is not None and page is not None
            for part in (text.get_content(), page.get_content()):
                said = " ".join(part.split())
                assert "We were wrong" in said and "A new CDN" in said and "Rosa" in said

        # It counts as live, the same answer is not told again, and the chain holds.
        (post,) = [p for p in (await command(tmp_path, "posts", "--json")).lines if p["url"] == url]
        assert post["state"] == "live"
        for _ in range(3):
            assert (await command(tmp_path, "check", "--all", "--json")).lines == []
        assert (await command(tmp_path, "verify")).code == 0
        history = (await command(tmp_path, "history", url)).out
        assert f"(withdrawn: event {made['id']})" in history
        rows = (await command(tmp_path, "events")).out.splitlines()
        assert f"(withdrawn: event {made['id']})" in rows[1]
        assert [
            e["id"]
            for e in (await command(tmp_path, "events", "--kind", "retracted", "--json")).lines
        ] == [made["id"]]

        # Seen live in between: then a removal is news again.
        blog.posts[1].status = 200
        assert (await command(tmp_path, "check", "--all", "--json")).lines == []
        blog.posts[1].status = 404
        again = []
        for _ in range(2):
            again += (await command(tmp_path, "check", "--all", "--json")).lines
        assert [e["kind"] for e in again] == ["removed"]


async def test_what_waits_for_a_digest_is_not_sent_and_needs_no_correction(
    tmp_path: Path, sink: MailSink
) -> None:
    with Blog(prose(4)) as blog:
        configure(tmp_path, blog, sink.port)
        await command(tmp_path, "check")
        blog.posts[0].paragraphs[0] += " It rained."
        (edited,) = (await command(tmp_path, "check", "--all", "--json")).lines
        ran = await command(tmp_path, "retract", str(edited["id"]), "--why", "A counter")
        assert ran.code == 0, ran
        assert "1 event withdrawn; 2 alerts that waited will not be sent." in ran.out
        assert "Withdrawn by us" in ran.out
        assert sink.files == []


async def test_a_server_that_is_away_is_said_and_the_correction_kept(
    tmp_path: Path, sink: MailSink
) -> None:
    with Blog(prose(4)) as blog:
        configure(tmp_path, blog, sink.port)
        await command(tmp_path, "check")
        blog.posts[1].status = 404
        for _ in range(2):
            await command(tmp_path, "check", "--all")
        assert len(sink.files) == 2
        configure(tmp_path, blog, 9)
        ran = await command(tmp_path, "retract", "1", "--why", "A new CDN")
        assert ran.code == 1
        assert "channel mail could not deliver" in ran.err
        assert "1 event withdrawn" in ran.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["retract", "7", "--why", "x"], "no event or batch 7. There are no events yet."),
        (["retract", "7"], "Missing option '--why'"),
        (["retract", "7", "--why", " \n "], "say why: postwatch retract EVENT"),
        (["retract"], "Missing argument 'EVENT-or-BATCH'"),
    ],
)
def test_bad_usage_is_one_line(tmp_path: Path, args: list[str], said: str) -> None:
    (tmp_path / "postwatch.toml").write_text("")
    assert inside(tmp_path, "init").code in (0, 2)
    ran = inside(tmp_path, *args)
    assert ran.code == 2
    assert said in ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith("postwatch: ")]) == 1
    assert ran.out == ""


def test_help_has_examples(tmp_path: Path) -> None:
    out = inside(tmp_path, "retract", "--help").out
    assert "Examples: postwatch retract 12 --why" in " ".join(out.split())


async def test_a_pass_that_is_under_way_does_not_undo_it(tmp_path: Path) -> None:
    """The rows a pass began with are older than the withdrawal: what it saw of the post is set aside."""
    async with watching(tmp_path, prose(4)) as w:
        await w.look()
        post = w.blog.posts[1]
        post.status, post.listed = 404, False
        (removed,) = [e for e in await w.looks(5) if e.kind is Kind.REMOVED]
        serve = w.blog.override

        def taking_back(path: str) -> None:
            # Asked in the midst of a pass: after the rows were read, before anything is written.
            if path == post.path:
                w.blog.override = serve
                w.ctx.store.write(
                    retract(str(removed.id), why="a CDN", by="", now=w.clock(), rng=w.ctx.rng)
                )

        w.blog.override = taking_back
        assert await w.look(60) == []
        assert w.blog.override is serve
        with w.ctx.store.read() as conn:
            row = posts.post(conn, removed.post or 0)
            assert verify_chain(conn) == []
        assert row is not None
        assert (row.state.status, row.state.muted_answer) == (Status.LIVE, "not_found")
        assert await w.looks(5) == []
