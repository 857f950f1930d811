"""Whole fetches against loopback servers: redirects by hand, conditions, secrets, pace, deadlines."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Duration, FetchConfig, Size
from monitor.fetch import FETCHERS, Ask, Fetcher
from monitor.fetch.http import HttpFetcher
from monitor.fetch.pace import Pace
from monitor.model import Answer, Failure, Hop
from tests.net.hostile import Heard, answer, make_certificate, resets, routes, says, serving

NOW = datetime(2026, 3, 5, 6, 50, tzinfo=UTC)


def config(
    *,
    timeout: float = 20,
    delay: float = 0,
    concurrency: int = 1,
    private: bool = True,
    max_body: int = 2**20,
) -> FetchConfig:
    return FetchConfig(
        user_agent="tester/1",
        timeout=Duration(seconds=timeout),
        per_host_delay=Duration(seconds=delay),
        per_host_concurrency=concurrency,
        allow_private_networks=private,
        max_body=Size(max_body),
    )


@contextlib.asynccontextmanager
async def fetching(settings: FetchConfig | None = None) -> AsyncIterator[Fetcher]:
    fetcher = FETCHERS["http"](settings or config(), lambda: NOW)
    try:
        yield fetcher
    finally:
        await fetcher.aclose()


async def fetch(ask: Ask | str, settings: FetchConfig | None = None) -> Answer:
    async with fetching(settings) as fetcher:
        return await fetcher.fetch(Ask(ask) if isinstance(ask, str) else ask)


def to(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, {"Location": location})


# One answer


async def test_an_answer_has_everything() -> None:
    async with serving(says(answer(b"<p>x</p>", headers={"ETag": '"1"'}))) as server:
        got = await fetch(server.url("/post"))
    assert got.url == got.final_url == server.url("/post")
    assert (got.status, got.body, got.header("etag")) == (200, b"<p>x</p>", '"1"')
    assert (got.at, got.failure, got.detail, got.hops) == (NOW, None, "", ())
    assert got.took > timedelta(0)
    assert got.peer == f"127.0.0.1:{server.port}"
    sent = dict(got.request_headers)
    assert sent["user-agent"] == "tester/1"
    assert sent["accept-encoding"] == "gzip, deflate, br, zstd"
    assert set(sent.items()) <= set(server.heard[0].headers)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("/a b", "/a%20b"),
        ("/ü/é", "/%C3%BC/%C3%A9"),
        ("/ü?q=ü&x=ÿ", "/%C3%BC?q=%C3%BC&x=%C3%BF"),
        ("/100%", "/100%"),
        ("/%zz?%=%1", "/%zz?%=%1"),
        ("/%C3%BC", "/%C3%BC"),
        ("/%2F%2e%2E/x", "/%2F%2e%2E/x"),
        ("/a/../b/./c", "/b/c"),
        ('/"<>`{}|\\^', "/%22%3C%3E%60%7B%7D|/%5E"),
        ("/[x]?[y]=(z)&a='b'", "/[x]?[y]=(z)&a=%27b%27"),
        ("/x#part", "/x"),
        ("", "/"),
        ("?p=1", "/?p=1"),
        ("/x?", "/x"),
    ],
)
async def test_urls_are_sent_as_browsers_do_and_kept_as_asked(asked: str, sent: str) -> None:
    async with serving(says(answer(b"x"))) as server:
        url = server.url(asked)
        got = await fetch(url)
    assert (got.status, got.url) == (200, url)
    assert server.heard[0].target == sent


async def test_conditions_are_sent_and_304_is_an_answer() -> None:
    async with serving(says(answer(b"", "304 Not Modified", {"ETag": '"\xe9"'}))) as server:
        day = "Thu, 05 Mar 2026 06:50:00 GMT"
        got = await fetch(Ask(server.url(), etag='W/"\xe9"', last_modified=day))
        unasked = await fetch(server.url())
    heard, plain = server.heard
    assert heard.header("if-none-match") == 'W/"\xe9"'  # byte for byte as it came
    assert heard.header("if-modified-since") == day
    assert (got.status, got.body, got.failure) == (304, b"", None)
    assert not plain.header("if-none-match") and not plain.header("if-modified-since")
    assert (unasked.status, unasked.failure) == (304, Failure.PROTOCOL)


async def test_a_304_from_where_a_redirect_leads_was_not_asked_for() -> None:
    sent = {"/": to("/b"), "/b": answer(b"", "304 Not Modified")}
    async with serving(routes(sent)) as server:
        got = await fetch(Ask(server.url("/"), etag='"1"'))
    assert (got.status, got.failure, len(got.hops)) == (304, Failure.PROTOCOL, 1)


async def test_the_sites_headers_are_sent_and_not_repeated_in_the_answer() -> None:
    async with serving(says(answer(b"x"))) as server:
        headers = (("Authorization", "Bearer s3cret"), ("User-Agent", "own/2"))
        got = await fetch(Ask(server.url(), headers=headers))
    heard = server.heard[0]
    assert heard.header("authorization") == "Bearer s3cret"
    assert [v for n, v in heard.headers if n == "user-agent"] == ["own/2"]
    assert "s3cret" not in repr(got)
    assert ("authorization", "***") in got.request_headers


# Redirects


async def test_redirects_are_followed_and_each_is_kept() -> None:
    table = {
        "/a/1": to("2?x=\xc3\xbc#part", "301 Moved Permanently"),  # relative, raw UTF-8
        "/a/2?x=%C3%BC": to("/b", "307 Temporary Redirect"),
        "/b": to("//127.0.0.1:PORT/c d", "308 Permanent Redirect"),
        "/c%20d": answer(b"end", "404 Not Found"),
    }
    async with serving(routes(table)) as server:
        table["/b"] = table["/b"].replace(b"PORT", str(server.port).encode())
        got = await fetch(server.url("/a/1"))
    assert (got.status, got.body, got.failure) == (404, b"end", None)
    assert got.hops == (
        Hop(server.url("/a/1"), 301, server.url("/a/2?x=%C3%BC")),
        Hop(server.url("/a/2?x=%C3%BC"), 307, server.url("/b")),
        Hop(server.url("/b"), 308, server.url("/c%20d")),
    )
    assert (got.url, got.final_url) == (server.url("/a/1"), server.url("/c%20d"))


@pytest.mark.parametrize("count", [10, 11])
async def test_ten_hops_are_followed_and_the_eleventh_is_not(count: int) -> None:
    table = {f"/{n}": to(f"/{n + 1}") for n in range(count)} | {f"/{count}": answer(b"end")}
    async with serving(routes(table)) as server:
        got = await fetch(server.url("/0"))
    assert len(got.hops) == 10
    assert got.final_url == server.url("/10")
    if count == 10:
        assert (got.status, got.body, got.failure) == (200, b"end", None)
    else:
        assert (got.status, got.body, got.failure) == (302, b"", Failure.TOO_MANY_HOPS)


@pytest.mark.parametrize(
    ("table", "hops"),
    [
        ({"/0": to("/0")}, 1),
        ({"/0": to("#top")}, 1),
        ({"/0": to("/1"), "/1": to("/0", "301 Moved")}, 2),
        ({"/0": to("/1"), "/1": to("/2"), "/2": to("/1#again")}, 3),
    ],
)
async def test_a_circle_is_seen_at_once(table: dict[str, bytes], hops: int) -> None:
    async with serving(routes(table)) as server:
        got = await fetch(server.url("/0"))
    assert got.failure is Failure.TOO_MANY_HOPS
    assert got.status in (301, 302)
    assert len(got.hops) == hops == len(server.heard)


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://acme.example/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "http://",
        "http://user:pw@127.0.0.1/",
        "http://127.0.0.1:0/",
        "http://[",
    ],
)
async def test_a_redirect_to_what_is_not_fetched_is_refused(location: str) -> None:
    async with serving(says(to(location))) as server:
        got = await fetch(server.url())
    assert (got.failure, got.status, got.body) == (Failure.REFUSED, None, b"")
    assert [(hop.url, hop.status) for hop in got.hops] == [(server.url(), 302)]
    assert len(server.heard) == 1


async def test_a_redirect_that_fails_keeps_its_hops() -> None:
    async with serving(resets) as broken, serving(says(to(broken.url("/x")))) as server:
        got = await fetch(server.url())
    assert (got.failure, got.status) == (Failure.RESET, None)
    assert got.hops == (Hop(server.url(), 302, broken.url("/x")),)
    assert (got.final_url, got.peer) == (broken.url("/x"), f"127.0.0.1:{broken.port}")


async def test_private_addresses_are_refused_unless_allowed() -> None:
    async with serving(says(answer(b"secret"))) as server:
        for host in ("127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"):
            got = await fetch(server.url(host=host), config(private=False))
            assert (got.failure, got.status, got.body) == (Failure.REFUSED, None, b"")
    assert server.connections == 0


async def test_a_redirect_drops_the_conditions() -> None:
    async with serving(routes({"/a": to("/b"), "/b": answer(b"x")})) as server:
        await fetch(Ask(server.url("/a"), etag='"1"', last_modified="yesterday"))
    first, second = server.heard
    assert first.header("if-none-match") and first.header("if-modified-since")
    assert not second.header("if-none-match") and not second.header("if-modified-since")


async def test_the_sites_headers_stay_on_its_host() -> None:
    secret = (("Cookie", "id=1"), ("Authorization", "Basic eA=="))
    table = {"/same": to("/here"), "/here": answer(b"x")}
    async with serving(routes(table)) as server, serving(says(answer(b"y"))) as stranger:
        await fetch(Ask(server.url("/same"), headers=secret))
        assert server.heard[1].header("cookie") == "id=1"
        # Away, and back again: what was dropped stays dropped.
        table["/away"] = to(stranger.url("/"))
        got = await fetch(Ask(server.url("/away"), headers=secret))
        table["/localhost"] = to(server.url("/here", host="localhost"))
        await fetch(Ask(server.url("/localhost"), headers=secret))
    assert server.heard[2].header("authorization")
    for heard in (stranger.heard[0], server.heard[-1]):
        assert not heard.header("cookie") and not heard.header("authorization")
        assert heard.header("user-agent") == "tester/1"
    assert "cookie" not in dict(got.request_headers)


async def _everything_is_here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_the_sites_headers_go_along_within_its_domain_but_not_out_of_tls(
    tmp_path: Path,
) -> None:
    server_tls, trusting = make_certificate(tmp_path, "acme.example")
    table = {"/": answer(b"x")}
    async with serving(routes(table)) as plain, serving(routes(table), server_tls) as secure:
        table["/up"] = to(secure.url(host="acme.example"))
        table["/down"] = to(plain.url(host="www.acme.example"))
        fetcher = HttpFetcher(config(), lambda: NOW, verify=trusting, resolve=_everything_is_here)
        for server, path, host in (
            (plain, "/up", "blog.acme.example"),
            (secure, "/down", "acme.example"),
        ):
            ask = Ask(server.url(path, host=host), headers=(("Cookie", "id=1"),))
            got = await fetcher.fetch(ask)
            assert (got.status, len(got.hops)) == (200, 1)
        await fetcher.aclose()
    assert [h.header("cookie") for h in plain.heard] == ["id=1", ""]
    assert [h.header("cookie") for h in secure.heard] == ["id=1", "id=1"]
    assert got.certificate == b""  # of the last hop, which had none


async def test_cookies_are_not_kept_along_a_redirect() -> None:
    table = {"/a": answer(b"", "302 Found", {"Set-Cookie": "s=1", "Location": "/b"})}
    async with serving(routes(table)) as server:
        await fetch(server.url("/a"))
    assert server.heard[1].target == "/b"
    assert not server.heard[1].header("cookie")


# Deadlines and caps


async def test_the_deadline_is_for_all_hops_together() -> None:
    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        number = int(heard.target[1:])
        writer.write(to(f"/{number + 1}"))

    async with serving(script) as server:
        got = await fetch(server.url("/0"), config(timeout=1))
    assert got.failure is Failure.TIMEOUT
    assert 0 < len(got.hops) < 10


async def test_a_body_over_the_cap_is_no_answer() -> None:
    async with serving(says(answer(b"x" * 1001))) as server:
        got = await fetch(server.url(), config(max_body=1000))
    assert (got.failure, got.status, got.body) == (Failure.TOO_BIG, None, b"")


@pytest.mark.parametrize(
    "url", ["", "acme.example", "http://", "file:///x", "http://\ud800/", "http://a b/"]
)
async def test_what_is_no_url_is_a_value_too(url: str) -> None:
    got = await fetch(url)
    assert (got.failure, got.url, got.at) == (Failure.REFUSED, url, NOW)


@pytest.mark.parametrize("value", ["a\nb", "a\r\nX-Evil: 1", "\0"])
async def test_a_value_that_cannot_be_sent_is_not_sent(value: str) -> None:
    async with serving(says(answer(b"x"))) as server:
        got = await fetch(Ask(server.url(), etag=value))
    assert got.failure is Failure.PROTOCOL
    assert server.heard == []


# Pace


async def _starts(count: int, settings: FetchConfig) -> list[float]:
    async with serving(says(answer(b"x"))) as server, fetching(settings) as fetcher:
        asks = [fetcher.fetch(Ask(server.url(f"/{n}"))) for n in range(count)]
        answers = await asyncio.gather(*asks)
        assert [a.status for a in answers] == [200] * count
    return sorted(heard.at for heard in server.heard)


async def test_starts_at_one_host_keep_their_distance() -> None:
    starts = await _starts(4, config(delay=0.2, concurrency=4))
    # Sent .6 s apart; half of that leaves room for how late each is heard.
    assert starts[-1] - starts[0] >= 0.3


async def test_a_host_that_asks_for_more_distance_gets_it_and_others_do_not() -> None:
    async with serving(says(answer(b"x"))) as slow, serving(says(answer(b"x"))) as other:
        async with fetching(config(delay=0.01, concurrency=4)) as fetcher:
            fetcher.slow_down(slow.url("/robots.txt"), timedelta(seconds=0.2))
            asks = [Ask(s.url(f"/{n}")) for n in range(3) for s in (slow, other)]
            await asyncio.gather(*map(fetcher.fetch, asks))
            fetcher.slow_down(slow.url("/"), timedelta(0))
            await asyncio.gather(*(fetcher.fetch(Ask(slow.url(f"/{n}"))) for n in range(4)))
    starts = sorted(h.at for h in slow.heard)
    assert starts[2] - starts[0] >= 0.3
    assert starts[-1] - starts[3] < 0.3
    starts = sorted(h.at for h in other.heard)
    assert starts[-1] - starts[0] < 0.3


async def test_waiting_for_a_turn_is_nobodys_timeout() -> None:
    async with serving(says(answer(b"x"))) as server:
        settings = config(timeout=1, delay=0.5)
        async with fetching(settings) as fetcher:
            asks = [fetcher.fetch(Ask(server.url(f"/{n}"))) for n in range(4)]
            answers = await asyncio.gather(*asks)
    assert [a.status for a in answers] == [200] * 4
    assert all(a.took < timedelta(seconds=1) for a in answers)


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_than_allowed_run_at_one_host(concurrency: int) -> None:
    running, most = 0, 0

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(answer(b"x"))

    async with serving(script) as server, fetching(config(concurrency=concurrency)) as fetcher:
        await asyncio.gather(*(fetcher.fetch(Ask(server.url())) for _ in range(9)))
    assert most == concurrency


async def test_a_slow_host_holds_up_no_other() -> None:
    release = asyncio.Event()

    async def slow(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(answer(b"late"))

    async with serving(slow) as one, serving(says(answer(b"x"))) as other, fetching() as fetcher:
        waiting = [asyncio.ensure_future(fetcher.fetch(Ask(one.url()))) for _ in range(5)]
        assert (await fetcher.fetch(Ask(other.url()))).body == b"x"
        assert not any(task.done() for task in waiting)
        release.set()
        assert [a.body for a in await asyncio.gather(*waiting)] == [b"late"] * 5


async def test_two_hosts_that_redirect_to_each_other_do_not_lock() -> None:
    """A turn is given back before the next is taken, or these two would wait for ever."""
    tables: tuple[dict[str, bytes], dict[str, bytes]] = ({}, {})
    async with serving(routes(tables[0])) as one, serving(routes(tables[1])) as other:
        for n in range(6):
            tables[0][f"/{n}"] = to(other.url(f"/{n + 1}"))
            tables[1][f"/{n}"] = to(one.url(f"/{n + 1}"))
        tables[0]["/6"] = tables[1]["/6"] = answer(b"end")
        async with fetching() as fetcher, asyncio.timeout(20):
            asks = [fetcher.fetch(Ask(server.url("/0"))) for server in (one, other) * 4]
            answers = await asyncio.gather(*asks)
    assert [a.body for a in answers] == [b"end"] * 8


async def test_a_cancelled_turn_is_given_back() -> None:
    pace = Pace(1, timedelta(0))

    async def hold() -> None:
        async with pace.turn("acme.example"):
            await asyncio.sleep(60)

    held, waiting = asyncio.ensure_future(hold()), asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    for task in (waiting, held):
        task.cancel()
    await asyncio.gather(held, waiting, return_exceptions=True)
    async with asyncio.timeout(5), pace.turn("acme.example"):
        pass


async def test_a_delay_asked_for_meanwhile_holds_for_who_waits_already() -> None:
    pace, turns = Pace(1, timedelta(0)), list[str]()

    async def ask(name: str) -> None:
        async with pace.turn("acme.example"):
            turns.append(name)

    async with pace.turn("acme.example"):
        tasks = [asyncio.ensure_future(ask(name)) for name in ("home", "feed")]
        await asyncio.sleep(0)
        pace.slow_down("acme.example", timedelta(minutes=1))
    for _ in range(20):
        await asyncio.sleep(0)
    assert turns == ["home"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_delay_asked_for_while_one_sleeps_till_its_start_holds_for_the_next() -> None:
    pace, turns = Pace(3, timedelta(milliseconds=20)), list[str]()

    async def ask(name: str) -> None:
        async with pace.turn("acme.example"):
            turns.append(name)

    async with pace.turn("acme.example"):  # robots.txt
        home, feed = (asyncio.ensure_future(ask(name)) for name in ("home", "feed"))
        await asyncio.sleep(0)
        pace.slow_down("acme.example", timedelta(minutes=1))
        async with asyncio.timeout(5):
            await home
    await asyncio.wait([feed], timeout=0.06)
    assert turns == ["home"]
    feed.cancel()
    await asyncio.gather(feed, return_exceptions=True)


async def test_the_pace_forgets_hosts_that_are_idle() -> None:
    pace = Pace(1, timedelta(0))
    async with pace.turn("kept.example"):
        for n in range(3000):
            async with pace.turn(f"{n}.example"):
                pass
        assert len(pace._lanes) <= 1001
        assert "kept.example" in pace._lanes
