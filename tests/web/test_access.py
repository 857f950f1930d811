"""What every answer carries, who may ask, and what never gets out."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest
from sqlalchemy import text

from monitor.config import WebConfig
from monitor.model import Kind
from monitor.store import Store
from monitor.web.access import COPY_CSP, PAGE_CSP, Guard, host_of
from monitor.web.app import create_app
from monitor.web.copies import served_as

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio

PATHS = (
    "/",
    "/events",
    "/events/1",
    "/posts/1",
    "/nope",
    "/posts/0",
    "/healthz",
    "/static/style.css",
)


async def test_headers_stand_on_pages_and_errors(pages: httpx.AsyncClient) -> None:
    for path in PATHS:
        answer = await pages.get(path)
        assert answer.headers["content-security-policy"] == PAGE_CSP, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "cache-control" in answer.headers
    posted = await pages.post("/")
    assert posted.status_code == 405
    assert posted.headers["content-security-policy"] == PAGE_CSP
    assert posted.headers["allow"]


@pytest.mark.parametrize("query", ["", "?as=text", "?as=source", "?look=latest"])
async def test_their_bytes_leave_under_a_sandbox_only(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled], query: str
) -> None:
    for version in filled[1].versions:
        for path in (f"/snapshots/{version.id}/raw{query}", f"/snapshots/{version.id}/text"):
            answer = await pages.get(path)
            assert answer.status_code == 200
            assert answer.headers.get_list("content-security-policy") == [COPY_CSP]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"


async def test_raw_is_what_was_fetched(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    version = filled[1].versions[3]
    answer = await pages.get(f"/snapshots/{version.id}/raw")
    assert answer.content == build.POISON.encode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    source = await pages.get(f"/snapshots/{version.id}/raw?as=source")
    assert source.headers["content-type"] == "text/plain; charset=utf-8"
    read = await pages.get(f"/snapshots/{version.id}/raw?as=text")
    assert "<script" not in read.text and "&lt;script" in read.text
    plain = await pages.get(f"/snapshots/{version.id}/text")
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"


async def test_the_frame_has_no_tokens(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    for view in ("text", "fetched", "source"):
        shown = (await pages.get(f"/snapshots/{filled[1].versions[0].id}?view={view}")).text
        assert shown.count("<iframe") == 1
        assert '<iframe class="copy" sandbox title=' in shown


@pytest.mark.parametrize(
    ("stored", "kind", "charset"),
    [
        ("text/html; charset=utf-8", "text/html", "utf-8"),
        ('TEXT/HTML;charset="windows-1252"', "text/html", "windows-1252"),
        ("text/html; charset=x\r\nset-cookie: a=b", "text/html", "x"),
        ("application/xhtml+xml", "text/html", ""),
        ("image/svg+xml", "text/plain", ""),
        ("application/xml", "text/plain", ""),
        ("text/javascript", "text/plain", ""),
        ("application/pdf", "application/octet-stream", ""),
        ("multipart/x-mixed-replace", "application/octet-stream", ""),
        ("", "text/html", ""),
    ],
)
def test_the_type_served(stored: str, kind: str, charset: str) -> None:
    assert served_as(stored) == (kind, charset)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8787", "localhost", "LOCALHOST:1", "[::1]:8787", "127.0.0.1"]
)
async def test_our_names_are_answered(
    filled: tuple[Store, Filled], tmp_path: Path, host: str
) -> None:
    async with build.client(filled[0], build.config(tmp_path)) as client:
        assert (await client.get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8787", 421),
        ("localhost.evil.example", 421),
        ("8.8.8.8", 421),
        ("", 400),
        ("localhost/evil", 400),
        ("a b", 400),
        ("localhost:8787:9", 400),
        ("user@localhost", 400),
    ],
)
async def test_other_names_are_refused(
    filled: tuple[Store, Filled], tmp_path: Path, host: str, status: int
) -> None:
    async with build.client(filled[0], build.config(tmp_path)) as client:
        for path in ("/", "/snapshots/1/raw", "/healthz", "/static/style.css"):
            answer = await client.get(path, headers={"host": host})
            assert answer.status_code == status
            assert "tulip" not in answer.text
            assert answer.headers["content-security-policy"] == PAGE_CSP


async def test_two_hosts_are_none(filled: tuple[Store, Filled], tmp_path: Path) -> None:
    async with build.client(filled[0], build.config(tmp_path)) as client:
        twice = [("host", "localhost"), ("host", "evil.example")]
        assert (await client.get("/", headers=twice)).status_code == 400


async def test_base_url_names_us_and_forwarded_names_do_not(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = build.web(build.config(tmp_path), base_url="https://Watch.example/")
    async with build.client(filled[0], settings) as client:
        assert (await client.get("/", headers={"host": "watch.example"})).status_code == 200
        assert (await client.get("/", headers={"host": "evil.example"})).status_code == 421
        forwarded = {"host": "evil.example", "x-forwarded-host": "watch.example"}
        assert (await client.get("/", headers=forwarded)).status_code == 421


async def test_on_all_addresses_an_address_will_do_but_no_name(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = build.web(build.config(tmp_path), listen="0.0.0.0:8787", public=True)
    async with build.client(filled[0], settings) as client:
        assert (await client.get("/", headers={"host": "192.0.2.7:8787"})).status_code == 200
        assert (await client.get("/", headers={"host": "evil.example"})).status_code == 421


def test_hosts() -> None:
    assert host_of("[2001:DB8::1]:80") == "2001:db8::1"
    assert host_of("localhost:") is None
    assert host_of("localhost\n") is None


_DOTS = (
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%252e%252e",
    "..%2f",
    "..%5c",
    "%c0%ae%c0%ae",
    "..;",
    "....//",
)
TRAVERSALS = [
    *[f"/static/{d}/app.py" for d in _DOTS],
    *[f"/static/{d}/{d}/monitor/web/app.py" for d in _DOTS],
    *[f"/static/style.css/{d}/{d}/config.toml" for d in _DOTS],
    "/static/",
    "/static",
    "/static//etc/passwd",
    "/static/%00",
    "/static/style.css%00.html",
    "/static/style.css/",
    "//static/style.css",
    "/templates/pages/base.html",
    "/sw.js",
    "/posts/1/../../config.toml",
    "/snapshots/../../postwatch.db",
]


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_no_file_of_ours_gets_out(
    filled: tuple[Store, Filled], tmp_path: Path, path: str
) -> None:
    app = create_app(filled[0], build.config(tmp_path), lambda: build.NOW)
    status = 0
    body = b""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            assert isinstance(message["status"], int)
            status = message["status"]
        elif isinstance(message.get("body"), bytes):
            body += message["body"]  # type: ignore[operator]

    # As a server hands it over, unnormalised: a client would tidy the path first.
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path, errors="replace"),
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8787),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert 400 <= status < 500, (path, status)
    assert b"import" not in body and b"--page" not in body and b"SQLite" not in body


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "01", "1.0", "1e3", "٣", "9" * 18, "9" * 19, "9" * 5000, "<script>", "' OR 1=1"],
)
async def test_numbers_that_are_none(pages: httpx.AsyncClient, number: str) -> None:
    for path in (
        f"/posts/{number}",
        f"/events/{number}",
        f"/snapshots/{number}/raw",
        f"/posts/1/diff?from={number}&to=1",
    ):
        answer = await pages.get(path)
        assert answer.status_code == 404, path
        assert "<script" not in answer.text


async def test_a_fault_of_ours_is_a_guarded_page_with_a_number(
    filled: tuple[Store, Filled], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Store):
        def read(self) -> object:  # type: ignore[override]
            raise RuntimeError("secret detail <script>")

    broken = object.__new__(Broken)
    async with build.client(broken, build.config(tmp_path)) as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == PAGE_CSP
    number = next(w.partition("=")[2] for w in caplog.text.split() if w.startswith("number="))
    assert number in answer.text


async def test_where_not_even_the_error_page_can_be_made_the_answer_is_guarded() -> None:
    async def broken(*args: object) -> None:
        raise RuntimeError("secret detail")

    guard = Guard(broken, web=WebConfig(), error=broken)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{build.HOST}") as client:
        answer = await client.get("/")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.headers["content-security-policy"] == PAGE_CSP


async def test_a_database_that_cannot_be_read_is_503(tmp_path: Path, empty: Store) -> None:
    async with build.client(empty, build.config(tmp_path)) as client:
        assert (await client.get("/readyz")).status_code == 200
        empty.write(lambda conn: conn.execute(text("ALTER TABLE sites RENAME TO lost")))
        answer = await client.get("/")
        assert answer.status_code == 503
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200


#: Code points that no page may have, one of each sort that can be stored.
FORBIDDEN = "\x01\x08\x0b\x0c\x1b\x7f\x80\x9b\ufdd0\ufffe\uffff\U0001fffe\U0010ffff"


async def test_what_no_page_may_have_gets_into_none(tmp_path: Path, empty: Store) -> None:
    bad = f"before{FORBIDDEN}after {build.POISON}"
    f = build.Filler(empty)
    row = f.post(f.site(), title=bad)
    said = (f"{bad} once", f"{bad} twice, with words that are another")
    one, two = (
        f.version(row, build.article(text, title=bad, byline=bad), build.at(9 - n))
        for n, text in enumerate(said)
    )
    edited = f.event(
        Kind.EDITED,
        build.at(8),
        row,
        evidence=(bad,),
        vantage=bad,
        snapshot_before=one.id,
        snapshot_after=two.id,
        fields=("text", "title"),
    )
    f.event(Kind.DELISTED, build.at(7), row, url=f"https://tulip.example/{bad}")
    f.state(row, misses=1)
    paths = ["/", "/events", "/sites/tulip", "/feed.atom", f"/events/{edited.id}"]
    paths += [f"/posts/1{end}" for end in ("", "/diff?from=1&to=2", "/diff?from=1&to=2&view=side")]
    paths += [f"/snapshots/{one.id}{end}" for end in ("", "/raw?as=text", "/text")]
    paths.append(f"/events?q={quote(bad)}")
    async with build.client(empty, build.config(tmp_path)) as client:
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert not set(answer.text) & set(FORBIDDEN), path
            if not path.endswith("/text"):  # which is no page
                assert "<script>" not in answer.text and "<img" not in answer.text, path
            if path != "/feed.atom":
                assert "before" in answer.text and "after" in answer.text, path


async def test_every_address_is_guarded_however_it_is_asked(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    told, version = filled[1].events[0].id, filled[1].versions[0].id
    numbers = {
        "{token}": "x",
        "{name}": "tulip",
        "{which}": "now",
        "{stamp}": "2024",
        "{url:path}": "x",
    }
    for route in pages._transport.app.routes:  # type: ignore[attr-defined]
        number = {"/snapshots": version, "/events/": told}.get(route.path[:10], 1)
        path = route.path.replace("{id}", str(number))
        for name, value in numbers.items():
            path = path.replace(name, value)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "BREW"):
            answer = await pages.request(method, path)
            where = (method, path, answer.status_code)
            assert answer.status_code < 500, where
            assert answer.headers["content-security-policy"] in (PAGE_CSP, COPY_CSP), where
            assert answer.headers["x-content-type-options"] == "nosniff", where
            assert answer.headers["referrer-policy"] == "no-referrer", where
            assert answer.headers["cross-origin-resource-policy"] == "same-origin", where
            assert "cache-control" in answer.headers, where
            if answer.status_code == 405:
                assert method not in answer.headers["allow"].split(", "), where
        got, head = await pages.get(path), await pages.head(path)
        assert (got.status_code, got.headers["content-type"]) == (
            head.status_code,
            head.headers["content-type"],
        ), path
        if tag := got.headers.get("etag"):
            same = await pages.get(path, headers={"if-none-match": tag})
            assert same.status_code == 304, path
            assert same.headers["content-security-policy"] == PAGE_CSP
            assert same.headers["x-content-type-options"] == "nosniff"
    put = await pages.put("/login")
    assert put.status_code == 405 and put.headers["allow"] == "GET, HEAD, POST"


async def test_head_and_style(pages: httpx.AsyncClient) -> None:
    assert (await pages.head("/")).status_code == 200
    style = await pages.get("/static/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert len(style.content) < 10_000
