"""What the pages say of what is not kept any more, of a forgotten post, and of a restored database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from monitor.run.restoring import restore
from monitor.store import Store, bodies, held, queue
from monitor.store.backup import back_up
from monitor.store.forget import forget_post
from monitor.web.publishing.folder import publish
from tests.store.build import a_post, appended, clock

from . import build
from .story import Filled, fill

pytestmark = pytest.mark.anyio


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Store, Filled]]:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as store:
        yield store, fill(store)


@pytest.fixture
async def pages(own: tuple[Store, Filled], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with build.client(own[0], build.config(tmp_path)) as client:
        yield client


async def test_dropped_bytes_are_said_to_be_so(
    pages: httpx.AsyncClient, own: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, told = own
    version = told.versions[0]
    deltas = {v.body_hash for v in told.versions}
    assert store.write(lambda conn: bodies.drop(conn, deltas)) > 0
    for view in ("", "?view=fetched", "?view=source"):
        page = await pages.get(f"/snapshots/{version.id}{view}")
        assert page.status_code == 200
        assert "not kept any more" in page.text and version.body_hash in page.text
        assert "as=file" not in page.text and "view=fetched" not in page.text
    text = await pages.get(f"/snapshots/{version.id}/raw?as=text")
    assert text.status_code == 200
    for how in ("", "?as=source", "?as=file"):
        raw = await pages.get(f"/snapshots/{version.id}/raw{how}")
        assert raw.status_code == 410 and "They were dropped" in raw.text
    stamp = version.first_read_at.strftime("%Y%m%d%H%M%S")
    assert (await pages.get(f"/memento/{stamp}/{told.lived.state.url}")).status_code in (302, 410)
    done = await publish(
        store,
        build.config(tmp_path),
        tmp_path / "public",
        site="",
        address="",
        now=build.NOW,
        say=lambda _: None,
    )
    assert done.files > 5


async def test_a_forgotten_post_says_so(
    pages: httpx.AsyncClient, own: tuple[Store, Filled]
) -> None:
    store, told = own
    number, title = told.lived.state.post_id, told.lived.state.title
    assert title in (await pages.get(f"/posts/{number}")).text
    store.write(lambda conn: forget_post(conn, number, build.NOW))
    page = await pages.get(f"/posts/{number}")
    assert page.status_code == 200
    assert "lawfully erased" in page.text and title not in page.text
    assert "the config does not include it" not in page.text
    assert "Not read yet" not in page.text and "not yet" not in page.text
    for version in (v for v in told.versions if v.post_id == number):
        assert (await pages.get(f"/snapshots/{version.id}")).status_code == 404
    for address in ("/", "/events", "/feed.atom", f"/sites/{told.lived.state.site}"):
        assert title not in (await pages.get(address)).text


async def test_the_seam_and_the_held_alerts_are_shown(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'old.db'}", create=True, clock=clock) as store:
        a_post(store)
        first, last = appended(store), appended(store)
        key = [("mail", "a@b.example")]
        store.write(lambda conn: queue.add_alerts(conn, first.id, key, build.NOW))
        back_up(store, tmp_path / "b", say=lambda _: None)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    done = restore(url, tmp_path / "b", aside=False, now=build.NOW, say=lambda _: None)
    with Store.open(url, clock=lambda: build.NOW) as back:
        async with build.client(back, build.config(tmp_path)) as pages:
            assert "1 alert is held back since the restore" in (await pages.get("/")).text
            seam = await pages.get(f"/events/{done.seam.id}")
            assert seam.status_code == 200 and "brought back from a backup" in seam.text
            assert "is lost to us" in seam.text and "may have been given to events" in seam.text
            # The pager steps over the numbers that were left out.
            assert f'href="/events/{last.id}"' in seam.text
            before = await pages.get(f"/events/{last.id}")
            assert f'href="/events/{done.seam.id}"' in before.text
            back.write(held.resume)
            assert "held back" not in (await pages.get("/")).text
