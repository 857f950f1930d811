"""Who leaves a channel is queued no more, and their link says nothing of them."""

from __future__ import annotations

import re

import pytest

from monitor.model import AlertState
from monitor.store import Store, queue, unsubscribed
from monitor.store.unsubscribed import Left, token
from tests.store.build import NOW, appended, later, read, write

MAIL = [("mail", "a@x.example"), ("mail", "b@x.example"), ("desk", "a@x.example")]


def states(store: Store, event_id: int) -> dict[tuple[str, str], AlertState]:
    return {(a.channel, a.recipient): a.state for a in read(store, queue.alerts, event_id=event_id)}


def test_who_left_gets_nothing_that_waits_and_nothing_that_comes(store: Store) -> None:
    first = appended(store)
    assert write(store, queue.add_alerts, first.id, MAIL, NOW) == MAIL
    assert write(store, unsubscribed.leave, "mail", "a@x.example", NOW)
    waiting, withdrawn = AlertState.PENDING, AlertState.WITHDRAWN
    assert states(store, first.id) == dict(zip(MAIL, (withdrawn, waiting, waiting), strict=True))
    second = appended(store)
    assert write(store, queue.add_alerts, second.id, MAIL, NOW) == MAIL[1:]
    assert write(store, queue.add_alerts, second.id, MAIL, NOW, "remind:1") == MAIL[1:]
    assert write(store, queue.add_alerts, second.id, MAIL[:1], NOW) == []
    assert set(states(store, second.id)) == set(MAIL[1:])
    assert read(store, unsubscribed.left) == [Left("mail", "a@x.example", NOW)]


def test_one_who_left_stays_away_however_the_address_is_written(store: Store) -> None:
    event = appended(store)
    shouted = [("mail", "A@X.example")]
    write(store, queue.add_alerts, event.id, shouted, NOW)
    assert write(store, unsubscribed.leave, "mail", "a@x.EXAMPLE", NOW)
    assert states(store, event.id) == {shouted[0]: AlertState.WITHDRAWN}
    assert write(store, queue.add_alerts, appended(store).id, shouted, NOW) == []


def test_leaving_twice_is_leaving_once_and_one_may_come_back(store: Store) -> None:
    assert write(store, unsubscribed.leave, "mail", "a@x.example", NOW)
    assert not write(store, unsubscribed.leave, "mail", "a@x.example", later(days=1))
    assert read(store, unsubscribed.gone, "mail", "A@x.example") == NOW
    assert write(store, unsubscribed.come_back, "mail", "a@X.example")
    assert not write(store, unsubscribed.come_back, "mail", "a@x.example")
    assert read(store, unsubscribed.gone, "mail", "a@x.example") is None
    assert write(store, queue.add_alerts, appended(store).id, MAIL, NOW) == MAIL


def test_what_was_sent_already_stays_sent(store: Store) -> None:
    event = appended(store)
    write(store, queue.add_alerts, event.id, MAIL[:1], NOW)
    (alert,) = write(store, queue.claim, NOW, lease=later(minutes=5) - NOW, owner="me")
    write(store, queue.done, [alert.id], NOW, "id@x")
    write(store, unsubscribed.leave, "mail", "a@x.example", NOW)
    assert states(store, event.id) == {MAIL[0]: AlertState.SENT}


def test_one_that_is_about_to_leave_is_not_sent(store: Store) -> None:
    event = appended(store)
    write(store, queue.add_alerts, event.id, MAIL[:1], NOW)
    (alert,) = write(store, queue.claim, NOW, lease=later(minutes=5) - NOW, owner="me")
    write(store, unsubscribed.leave, "mail", "a@x.example", NOW)
    assert not write(store, queue.plan, [alert.id], "", later(minutes=5), "me")


def test_a_key_is_made_once(store: Store) -> None:
    assert read(store, unsubscribed.key) == b""
    made = write(store, unsubscribed.made_key)
    assert len(made) == 32
    assert read(store, unsubscribed.key) == write(store, unsubscribed.made_key) == made


def test_a_token_stands_for_one_recipient_and_says_nothing_of_them() -> None:
    key = b"k" * 32
    tokens = [token(key, *who) for who in MAIL]
    assert len(set(tokens)) == 3
    for who, one in zip(MAIL, tokens, strict=True):
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", one)
        assert unsubscribed.meant(key, one, MAIL) == who
        assert unsubscribed.meant(b"l" * 32, one, MAIL) is None
        assert unsubscribed.meant(key, one, [m for m in MAIL if m != who]) is None
    assert token(key, "mail", "A@X.Example") == token(key, "mail", "a@x.example")


@pytest.mark.parametrize("given", ["", "x", "é", "A" * 43, "A" * 10_000, "\ud800"])
def test_no_other_text_is_a_token(given: str) -> None:
    assert unsubscribed.meant(b"k" * 32, given, MAIL) is None
    assert unsubscribed.meant(b"", token(b"", *MAIL[0]), MAIL) is None  # no key was made yet
