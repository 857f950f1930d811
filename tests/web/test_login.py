"""Who gets in: the form, HTTP Basic, sessions, and what neither password nor form of ours opens."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html
from sqlalchemy import Connection

from monitor.config import Config
from monitor.config.values import Secret
from monitor.errors import StoreError
from monitor.store import Store, meta
from monitor.web.access import PAGE_CSP
from monitor.web.api import ROUTES as API
from monitor.web.app import ACTIONS, ROUTES, create_app
from monitor.web.throttle import MOST

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio

PASSWORD = "tulips & spring"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def locked(tmp_path: Path, **values: object) -> Config:
    return build.web(build.config(tmp_path), password=Secret(PASSWORD), **values)


def basic(password: str = PASSWORD, user: str = "reader") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of a form that is sent there."""
    (form,) = html.fromstring(page).xpath(f"//form[@action='{action}']")
    return {i.get("name"): i.get("value") for i in form.xpath(".//input[@type='hidden']")}


async def log_in(
    client: httpx.AsyncClient, password: str = PASSWORD, to: str = "/"
) -> httpx.Response:
    form = fields((await client.get("/login", params={"next": to}, headers=BROWSER)).text, "/login")
    return await client.post("/login", data={**form, "password": password})


def paths(f: Filled) -> list[str]:
    known = {"{id}": str(f.events[0].id), "{name}": "tulip", "{which}": "now"}
    out = []
    for path, _ in ROUTES:
        if path.startswith("/unsubscribe/"):
            continue  # for everybody who has the link (test_unsubscribe.py)
        for part, value in known.items():
            path = path.replace(part, value)
        out.append(path)
    return out


async def test_behind_a_password_every_page_leads_to_the_login(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    for_all = {"/healthz", "/readyz", "/static/style.css", "/login"}
    async with build.client(filled[0], locked(tmp_path)) as client:
        for path in [*paths(filled[1]), "/nope", "/healthz/x", "/events?kind=removed"]:
            seen = await client.get(path, headers=BROWSER)
            plain = await client.get(path)
            if path in for_all:
                assert seen.status_code == 200, path
                continue
            if path.endswith(".atom") or path == "/metrics":
                assert seen.status_code == 401, path
            else:
                assert seen.status_code == 303, path
                assert seen.headers["location"].startswith("/login"), path
            assert plain.status_code == 401, path
            assert plain.headers["www-authenticate"].startswith("Basic ")
            for answer in (seen, plain):
                assert "tulip" not in answer.text.replace("/login", "")
                assert answer.headers["content-security-policy"] == PAGE_CSP
        for path, _ in API:
            shut = await client.get(path.replace("{id}", "1"), headers=BROWSER)
            assert shut.status_code == 401, path
            assert shut.headers["content-type"] == "application/problem+json"
        posted = await client.post("/events/1/ack", data={"csrf": "x"})
        assert posted.status_code == 403
        assert posted.headers["content-security-policy"] == PAGE_CSP


async def test_the_password_opens_a_session_that_can_be_ended(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    async with build.client(filled[0], locked(tmp_path)) as client:
        sent = await client.get("/events?kind=removed", headers=BROWSER)
        assert sent.headers["location"] == "/login?next=%2Fevents%3Fkind%3Dremoved"
        answer = await log_in(client, to="/events?kind=removed")
        assert (answer.status_code, answer.headers["location"]) == (303, "/events?kind=removed")
        cookie = answer.headers["set-cookie"]
        assert re.fullmatch(
            r"postwatch-[0-9a-f]{8}=s\.[\w.-]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000",
            cookie,
        )
        assert (await client.get("/login", headers=BROWSER)).status_code == 303
        page = await client.get("/", headers=BROWSER)
        assert page.headers["cache-control"] == "private, no-store"
        left = await client.post("/logout", data=fields(page.text, "/logout"))
        assert (left.status_code, left.headers["location"]) == (303, "/login")
        assert (await client.get("/", headers=BROWSER)).status_code == 303


async def test_an_ended_session_is_refused_by_every_process_and_the_others_go_on(
    filled: tuple[Store, Filled], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, f = filled
    now, settings, event = build.NOW, locked(tmp_path), f.events[0].id

    def visit(base: Store, cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(create_app(base, settings, lambda: now))
        url = f"http://{build.HOST}"
        return httpx.AsyncClient(transport=transport, base_url=url, cookies=cookies)

    def kept(conn: Connection) -> int:
        return len(meta.values(conn, "ended_session:"))

    async def status(client: httpx.AsyncClient) -> tuple[int, int]:
        data = {**form, "note": "x"}
        got = await client.get("/", headers=BROWSER)
        return got.status_code, (await client.post(f"/events/{event}/ack", data=data)).status_code

    async with visit(store) as one, visit(store) as two:
        for client in (one, two):
            await log_in(client)
        mine = httpx.Cookies(one.cookies)
        form = fields((await one.get("/", headers=BROWSER)).text, "/logout")
        with Store.open(store.url, clock=lambda: now) as other:
            async with visit(other, httpx.Cookies(mine)) as copied:
                assert await status(copied) == (200, 303)
                assert (await one.post("/logout", data=form)).status_code == 303
                assert await status(copied) == (303, 403)
        async with visit(store, mine) as restarted:
            assert await status(restarted) == (303, 403)
        one.cookies = httpx.Cookies(mine)
        assert await status(one) == (303, 403)
        assert (await log_in(one)).status_code == 303  # the old cookie is no hindrance
        assert (await one.get("/", headers=BROWSER)).status_code == 200
        page = await two.get("/", headers=BROWSER)
        assert page.status_code == 200
        # What has run out is dropped with the next; what cannot be kept still ends here.
        now += timedelta(days=31)
        await log_in(two)
        form = fields((await two.get("/", headers=BROWSER)).text, "/logout")
        await two.post("/logout", data=form)
        with store.read() as conn:
            assert kept(conn) == 1
        await log_in(two)
        form = fields((await two.get("/", headers=BROWSER)).text, "/logout")
        theirs = httpx.Cookies(two.cookies)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "awrite", refused)
            assert (await two.post("/logout", data=form)).status_code == 303
        two.cookies = theirs
        assert await status(two) == (303, 403)
    assert "known to this process only" in caplog.text


async def refused(fn: object) -> object:
    """A write to a full disk."""
    raise StoreError("the database cannot grow: the disk is full")


async def test_another_password_ends_every_session_and_time_does_too(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    now = build.NOW
    store = filled[0]

    def clock() -> datetime:
        return now

    def client(settings: Config, cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(create_app(store, settings, clock))
        return httpx.AsyncClient(
            transport=transport, base_url=f"http://{build.HOST}", cookies=cookies
        )

    async with client(locked(tmp_path)) as first:
        await log_in(first)
        cookies = first.cookies
    async with client(locked(tmp_path), cookies) as restarted:
        assert (await restarted.get("/", headers=BROWSER)).status_code == 200
        now += timedelta(days=30)
        assert (await restarted.get("/", headers=BROWSER)).status_code == 303
        now -= timedelta(days=30)
    other = build.web(build.config(tmp_path), password=Secret("another"))
    async with client(other, cookies) as changed:
        assert (await changed.get("/", headers=BROWSER)).status_code == 303


async def test_over_https_the_cookie_is_for_https_and_this_host_alone(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = locked(tmp_path, base_url="https://watch.example/")
    transport = httpx.ASGITransport(create_app(filled[0], settings, lambda: build.NOW))
    async with httpx.AsyncClient(transport=transport, base_url="https://watch.example") as client:
        cookie = (await log_in(client)).headers["set-cookie"]
        assert cookie.startswith("__Host-postwatch-")
        assert cookie.endswith("; Secure") and "Path=/;" in cookie and "Domain" not in cookie
        assert (await client.get("/", headers=BROWSER)).status_code == 200


async def test_wrong_passwords_are_refused_then_not_looked_at(
    filled: tuple[Store, Filled], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with build.client(filled[0], locked(tmp_path)) as client:
        form = fields((await client.get("/login")).text, "/login")
        for n in range(MOST):
            # Half by the form, half by Basic: they are counted together, whoever is said to ask.
            said = {"x-forwarded-for": f"192.0.2.{n}", "forwarded": f"for=192.0.2.{n}"}
            if n % 2:
                answer = await client.get("/", headers=basic("wrong") | said)
                assert answer.status_code == 401
            else:
                data = {**form, "password": "<wrong>"}
                answer = await client.post("/login", data=data, headers=said)
                assert answer.status_code == 403
                assert "not the password" in answer.text and "wrong&gt;" not in answer.text
        for password in ("wrong", PASSWORD):
            answer = await client.post("/login", data={**form, "password": password})
            assert answer.status_code == 429
            assert "Too many wrong passwords" in answer.text
            assert 0 < int(answer.headers["retry-after"]) <= 31
            assert "set-cookie" not in answer.headers
        answer = await client.get("/", headers=basic())
        assert answer.status_code == 429 and answer.headers["retry-after"]
    assert caplog.text.count("wrong password from=127.0.0.1") == MOST
    assert PASSWORD not in caplog.text


async def test_basic_reads_and_changes_nothing(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    event = filled[1].events[0].id
    async with build.client(filled[0], locked(tmp_path)) as client:
        for user in ("reader", "", "anybody else"):
            assert (await client.get("/events", headers=basic(user=user))).status_code == 200
        assert (await client.head("/events", headers=basic())).status_code == 200
        page = await client.get(f"/events/{event}", headers=basic())
        assert "<form" not in page.text and "set-cookie" not in page.headers
        for path in ("/logout", f"/events/{event}/ack", "/login"):
            posted = await client.post(path, data={"csrf": ""}, headers=basic())
            assert posted.status_code == 403, path
        for odd in ("Basic", "Basic %%%", "Basic OnU=", "Bearer x", "Basic " + "A" * 9000):
            assert (await client.get("/", headers={"authorization": odd})).status_code == 401


async def test_a_form_needs_its_token_its_cookie_and_our_own_page(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = locked(tmp_path, base_url="http://watch.example")
    async with build.client(filled[0], settings) as client:
        asked = await client.get("/login")
        form = fields(asked.text, "/login") | {"password": PASSWORD}
        cookie = asked.headers["set-cookie"].partition(";")[0]
        ours = f"http://{build.HOST}"

        async def status(
            headers: dict[str, str],
            data: dict[str, str] | None = None,
            more: Sequence[tuple[str, str]] = (),
        ) -> int:
            client.cookies.clear()
            headers = {"cookie": cookie, **headers}
            sent = httpx.Headers([*headers.items(), *more])
            return (await client.post("/login", data=data or form, headers=sent)).status_code

        assert await status({"origin": "https://evil.example"}) == 403
        assert await status({"origin": f"{ours}.evil.example"}) == 403
        for site in ("cross-site", "same-site", "none", ""):
            assert await status({"sec-fetch-site": site, "origin": ours}) == 403
        assert await status({}, {**form, "csrf": ""}) == 403
        assert await status({}, {**form, "csrf": "é" * 64}) == 403
        assert await status({}, {k: v for k, v in form.items() if k != "csrf"}) == 403
        for more in (("origin", ours), ("origin", "https://evil.example")):
            assert await status({"origin": ours}, more=[more]) == 403
        more = ("sec-fetch-site", "same-origin")
        assert await status({"sec-fetch-site": "same-origin"}, more=[more]) == 403
        assert await status({"content-type": "text/plain"}) == 415
        assert await status({"cookie": ""}) == 403
        assert await status({"sec-fetch-site": "same-origin", "origin": "null"}) == 303
        assert await status({"origin": ours}) == 303
        assert await status({"origin": "http://watch.example"}) == 303
        assert await status({}) == 303


async def test_one_visitors_token_is_of_no_use_to_another(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = locked(tmp_path)
    async with build.client(filled[0], settings) as a, build.client(filled[0], settings) as b:
        theirs = fields((await a.get("/login")).text, "/login")
        await b.get("/login")
        answer = await b.post("/login", data={**theirs, "password": PASSWORD})
        assert answer.status_code == 403
        before = fields((await b.get("/login")).text, "/login")["csrf"]
        await log_in(b)
        page = (await b.get("/", headers=BROWSER)).text
        assert fields(page, "/logout")["csrf"] != before  # a login begins anew


async def test_public_pages_are_read_by_all_and_changed_by_who_is_logged_in(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    async with build.client(filled[0], locked(tmp_path, public=True)) as client:
        page = await client.get("/", headers=BROWSER)
        assert page.status_code == 200 and 'href="/login"' in page.text
        assert "set-cookie" not in page.headers and "<form" not in page.text
        assert (await client.post("/logout", data={})).status_code == 403
        assert (await client.get("/", headers=basic("wrong"))).status_code == 401
        assert (await log_in(client)).status_code == 303
        page = await client.get("/", headers=BROWSER)
        assert fields(page.text, "/logout")
        left = await client.post("/logout", data=fields(page.text, "/logout"))
        assert left.headers["location"] == "/"


@pytest.mark.parametrize("values", [{"public": True}, {"base_url": "https://watch.example"}])
async def test_read_only_pages_have_no_controls_and_take_no_form(
    filled: tuple[Store, Filled], tmp_path: Path, values: dict[str, object]
) -> None:
    store, f = filled
    store.write(lambda conn: meta.put(conn, meta.WEB_SECRET, ""))
    async with build.client(store, build.web(build.config(tmp_path), **values)) as client:
        for path in paths(f):
            answer = await client.get(path, headers=BROWSER)
            assert "set-cookie" not in answer.headers, path
            assert 'method="post"' not in answer.text, path
            assert "desk@example.org" not in answer.text, path
            for method in ("POST", "PUT", "DELETE", "PATCH"):
                sent = await client.request(method, path, data={"csrf": "x"})
                assert sent.status_code in (403, 405), (method, path)
                assert sent.headers["content-security-policy"] == PAGE_CSP
        assert (await client.get("/login")).status_code == 404
    with store.read() as conn:
        assert not meta.value(conn, meta.WEB_SECRET)  # reading wrote nothing


async def test_on_this_machine_forms_are_taken_without_a_password_but_from_our_pages_only(
    pages: httpx.AsyncClient,
) -> None:
    first = await pages.get("/")
    assert re.fullmatch(
        r"postwatch-[0-9a-f]{8}=v\.[\w.-]+; Path=/; HttpOnly; SameSite=Lax",
        first.headers["set-cookie"],
    )
    assert "set-cookie" not in (await pages.get("/")).headers
    assert (await pages.get("/login")).status_code == 404
    for path, _ in ACTIONS:
        answer = await pages.post(path.replace("{id}", "1"), data={"note": "x"})
        assert answer.status_code == 403, path
        assert answer.headers["content-security-policy"] == PAGE_CSP
        assert "had expired" in answer.text


async def test_too_large_a_form_is_refused_under_the_same_headers(pages: httpx.AsyncClient) -> None:
    answer = await pages.post("/events/1/ack", data={"note": "x" * 70_000})
    assert answer.status_code == 413
    assert answer.headers["content-security-policy"] == PAGE_CSP


async def test_a_secret_that_cannot_be_kept_lasts_as_long_as_the_process(
    tmp_path: Path, empty: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(fn: object) -> object:
        raise StoreError("the database cannot grow: the disk is full")

    empty.write = refuse  # type: ignore[method-assign, assignment]
    async with build.client(empty, locked(tmp_path)) as client:
        await log_in(client)
        assert (await client.get("/", headers=BROWSER)).status_code == 200
    assert "end with this process" in caplog.text


async def test_two_processes_keep_one_secret(tmp_path: Path, empty: Store) -> None:
    def kept(conn: Connection) -> str:
        return meta.value(conn, meta.WEB_SECRET)

    async with build.client(empty, locked(tmp_path)) as a:
        await log_in(a)
        cookies = a.cookies
    with Store.open(empty.url, clock=lambda: build.NOW) as other:
        async with build.client(other, locked(tmp_path)) as b:
            b.cookies = cookies
            assert (await b.get("/", headers=BROWSER)).status_code == 200
        with other.read() as conn:
            assert len(bytes.fromhex(kept(conn))) == 32
