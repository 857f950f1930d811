"""The API over a real database: what it gives, page after page, and what it says to a bad question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.config.values import Secret
from monitor.model import Kind
from monitor.store import Store, events
from monitor.store.chain import GENESIS, body_hash, link_hash
from monitor.store.forget import forget_post
from monitor.store.marks import Mark, MarkKind, add_mark
from tests.support.inside import inside

from . import build
from .story import PARAGRAPHS, Filled, fill

pytestmark = pytest.mark.anyio

API = "/api/v1"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Store, Filled]]:
    """A filled database that a test may change."""
    url = f"sqlite:///{tmp_path / 'postwatch.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as store:
        yield store, fill(store)


async def got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(API + path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def pages_of(client: httpx.AsyncClient, path: str) -> list[Any]:
    """All pages, by their `next`; each says the same in its Link."""
    found, following = [], API + path
    while following:
        answer = await client.get(following)
        found.append(answer.json())
        following = found[-1]["next"]
        link = f'<{following}>; rel="next"' if following else None
        assert answer.headers.get("link") == link
    return found


async def test_the_chain_holds_over_what_was_given(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    told = [e for page in await pages_of(pages, "/events?limit=4") for e in page["events"]]
    assert told == [e.as_record() for e in filled[1].events]
    prev = GENESIS
    for record in told:
        assert record["prev"] == prev
        assert (record["body"], record["hash"]) == (body_hash(record), link_hash(record))
        prev = record["hash"]
    for record in told:
        assert (await got(pages, f"/events/{record['id']}"))["event"] == record


async def test_a_page_ends_where_the_next_begins(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    every = [e.id for e in filled[1].events]
    for limit in (1, len(every) - 1, len(every), 1000):
        found = await pages_of(pages, f"/events?limit={limit}")
        assert [e["id"] for page in found for e in page["events"]] == every
        assert len(found) == -(-len(every) // limit)
    assert (await got(pages, f"/events?after={every[-1]}"))["events"] == []
    assert (await got(pages, f"/events?after={every[3]}"))["events"][0]["id"] == every[4]
    for what, path in (("posts", "/posts"), ("sites", "/sites"), ("versions", "/posts/1/versions")):
        whole = (await got(pages, path))[what]
        assert len(whole) > 1
        assert [x for page in await pages_of(pages, f"{path}?limit=1") for x in page[what]] == whole
    seen = [
        x for p in await pages_of(pages, "/posts/1/coverage?limit=1") for x in p["observations"]
    ]
    assert seen == (await got(pages, "/posts/1/coverage"))["observations"]


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("site=roses", lambda e: e["site"] == "roses"),
        ("site=roses&site=tulip", lambda e: e["site"] is not None),
        ("kind=removed&kind=moved", lambda e: e["kind"] in ("removed", "moved")),
        ("post=1", lambda e: e["post"] == 1),
        ("since=2026-11-20", lambda e: e["detected_at"] >= "2026-11-20"),
        ("since=2026-11-21T10:30:00%2B01:00", lambda e: e["detected_at"] >= "2026-11-21T09:30"),
        ("site=tulip&kind=removed&since=2026-11-20&limit=1", lambda e: e["reason"] == "tombstone"),
    ],
)
async def test_events_are_found_by_what_they_are(
    pages: httpx.AsyncClient, query: str, holds: Any
) -> None:
    every = (await got(pages, "/events"))["events"]
    found = [e for page in await pages_of(pages, f"/events?{query}") for e in page["events"]]
    assert found == [e for e in every if holds(e)] and 0 < len(found) < len(every)


async def test_what_became_of_an_event_stands_beside_it(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, story = own
    f = build.Filler(store, salts=100)
    old = f.event(Kind.EDITED, build.at(900), story.lived, origin="imported")
    for kind, words in ((MarkKind.ACK, ""), (MarkKind.DISMISS, "their ads"), (MarkKind.NOTE, "x")):
        mark = Mark(story.events[0].id, kind, words, "Rosa", build.NOW)
        store.write(lambda conn, mark=mark: add_mark(conn, mark))  # type: ignore[misc]
    store.write(lambda conn: forget_post(conn, story.gone.state.post_id, build.NOW))
    async with build.client(store, build.config(tmp_path)) as client:
        page = await got(client, "/events")
    assert [str(e["id"]) for e in page["events"]] == list(page["beside"])
    assert len(page["events"]) == len(story.events) + 1
    none = {"retracted_by": None, "imported": False, "forgotten": False, "dismissed": False}

    def differs(event_id: int) -> dict[str, Any]:
        beside = page["beside"][str(event_id)]
        return {k: v for k, v in beside.items() if k != "marks" and v != none[k]}

    moved, retracted = (
        next(e.id for e in story.events if e.kind is k) for k in (Kind.MOVED, Kind.RETRACTED)
    )
    gone = next(e.id for e in story.events if e.post == story.gone.state.post_id)
    assert differs(moved) == {"retracted_by": retracted}
    assert differs(old.id) == {"imported": True}
    assert differs(gone) == {"forgotten": True}
    assert differs(story.events[0].id) == {"dismissed": True}
    assert [(m["kind"], m["text"]) for m in page["beside"]["1"]["marks"]] == [
        ("ack", ""),
        ("dismiss", "their ads"),
        ("note", "x"),
    ]
    # What was said among ourselves is for nobody else.
    for settings in (
        build.web(build.config(tmp_path), public=True),
        build.web(build.config(tmp_path), public=True, password=Secret("tulips")),
    ):
        async with build.client(store, settings) as client:
            answer = await client.get(f"{API}/events")
            assert answer.json()["events"] == page["events"]
            assert answer.json()["beside"]["1"] == {**none, "marks": []}
            assert "their ads" not in answer.text and "Rosa" not in answer.text


async def test_sites_posts_and_versions_are_those_of_the_commands(
    own: tuple[Store, Filled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = build.config(tmp_path)
    monkeypatch.setattr("monitor.cli.common.now", lambda: build.NOW)
    async with build.client(own[0], settings) as client:
        assert (await got(client, "/sites"))["sites"] == inside(tmp_path, "sites", "--json").lines
        listed = (await got(client, "/posts"))["posts"]
        told = inside(tmp_path, "posts", "--json").lines
        assert listed == sorted(told, key=lambda p: int(p["id"]))
        for post in listed:
            assert await got(client, f"/posts/{post['id']}") == post
        lines = inside(tmp_path, "history", listed[0]["url"], "--json").lines
        versions = [x for x in lines if x["type"] == "snapshot"]
        assert (await got(client, "/posts/1/versions"))["versions"] == versions
        seen = [x for x in lines if x["type"] == "observation" and x["post"] == 1]
        assert (await got(client, "/posts/1/coverage"))["observations"] == seen


async def test_posts_are_found_by_site_state_and_any_url_they_had(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, story = own
    build.Filler(store).state(story.lived, aliases=("https://tulip.example/news/attic",))
    async with build.client(store, build.config(tmp_path)) as client:

        async def ids(query: str) -> list[int]:
            return [p["id"] for p in (await got(client, f"/posts?{query}"))["posts"]]

        assert await ids("site=tulip") == [1, 3, 4]
        assert await ids("site=tulip&state=removed") == [3]
        assert await ids("state=suspected") == [4]
        assert await ids("url=http://tulip.example/news/roof/%3Futm_source=x%23top") == [1]
        assert await ids("url=https://tulip.example/news/attic") == [1]
        assert await ids("url=https://tulip.example/news/attic&site=roses") == []
        assert await ids("url=https://tulip.example/news/attic&after=1") == []
        assert await ids("url=https://elsewhere.example/") == []


async def test_a_version_has_its_text_and_leads_to_its_bytes(pages: httpx.AsyncClient) -> None:
    found = await got(pages, "/versions/1")
    assert [b["text"] for b in found["article"]["blocks"]] == list(PARAGRAPHS)
    assert found["article"]["byline"] == "Ines Prado"
    assert found["version"] == (await got(pages, "/posts/1/versions"))["versions"][0]
    import hashlib

    raw = await pages.get(found["raw"])
    assert hashlib.sha256(raw.content).hexdigest() == found["version"]["sha256"]
    latest = await pages.get(found["latest_raw"])
    assert hashlib.sha256(latest.content).hexdigest() == found["version"]["latest_sha256"]
    assert PARAGRAPHS[0] in (await pages.get(found["text"])).text
    assert (await pages.get(found["page"])).status_code == 200


async def test_coverage_says_when_nothing_could_be_seen(pages: httpx.AsyncClient) -> None:
    found = await got(pages, "/posts/1/coverage")
    assert [(b["from"], b["to"], b["whose"], b["reason"]) for b in found["blind"]] == [
        ("2026-11-11T09:30:00Z", "2026-11-12T09:30:00Z", "us", "network"),
        ("2026-11-22T06:30:00Z", "2026-11-22T08:30:00Z", "site", "disallowed"),
    ]
    lasting = await got(pages, "/posts/2/coverage")
    assert [b["to"] for b in lasting["blind"] if b["whose"] == "site"] == [None]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/events?sit=tulip", 400, 'There is no parameter "sit". Did you mean "site"?'),
        ("/events/1?after=1", 400, 'There is no parameter "after". It takes none.'),
        ("/posts/1?id=2", 400, "It takes none."),
        ("/events?site=tulp", 404, 'There is no site "tulp". Did you mean "tulip"?'),
        ("/posts?site=", 404, "Known are: roses, tulip."),
        ("/posts?site=xyz", 404, "Known are: roses, tulip."),
        ("/events?kind=remved", 400, 'kind: there is no "remved". Did you mean "removed"?'),
        ("/posts?state=gone", 400, "Known are: live, suspected, removed."),
        ("/events?limit=0", 400, "limit: expected a whole number from 1 to 1000."),
        ("/events?limit=1001", 400, "limit: expected a whole number from 1 to 1000."),
        ("/events?limit=1e2", 400, "limit: expected a whole number from 1 to 1000."),
        ("/events?limit=05", 400, "limit: expected a whole number from 1 to 1000."),
        ("/events?since=1700000000", 400, "since: expected a time such as"),
        ("/events?since=null", 400, "since: expected a time such as"),
        (
            "/posts?state=null",
            400,
            'state: there is no "null". Known are: live, suspected, removed.',
        ),
        ("/posts/1.0", 404, "There is nothing by that number."),
        ("/events?limit=ten", 400, "limit: expected a whole number"),
        ("/events?after=-1", 400, "after: expected a whole number from 0 on."),
        ("/events?after=99999999999999999999", 400, "after: expected a whole number from 0 on."),
        ("/events?after=1&after=2", 400, "after: once is enough."),
        ("/events?since=yesterday", 400, "since: expected a time such as"),
        ("/events?since=2026-11-24T08:00:00", 400, "since: expected a time such as"),
        ("/events?since=2026-13-45", 400, "since: expected a time such as"),
        ("/events?post=x", 400, "post: expected a whole number from 1 on."),
        ("/events/0", 404, "There is nothing by that number."),
        ("/events/x", 404, "There is nothing by that number."),
        ("/events/999", 404, "There is nothing by that number."),
        ("/posts/999/versions", 404, "There is nothing by that number."),
        ("/posts/999/coverage", 404, "There is nothing by that number."),
        ("/versions/999999999999999999999", 404, "There is nothing by that number."),
        ("/nope", 404, "openapi.json names those there are"),
        ("", 404, "openapi.json names those there are"),
        ("/events/", 404, "openapi.json names those there are"),
    ],
)
async def test_a_bad_question_is_told_what_would_do(
    pages: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    answer = await pages.get(API + path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert list(problem) == ["type", "title", "status", "detail"]
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert said in problem["detail"]


async def test_it_is_only_read(pages: httpx.AsyncClient) -> None:
    for path in ("/events", "/openapi.json", "/posts/1"):
        asked = await pages.options(API + path)
        assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        head = await pages.head(API + path)
        whole = await pages.get(API + path, headers={"origin": "https://evil.example"})
        assert head.headers["etag"] == whole.headers["etag"] and head.status_code == 200
        for answer in (asked, head, whole):
            assert not [h for h in answer.headers if h.startswith("access-control-")]
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
            answer = await pages.request(method, API + path)
            assert answer.status_code == 405, method
            assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("public", [False, True])
async def test_behind_a_password_it_is_only_read_too(
    filled: tuple[Store, Filled], tmp_path: Path, public: bool
) -> None:
    settings = build.web(build.config(tmp_path), password=Secret("tulips"), public=public)
    async with build.client(filled[0], settings) as client:
        for method in ("POST", "DELETE", "TRACE"):
            known = await client.request(method, f"{API}/events/1", auth=("x", "tulips"))
            assert known.status_code == 405
            stranger = await client.request(method, f"{API}/events/1")
            assert stranger.status_code == (405 if public else 401)
    async with build.client(filled[0], build.web(build.config(tmp_path), public=True)) as client:
        assert (await client.post(f"{API}/events/1")).status_code == 405


async def test_another_host_is_told_so_as_a_problem(pages: httpx.AsyncClient) -> None:
    for host, status in (("evil.example", 421), ("a b", 400)):
        answer = await pages.get(f"{API}/events", headers={"host": host})
        assert answer.status_code == answer.json()["status"] == status


async def test_what_is_the_same_is_not_sent_again(
    own: tuple[Store, Filled], tmp_path: Path
) -> None:
    async with build.client(own[0], build.config(tmp_path)) as client:
        first = await client.get(f"{API}/events?limit=1000")
        held = {"if-none-match": f'"x", W/{first.headers["etag"]}'}
        again = await client.get(f"{API}/events?limit=1000", headers=held)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        build.Filler(own[0], salts=50).event(Kind.EDITED, build.NOW, own[1].lived)
        changed = await client.get(f"{API}/events?limit=1000", headers=held)
        assert changed.status_code == 200 and changed.headers["etag"] != first.headers["etag"]


async def test_a_database_that_fails_is_said_as_a_problem(
    own: tuple[Store, Filled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.errors import StoreError

    def fail(*_: object, **__: object) -> None:
        raise StoreError("secret detail of the disk")

    async with build.client(own[0], build.config(tmp_path)) as client:
        monkeypatch.setattr(events, "events", fail)
        answer = await client.get(f"{API}/events")
        assert answer.status_code == 503 and answer.json()["status"] == 503
        assert "secret" not in answer.text
        monkeypatch.setattr(events, "events", lambda *_, **__: json.loads("{"))
        broken = await client.get(f"{API}/events")
        assert broken.status_code == 500 and "stands in the log" in broken.json()["detail"]
