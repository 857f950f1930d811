"""Times of a clock that was wrong are carried over to the one that is set, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from monitor.model import Form, PostState, SiteView, Status
from monitor.store import Store, clock_set, posts, queue, sites, sources
from monitor.store.rows import EntryRow
from monitor.values import replace
from tests.store.build import NOW, a_post, appended, later, read, write

YEAR = timedelta(days=365)


def filled(store: Store) -> tuple[int, int, int]:
    """(live, suspected, removed): posts of a site that is down, with all their times within an hour of NOW."""
    rows = [a_post(store, path=p) for p in "abc"]
    site_id = rows[0].site_id

    def add(conn: Connection) -> None:
        site = sites.site(conn, site_id)
        assert site is not None
        view = SiteView(up=False, since=NOW, last_up_at=later(minutes=-10), last_down_at=NOW)
        sites.save_site(
            conn,
            replace(site, view=view, last_check_at=NOW, next_check_at=later(minutes=15)),
        )
        source = sources.add_source(
            conn, site_id, "https://acme.example/feed", Form.FEED, found=True
        )
        broken = replace(source, broken_since=NOW, last_ok_at=NOW, next_at=later(minutes=15))
        sources.save_sources(conn, [broken])
        entry = EntryRow(source.id, rows[0].state.post_id, NOW, NOW, present=True, position=0)
        sources.save_entries(conn, [entry])
        for row, status in zip(rows, Status, strict=True):
            away = NOW if status is not Status.LIVE else None
            state = replace(
                row.state,
                status=status,
                first_seen_at=NOW,
                last_seen_at=NOW,
                first_missing_at=away,
                last_missing_at=away,
                misses=2 if away else 0,
            )
            posts.save_post(conn, replace(row, state=state, next_at=later(hours=6)))

    store.write(add)
    live, suspected, removed = (r.state.post_id for r in rows)
    return live, suspected, removed


def state(store: Store, post_id: int) -> PostState:
    found: PostState = read(store, posts.post, post_id).state
    return found


def test_what_lies_in_the_future_is_brought_back(store: Store) -> None:
    live, suspected, removed = filled(store)
    event = appended(store)
    write(store, queue.add_alerts, event.id, [("mail", "a@x")], later(hours=2))
    back = later(days=-365, minutes=5)  # five minutes after the last look, and set back by a year
    assert read(store, clock_set.was_ahead, back) == YEAR - timedelta(minutes=5)
    write(store, clock_set.bring_back, back, YEAR)
    assert read(store, clock_set.was_ahead, back) == timedelta(0)
    site = read(store, sites.sites)[0]
    seen = NOW - YEAR
    assert site.last_check_at == site.view.since == site.view.last_down_at == seen
    assert site.view.last_up_at == seen - timedelta(minutes=10)
    assert site.next_check_at == seen + timedelta(minutes=15)
    (source,) = read(store, sources.sources, site.id)
    assert source.broken_since == source.last_ok_at == seen
    (entry,) = read(store, sources.entries, site.id)
    assert entry.first_at == entry.last_at == seen
    assert {state(store, p).last_seen_at for p in (live, suspected, removed)} == {seen}
    assert state(store, removed).first_missing_at == seen
    anew = state(store, suspected)
    assert (anew.status, anew.misses, anew.first_missing_at) == (Status.SUSPECTED, 0, None)
    assert read(store, posts.post, live).next_at == seen + timedelta(hours=6)
    (alert,) = read(store, queue.alerts, event_id=event.id)
    assert alert.due_at == seen + timedelta(hours=2)


def test_what_was_missing_was_missing_no_longer_by_a_leap_ahead(store: Store) -> None:
    live, suspected, removed = filled(store)
    began, now = later(minutes=-30), NOW + YEAR
    write(store, clock_set.bring_ahead, began, now, YEAR)
    site = read(store, sites.sites)[0]
    assert site.last_check_at == site.view.since == site.view.last_down_at == now
    assert site.next_check_at == now + timedelta(minutes=15)
    assert site.view.last_up_at == later(minutes=-10)  # when it was seen stays
    (source,) = read(store, sources.sources, site.id)
    assert (source.broken_since, source.last_ok_at) == (now, NOW)
    assert state(store, removed).first_missing_at == now
    assert state(store, suspected).misses == 0
    assert {state(store, p).last_seen_at for p in (live, suspected, removed)} == {NOW}


def test_what_was_written_before_the_process_began_stays(store: Store) -> None:
    *_, removed = filled(store)
    write(store, clock_set.bring_ahead, later(minutes=1), NOW + YEAR, YEAR)
    site = read(store, sites.sites)[0]
    assert site.view.since == site.last_check_at == NOW
    assert state(store, removed).first_missing_at == NOW
