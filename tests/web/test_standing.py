"""How posts and sites stand, on pages: what is withdrawn is not up, what is locked is not gone, what is paused
is not due."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from monitor.decide.budget import Asked
from monitor.decide.retraction import state_before
from monitor.model import Kind, LookRecord, Reason, Role, Seen, Status
from monitor.run.paces import SiteLoad, note
from monitor.store import Store, events, observations
from monitor.store.rows import Observation, PostRow
from monitor.values import replace

from . import build
from .build import Filler, answer, article, at
from .test_pages import words

SITE = '[[site]]\nname = "tulip"\nurl = "https://tulip.example/blog/"\n'

pytestmark = pytest.mark.anyio


async def said(store: Store, folder: Path, path: str, text: str = "") -> str:
    """All words of a page."""
    async with build.client(store, build.config(folder, text)) as client:
        got = await client.get(path)
    assert got.status_code == 200
    return words(html.fromstring(got.text))


def looked(f: Filler, row: PostRow, hours: float, uncounted: str = "") -> None:
    """A look that got 404."""
    got = answer(row.state.url, b"<h1>Not found</h1>", at(0, hours), 404)
    look = Observation(
        site_id=row.site_id,
        post_id=row.state.post_id,
        role=Role.POST,
        answer=got,
        seen=Seen.MISSING,
        rule="not_found",
        why="the page answers 404 (not found)",
        reason=Reason.NOT_FOUND,
        uncounted=uncounted,
    )
    f.write(lambda conn: observations.observe(conn, look))


async def test_a_withdrawn_removal_is_not_called_up(empty: Store, tmp_path: Path) -> None:
    f = Filler(empty)
    row = f.post(f.site())
    kept = f.version(row, article("The roof."), at(3))
    row = f.state(row, snapshot=kept.id, last_seen_at=at(0, 9))
    looked(f, row, 8)
    removal = f.event(
        Kind.REMOVED,
        at(0, 7),
        row,
        reason=Reason.NOT_FOUND,
        last_seen_at=at(0, 9),
        first_missing_at=at(0, 8),
        snapshot_before=kept.id,
    )
    gone = replace(row.state, status=Status.REMOVED, removed_event=removal.id)
    with empty.read() as conn:
        told = events.events(conn, post_id=row.state.post_id)
    f.state(replace(row, state=state_before(gone, removal, told)))
    wrong = f.event(Kind.RETRACTED, at(0, 6), row, retracts=removal.id, why="a mistake", by="Rosa")
    path = f"/posts/{row.state.post_id}"
    text = await said(empty, tmp_path, path)
    assert "our last look, at 2026-11-23 01:30:00 UTC, got 404" in text
    looked(f, row, 5, "withdrawn")
    text = await said(empty, tmp_path, path)
    assert "Withdrawn by us not seen since 2026-11-23 00:30" in text
    assert "our looks still get 404" in text
    assert f"withdrew event {removal.id} by event {wrong.id}" in text
    assert "no look has seen it since 2026-11-23 00:30:00 UTC" in text
    site = await said(empty, tmp_path, "/sites/tulip")
    assert "withdrawn by us, not seen since 2026-11-23 00:30" in site
    assert "up (0) withdrawn by us, not seen since (1)" in site
    assert "The roof garden" in await said(empty, tmp_path, "/sites/tulip?status=withdrawn")


async def test_what_is_locked_is_counted_apart(empty: Store, tmp_path: Path) -> None:
    f = Filler(empty)
    site = f.site()
    kept = f.version(f.post(site), article("The roof."), at(3))
    login = LookRecord(at(1), "https://tulip.example/login", Role.POST, 200, "redirect_login")
    for n, (reason, looks) in enumerate(
        ((Reason.GONE, ()), (Reason.RESTRICTED, ()), (Reason.REDIRECTED, (login,)))
    ):
        row = f.post(site, path=f"p{n}", title=f"Post {n}")
        told = f.event(Kind.REMOVED, at(1), row, reason=reason, looks=looks)
        f.state(
            row,
            status=Status.REMOVED,
            reason=reason,
            looks=looks,
            removed_event=told.id,
            snapshot=kept.id,
        )
    text = await said(empty, tmp_path, "/sites/tulip")
    assert "Gone now 1 Locked 2" in text and "gone now (1) locked (2)" in text
    assert "1 and 2 locked" in await said(empty, tmp_path, "/")
    text = await said(empty, tmp_path, f"/posts/{row.state.post_id}")
    assert text.count("Locked") >= 2 and "Removed once" not in text
    text = await said(empty, tmp_path, f"/events/{told.id}")
    assert "locked, a login page" in text and "sends its readers to a login page" in text


async def test_no_look_is_due_of_a_paused_site(empty: Store, tmp_path: Path) -> None:
    Filler(empty).site()
    site = '[[site]]\nname = "tulip"\nurl = "https://tulip.example/news/"\n'
    assert "next look in 6 minutes" in await said(empty, tmp_path, "/sites/tulip", site)
    text = await said(empty, tmp_path, "/sites/tulip", f"{site}paused = true\n")
    assert "paused, by the config" in text and "next look" not in text


@pytest.mark.parametrize(
    ("older", "pace", "says", "not_said"),
    [
        (100, 1, ["Any age 15 min 35 min"], ["Some posts", "as often as"]),
        (
            8000,
            1,
            ["Under 7 days", "Some posts are looked at every 9 h", "per_host_delay"],
            ["as we should"],
        ),
        (8000, 60, ["We cannot look as often as we should"], ["Some posts"]),
    ],
)
async def test_how_soon_something_is_noticed_is_said(
    empty: Store, tmp_path: Path, older: int, pace: int, says: list[str], not_said: list[str]
) -> None:
    f = Filler(empty)
    site_id = f.site()
    every = timedelta(minutes=15)
    asked = Asked(every, 3, {every: 5}, {timedelta(days=1): older})
    load = SiteLoad(asked, timedelta(seconds=pace), "per_host_delay", build.NOW)
    assert "How soon we notice" not in await said(empty, tmp_path, "/sites/tulip", SITE)
    f.write(lambda conn: note(conn, site_id, load))
    page = await said(empty, tmp_path, "/sites/tulip", SITE)
    assert "How soon we notice" in page
    for words_ in says:
        assert words_ in page, page
    for words_ in not_said:
        assert words_ not in page
    gone = await said(empty, tmp_path, "/sites/tulip", SITE + "paused = true\n")
    assert "How soon we notice" not in gone
