"""Looks are kept run-length: what joins, what does not, and which bytes stay."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from monitor.model import Failure, Hop, Kind, Reason, Role, Seen
from monitor.store import Store, bodies, observations, posts, snapshots, sweep, tables
from monitor.store.observations import LARGEST_UNCLEAR, UNCLEAR_A_DAY
from monitor.store.rows import Observation
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


def test_all_of_a_look_comes_back(store: Store) -> None:
    post = a_post(store)
    hops = (Hop("https://acme.example/a/", 302, "https://acme.example/gone"),)
    answer = an_answer(b"gone", 404, hops=hops, final_url="https://acme.example/gone")
    look = a_look(post, answer)
    row_id = write(store, observations.observe, look)
    (row,) = read(store, observations.observations, post_id=post.state.post_id)
    assert (row.id, row.site_id, row.post_id, row.source_id) == (row_id, post.site_id, 1, None)
    assert (row.role, row.seen, row.reason, row.status) == (
        Role.POST,
        Seen.MISSING,
        Reason.NOT_FOUND,
        404,
    )
    assert (row.url, row.final_url, row.hops) == (answer.url, answer.final_url, hops)
    assert (row.rule, row.why, row.failure, row.peer) == (
        "not_found",
        "it answers 404",
        "",
        "192.0.2.1:443",
    )
    assert (row.first_at, row.last_at, row.looks, row.took) == (NOW, NOW, 1, answer.took)
    assert row.server_date == "Wed, 04 Mar 2026 05:06:07 GMT"
    assert read(store, bodies.body, row.body_hash) == b"gone"


def test_every_text_of_a_robots_txt_stays(store: Store) -> None:
    site_id = a_site(store)
    texts = [b"Disallow: /a", b"Disallow: /a", b"Disallow: /b", b"Disallow: /c", b"Disallow: /c"]
    for n, text in enumerate([*texts, b"", b""]):
        answer = an_answer(text, url="https://acme.example/robots.txt", at=later(hours=n))
        look = Observation(site_id, Role.ROBOTS, answer, Seen.PRESENT, "robots", "it answers 200")
        write(store, observations.observe, look)
    for n, text in enumerate([b"<p>none, 1</p>", b"<p>none, 2</p>"]):  # an error page is no text
        answer = an_answer(text, 404, url="https://acme.example/robots.txt", at=later(hours=9 + n))
        look = Observation(site_id, Role.ROBOTS, answer, Seen.PRESENT, "robots", "it answers 404")
        write(store, observations.observe, look)
    write(store, sweep.sweep)
    rows = read(store, observations.observations, site_id=site_id, role=Role.ROBOTS)
    assert [r.looks for r in reversed(rows)] == [2, 1, 2, 2, 2]
    kept = [read(store, bodies.body, r.body_hash) for r in reversed(rows) if r.body_hash]
    assert kept[:3] == [b"Disallow: /a", b"Disallow: /b", b"Disallow: /c"]


def test_like_looks_join_and_keep_the_first_and_the_last_bytes(store: Store) -> None:
    post = a_post(store)
    ids = {
        write(
            store,
            observations.observe,
            a_look(
                post,
                an_answer(b"nonce %d" % n, 404, at=later(minutes=n), took=timedelta(seconds=n)),
            ),
        )
        for n in range(4)
    }
    (row,) = read(store, observations.observations)
    assert ids == {row.id}
    assert (row.looks, row.first_at, row.last_at, row.took) == (
        4,
        NOW,
        later(minutes=3),
        timedelta(seconds=3),
    )
    assert read(store, bodies.body, row.body_hash) == b"nonce 3"
    with store.read() as conn:
        first = conn.execute(tables.observations.select()).one().first_body
        assert bodies.body(conn, first) == b"nonce 0"
    assert write(store, sweep.sweep) == 2
    assert read(store, bodies.body, first) and read(store, bodies.body, row.body_hash)


@pytest.mark.parametrize(
    "change",
    [
        {"seen": Seen.UNCLEAR},
        {"rule": "gone"},
        {"reason": Reason.GONE},
        {"answer": an_answer(b"not here", 410)},
        {"answer": an_answer(b"", None, failure=Failure.TIMEOUT)},
        {"answer": an_answer(b"not here", 404, final_url="https://acme.example/other")},
        {"answer": an_answer(b"not here", 404, url="https://acme.example/other")},
        {"role": Role.SIBLING},
    ],
)
def test_what_differs_begins_a_new_stretch(store: Store, change: dict[str, object]) -> None:
    post = a_post(store)
    look = a_look(post)
    write(store, observations.observe, look)
    write(store, observations.observe, replace(look, **change))  # type: ignore[arg-type]
    rows = read(store, observations.observations)
    assert [r.looks for r in rows] == [1, 1]
    assert rows[0].id > rows[1].id


def test_other_pages_in_between_do_not_end_a_stretch(store: Store) -> None:
    post, other = a_post(store, path="one"), a_post(store, path="two")
    for _ in range(3):
        write(store, observations.observe, a_look(post))
        write(store, observations.observe, a_look(other))
    assert [r.looks for r in read(store, observations.observations)] == [3, 3]


def test_a_post_that_is_there_keeps_no_bytes_a_look(store: Store) -> None:
    post = a_post(store)
    for n in range(3):
        look = a_look(
            post,
            an_answer(b"%d" % n),
            seen=Seen.PRESENT,
            reason=None,
            rule="present",
            keep_body=False,
        )
        write(store, observations.observe, look)
    (row,) = read(store, observations.observations)
    assert row.looks == 3 and row.body_hash == ""
    with store.read() as conn:
        assert conn.execute(tables.bodies.select()).all() == []
        assert len(conn.execute(tables.header_sets.select()).all()) == 2


def test_the_bytes_beside_an_event_outlive_the_looks_that_follow(store: Store) -> None:
    post = a_post(store)
    told_at = later(minutes=20)
    for at, words in ((0, b"first"), (20, b"deciding")):
        write(
            store, observations.observe, a_look(post, an_answer(words, 404, at=later(minutes=at)))
        )
    appended(store, an_event(detected_at=told_at, post=post.state.post_id))
    for at in (35, 50, 65):
        words = b"after %d" % at
        write(
            store, observations.observe, a_look(post, an_answer(words, 404, at=later(minutes=at)))
        )
    after, before = read(store, observations.observations)
    assert (before.looks, after.looks) == (2, 3)
    write(store, sweep.sweep)
    assert read(store, bodies.body, before.body_hash) == b"deciding"


def unclear(site_id: int, body: bytes, status: int, minutes: int) -> Observation:
    answer = an_answer(body, status, at=later(minutes=minutes))
    return Observation(site_id, Role.HOME, answer, Seen.UNCLEAR, "server_error", f"{status}")


def test_of_answers_that_say_nothing_small_ones_are_kept_and_a_few_a_day(store: Store) -> None:
    """A server in trouble sends other megabytes each time, under a status that changes."""
    site_id = a_site(store)
    for n in range(40):
        write(store, observations.observe, unclear(site_id, b"oh %d" % n, 500 + n % 2, n))
    rows = read(store, observations.observations, role=Role.HOME)
    assert [bool(r.body_hash) for r in rows[::-1]] == [n < UNCLEAR_A_DAY for n in range(40)]
    write(store, observations.observe, unclear(site_id, b"oh", 502, 24 * 60 + 1))
    large = b"x" * (LARGEST_UNCLEAR + 1)
    write(store, observations.observe, unclear(site_id, large, 503, 24 * 60 + 2))
    last, before, *_ = read(store, observations.observations, role=Role.HOME)
    assert read(store, bodies.body, before.body_hash) == b"oh"
    assert not last.body_hash


def test_bytes_are_not_taken_for_those_of_a_later_look(store: Store) -> None:
    site_id = a_site(store)
    write(store, observations.observe, unclear(site_id, b"oh", 500, 0))
    write(store, observations.observe, unclear(site_id, b"x" * (LARGEST_UNCLEAR + 1), 500, 1))
    (row,) = read(store, observations.observations, role=Role.HOME)
    assert (row.looks, row.body_hash) == (2, "")


@pytest.mark.parametrize(("kind", "stretches"), [(Kind.PUBLISHED, 1), (Kind.SITE_UNREACHABLE, 2)])
def test_a_control_pages_stretch_ends_with_an_event_of_its_site(
    store: Store, kind: Kind, stretches: int
) -> None:
    site_id = a_site(store)

    def home(minutes: int) -> Observation:
        answer = an_answer(b"home", 503, at=later(minutes=minutes))
        return Observation(
            site_id, Role.HOME, answer, Seen.UNCLEAR, "server_error", "it answers 503"
        )

    write(store, observations.observe, home(0))
    appended(store, an_event(kind, site="other", post=None))
    write(store, observations.observe, home(1))
    appended(store, an_event(kind, detected_at=later(minutes=1), post=None, reason=None))
    write(store, observations.observe, home(2))
    assert len(read(store, observations.observations, role=Role.HOME)) == stretches


def test_observations_are_asked_for_by_what_they_are_of(store: Store) -> None:
    post = a_post(store)
    other = a_post(store, a_site(store, "other"), site="other")
    for p in (post, other):
        write(store, observations.observe, a_look(p))
        write(store, observations.observe, a_look(p, post_id=None, role=Role.MADE_UP))
    assert len(read(store, observations.observations)) == 4
    assert len(read(store, observations.observations, site_id=post.site_id)) == 2
    assert len(read(store, observations.observations, post_id=other.state.post_id)) == 1
    assert len(read(store, observations.observations, role=Role.MADE_UP)) == 2
    assert len(read(store, observations.observations, limit=3)) == 3


looks = st.tuples(
    st.sampled_from([Seen.PRESENT, Seen.MISSING]), st.sampled_from([200, 404]), st.booleans()
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(looks, min_size=1, max_size=25))
def test_stretches_are_the_runs_of_the_looks(
    store: Store, given_looks: list[tuple[Seen, int, bool]]
) -> None:
    site_id = a_site(store, f"s{hash(tuple(given_looks))}")
    post = a_post(store, site_id)
    for n, (seen, status, keep) in enumerate(given_looks):
        answer = an_answer(b"%d" % n, status, at=later(minutes=n))
        look = a_look(post, answer, seen=seen, keep_body=keep, site_id=site_id, role=Role.SIBLING)
        # One post a run: those of earlier examples must not join.
        look = replace(look, answer=replace(answer, url=f"https://x/{site_id}"))
        write(store, observations.observe, look)
    rows = read(store, observations.observations, site_id=site_id)[::-1]
    runs = [
        (k, [n for n, _ in g])
        for k, g in groupby(enumerate(given_looks), key=lambda x: (x[1][0], x[1][1]))
    ]
    assert [(r.seen, r.status) for r in rows] == [k for k, _ in runs]
    assert [r.looks for r in rows] == [len(ns) for _, ns in runs]
    assert [(r.first_at, r.last_at) for r in rows] == [
        (later(minutes=ns[0]), later(minutes=ns[-1])) for _, ns in runs
    ]
    for row, (_, ns) in zip(rows, runs, strict=True):
        kept = [n for n in ns if given_looks[n][2]]
        assert bool(row.body_hash) == bool(kept)
        if kept:
            assert read(store, bodies.body, row.body_hash) == b"%d" % kept[-1]


@pytest.mark.parametrize("kept_first", [True, False])
def test_bytes_of_a_post_that_was_there_are_dated_by_their_own_looks(
    store: Store, kept_first: bool
) -> None:
    """A look at a change that was not confirmed keeps its bytes; those beside it that keep none are no part
    of its stretch, or their time would stand for its bytes."""
    post = a_post(store)
    for hours, keep in enumerate((kept_first, not kept_first, not kept_first)):
        answer = replace(an_answer(b"<p>words</p>"), at=later(hours=hours))
        seen = {"seen": Seen.PRESENT, "rule": "present", "why": "it is there", "reason": None}
        write(store, observations.observe, a_look(post, answer, keep_body=keep, **seen))
    rows = read(store, observations.observations, post_id=post.state.post_id)
    assert sorted((r.first_at, r.last_at, bool(r.body_hash)) for r in rows) == [
        (later(hours=0), later(hours=0), kept_first),
        (later(hours=1), later(hours=2), not kept_first),
    ]


def test_the_bytes_of_a_changed_post_are_a_delta_of_its_version(store: Store) -> None:
    post = a_post(store)
    post_id = post.state.post_id
    version = write(store, snapshots.keep_version, post_id, an_article(), an_answer(page(1)))
    known = replace(post, state=replace(post.state, snapshot=version.id))
    write(store, posts.save_post, known)
    seen = {"seen": Seen.SAME, "rule": "same_bytes", "reason": None, "keep_body": False}
    write(store, observations.observe, a_look(known, an_answer(page(1)), **seen))
    edited = an_answer(page(1, noise="<i>one word more</i>"), at=later(hours=1))
    read_anew = {"seen": Seen.PRESENT, "rule": "article_there", "reason": None}
    write(store, observations.observe, a_look(known, edited, **read_anew))
    (row, _) = read(store, observations.observations, post_id=post_id)
    with store.read() as conn:
        kept = conn.execute(
            select(tables.bodies).where(tables.bodies.c.hash == row.body_hash)
        ).one()
    assert (kept.encoding, kept.base) == ("zstd-prefix", version.body_hash)
    assert len(kept.data) < 200
    assert read(store, bodies.body, row.body_hash) == edited.body
