"""The published folder: whole, closed in itself, safe to open, and written only where something changed."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.config import Config
from monitor.errors import UsageError
from monitor.model import Kind
from monitor.store import Store, bodies, events, snapshots
from monitor.store.marks import Mark, MarkKind, add_mark
from monitor.web.app import create_app
from monitor.web.publishing import folder as folder_module
from monitor.web.publishing.addresses import OURS, for_server, target
from monitor.web.publishing.addresses import Scope as InScope
from monitor.web.publishing.folder import MARK, UNDONE, Published, publish
from tests.support.browser import Browser

from . import build
from .story import Filled

pytestmark = pytest.mark.anyio
CHROMIUM = shutil.which("chromium")
SECRET = "a remark among ourselves"
CHANNEL = '[channels.mail]\ntype = "stdout"\n'


async def export(
    store: Store, settings: Config, folder: Path, *, site: str = "", address: str = ""
) -> Published:
    return await publish(store, settings, folder, site=site, address=address, now=build.NOW)


@pytest.fixture(scope="module")
def published(
    filled: tuple[Store, Filled], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Published]:
    """The folder of the filled database, an event of which was remarked on."""
    store, story = filled
    note = Mark(story.events[0].id, MarkKind.NOTE, SECRET, "Ines", build.NOW)
    store.write(lambda conn: add_mark(conn, note))
    folder = tmp_path_factory.mktemp("published") / "out"
    settings = build.config(tmp_path_factory.mktemp("config"), CHANNEL)
    return folder, asyncio.run(export(store, settings, folder))


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def links_of(page: Path) -> list[str]:
    tree = html.fromstring(page.read_text())
    return [str(x) for x in tree.xpath("//@href | //@src | //@action")]


def leads_out(link: str) -> bool:
    return urlsplit(link).scheme in ("http", "https", "data") or link.startswith("#")


def crawled(folder: Path) -> set[Path]:
    """All that a reader can reach from the first page, by files alone; every link must hold."""
    first = folder / "index.html"
    todo, seen = [first], {first}
    while todo:
        page = todo.pop()
        if page.suffix != ".html":
            continue
        for link in links_of(page):
            if leads_out(link):
                continue
            parts = urlsplit(link)
            assert not parts.query and not parts.path.startswith("/"), (page, link)
            there = (page.parent / unquote(parts.path)).resolve()
            assert there.is_file(), (page, link)
            assert there.is_relative_to(folder.resolve()), (page, link)
            if parts.fragment and there.suffix == ".html":
                ids = html.fromstring(there.read_text()).xpath("//@id")
                assert parts.fragment in ids, (page, link)
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return seen


async def test_every_link_leads_to_a_file_and_every_file_is_reached(
    published: tuple[Path, Published], filled: tuple[Store, Filled]
) -> None:
    folder, done = published
    reached = {str(p.relative_to(folder.resolve())) for p in crawled(folder)}
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert there - reached == {MARK}
    assert done.files == len(there) - 1 and done.written == done.files
    assert all(OURS.fullmatch(f) for f in there - {MARK})
    store, story = filled
    with store.read() as conn:
        told = events.events(conn)
        assert {f"events/{e.id}.html" for e in told} <= there
        for post in (story.lived, story.gone, story.poison, story.suspected):
            versions = snapshots.snapshots(conn, post.state.post_id)
            assert f"posts/{post.state.post_id}.html" in there
            for v in versions:
                assert f"snapshots/{v.id}.html" in there
                assert (folder / f"snapshots/{v.id}.source.txt").is_file()
            for old, new in pairwise(versions):
                pair = f"posts/{post.state.post_id}.diff.{old.number}.{new.number}"
                assert {f"{pair}.html", f"{pair}.side.html"} <= there
    lines = (folder / "events.jsonl").read_text().splitlines()
    assert [json.loads(x) for x in lines] == [e.as_record() for e in told]


async def test_nothing_of_ours_and_no_address_of_a_server_is_in_it(
    published: tuple[Path, Published],
) -> None:
    folder, _ = published
    for path in folder.rglob("*"):
        if not path.is_file() or path.name.endswith((".source.txt", ".bin")):
            continue
        text = path.read_text()
        assert "127.0.0.1" not in text and "localhost" not in text, path
        for secret in ("next look", SECRET, "desk@example.org", "csrf", "Ines</"):
            assert secret not in text, (path, secret)
        if path.suffix == ".html":
            tree = html.fromstring(text)
            assert not tree.xpath("//form | //button | //input | //select | //script"), path
            assert not tree.xpath("//@*[starts-with(name(), 'on')]"), path
            for link in links_of(path):
                if urlsplit(link).scheme in ("http", "https"):
                    assert (urlsplit(link).hostname or "").endswith((".example", "archive.org")), (
                        link
                    )


async def test_their_bytes_are_text_and_whole(
    published: tuple[Path, Published], filled: tuple[Store, Filled]
) -> None:
    folder, _ = published
    store, story = filled
    with store.read() as conn:
        for post in (story.poison, story.lived):
            for v in snapshots.snapshots(conn, post.state.post_id):
                kept = (folder / f"snapshots/{v.id}.source.txt").read_bytes()
                assert kept == bodies.body(conn, v.body_hash)
    for page in (folder / "snapshots").glob("*.html"):
        assert "<script" not in page.read_text()
        assert 'http-equiv="Content-Security-Policy" content="default-src' in page.read_text()


async def test_the_feed_is_sound_and_leads_into_the_folder(
    published: tuple[Path, Published], filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    folder, _ = published
    atom = "{http://www.w3.org/2005/Atom}"
    for file in ("feed.atom", "sites/tulip.atom"):
        links = [str(x.get("href")) for x in ET.parse(folder / file).iter(f"{atom}link")]
        assert len(links) > 3
        for link in links:
            assert ((folder / file).parent / link).is_file(), link
    there = tmp_path / "there"
    address = "https://desk.example/watched"
    await export(filled[0], build.config(tmp_path, CHANNEL), there, address=address)
    links = [str(x.get("href")) for x in ET.parse(there / "feed.atom").iter(f"{atom}link")]
    for link in links:
        assert link.startswith(f"{address}/")
        assert (there / link.removeprefix(f"{address}/")).is_file(), link


async def test_a_second_run_writes_what_changed_alone(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    old = filler.version(row, build.article("One."), build.at(9))
    settings, folder = build.config(tmp_path), tmp_path / "out"
    first = await export(empty, settings, folder)
    assert first.written == first.files
    stamps = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    again = await export(empty, settings, folder)
    assert (again.files, again.written, again.removed) == (first.files, 0, 0)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == stamps
    new = filler.version(row, build.article("Two."), build.at(1))
    filler.event(Kind.EDITED, build.at(1), row, snapshot_before=old.id, snapshot_after=new.id)
    third = await export(empty, settings, folder)
    assert 0 < third.written < third.files
    assert f"snapshots/{old.id}.source.txt" not in [
        str(p.relative_to(folder)) for p, at in stamps.items() if p.stat().st_mtime_ns != at
    ]
    left, half = folder / "posts" / "99.html", folder / "posts" / "98.html.part"
    left.write_text("published once")
    half.write_text("of a run that was killed")
    (folder / "posts" / "mine.md").write_text("kept")
    assert (await export(empty, settings, folder)).removed == 1
    assert not left.exists() and not half.exists() and (folder / "posts" / "mine.md").exists()
    crawled(folder)


async def test_what_was_interrupted_does_not_look_whole_and_is_finished_by_the_next(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    class Interrupted(BaseException):
        pass

    settings, folder = build.config(tmp_path), tmp_path / "out"
    app, made = create_app, 0

    def failing(*args: Any) -> ASGIApp:
        pages = app(*args)

        async def some(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal made
            made += 1
            if made % 20 == 0:
                raise Interrupted
            await pages(scope, receive, send)

        return some

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_module, "create_app", failing)
        with pytest.raises(Interrupted):
            await export(filled[0], settings, folder)
        assert (folder / UNDONE).is_file() and not (folder / "index.html").exists()
    whole = await export(filled[0], settings, folder)
    assert not (folder / UNDONE).exists() and whole.written < whole.files
    crawled(folder)
    index = (folder / "index.html").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_module, "create_app", failing)
        with pytest.raises(Interrupted):
            await export(filled[0], settings, folder)
        # What was published before still stands, and says what became of it.
        assert (folder / UNDONE).is_file() and (folder / "index.html").read_bytes() == index
        crawled(folder)


async def test_progress_is_said_as_time_goes_by(
    filled: tuple[Store, Filled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "_PAUSE", 0.0)
    said: list[str] = []
    await publish(filled[0], build.config(tmp_path), tmp_path / "o", now=build.NOW, say=said.append)
    assert re.fullmatch(r"\d+ files, \d+ more known so far", said[10])


async def test_a_text_too_long_for_a_page_is_whole_in_the_folder(
    tmp_path: Path, empty: Store
) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    text = " ".join(f"word{n}" for n in range(40_000))
    old = filler.version(row, build.article(text), build.at(9))
    filler.version(row, build.article("It is gone."), build.at(8))
    await export(empty, build.config(tmp_path), tmp_path / "out")
    assert text in (tmp_path / f"out/snapshots/{old.id}.html").read_text()
    [whole] = (tmp_path / "out/posts").glob("*.diff.1.2.all.html")
    assert text in whole.read_text()
    crawled(tmp_path / "out")


async def test_one_site_is_published_without_a_word_of_the_others(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, _ = filled
    folder = tmp_path / "out"
    await export(store, build.config(tmp_path), folder, site="roses")
    reached = crawled(folder)
    for page in reached:
        assert "tulip" not in page.read_text(errors="replace"), page
    records = [json.loads(x) for x in (folder / "events.jsonl").read_text().splitlines()]
    assert records and {r["site"] for r in records} == {"roses"}
    with store.read() as conn:
        other = [e.id for e in events.events(conn, sites=["tulip"])]
    assert not any((folder / f"events/{i}.html").exists() for i in other)


async def test_a_folder_of_somebody_else_is_left_alone(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    settings = build.config(tmp_path)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.odt").write_text("years of work")
    (tmp_path / "file").write_text("words")
    for name in ("theirs", "file"):
        with pytest.raises(UsageError):
            await export(filled[0], settings, tmp_path / name)
    assert [p.name for p in (tmp_path / "theirs").iterdir()] == ["thesis.odt"]
    ours, elsewhere = tmp_path / "ours", tmp_path / "elsewhere"
    ours.mkdir()
    elsewhere.mkdir()
    (ours / MARK).write_text("")
    (ours / "posts").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="a link that leads elsewhere"):
        await export(filled[0], settings, ours)
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/#sites", "index.html"),
        ("/sites/a-b_1?status=removed&skip=100#posts", "sites/a-b_1.removed.100.html"),
        ("/posts/7?version=60", "posts/7.version.60.html"),
        ("/posts/7/diff?from=1&to=2&view=side", "posts/7.diff.1.2.side.html"),
        ("/snapshots/7/raw?as=source", "snapshots/7.source.txt"),
        ("/snapshots/8/raw?as=file", "snapshots/8.bin"),
        ("/snapshots/8/raw?as=file&look=latest", None),
        ("/snapshots/7?view=text", "snapshots/7.html"),
        ("/events?site=acme&before=9", "events/site.acme.before.9.html"),
        ("/snapshots/7/raw", None),
        ("/snapshots/7?view=fetched", None),
        ("/sites/..", None),
        ("/sites/%2e%2e%2fx", None),
        ("/sites/a/../../x", None),
        ("/sites/a?skip=../../x", None),
        ("/sites/a?status=../x", None),
        ("/posts/7?event=../../x", None),
        ("/posts/7/diff?from=1&to=../../x", None),
        ("/posts/07", None),
        ("/posts/²", None),
        ("/events?site=..%2f..%2fx", None),
        ("/events/7/robots/..", None),
        ("/events?kind=removed", None),
        ("/login", None),
        ("/api/v1/posts", None),
        ("//evil.example/", None),
    ],
)
def test_addresses_become_files_of_the_folder_or_none(address: str, file: str | None) -> None:
    found = target(address.partition("#")[0], InScope(files=frozenset({8})))
    assert (found.file if found else None) == file
    if found is not None:
        assert OURS.fullmatch(found.file)


def test_what_only_a_server_can_do_is_told_from_what_is_not_published() -> None:
    assert for_server("/events.atom?q=x") and for_server("/snapshots/1?view=fetched")
    assert not for_server("/posts/7") and not for_server("/events?kind=removed")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_it_opens_from_disk_in_a_browser(
    published: tuple[Path, Published], filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    folder, _ = published
    version = filled[1].versions[0]
    with Browser(str(CHROMIUM), tmp_path / "profile") as browser:
        browser.open((folder / "index.html").as_uri())
        assert browser.value("getComputedStyle(document.body).margin") == "0px"
        assert browser.value("document.styleSheets.length") == 1
        browser.press("ul.rows a.kind")
        assert re.search(r"/events/\d+\.html$", browser.value("location.pathname"))
        browser.open((folder / f"snapshots/{version.id}.html").as_uri())
        assert "We planted the roof" in browser.value("document.body.innerText")
        browser.open((folder / f"snapshots/{version.id}.source.txt").as_uri())
        assert "<h1>" in browser.value("document.body.innerText")
