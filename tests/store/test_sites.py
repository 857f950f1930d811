"""Sites and their sources: what the config names, what comes back, renaming."""

from __future__ import annotations

import pytest

from monitor.errors import StoreError
from monitor.model import (
    ErrorSample,
    Form,
    LookRecord,
    Reason,
    Role,
    SiteFacts,
    SiteView,
)
from monitor.store import (
    Store,
    events,
    observations,
    posts,
    sites,
    snapshots,
    sources,
    sweep,
    verify,
)
from monitor.store.chain_faults import verify_chain
from monitor.store.rows import EntryRow, SiteRow, SourceRow
from monitor.values import replace
from tests.store.build import (
    NOW,
    a_look,
    a_post,
    a_site,
    an_answer,
    an_article,
    an_event,
    appended,
    later,
    page,
    read,
    write,
)


def test_sites_follow_the_config(store: Store) -> None:
    ids = write(store, sites.sync_sites, [("b", "https://b/"), ("a", "https://a/")], NOW)
    assert [s.name for s in read(store, sites.sites)] == ["a", "b"]
    again = write(
        store, sites.sync_sites, [("a", "https://a/new"), ("c", "https://c/")], later(days=1)
    )
    assert again["a"] == ids["a"] and set(again) == {"a", "c"}
    rows = {s.name: s for s in read(store, sites.sites)}
    assert rows["a"].url == "https://a/new" and rows["a"].watched_since == NOW
    assert not rows["b"].watched and rows["c"].watched
    assert [s.name for s in read(store, sites.sites, watched=False)] == ["b"]
    back = write(store, sites.sync_sites, [("b", "https://b/")], later(days=2))
    assert back["b"] == ids["b"]
    assert read(store, sites.site_by_name, "b").watched_since == later(days=2)
    assert read(store, sites.site_by_name, "nobody") is None
    assert read(store, sites.site, 99) is None


def test_all_of_a_site_comes_back(store: Store) -> None:
    site_id = a_site(store)
    look = LookRecord(NOW, "https://acme.example/", Role.HOME, None, "timeout", "")
    row = SiteRow(
        id=site_id,
        name="acme",
        url="https://acme.example/",
        watched=True,
        watched_since=NOW,
        view=SiteView(False, Reason.BLOCKED, NOW, "a wall", True, later(hours=-1), (look,)),
        facts=SiteFacts(
            errors=(
                ErrorSample("/blog/", NOW, 404, "https://acme.example/x", "Not found", ("a", "b")),
            ),
            furniture=frozenset({"subscribe", "nul \0 and \ud800"}),
            volatile=frozenset({"p.n"}),
            sinks=("https://acme.example/",),
            home_url="https://acme.example/home",
        ),
        baseline_at=NOW,
        last_check_at=NOW,
        next_check_at=later(minutes=15),
        robots_body="",
        robots_at=NOW,
        discovered_at=NOW,
    )
    write(store, sites.save_site, row)
    kept = replace(
        row, facts=replace(row.facts, furniture=frozenset({"subscribe", "nul \ufffd and \ufffd"}))
    )
    assert read(store, sites.site, site_id) == kept


def test_a_renamed_site_keeps_its_life_and_its_sealed_records(store: Store) -> None:
    site_id = a_site(store)
    a_post(store, site_id)
    event = appended(store)
    write(store, sites.rename_site, "acme", "acme-2")
    assert read(store, sites.site, site_id).name == "acme-2"
    assert read(store, posts.posts, site_id)[0].state.site == "acme-2"
    assert [e.id for e in read(store, events.events, sites=["acme-2"])] == [event.id]
    assert read(store, events.events, sites=["acme"]) == []
    assert read(store, events.record, event.id)["site"] == "acme"
    assert read(store, verify_chain) == []


def test_renaming_refuses_what_is_not_there_or_taken(store: Store) -> None:
    a_site(store, "one")
    a_site(store, "two")
    appended(store, an_event(site="two"))
    with pytest.raises(StoreError, match="no site three"):
        write(store, sites.rename_site, "three", "four")
    with pytest.raises(StoreError, match="a site two already"):
        write(store, sites.rename_site, "one", "two")
    # Nothing was told of it yet, and still it is another site.
    kept = a_post(store, a_site(store, "quiet"), site="quiet")
    with pytest.raises(StoreError, match="a site quiet already"):
        write(store, sites.rename_site, "one", "quiet")
    assert read(store, posts.post, kept.state.post_id) is not None


def test_a_source_is_added_once(store: Store) -> None:
    site_id = a_site(store)
    url = "https://acme.example/feed?" + "x" * 5000
    one = write(store, sources.add_source, site_id, url, Form.FEED, found=True)
    two = write(store, sources.add_source, site_id, url, Form.FEED, found=False)
    assert one.id == two.id and two.found is False and two.url == url
    assert len(read(store, sources.sources, site_id)) == 1


def test_all_of_a_source_comes_back(store: Store) -> None:
    site_id = a_site(store)
    made = write(
        store, sources.add_source, site_id, "https://acme.example/feed", Form.FEED, found=True
    )
    row = SourceRow(
        id=made.id,
        site_id=site_id,
        url=made.url,
        form=Form.FEED,
        found=True,
        baseline_at=NOW,
        etag='W/"x"',
        last_modified="then",
        body_hash="ab",
        entries=12,
        oldest="2020-01-01",
        broken_since=NOW,
        broken_why="it answers 500",
        broken_told=True,
        last_ok_at=NOW,
        deep_at=NOW,
        next_at=later(minutes=15),
    )
    write(store, sources.save_sources, [row])
    assert read(store, sources.sources, site_id) == [row]


@pytest.mark.parametrize("change", ["left", "other form"])
def test_a_source_that_comes_back_has_a_new_baseline(store: Store, change: str) -> None:
    site_id = a_site(store)
    made = write(
        store, sources.add_source, site_id, "https://acme.example/x", Form.FEED, found=True
    )
    seen = replace(made, baseline_at=NOW, etag="e", body_hash="b", active=change != "left")
    write(store, sources.save_sources, [seen])
    form = Form.LISTING if change == "other form" else Form.FEED
    if change == "left":
        assert read(store, sources.sources, site_id) == []
        assert read(store, sources.sources, site_id, active=None) == [seen]
    back = write(store, sources.add_source, site_id, made.url, form, found=True)
    assert (back.id, back.active, back.baseline_at, back.etag, back.form) == (
        made.id,
        True,
        None,
        "",
        form,
    )


def test_entries_are_written_over(store: Store) -> None:
    post = a_post(store)
    source = write(
        store, sources.add_source, post.site_id, "https://acme.example/f", Form.FEED, found=True
    )
    other = a_post(store, a_site(store, "other"), site="other")
    elsewhere = write(
        store, sources.add_source, other.site_id, "https://o/f", Form.FEED, found=True
    )
    row = EntryRow(source.id, post.state.post_id, NOW, NOW, True, 3, "2020-01-01")
    write(
        store,
        sources.save_entries,
        [row, EntryRow(elsewhere.id, other.state.post_id, NOW, NOW, True, 0)],
    )
    changed = replace(row, last_at=later(hours=1), present=False, position=4, dropped=True)
    write(store, sources.save_entries, [row, changed])
    write(store, sources.save_entries, [])
    assert read(store, sources.entries, post.site_id) == [changed]


def test_a_site_of_which_nothing_was_told_makes_room_for_a_name(store: Store) -> None:
    row = a_post(store, site="acme")
    appended(store, an_event(post=row.state.post_id))
    here = "https://acme.example/"
    ids = write(store, sites.sync_sites, [("acme", here), ("fresh", here)], NOW)
    other = a_post(store, ids["fresh"], site="fresh")
    body = page(3, words=200)
    write(store, snapshots.keep_version, other.state.post_id, an_article(), an_answer(body))
    write(store, observations.observe, a_look(other))
    write(store, sites.rename_site, "acme", "fresh")
    [site] = read(store, sites.sites)
    assert site.name == "fresh"
    assert [p.state.post_id for p in read(store, posts.posts, site.id)] == [row.state.post_id]
    assert read(store, verify.verify) == []
    write(store, sweep.sweep)
    assert read(store, verify.verify) == []
    a_post(store, site="third")
    with pytest.raises(StoreError, match="with a history of its own"):
        write(store, sites.rename_site, "third", "fresh")
