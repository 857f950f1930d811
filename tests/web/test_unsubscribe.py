"""The page behind "unsubscribe": whoever has the link may leave and come back, whatever else is locked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.config import Config, load
from monitor.model import Kind
from monitor.notify import option_types
from monitor.run.departed import departed
from monitor.store import Store, unsubscribed
from monitor.web.access import PAGE_CSP
from monitor.web.unsubscribe import shortened

from . import build

pytestmark = pytest.mark.anyio

MAIL = """
[channels.mail]
type = "email"
smtp = "smtp://127.0.0.1:9"
from = "postwatch@watch.example.org"
to = ["Desk <desk@press.example>", "two@press.example"]
[channels.other]
type = "email"
smtp = "smtp://127.0.0.1:9"
from = "postwatch@watch.example.org"
to = ["desk@press.example"]
[channels.line]
type = "stdout"
"""
HOST = "watch.example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
#: How pages may be served: open, behind a password, public, both.
WAYS = (
    "",
    'password = "correct horse"',
    "public = true",
    'password = "correct horse"\npublic = true',
    'listen = "0.0.0.0:80"\npassword = "correct horse"',
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'w.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as opened:
        yield opened


def config(tmp_path: Path, way: str = "") -> Config:
    path = tmp_path / "postwatch.toml"
    path.write_text(f'{MAIL}\n[web]\nbase_url = "https://{HOST}"\n{way}\n')
    return load(path, option_types())


@asynccontextmanager
async def serving(
    store: Store, tmp_path: Path, way: str = ""
) -> AsyncIterator[tuple[httpx.AsyncClient, str, Config]]:
    """A client, the link of desk@press.example in channel mail, and the config."""
    settings = config(tmp_path, way)
    key = store.write(unsubscribed.made_key)
    link = f"/unsubscribe/{unsubscribed.token(key, 'mail', 'desk@press.example')}"
    async with build.client(store, settings, host=HOST) as client:
        yield client, link, settings


def away(store: Store, settings: Config) -> list[tuple[str, str]]:
    with store.read() as conn:
        return [(x.channel, x.recipient) for x in departed(conn, settings)]


@pytest.mark.parametrize("way", WAYS)
async def test_one_click_is_taken_as_rfc_8058_has_it(
    store: Store, tmp_path: Path, way: str
) -> None:
    """No cookie, no Origin, no login, no token but the address; and no redirect in answer."""
    async with serving(store, tmp_path, way) as (client, link, settings):
        answer = await client.post(link, data=ONE_CLICK)
        assert answer.request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert "cookie" not in answer.request.headers
        assert answer.status_code == 200
        assert "No more mail to d…k@press.example" in answer.text
        assert away(store, settings) == [("mail", "desk@press.example")]
        again = await client.post(link, data=ONE_CLICK)
        assert (again.status_code, away(store, settings)) == (200, [("mail", "desk@press.example")])


async def test_a_multipart_form_is_one_click_too(store: Store, tmp_path: Path) -> None:
    async with serving(store, tmp_path) as (client, link, settings):
        answer = await client.post(link, files={"List-Unsubscribe": (None, "One-Click")})
        assert answer.request.headers["content-type"].startswith("multipart/form-data")
        assert answer.status_code == 200
        assert away(store, settings) == [("mail", "desk@press.example")]


@pytest.mark.parametrize("way", WAYS)
async def test_the_page_asks_and_its_buttons_do_it_and_undo_it(
    store: Store, tmp_path: Path, way: str
) -> None:
    async with serving(store, tmp_path, way) as (client, link, settings):
        for _ in range(2):
            page = await client.get(link)
            assert (await client.head(link)).status_code == 200
        assert away(store, settings) == []  # scanners of mail follow links
        for expected, heading in (
            ([("mail", "desk@press.example")], "No more mail to d…k@press.example"),
            ([], "d…k@press.example gets mail again"),
            ([("mail", "desk@press.example")], "No more mail to d…k@press.example"),
        ):
            page = await client.post(link, data=_button(page))
            assert page.status_code == 200
            (h1,) = html.fromstring(page.text).findall(".//h1")
            assert h1.text_content() == heading
            assert html.fromstring(page.text).xpath("//*[@role='status']")
            assert away(store, settings) == expected
        later = await client.get(link)
        assert "Left at" in later.text
        assert _button(later) == {"undo": "1"}


def _button(page: httpx.Response) -> dict[str, str]:
    """The fields of the page's one form."""
    (form,) = html.fromstring(page.text).xpath("//main//form")
    assert form.get("method") == "post"
    assert form.get("action") is None
    assert len(form.findall(".//button")) == 1
    return {str(x.get("name")): str(x.get("value")) for x in form.findall(".//input")}


async def test_it_says_whose_it_is_and_no_more(store: Store, tmp_path: Path) -> None:
    async with serving(store, tmp_path) as (client, link, _):
        page = await client.get(link)
    assert "“mail”" in page.text
    assert "d…k@press.example" in page.text
    assert "desk@press.example" not in page.text
    assert "two" not in page.text
    assert page.headers["content-security-policy"] == PAGE_CSP
    assert page.headers["referrer-policy"] == "no-referrer"
    assert 'content="noindex, nofollow"' in page.text


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "%ED%A0%80", "A" * 4000, "%F0%9F%92%A9"])
async def test_another_link_is_nothing(store: Store, tmp_path: Path, token: str) -> None:
    async with serving(store, tmp_path) as (client, _, settings):
        for answer in (
            await client.get(f"/unsubscribe/{token}"),
            await client.post(f"/unsubscribe/{token}", data=ONE_CLICK),
        ):
            assert answer.status_code == 404
            assert "Nothing here by that number" in answer.text
        assert away(store, settings) == []


async def test_a_link_of_a_recipient_who_is_gone_from_the_config_is_nothing(
    store: Store, tmp_path: Path
) -> None:
    async with serving(store, tmp_path) as (client, _, _settings):
        with store.read() as conn:
            key = unsubscribed.key(conn)
        for who in (("mail", "gone@press.example"), ("line", "")):
            token = unsubscribed.token(key, *who)
            assert (await client.get(f"/unsubscribe/{token}")).status_code == 404


async def test_it_is_guarded_as_all_pages(store: Store, tmp_path: Path) -> None:
    async with serving(store, tmp_path) as (client, link, settings):
        for call in (client.get, client.post):
            assert (await call(link, headers={"host": "evil.example"})).status_code == 421
        big = await client.post(link, content=b"x" * 100_000)
        assert big.status_code == 413
        assert (await client.put(link)).status_code == 405
        assert away(store, settings) == []


async def test_home_says_who_left_to_those_whose_pages_they_are(
    store: Store, tmp_path: Path
) -> None:
    line = "desk@press.example left channel mail at 2026-11-23 09:30 UTC and is told nothing"
    build.Filler(store).site("tulip")
    store.write(lambda c: unsubscribed.leave(c, "mail", "DESK@press.example", build.NOW))
    ours = load(config(tmp_path).path, option_types())
    async with build.client(store, build.web(ours)) as client:
        home = await client.get("/")
        assert line in home.text
        assert "postwatch notify --rejoin desk@press.example" in home.text
    async with build.client(store, build.web(ours, public=True)) as client:
        assert "desk@" not in (await client.get("/")).text


async def test_the_event_says_why_it_was_not_sent(store: Store, tmp_path: Path) -> None:
    fill = build.Filler(store)
    fill.event(Kind.REMOVED, build.at(1), fill.post(fill.site("tulip")))
    store.write(lambda c: unsubscribed.leave(c, "mail", "desk@example.org", build.NOW))
    async with build.client(store, build.config(tmp_path)) as client:
        assert "not sent: its reader had left" in (await client.get("/events/1")).text


def test_an_address_is_shown_shortened() -> None:
    assert shortened("desk@example.org") == "d…k@example.org"
    assert shortened("ab@example.org") == "a…@example.org"
    assert shortened("a@example.org") == "a…@example.org"
