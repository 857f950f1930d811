"""The due index: whose turn it is, and which posts are due, on both databases."""

from __future__ import annotations

from sqlalchemy import event, text

from monitor.store import Store, posts, sites
from monitor.store.due import Turn, due_posts, turns
from monitor.values import replace
from tests.store.build import NOW, a_post, a_site, later, read, write


def test_due_posts_are_those_that_are_watched_the_longest_due_first(store: Store) -> None:
    site_id = a_site(store)
    rows = [a_post(store, site_id, f"p{n}") for n in range(6)]
    ids = [r.state.post_id for r in rows]
    times = [NOW, later(seconds=-5), None, later(microseconds=1), later(seconds=-9), later(days=-1)]
    for row, at in zip(rows, times, strict=True):
        write(store, posts.save_post, replace(row, next_at=at, watched=row is not rows[4]))
    assert read(store, due_posts, NOW) == {site_id: [ids[2], ids[5], ids[1], ids[0]]}
    assert read(store, due_posts, later(days=-2)) == {site_id: [ids[2]]}
    assert read(store, due_posts, NOW, 2)[site_id][:3] == [ids[2], ids[5], ids[1]]


def test_turns_are_those_of_all_sites(store: Store) -> None:
    first, second = a_site(store, "a"), a_site(store, "b")
    row = read(store, sites.site, second)
    write(store, sites.save_site, replace(row, next_check_at=NOW, last_check_at=later(hours=-1)))
    write(store, sites.sync_sites, [("b", row.url)], NOW)  # the other one left the config
    met, due = read(store, turns)
    assert isinstance(met, Turn)
    assert (met.id, met.name, met.watched, met.next_check_at) == (first, "a", False, None)
    assert (due.id, due.watched, due.next_check_at) == (second, True, NOW)
    assert met.is_due(NOW) and due.is_due(NOW) and not due.is_due(later(microseconds=-1))
    assert [r.name for r in read(store, sites.sites_by_id, [second, first])] == ["a", "b"]
    assert read(store, sites.sites_by_id, []) == []


def test_what_is_due_is_asked_of_the_index_alone(store: Store) -> None:
    """Of a million posts a tick may go through none but those that are due."""
    asked: list[str] = []
    with store.read() as conn:
        if conn.dialect.name != "sqlite":
            return  # its plan depends on what it knows of the rows

        def note(_: object, __: object, statement: str, *rest: object) -> None:
            asked.append(statement)

        event.listen(conn, "before_cursor_execute", note)
        due_posts(conn, NOW)
        event.remove(conn, "before_cursor_execute", note)
        for statement in list(asked):
            plan = conn.execute(text(f"EXPLAIN QUERY PLAN {statement.replace('?', '1')}"))
            said = " ".join(row.detail for row in plan)
            assert "SEARCH" in said and "COVERING INDEX ix_posts_due" in said, said
