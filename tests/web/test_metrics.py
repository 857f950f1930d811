"""`/metrics`: what a scraper takes, with the numbers of the database; and `/readyz` when passes stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from monitor.config import Config
from monitor.config.values import Secret
from monitor.model import Failure, Kind, Role, Seen
from monitor.run.heartbeat import Heartbeat
from monitor.store import Store, observations, queue, tokens
from monitor.store.rows import Observation
from monitor.store.tokens import token
from monitor.web.app import create_app
from monitor.web.metrics import COUNTED_EVERY, MEDIA_TYPE, exposition, family

from . import build
from .exposition import Samples, read, value
from .story import Filled, fill

pytestmark = pytest.mark.anyio


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Store, Filled]]:
    """A filled database that a test may change."""
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as store:
        yield store, fill(store)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = build.NOW

    def __call__(self) -> datetime:
        return self.now


def client(
    store: Store, settings: Config, clock: Clock, beat: Heartbeat | None = None
) -> httpx.AsyncClient:
    app = create_app(store, settings, clock, beat)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{build.HOST}")


async def scraped(pages: httpx.AsyncClient, **headers: str) -> Samples:
    answer = await pages.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPE
    return read(answer.text)


def look(store: Store, story: Filled, path: str, status: int | None, failure: str = "") -> None:
    """One more look at a page of the first site."""
    got = build.answer(f"https://tulip.example/{path}", b"", build.NOW, status or 0)
    if failure:
        from monitor.values import replace

        got = replace(got, status=None, failure=Failure(failure))
    site_id = story.lived.site_id
    seen = Observation(site_id, Role.HOME, got, Seen.UNCLEAR, "x", "x")
    store.write(lambda conn: observations.observe(conn, seen))


async def test_the_numbers_are_those_of_the_database(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, story = own
    for path, status, failure in (
        ("a", 304, ""),
        ("a", 304, ""),
        ("b", 404, ""),
        ("c", 503, ""),
        ("d", 301, ""),
        ("e", None, "timeout"),
    ):
        look(store, story, path, status, failure)
    sent = next(e for e in story.events if e.kind is Kind.REMOVED)
    store.write(lambda conn: _sent(conn, sent.id))
    settings = build.config(tmp_path, '[channels.paper]\ntype = "stdout"\n')
    async with client(store, settings, Clock()) as pages:
        found = await scraped(pages)
    assert value(found, "events_total", kind="removed") == 2
    assert value(found, "events_total", kind="relisted") == 0
    assert value(found, "last_pass_age_seconds") == 240
    assert value(found, "passes_total") is None
    assert value(found, "passes_running") == 1
    assert value(found, "posts_due") == 4
    assert value(found, "sites", status="unreachable", reason="blocked") == 1
    assert value(found, "site_up", site="roses") == 0
    assert value(found, "posts", site="tulip", state="suspected") == 1
    assert value(found, "alerts", channel="mail", state="sent") == 1
    assert value(found, "alerts", channel="mail", state="pending") == len(story.events) - 1
    assert value(found, "alerts", channel="paper", state="pending") == 0
    assert value(found, "alerts_due_age_seconds", channel="paper") == 0
    assert value(found, "blind", reason="network") == 0
    counted = {
        outcome: value(found, "fetches_total", outcome=outcome)
        for outcome in (
            "not_modified",
            "client_error",
            "server_error",
            "redirect",
            "timeout",
            "dns",
        )
    }
    assert list(counted.values()) == [2, 1, 1, 1, 1, 0]


def _sent(conn: Connection, event_id: int) -> None:
    (alert,) = queue.alerts(conn, event_id=event_id)
    queue.done(conn, [alert.id], build.NOW, "m")
    queue.add_alerts(conn, event_id, [("mail", "desk@example.org")], build.NOW, "remind:1")


async def test_posts_are_overdue_half_an_hour_after_their_time(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    clock = Clock()
    paused = '[[site]]\nname = "tulip"\nurl = "https://tulip.example/news/"\npaused = true\n'
    async with client(own[0], build.config(tmp_path), clock) as pages:
        assert value(await scraped(pages), "posts_overdue") == 0
        clock.now += timedelta(minutes=31)
        assert value(await scraped(pages), "posts_overdue") == 4
    async with client(own[0], build.config(tmp_path, paused), clock) as pages:
        found = await scraped(pages)
    assert value(found, "posts_due") == value(found, "posts_overdue") == 1
    assert value(found, "sites", status="paused", reason="") == 1
    assert value(found, "site_up", site="tulip") is None


async def test_looks_are_counted_once_a_minute_and_never_fall(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    from monitor.store.forget import forget_post

    store, story = own
    clock = Clock()
    async with client(store, build.config(tmp_path), clock) as pages:

        async def fetched(outcome: str) -> float | None:
            return value(await scraped(pages), "fetches_total", outcome=outcome)

        before = await fetched("ok")
        look(store, story, "a", 404)
        assert await fetched("client_error") == 0
        clock.now += COUNTED_EVERY
        assert await fetched("client_error") == 1
        store.write(lambda conn: forget_post(conn, story.lived.state.post_id, build.NOW))
        clock.now += COUNTED_EVERY
        assert await fetched("ok") == before


async def test_what_tells_of_the_config_is_for_us_alone(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    text = token(bytes(32))
    own[0].write(lambda conn: tokens.add(conn, "prometheus", text, build.NOW))
    bearer = f"Bearer {text}"
    public = build.web(build.config(tmp_path), public=True)
    locked = build.web(build.config(tmp_path), password=Secret("tulips"))
    async with client(own[0], public, Clock()) as pages:
        answer = await pages.get("/metrics")
        read(answer.text)
        assert "mail" not in answer.text and "postwatch_alerts" not in answer.text
        assert (
            value(
                await scraped(pages, authorization=bearer), "alerts", channel="mail", state="sent"
            )
            == 0
        )
    async with client(own[0], locked, Clock()) as pages:
        assert (await pages.get("/metrics")).status_code == 401
        assert value(await scraped(pages, authorization=bearer), "posts_due") == 4


async def test_an_empty_database_has_its_numbers_too(empty: Store, tmp_path: Path) -> None:
    async with client(empty, build.config(tmp_path), Clock()) as pages:
        found = await scraped(pages)
        assert value(found, "posts_due") == 0 and value(found, "last_pass_age_seconds") is None
        assert (await pages.get("/readyz")).status_code == 200


@given(st.text(), st.text(), st.floats())
def test_any_text_is_escaped(label: str, said: str, number: float) -> None:
    text = exposition(
        [family("x", "gauge", said.replace("\r", ""), [({"a": label.replace("\r", "")}, number)])]
    )
    ((key, found),) = read(text).items()
    assert dict(key[1]) == {"a": label.replace("\r", "")}
    assert found == number or (found != found and number != number)


async def test_the_daemons_own_heartbeat_decides(own: tuple[Store, Filled], tmp_path: Path) -> None:
    clock, beat = Clock(), Heartbeat(began=build.NOW)
    async with client(own[0], build.config(tmp_path), clock, beat) as pages:

        async def ready() -> tuple[int, str]:
            answer = await pages.get("/readyz")
            return answer.status_code, answer.json()["status"]

        assert await ready() == (200, "ok")
        clock.now += timedelta(minutes=6)
        assert await ready() == (
            503,
            "passes have stopped: none has ended since 2026-11-23 09:30:00 UTC",
        )
        beat.passes, beat.last_pass_at = 7, clock.now - timedelta(seconds=30)
        assert await ready() == (200, "ok")
        found = await scraped(pages)
        assert value(found, "passes_total") == 7 and value(found, "last_pass_age_seconds") == 30
        clock.now += timedelta(hours=2)
        assert (await ready())[0] == 503
        assert value(await scraped(pages), "passes_running") == 0
        assert (await pages.get("/healthz")).status_code == 200


async def test_pages_alone_go_by_the_schedule(own: tuple[Store, Filled], tmp_path: Path) -> None:
    clock = Clock()  # the sites were looked at four minutes ago, and are due in six
    async with client(own[0], build.config(tmp_path), clock) as pages:
        clock.now += timedelta(minutes=35)
        assert (await pages.get("/readyz")).status_code == 200
        clock.now += timedelta(minutes=5)
        answer = await pages.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["status"].endswith(
            "no site was looked at since 2026-11-23 09:26:00 UTC"
        )
