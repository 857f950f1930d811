"""What a token opens, and what it does not; a revoked one opens nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from monitor.config.values import Secret
from monitor.store import Store, tokens
from monitor.store.tokens import Token, token
from monitor.web.bearer import opens

from . import build
from .story import fill

pytestmark = pytest.mark.anyio

TOKEN = token(bytes(32))
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A filled database with a token."""
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as opened:
        fill(opened)
        opened.write(lambda conn: tokens.add(conn, "newsroom", TOKEN, build.NOW))
        yield opened


def client(store: Store, tmp_path: Path, password: str, *, public: bool) -> httpx.AsyncClient:
    settings = build.web(build.config(tmp_path), password=Secret(password), public=public)
    return build.client(store, settings)


def kept(store: Store) -> Token:
    with store.read() as conn:
        (found,) = tokens.tokens(conn)
    return found


OPENED = ("/feed.atom", "/events.atom", "/sites/tulip/feed.atom", "/snapshots/1/raw")
SHUT = ("/", "/events", "/events/1", "/posts/1", "/snapshots/1")


async def test_a_token_reads_what_is_made_for_programs(store: Store, tmp_path: Path) -> None:
    for public in (False, True):
        async with client(store, tmp_path, "tulips", public=public) as pages:
            for path in OPENED:
                assert (await pages.get(path, headers=BEARER)).status_code == 200, path
                assert (await pages.head(path, headers=BEARER)).status_code == 200, path
            for path in SHUT:
                answer = await pages.get(path, headers=BEARER)
                assert answer.status_code == 401, path
                assert "invalid_token" not in answer.headers["www-authenticate"]
            for path in ("/events/1/ack", "/logout"):
                assert (await pages.post(path, headers=BEARER)).status_code == 403, path


async def test_another_text_opens_nothing(store: Store, tmp_path: Path) -> None:
    async with client(store, tmp_path, "tulips", public=False) as pages:
        for wrong in ("", "x", TOKEN[:-1], f"{TOKEN}0", "\xff", "a" * 5000):
            for path in OPENED:
                headers = [(b"authorization", f"bearer {wrong}".encode("latin-1"))]
                answer = await pages.get(path, headers=headers)
                assert answer.status_code == 401, (wrong, path)
                asked_for = answer.headers.get_list("www-authenticate")
                assert 'Bearer realm="postwatch", error="invalid_token"' in asked_for
                assert "tulip" not in answer.text


async def test_a_wrong_token_is_said_where_all_may_read(store: Store, tmp_path: Path) -> None:
    async with client(store, tmp_path, "", public=True) as pages:
        assert (await pages.get("/feed.atom")).status_code == 200
        assert (await pages.get("/feed.atom", headers=BEARER)).status_code == 200
        wrong = await pages.get("/feed.atom", headers={"authorization": "Bearer x"})
        assert wrong.status_code == 401


async def test_a_wrong_token_is_said_on_this_machine_too(store: Store, tmp_path: Path) -> None:
    """Where nothing is asked of anybody: a program is tried out there."""
    async with client(store, tmp_path, "", public=False) as pages:
        for path in ("/feed.atom", "/api/v1/events", "/metrics"):
            assert (await pages.get(path)).status_code == 200
            assert (await pages.get(path, headers=BEARER)).status_code == 200
            wrong = await pages.get(path, headers={"authorization": "Bearer x"})
            assert wrong.status_code == 401
        page = await pages.get("/", headers={"authorization": "Bearer x"})
        assert page.status_code == 200


async def test_a_revoked_one_opens_nothing_more(store: Store, tmp_path: Path) -> None:
    async with client(store, tmp_path, "tulips", public=False) as pages:
        assert (await pages.get("/feed.atom", headers=BEARER)).status_code == 200
        store.write(lambda conn: tokens.revoke(conn, "newsroom"))
        assert (await pages.get("/feed.atom", headers=BEARER)).status_code == 401


async def test_its_use_is_noted_once_an_hour(store: Store, tmp_path: Path) -> None:
    written = 0
    awrite = store.awrite

    async def counted(fn: object) -> object:
        nonlocal written
        written += 1
        return await awrite(fn)  # type: ignore[arg-type]

    store.awrite = counted  # type: ignore[method-assign, assignment]
    assert kept(store).last_used_at is None
    async with client(store, tmp_path, "tulips", public=False) as pages:
        for _ in range(5):
            assert (await pages.get("/feed.atom", headers=BEARER)).status_code == 200
            while kept(store).last_used_at is None:
                await asyncio.sleep(0.01)
    assert kept(store).last_used_at == build.NOW
    assert written == 1


async def test_a_token_opens_although_its_use_cannot_be_noted(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from monitor.errors import StoreError

    async def refuse(fn: object) -> object:
        raise StoreError("the database is locked")

    store.awrite = refuse  # type: ignore[method-assign, assignment]
    async with client(store, tmp_path, "tulips", public=False) as pages:
        assert (await pages.get("/feed.atom", headers=BEARER)).status_code == 200
        await asyncio.sleep(0)
    assert "newsroom was used is not noted" in caplog.text and TOKEN not in caplog.text


async def test_who_asks_below_api_without_one_is_told_in_json(store: Store, tmp_path: Path) -> None:
    async with client(store, tmp_path, "tulips", public=False) as pages:
        for headers in ({}, {"authorization": "Bearer x"}, {"accept": "text/html"}):
            answer = await pages.get("/api/v1/events", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["title"] == "Unauthorized"
        posted = await pages.post("/api/v1/events", headers=BEARER)
        assert posted.status_code == 405 and posted.json()["status"] == 405


@pytest.mark.parametrize(
    ("path", "is_open"),
    [
        ("/api/v1/events", True),
        ("/api", True),
        ("/apiary", False),
        ("/metrics", True),
        ("/metrics/x", False),
        ("/events.json", True),
        ("/events.csv", True),
        ("/snapshots/1/text", True),
        ("/snapshots/1", False),
        ("/events/1/ignore", False),
        ("/timemap/link/https://tulip.example/", True),
        ("/events/1\n.atom", True),
    ],
)
def test_what_a_token_opens(path: str, is_open: bool) -> None:
    assert opens(path) is is_open
