"""A withdrawal in the database: state, correction and alerts as one, and who is told of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.errors import UsageError
from monitor.model import AlertState, Event, Kind, PostState, Reason, Status
from monitor.read.urls import canonical_key
from monitor.run.retract import Withdrawn, retract
from monitor.store import Store, events, posts, queue
from monitor.store.chain_faults import verify_chain
from monitor.store.rows import PostRow
from monitor.store.withdrawn import batches, posts_withdrawn, withdrawals
from monitor.values import replace
from tests.store.build import NOW, a_post, a_site, an_event, appended, later, read, write

LEASE = timedelta(minutes=5)


def removed(store: Store, path: str = "a", batch: str | None = None) -> tuple[PostRow, Event]:
    """A post that is gone, and the event that said so."""
    row = a_post(store, path=path)
    event = appended(store, an_event(post=row.state.post_id, url=row.state.url, batch=batch))
    state = replace(
        row.state,
        status=Status.REMOVED,
        reason=Reason.NOT_FOUND,
        removed_event=event.id,
        first_missing_at=NOW,
        last_missing_at=NOW,
    )
    row = replace(row, state=state, etag='"x"', body_hash="aa", next_at=later(hours=6))
    write(store, posts.save_post, row)
    return row, event


def take_back(store: Store, what: object, why: str = "a CDN", by: str = "") -> Withdrawn:
    done: Withdrawn = store.write(
        retract(str(what), why=why, by=by, now=later(hours=1), rng=random.SystemRandom())
    )
    return done


def state_of(store: Store, row: PostRow) -> PostState:
    found: PostRow = read(store, posts.post, row.state.post_id)
    return found.state


def told(store: Store, event_id: int) -> list[tuple[str, str, str]]:
    return [
        (a.channel, a.recipient, a.state.value)
        for a in read(store, queue.alerts, event_id=event_id)
    ]


def test_the_post_is_back_and_the_chain_holds(store: Store) -> None:
    row, event = removed(store)
    before = read(store, events.record, event.id)
    done = take_back(store, event.id, by="Rosa")
    (made,) = done.events
    assert (made.kind, made.retracts, made.why, made.by) == (
        Kind.RETRACTED,
        event.id,
        "a CDN",
        "Rosa",
    )
    after: PostRow = read(store, posts.post, row.state.post_id)
    assert (after.state.status, after.state.muted_answer) == (Status.LIVE, "not_found")
    assert (after.etag, after.body_hash, after.next_at) == ("", "", later(hours=1))
    assert read(store, events.record, event.id) == before
    assert read(store, verify_chain) == []
    assert read(store, withdrawals) == {event.id: made.id}
    assert read(store, posts_withdrawn, after=event.id) == {row.state.post_id}
    assert read(store, posts_withdrawn, after=made.id) == set()


def test_all_who_may_have_had_it_are_told_and_the_rest_are_spared(store: Store) -> None:
    _, event = removed(store)
    names = ("sent", "unanswered", "unreached", "underway", "waiting", "refused", "given_up")
    write(store, queue.add_alerts, event.id, [("mail", n) for n in names], NOW)
    ids = {a.recipient: [a.id] for a in read(store, queue.alerts, event_id=event.id)}
    write(store, queue.claim, NOW, lease=LEASE, owner="me", limit=4)
    write(store, queue.done, ids["sent"], NOW, "id@host")
    for name, unsure in (("unanswered", True), ("unreached", False)):
        why = "it did not answer"
        write(store, queue.retry, ids[name], NOW, later(hours=9), why, unsure=unsure)
    write(store, queue.plan, ids["underway"], "id2@host", later(minutes=5), "me")
    write(store, queue.failed, ids["refused"], "no such user")
    write(store, queue.failed, ids["given_up"], "it did not answer", unsure=True)
    done = take_back(store, event.id)
    wanted = [("mail", n) for n in ("sent", "unanswered", "underway", "given_up")]
    assert done.told == tuple(wanted)
    assert done.spared == 2
    assert told(store, done.events[0].id) == [(*k, "pending") for k in wanted]
    states = {r: s for _, r, s in told(store, event.id)}
    assert states == {
        "sent": "sent",
        "unanswered": "withdrawn",
        "unreached": "withdrawn",
        "underway": "withdrawn",
        "waiting": "withdrawn",
        "refused": "failed",
        "given_up": "failed",
    }
    # What is due now is the corrections, whatever a digest would say; nothing of the first is.
    due = write(store, queue.claim, later(hours=99), lease=LEASE, owner="you")
    assert {a.event_id for a in due} == {done.events[0].id}
    # The one that was under way arrived after all.
    alert = next(
        a for a in read(store, queue.alerts, event_id=event.id) if a.recipient == "underway"
    )
    write(store, queue.done, [alert.id], NOW, "late@host")
    (alert,) = [a for a in read(store, queue.alerts, event_id=event.id) if a.id == alert.id]
    assert alert.state is AlertState.SENT
    assert read(store, queue.message_id, event.id, "mail", "underway") == "late@host"
    assert read(store, queue.message_id, event.id, "mail", "nobody") == ""


def test_a_batch_goes_back_as_one(store: Store) -> None:
    rows = [removed(store, path, batch="b0b0")[0] for path in "abc"]
    other, _ = removed(store, "d", batch="c1c1")
    take_back(store, 2)
    done = take_back(store, "b0b0")
    assert [e.retracts for e in done.events] == [1, 3]
    assert {state_of(store, r).status for r in rows} == {Status.LIVE}
    assert state_of(store, other).status is Status.REMOVED
    assert read(store, batches) == ["c1c1", "b0b0"]
    assert read(store, verify_chain) == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("1", "event 1 was withdrawn already, by event 2"),
        ("2", "event 2 is itself the withdrawal of event 1; it stays"),
        ("99", "no event or batch 99. The newest is event 3."),
        ("b0b0", "all 1 events of batch b0b0 were withdrawn already"),
        ("c1c2", "no event or batch c1c2. Did you mean batch c1c1?"),
        ("9" * 30, f"no event or batch {'9' * 30}. The newest is event 3."),
        ("", "no event or batch . The newest is event 3."),
    ],
)
def test_what_cannot_be_withdrawn_is_said_and_changes_nothing(
    store: Store, what: str, said: str
) -> None:
    removed(store, "a", batch="b0b0")
    take_back(store, 1)
    removed(store, "b", batch="c1c1")
    with pytest.raises(UsageError, match=r".") as e:
        take_back(store, what)
    assert str(e.value) == said
    assert read(store, events.head)[0] == 3


def test_an_empty_chain_says_so(store: Store) -> None:
    with pytest.raises(UsageError, match=r"no event or batch 1\. There are no events yet\."):
        take_back(store, 1)


def test_a_return_of_what_never_went_is_pointed_out(store: Store) -> None:
    row, event = removed(store)
    appended(
        store,
        an_event(Kind.REINSTATED, post=row.state.post_id, removed_event=event.id),
    )
    done = take_back(store, event.id)
    assert [e.id for e in done.resting] == [2]
    assert take_back(store, 2).resting == ()


def test_an_undone_move_gives_the_address_and_its_post_back(store: Store) -> None:
    site_id = a_site(store)
    row, met = a_post(store, site_id, "a"), a_post(store, site_id, "b")
    there, key = met.state.url, canonical_key(met.state.url)
    event = appended(
        store,
        an_event(Kind.MOVED, post=row.state.post_id, url=row.state.url, moved_to=there),
    )
    moved = replace(row.state, url=there, aliases=(row.state.url,))
    write(store, posts.save_post, replace(row, state=moved, key=key))
    write(
        store,
        posts.add_alias,
        site_id=site_id,
        post_id=row.state.post_id,
        key=key,
        url=there,
        now=NOW,
    )
    rest = replace(met, watched=False, key=f"{key}#{met.state.post_id}", next_at=None)
    write(store, posts.save_post, rest)
    take_back(store, event.id)
    keys = read(store, posts.alias_keys, site_id)
    assert keys[key] == met.state.post_id
    assert keys[canonical_key(row.state.url)] == row.state.post_id
    fresh: PostRow = read(store, posts.post, met.state.post_id)
    assert (fresh.watched, fresh.key) == (True, key)
    assert state_of(store, row).url == row.state.url


def test_a_forgotten_event_can_be_withdrawn_and_touches_nothing(store: Store) -> None:
    row, event = removed(store)
    write(store, events.forget, row.state.post_id)
    before = state_of(store, row)
    (made,) = take_back(store, event.id).events
    assert (made.retracts, made.url, made.title) == (event.id, None, "")
    assert state_of(store, row) == before
    assert read(store, verify_chain) == []


def test_two_at_once_withdraw_it_once(store: Store, open_store: Callable[..., Store]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    _, event = removed(store)
    other = open_store(create=False)

    def one(s: Store) -> str:
        try:
            take_back(s, event.id)
        except UsageError as e:
            return str(e)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(one, (store, other)))
    assert sorted(said) == ["done", f"event {event.id} was withdrawn already, by event 2"]
