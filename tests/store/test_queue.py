"""Alerts: each key once, claimed by one at a time, sent again when a lease runs out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from monitor.model import Alert, AlertState
from monitor.store import Store, called_off, queue
from monitor.store.given_up import retry_failed
from monitor.values import replace
from tests.store.build import NOW, appended, later, read, write

LEASE = timedelta(minutes=5)


def queued(store: Store, *keys: tuple[str, str]) -> int:
    event = appended(store)
    write(
        store,
        queue.add_alerts,
        event.id,
        keys or [("mail", "a@x"), ("mail", "b@x"), ("hook", "")],
        NOW,
    )
    return event.id


def claimed(
    store: Store, at: float = 0, owner: str = "me", limit: int = 100, but: Collection[str] = ()
) -> list[Alert]:
    found: list[Alert] = write(
        store, queue.claim, later(minutes=at), lease=LEASE, owner=owner, limit=limit, but=but
    )
    return found


def test_what_another_has_in_hand_is_not_planned(store: Store) -> None:
    queued(store)
    mine = claimed(store, limit=2)
    (other,) = claimed(store, owner="you")
    for ids in ([other.id], [*(a.id for a in mine), other.id]):
        assert not write(store, queue.plan, ids, "<m@x>", later(minutes=9), "me")
    assert not any(a.message_id for a in read(store, queue.alerts, event_id=mine[0].event_id))
    assert write(store, queue.plan, [a.id for a in mine], "<m@x>", later(minutes=9), "me")
    assert write(store, queue.plan, [mine[0].id], "<n@x>", later(minutes=9), "me")


def test_each_key_stands_once(store: Store) -> None:
    event_id = queued(store, ("mail", "a@x"), ("mail", "a@x"), ("hook", ""))
    write(store, queue.add_alerts, event_id, [("mail", "a@x"), ("mail", "b@x")], later(hours=1))
    write(store, queue.add_alerts, event_id, [], NOW)
    found = read(store, queue.alerts, event_id=event_id)
    assert [(a.channel, a.recipient, a.due_at) for a in found] == [
        ("mail", "a@x", NOW),
        ("hook", "", NOW),
        ("mail", "b@x", later(hours=1)),
    ]
    assert read(store, queue.alerts, event_id=99) == []


def test_what_was_sent_is_not_queued_again(store: Store) -> None:
    event_id = queued(store, ("mail", "a@x"))
    (alert,) = claimed(store)
    write(store, queue.done, [alert.id], NOW, "id@host")
    write(store, queue.add_alerts, event_id, [("mail", "a@x")], NOW)
    assert claimed(store, 60) == []
    (sent,) = read(store, queue.alerts, event_id=event_id)
    assert sent.state is AlertState.SENT and sent.attempts == 1


def test_a_claim_is_for_due_ones_and_excludes_others(store: Store) -> None:
    event_id = queued(store)
    write(store, queue.add_alerts, event_id, [("mail", "late@x")], later(minutes=1))
    mine = claimed(store, owner="me", limit=2)
    assert [(a.recipient, a.attempts) for a in mine] == [("a@x", 1), ("b@x", 1)]
    assert [a.channel for a in claimed(store, owner="other")] == ["hook"]
    assert claimed(store) == []
    assert read(store, queue.waiting) == {"mail": 3, "hook": 1}
    assert [a.recipient for a in claimed(store, 2)] == ["late@x"]


def test_a_lease_that_ran_out_is_claimed_again(store: Store) -> None:
    queued(store, ("mail", "a@x"))
    claimed(store)
    assert claimed(store, 4.9) == []
    (again,) = claimed(store, 5.0)
    assert again.attempts == 2


def test_retry_comes_later_and_failed_never(store: Store) -> None:
    queued(store)
    one, two, three = claimed(store)
    write(store, queue.retry, [one.id], NOW, later(minutes=1), "450 try later\0")
    write(store, queue.failed, [two.id], "550 nobody here")
    write(store, queue.done, [three.id], NOW, "id@host")
    assert read(store, queue.waiting) == {"mail": 1}
    assert claimed(store, 0.5) == []
    (again,) = claimed(store, 1)
    assert (again.id, again.attempts, again.error) == (one.id, 2, "450 try later\ufffd")
    (lost,) = read(store, queue.failures)
    assert lost == replace(two, state=AlertState.FAILED, error="550 nobody here")
    assert claimed(store, 9999) == [replace(again, attempts=3)]


def test_what_was_refused_is_tried_again_when_somebody_says_so(store: Store) -> None:
    queued(store, ("mail", "a@x"), ("mail", "b@x"), ("mail", "c@x"), ("hook", ""))
    one, two, three, hook = claimed(store)
    assert write(store, queue.plan, [one.id, two.id], "list@host", later(minutes=5), "me")
    write(store, queue.retry, [two.id], NOW, NOW, "no answer", unsure=True)
    for alert in (one, two, hook):
        write(store, queue.failed, [alert.id], "550 no")
    keys = {("mail", "a@x"), ("mail", "b@x"), ("mail", "c@x")}
    assert write(store, retry_failed, keys, later(hours=1)) == {"mail": 2}
    assert write(store, retry_failed, keys, later(hours=1)) == {}
    assert [a.channel for a in read(store, queue.failures)] == ["hook"]
    again = [a for a in claimed(store, 60, owner="you") if a.id != three.id]
    assert [(a.id, a.attempts, a.error, a.tried_since) for a in again] == [
        (one.id, 1, "", None),
        (two.id, 1, "", None),
    ]
    assert {a.message_id for a in again} == {"list@host"}  # one list, then and now


def test_what_is_known_to_be_wrong_is_not_tried_again(store: Store) -> None:
    event_id = queued(store, ("mail", "a@x"))
    (one,) = claimed(store)
    write(store, queue.failed, [one.id], "550 no")
    assert write(store, retry_failed, {("mail", "a@x")}, NOW, but={event_id: 9}) == {}


def test_the_first_failed_try_is_remembered(store: Store) -> None:
    queued(store, ("mail", "a@x"))
    (one,) = claimed(store)
    assert one.tried_since is None
    write(store, queue.retry, [one.id], later(minutes=3), later(minutes=9), "away")
    write(store, queue.retry, [one.id], later(minutes=9), later(minutes=20), "away")
    assert claimed(store, 20)[0].tried_since == later(minutes=3)


def test_what_was_tried_can_be_tried_at_once_and_what_waits_for_its_hour_waits(
    store: Store,
) -> None:
    queued(store, ("mail", "a@x"))
    (tried,) = claimed(store)
    write(store, queue.retry, [tried.id], NOW, later(minutes=50), "away")
    event = queued(store, ("mail", "a@x"))
    write(
        store,
        queue.put_off,
        [a.id for a in read(store, queue.alerts, event_id=event)],
        later(minutes=50),
    )
    write(store, queue.hurry, later(minutes=1))
    assert [a.id for a in claimed(store, 1)] == [tried.id]


def test_a_channel_that_is_busy_is_left_alone(store: Store) -> None:
    queued(store, ("mail", "a@x"), ("hook", "https://x"))
    assert [a.channel for a in claimed(store, but={"mail"})] == ["hook"]


def test_reminders_stand_beside_the_alert_and_go_with_it(store: Store) -> None:
    event = queued(store, ("mail", "a@x"))
    write(store, queue.add_alerts, event, [("mail", "a@x")], later(minutes=60), "remind:3600")
    write(store, queue.add_alerts, event, [("mail", "a@x")], later(minutes=60), "remind:3600")
    assert [a.notice for a in read(store, queue.alerts, event_id=event)] == ["", "remind:3600"]
    assert write(store, called_off.stop_reminders, event) == 1
    assert [a.notice for a in read(store, queue.alerts, event_id=event)] == [""]
    write(store, queue.add_alerts, event, [("mail", "a@x")], later(minutes=60), "remind:3600")
    assert write(store, called_off.withdraw, event) == ([], 1)


def test_two_processes_never_claim_the_same(store: Store, open_store: Callable[..., Store]) -> None:
    both = (store, open_store())
    for _ in range(40):
        queued(store, ("mail", "a@x"))
    with ThreadPoolExecutor(2) as pool:
        batches = list(pool.map(lambda n: claimed(both[n % 2], owner=str(n), limit=3), range(30)))
    ids = [a.id for batch in batches for a in batch]
    assert len(ids) == len(set(ids)) == 40
    assert all(len(batch) <= 3 for batch in batches)
