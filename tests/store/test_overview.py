"""A site's posts by how they stand: counted and paged as if all had been read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from monitor.model import Event, Kind, LookRecord, Reason, Role, Status
from monitor.store import Store, events, overview, posts, sites, snapshots
from monitor.store.outlines import in_batch, outlines
from monitor.store.overview import STANDINGS
from monitor.values import replace
from tests.store.build import NOW, a_post, a_site, an_answer, an_article, later, read, write


def filled(store: Store) -> dict[str, int]:
    """Posts of every standing, by what they are called; another site beside them."""
    site_id = a_site(store)
    other = a_post(store, a_site(store, "other"), "x", site="other")
    write(store, posts.save_post, replace(other, state=replace(other.state, status=Status.REMOVED)))
    states: dict[str, dict[str, Any]] = {
        "up": {"snapshot": 1, "published_at": "2026-01-05"},
        "older": {"snapshot": 2, "published_at": "2019-01-05"},
        "suspected": {"snapshot": 3, "status": Status.SUSPECTED, "published_at": "2026-01-04"},
        "removed": {"snapshot": 4, "status": Status.REMOVED, "reason": Reason.GONE},
        "locked": {"snapshot": 5, "status": Status.REMOVED, "reason": Reason.RESTRICTED},
        "login": {
            "snapshot": 7,
            "status": Status.REMOVED,
            "reason": Reason.REDIRECTED,
            "looks": (LookRecord(NOW, "https://a.example/", Role.POST, 200, "redirect_login"),),
        },
        "withdrawn": {"snapshot": 8, "muted_answer": "gone"},
        "delisted": {"snapshot": 6, "listed": False, "published_at": "2026-01-03"},
        "unread": {"title": '"reason":"restricted"'},
    }
    ids = {}
    for name, values in states.items():
        row = a_post(store, site_id, name)
        write(store, posts.save_post, replace(row, state=replace(row.state, **values)))
        ids[name] = row.state.post_id
    left = a_post(store, site_id, "left")
    write(store, posts.save_post, replace(left, watched=False))
    return ids | {"left": left.state.post_id, "site": site_id}


def tell(store: Store, kind: Kind, post: int | None, hours: int, **more: Any) -> Event:
    told = Event(kind, later(hours=hours), site="acme", post=post, **more)
    event: Event = write(store, events.append, told, uid=f"u{hours}", salt="s")
    return event


def test_standings_are_counted(store: Store) -> None:
    ids = filled(store)
    counted = read(store, overview.standings, ids["site"], unwatched=False)
    assert counted == {
        "": 9,
        "up": 5,
        "withdrawn": 0,
        "suspected": 1,
        "removed": 1,
        "locked": 2,
        "delisted": 1,
        "unread": 1,
    }
    assert read(store, overview.standings, ids["site"], unwatched=True)[""] == 10
    assert read(store, overview.read_posts, ids["site"]) == 8
    # Withdrawn by a person, and not seen since: nobody may take it for up.
    tell(store, Kind.RETRACTED, ids["withdrawn"], 1)
    tell(store, Kind.RETRACTED, None, 2)
    counted |= {"up": 4, "withdrawn": 1}
    assert read(store, overview.standings, ids["site"], unwatched=False) == counted
    for which in STANDINGS:
        found = page(store, ids, which)
        assert len(found) == counted[which]
    assert page(store, ids, "withdrawn") == ["withdrawn"]


def page(
    store: Store, ids: dict[str, int], which: str, skip: int = 0, limit: int = 99
) -> list[str]:
    rows = read(
        store,
        overview.page_of,
        ids["site"],
        which,
        unwatched=False,
        skip=skip,
        limit=limit,
    )
    names = {i: name for name, i in ids.items()}
    return [names[r.state.post_id] for r in rows]


def test_what_changed_last_stands_first_and_pages_join(store: Store) -> None:
    ids = filled(store)
    for at, name in enumerate(("older", "removed", "delisted", "older")):
        tell(store, Kind.DELISTED, ids[name], at)
    tell(store, Kind.SITE_UNREACHABLE, None, 9)
    whole = page(store, ids, "")
    assert whole == [
        "older",
        "delisted",
        "removed",
        "up",
        "suspected",
        "unread",
        "withdrawn",
        "login",
        "locked",
    ]
    assert page(store, ids, "up") == ["older", "delisted", "up", "unread", "withdrawn"]
    for limit in (1, 2, 3, 4):
        parts = [page(store, ids, "", skip, limit) for skip in range(0, 11, limit)]
        assert [n for part in parts for n in part] == whole
    changed = read(store, overview.changed_at, [ids["older"], ids["up"]])
    assert changed == {ids["older"]: later(hours=3).replace(microsecond=0)}


def test_outlines_say_who_what_and_when(store: Store) -> None:
    ids = filled(store)
    tell(store, Kind.REMOVED, ids["removed"], 0, batch="b")
    first = tell(store, Kind.EDITED, ids["up"], 1, batch="b", evidence=("long",))
    taken = tell(store, Kind.RETRACTED, ids["up"], 2, retracts=first.id)
    blind = Event(Kind.WATCH_STOPPED, later(hours=3), first_missing_at=NOW)
    write(store, events.append, blind, uid="w", salt="s")
    since = later(hours=1) - timedelta(seconds=1)
    found = read(store, outlines, since=since, limit=99)
    assert [(e.id, e.kind, e.site, e.post) for e in found] == [
        (2, Kind.EDITED, "acme", ids["up"]),
        (3, Kind.RETRACTED, "acme", ids["up"]),
        (4, Kind.WATCH_STOPPED, None, None),
    ]
    assert found[1] == taken and found[2].first_missing_at == NOW.replace(microsecond=0)
    write(store, sites.rename_site, "acme", "new")
    assert {e.site for e in read(store, outlines, since=since, limit=99)} == {"new", None}
    assert [e.id for e in read(store, outlines, since=NOW - timedelta(1), limit=2)] == [3, 4]
    assert read(store, in_batch, "b") == 2


def test_versions_are_numbered_without_being_read(store: Store) -> None:
    row = a_post(store)
    kept = [
        write(store, snapshots.keep_version, row.state.post_id, an_article(text), an_answer())
        for text in ("one", "two")
    ]
    assert read(store, snapshots.numbers, [v.id for v in kept] + [99]) == {
        kept[0].id: 1,
        kept[1].id: 2,
    }
    assert read(store, snapshots.newest, row.state.post_id) == 2
    assert read(store, snapshots.newest, 99) == 0
