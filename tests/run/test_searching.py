"""What was stored before goes into the search a while at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.read.terms import search
from monitor.run.searching import fill_search
from monitor.store import Store, search_fill, search_index
from monitor.store.search import Wanted, found
from tests.store.build import a_post, a_site, an_article, an_event, appended, clock, read, write

pytestmark = pytest.mark.anyio
EVENTS = search_fill.STEP * 2 + 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}", create=True, clock=clock) as opened:
        a_post(opened)
        for n in range(EVENTS):
            appended(opened, an_event(title=f"number {n}"))
        write(opened, search_fill.again)
        yield opened


async def test_it_goes_on_where_it_was(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    rest = await fill_search(store, timedelta(0))
    assert rest == read(store, search_fill.left) == search_fill.Left(EVENTS, 1)
    assert not caplog.records
    assert not await fill_search(store)
    assert [r.getMessage() for r in caplog.records] == ["all that is stored can be searched"]
    assert len(read(store, found, Wanted(search("number")))) == EVENTS
    assert not await fill_search(store)
    assert len(caplog.records) == 1  # said once


async def test_the_newest_can_be_found_first(store: Store) -> None:
    write(store, search_fill.catch_up)  # the post
    write(store, search_fill.catch_up)
    ids = read(store, found, Wanted(search("number")))
    assert ids == list(range(EVENTS, EVENTS - search_fill.STEP, -1))


async def test_many_posts_are_made_one_part_a_step_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_MERGE", 1)
    await fill_search(store)
    assert not read(store, search_fill.untidy)
    site_id = a_site(store)
    for n in range(60):
        text = " ".join(f"word{k}n{n}" for k in range(50))
        post = a_post(store, site_id, path=f"p{n}")
        write(store, search_index.add_post, post.state.post_id, an_article(text))
    assert read(store, search_fill.untidy) and parts(store) > 2
    await fill_search(store, timedelta(0))
    assert read(store, search_fill.untidy)
    steps = 1
    while write(store, search_fill.tidy):
        steps += 1
        assert read(store, search_fill.untidy)
    assert steps > 2 and parts(store) == 1
    assert not read(store, search_fill.untidy)
    appended(store, an_event(title="", post=7, url="https://acme.example/"))
    assert len(read(store, found, Wanted(search("word3n5")))) == 1
    await fill_search(store)
    assert parts(store) == 1


def parts(store: Store) -> int:
    """Of how many parts FTS5 has made the words of posts."""
    with store.read() as conn:
        return int(
            conn.exec_driver_sql("SELECT count(DISTINCT segid) FROM post_words_idx").scalar_one()
        )
