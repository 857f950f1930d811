"""The pages in a real browser: nothing of theirs runs there, and nothing is asked of anybody."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import Connection

from monitor.config.values import Secret
from monitor.store import Store, posts, snapshots
from monitor.store.marks import MarkKind, marks
from monitor.values import replace
from monitor.web.app import create_app
from monitor.web.serving import page_server
from tests.support.browser import Browser

from . import build
from .story import Filled

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

EVIL = b"""<!DOCTYPE html><html><head><title>A post</title></head><body>
<h1>A post</h1><p id="here">As it was.</p><img src="x" onerror="document.title='ran'">
<script>document.getElementById('here').textContent = 'it ran'; document.title = 'ran'</script>
</body></html>"""


@pytest.fixture(scope="module")
def origin(filled: tuple[Store, Filled], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of the filled database, served over HTTP."""
    with served(filled[0], tmp_path_factory.mktemp("web")) as address:
        yield address


@contextmanager
def served(store: Store, folder: Path, **values: object) -> Iterator[str]:
    """The pages of a database over HTTP, with these values of `[web]`: their address."""
    listener = socket.create_server(("127.0.0.1", 0))
    where = f"127.0.0.1:{listener.getsockname()[1]}"
    settings = build.web(build.config(folder), listen=where, **values)
    server = page_server(create_app(store, settings, lambda: build.NOW))
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
    )
    thread.start()
    yield f"http://{where}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def dom(url: str, profile: Path) -> str:
    """The document after the browser has loaded it, scripts and all."""
    done = subprocess.run(
        [
            str(CHROMIUM),
            *"--headless --no-sandbox --disable-gpu --no-first-run --disable-sync".split(),
            *"--disable-background-networking --disable-component-update".split(),
            f"--user-data-dir={profile}",
            "--virtual-time-budget=2000",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_poison_in_titles_stays_text(
    origin: str, filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    page = dom(f"{origin}/posts/{filled[1].poison.state.post_id}", tmp_path)
    tree = html.fromstring(page)
    assert tree.findall(".//h1")
    assert not tree.findall(".//script")
    assert not [a for e in tree.iter() for a in e.attrib if str(a).startswith("on")]
    assert not [h for h in tree.xpath("//@href") if str(h).startswith("javascript:")]


def kept(
    filled: tuple[Store, Filled],
    name: str,
    body: bytes,
    status: int = 200,
    content_type: str = "text/html; charset=utf-8",
) -> int:
    """A version of a made-up post with these bytes, as answered with a status; its number."""
    url = f"https://tulip.example/{name}"

    def keep(conn: Connection) -> int:
        site_id = filled[1].lived.site_id
        row = posts.add_post(
            conn, site_id=site_id, site="tulip", url=url, key=url, now=build.NOW, title="A post"
        )
        answer = build.answer(url, body, build.NOW, status, content_type)
        version = snapshots.keep_version(
            conn, row.state.post_id, build.article("As it was."), answer
        )
        posts.save_post(conn, replace(row, state=replace(row.state, snapshot=version.id)))
        return version.id

    return filled[0].write(keep)


def test_a_copy_runs_nothing_even_when_it_is_opened_alone(
    origin: str, filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    version = kept(filled, "evil", EVIL)
    alone = dom(f"{origin}/snapshots/{version}/raw", tmp_path)
    assert "As it was." in alone
    assert "<title>ran" not in alone
    framed = dom(f"{origin}/snapshots/{version}?view=fetched", tmp_path)
    assert "it ran" not in framed
    assert "<title>ran" not in framed


SHOWN = b"""<!DOCTYPE html><html><head><title>A post</title>
<script type="application/ld+json">{"@context": "https://schema.org"}</script>
<script>document.write("<div><p>of a script")</script></head><body><p>As it was.</p>
<script><!--
document.write("<title>of a script")
//--></script><iframe src=x>of a frame<p></iframe><video src=x>too old for films</video>
<noscript><p>Without scripts.</p></noscript><template>of a template</template>
<table><tr><td>In a table.<script>"</td>"</script></td></tr></table><p>The end.</p></body></html>"""


def test_a_copy_shows_no_word_that_its_page_did_not(
    origin: str, filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    version = kept(filled, "shown", SHOWN)
    with Browser(str(CHROMIUM), tmp_path / "profile") as browser:
        browser.open(f"{origin}/snapshots/{version}/raw")
        lines = browser.value("document.body.innerText").split("\n")
        words = [line.strip() for line in lines if line.strip()]
        assert words == ["As it was.", "Without scripts.", "In a table.", "The end."]
        assert browser.value("document.querySelector('meta, title').textContent") == "A post"


@pytest.mark.parametrize("status", [404, 401, 503])
def test_a_copy_of_an_error_is_drawn_in_its_frame(
    origin: str, filled: tuple[Store, Filled], tmp_path: Path, status: int
) -> None:
    version = kept(filled, f"error-{status}", b"<p>Not here.</p>", status)
    with Browser(str(CHROMIUM), tmp_path / "profile") as browser:
        browser.open(f"{origin}/snapshots/{version}/raw")
        assert browser.value("document.body.innerText") == "Not here."
        browser.open(f"{origin}/snapshots/{version}?view=fetched")
        assert f"answered {status}" in browser.value("document.body.innerText")
        assert browser.framed("document.body.innerText") == "Not here."


def test_a_copy_connects_to_nobody(
    origin: str, filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    """Not even so far as a policy does not reach: to a frame's host, or one named for later."""
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        theirs.setblocking(False)
        there = f"http://127.0.0.1:{theirs.getsockname()[1]}/"
        body = (
            f"<html><head><link rel=preconnect href={there}><link rel=prefetch href={there}></head>"
            f"<body><p>As it was.<iframe src={there}></iframe><object data={there}></object>"
            f"<embed src={there}><video src={there}></video><img src={there}></body></html>"
        ).encode()
        version = kept(filled, "reaching", body)
        for path in (f"/snapshots/{version}/raw", f"/snapshots/{version}?view=fetched"):
            dom(f"{origin}{path}", tmp_path)
        with pytest.raises(BlockingIOError):
            theirs.accept()


@pytest.mark.parametrize(
    ("codec", "label", "inside"),
    [
        ("utf-16-le", "unicode", ""),
        ("utf-16-le", "csunicode", ""),
        ("utf-16-be", "unicodefffe", ""),
        ("ascii", "iso-2022-jp", "\x1b(B"),
    ],
)
def test_a_copy_connects_to_nobody_in_whatever_letters(
    origin: str,
    filled: tuple[Store, Filled],
    tmp_path: Path,
    codec: str,
    label: str,
    inside: str,
) -> None:
    """The tags are found in what the browser reads, which may be other than the bytes show."""
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        theirs.setblocking(False)
        there = f"http://127.0.0.1:{theirs.getsockname()[1]}/"
        body = (
            f"<html><head><li{inside}nk rel=preconnect href={there}></head>"
            f"<body><p>As it was.<ifr{inside}ame src={there}></ifr{inside}ame></body></html>"
        ).encode(codec)
        name = f"letters-{label}"
        version = kept(filled, name, body, content_type=f"text/html; charset={label}")
        drawn = dom(f"{origin}/snapshots/{version}/raw", tmp_path)
        assert "As it was." in drawn
        with pytest.raises(BlockingIOError):
            theirs.accept()


def test_a_browser_logs_in_marks_an_event_and_leaves(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, event = filled[0], filled[1].events[-1].id
    with (
        served(store, tmp_path, password=Secret("tulips & spring")) as origin,
        Browser(str(CHROMIUM), tmp_path / "profile") as browser,
    ):
        browser.open(f"{origin}/events/{event}")
        assert browser.value("location.pathname") == "/login"
        browser.press("main button", password="wrong")
        assert "not the password" in browser.value("document.body.textContent")
        browser.press("main button", password="tulips & spring")
        assert browser.value("location.pathname") == f"/events/{event}"
        assert browser.value("document.cookie") == ""  # no script may read it
        browser.press("button[formaction$=dismiss]", note="Their cache", by="Rosa")
        assert browser.value("location.pathname + location.hash") == f"/events/{event}#said"
        with store.read() as conn:
            (mark,) = marks(conn, [event])
        assert (mark.kind, mark.text, mark.by) == (MarkKind.DISMISS, "Their cache", "Rosa")
        # A page from elsewhere knows no token, and the browser says where it is from.
        page = tmp_path / "elsewhere.html"
        page.write_text(
            f'<form method=post action="{origin}/events/{event}/ack"><button>x</button></form>'
        )
        browser.open(page.as_uri())
        browser.press("button")
        assert "Nothing was changed" in browser.value("document.body.textContent")
        browser.open(f"{origin}/")
        browser.press("header button")
        assert browser.value("location.pathname") == "/login"
