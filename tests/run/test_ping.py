"""The URL that is fetched after each good pass, and no other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from anyio import to_thread

from monitor.demo.blog import Reply
from monitor.run.check import PassResult
from monitor.run.deliver import deliver
from monitor.run.ping import ping, was_good
from monitor.values import replace
from tests.support.inside import inside
from tests.support.prose import posts
from tests.support.watching import Watch, watching

pytestmark = pytest.mark.anyio

MAIL = """[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:9"
from = "postwatch@a.example"
to = ["one@a.example"]
"""


def pinging(w: Watch, url: str, *, private: bool = True) -> None:
    config = w.ctx.config
    health = replace(config.health, ping=url)
    fetch = replace(config.fetch, allow_private_networks=private)
    w.ctx = replace(w.ctx, config=replace(config, health=health, fetch=fetch))


async def test_it_is_fetched(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as w:
        assert await ping(w.ctx) == ""  # none is wanted
        w.answer("/ping", Reply(200, body="OK"))
        pinging(w, f"{w.blog.origin}/ping")
        assert await ping(w.ctx) == ""
        assert w.blog.asked == ["/ping"]
        w.answer("/ping", Reply(503, body="no"))
        assert await ping(w.ctx) == "it answered 503"
        pinging(w, "http://127.0.0.1:9/")
        assert await ping(w.ctx)
        pinging(w, f"{w.blog.origin}/ping", private=False)
        assert await ping(w.ctx)
        assert len(w.blog.asked) == 2


async def test_only_a_pass_that_looked_and_did_not_fail_is_good(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3), more=MAIL) as w:
        assert was_good(w.ctx, await w.pass_())
        assert not was_good(w.ctx, await w.pass_())  # nothing was due
        good = await w.pass_(15)
        assert not was_good(w.ctx, PassResult(good.started, outcomes=good.outcomes, blind=True))
        assert not was_good(w.ctx, PassResult(good.started, outcomes=good.outcomes, failed=["x"]))
        w.blog.posts[0].paragraphs[0] += " It rained."
        told = await w.pass_(15)
        assert was_good(w.ctx, told)
        await deliver(w.ctx)
        assert not was_good(w.ctx, told)  # the alert did not get out
        w.clock.now += timedelta(minutes=1)


async def test_a_check_pings_after_a_good_pass_and_says_where_it_cannot(tmp_path: Path) -> None:
    async with watching(tmp_path, posts(3)) as w:
        w.answer("/ping", Reply(200, body="OK"))
        config = tmp_path / "postwatch.toml"
        text = config.read_text()
        config.write_text(text + f'[health]\nping = "{w.blog.origin}/ping"\n')
        ran = await to_thread.run_sync(inside, tmp_path, "check")
        assert (ran.code, w.blog.asked.count("/ping")) == (0, 1)
        w.answer("/ping", Reply(503, body="no"))
        ran = await to_thread.run_sync(inside, tmp_path, "check", "--all")
        assert ran.code == 0
        assert "[health] ping could not be fetched: it answered 503" in ran.err
