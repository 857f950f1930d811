"""Posts: a state comes back whole, its URLs are found, and the due ones are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import LookRecord, PostState, Reason, Role, Status
from monitor.read.urls import canonical_key
from monitor.store import Store, posts
from monitor.store.due import due_posts
from monitor.store.rows import PostRow
from monitor.values import replace
from tests.store.build import NOW, a_post, a_site, later, read, write


def full_state(post_id: int) -> PostState:
    return PostState(
        post_id=post_id,
        site="acme",
        url="https://acme.example/b/",
        title="Title “of” it — 日本語",
        aliases=("https://acme.example/a/",),
        status=Status.REMOVED,
        listed=False,
        published_at="2018-01-24",
        first_seen_at=later(days=-9),
        last_seen_at=later(hours=-1),
        snapshot=12,
        misses=3,
        first_missing_at=later(minutes=-20),
        last_missing_at=NOW,
        reason=Reason.SOFT_404,
        moved_to="https://acme.example/c/",
        looks=(LookRecord(NOW, "https://acme.example/b/", Role.POST, 200, "soft_404", "Wed"),),
        removed_event=7,
        snapshot_at_removal=12,
        published_told=False,
        switches=((NOW, "digest"), (later(hours=1), "other")),
        muted_answer="soft_404",
        absences=2,
        batch="b1",
    )


def test_all_of_a_post_comes_back(store: Store) -> None:
    post = a_post(store)
    row = PostRow(
        state=full_state(post.state.post_id),
        site_id=post.site_id,
        key="acme.example/b",
        next_at=later(minutes=10),
        etag="e",
        last_modified="m",
        body_hash="h",
        article_digest="d",
        fingerprint=2**64 - 5,
        hand_picked=True,
        watched=False,
        failures=4,
    )
    write(store, posts.save_post, row)
    assert read(store, posts.post, row.state.post_id) == row
    assert read(store, posts.posts, post.site_id) == [row]
    assert read(store, posts.post, 99) is None


def test_a_fingerprint_that_was_worked_out_is_kept_for_the_version_it_is_of(store: Store) -> None:
    site = a_site(store)
    kept, other, newer = (a_post(store, site, path=path) for path in "abc")
    rows = [replace(p, fingerprint=None, state=replace(p.state, snapshot=7)) for p in (kept, newer)]
    for row in (*rows, replace(other, fingerprint=5, state=replace(other.state, snapshot=7))):
        write(store, posts.save_post, row)
    # One has got another version meanwhile, one a fingerprint.
    write(store, posts.save_post, replace(rows[1], state=replace(rows[1].state, snapshot=8)))
    found = {p.state.post_id: 2**62 + n for n, p in enumerate((kept, other, newer))}
    asked = [*rows, replace(other, fingerprint=None, state=replace(other.state, snapshot=7))]
    write(store, posts.save_fingerprints, asked, found)
    assert [p.fingerprint for p in read(store, posts.posts, site)] == [2**62, 5, None]
    write(store, posts.save_fingerprints, asked, {})


def test_a_new_post_is_due_at_once_and_added_once(store: Store) -> None:
    site_id = a_site(store)
    post = a_post(store, site_id)
    assert post.state.post_id == 1 and post.state.published_told and post.next_at == NOW
    assert a_post(store, site_id) == post
    assert read(store, posts.posts, site_id) == [post]


def test_a_post_in_two_sites_is_two_posts(store: Store) -> None:
    one = a_post(store, a_site(store))
    two = write(
        store,
        posts.add_post,
        site_id=a_site(store, "other"),
        site="other",
        url=one.state.url,
        key=one.key,
        now=NOW,
    )
    assert one.state.post_id != two.state.post_id
    assert read(store, posts.find_post, one.key) == [one, two]
    assert read(store, posts.find_post, one.key, site_id=two.site_id) == [two]


def test_a_moved_post_is_found_by_all_its_urls(store: Store) -> None:
    post = a_post(store)
    state = replace(post.state, url="https://acme.example/b/", aliases=(post.state.url,))
    moved = replace(post, state=state, key="acme.example/b")
    write(store, posts.save_post, moved)
    old_key = canonical_key(post.state.url)
    assert read(store, posts.find_post, moved.key) == [moved]
    assert read(store, posts.find_post, old_key) == [moved]
    assert read(store, posts.find_post, "acme.example/nothing") == []
    assert read(store, posts.alias_keys, post.site_id) == {old_key: 1, moved.key: 1}


def test_a_current_key_wins_over_a_former_one(store: Store) -> None:
    one = a_post(store, path="one")
    two = a_post(store, one.site_id, path="two")
    write(
        store,
        posts.add_alias,
        site_id=one.site_id,
        post_id=one.state.post_id,
        key=two.key,
        url=two.state.url,
        now=NOW,
    )
    assert read(store, posts.alias_keys, one.site_id)[two.key] == two.state.post_id
    assert read(store, posts.find_post, two.key) == [two]


def test_very_long_urls_are_kept_and_found(store: Store) -> None:
    site_id = a_site(store)
    path = "é" * 4000
    post = a_post(store, site_id, path)
    assert a_post(store, site_id, path + "x") != post
    assert read(store, posts.find_post, post.key) == [post]


def test_counts(store: Store) -> None:
    site_id = a_site(store)
    rows = [a_post(store, site_id, f"p{n}") for n in range(6)]
    states: list[dict[str, object]] = [
        {"status": Status.LIVE, "last_seen_at": later(hours=-23)},
        {"status": Status.LIVE, "last_seen_at": later(hours=-25), "listed": False},
        {"status": Status.SUSPECTED, "last_seen_at": later(minutes=-30)},
        {"status": Status.REMOVED, "listed": False},
        {"status": Status.REMOVED},
        {"status": Status.REMOVED},
    ]
    for row, change in zip(rows, states, strict=True):
        state = replace(row.state, **change)  # type: ignore[arg-type]
        write(store, posts.save_post, replace(row, state=state, watched=row is not rows[5]))
    assert read(store, posts.counts, site_id, NOW) == {
        "posts": 5,
        "removed": 2,
        "suspected": 1,
        "delisted": 1,
        "seen_within_day": 2,
    }
    assert read(store, posts.counts, 99, NOW)["posts"] == 0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()),
        min_size=1,
        max_size=6,
    )
)
def test_times_order_and_come_back_alike(store: Store, times: list[datetime]) -> None:
    times = [t.astimezone(UTC) for t in times]
    site_id = a_site(store)
    rows = [a_post(store, site_id, f"t{n}") for n in range(len(times))]
    for row, at in zip(rows, times, strict=True):
        write(store, posts.save_post, replace(row, next_at=at, watched=True))
    due = read(store, due_posts, max(times)).get(site_id, [])
    by_id = {p.state.post_id: p.next_at for p in read(store, posts.posts, site_id)}
    found = [at for i in due if (at := by_id[i]) is not None]
    assert found == sorted(times)
    assert all(at.utcoffset() == timedelta(0) for at in found)
    for row in rows:
        write(store, posts.save_post, replace(row, watched=False))
