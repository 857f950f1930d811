"""Tickets and tokens: only ours are good, for so long, under one password; guesses are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import WebConfig
from monitor.config.values import Secret
from monitor.web.door import onward
from monitor.web.keys import LASTS, Ticket, fits, form_token, keys, kind_of, ticket
from monitor.web.throttle import (
    EVERY,
    KNOWN,
    LATELY,
    MOST,
    NETWORK,
    ROOM,
    STRANGERS,
    Throttle,
    network_of,
    place_of,
)
from monitor.web.visitors import Mode, mode

from .build import NOW

OURS = keys(b"a" * 32, "tulips in spring")
GOOD = ticket(OURS, Ticket.SESSION, "nonce", NOW)


def test_a_ticket_is_good_until_it_is_too_old() -> None:
    assert kind_of(OURS, GOOD, NOW) is Ticket.SESSION
    assert kind_of(OURS, GOOD, NOW + LASTS - timedelta(seconds=1)) is Ticket.SESSION
    assert kind_of(OURS, GOOD, NOW + LASTS) is None
    assert kind_of(OURS, GOOD, NOW - timedelta(hours=1)) is None


def test_another_password_or_install_ends_it() -> None:
    assert kind_of(keys(b"a" * 32, "another"), GOOD, NOW) is None
    assert kind_of(keys(b"b" * 32, "tulips in spring"), GOOD, NOW) is None
    again = keys(b"a" * 32, "tulips in spring")
    assert kind_of(again, GOOD, NOW) is Ticket.SESSION
    assert form_token(again, GOOD) == form_token(OURS, GOOD) != form_token(OURS, GOOD[:-1])


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_a_ticket_with_another_character_is_none(at: int, char: str) -> None:
    changed = GOOD[:at] + char + GOOD[at + 1 :]
    assert (kind_of(OURS, changed, NOW) is None) == (changed != GOOD)


@given(st.text())
def test_no_text_is_a_ticket_or_ends_in_an_error(text: str) -> None:
    assert kind_of(OURS, text, NOW) is None
    assert kind_of(OURS, f"s.{text}.{GOOD[-64:]}", NOW) is None


def test_the_password_fits_and_no_other() -> None:
    assert fits(OURS, "tulips in spring")
    for wrong in ("", "Tulips in spring", "tulips in spring ", "\udc80", "x" * 100_000):
        assert not fits(OURS, wrong)
    assert not fits(keys(b"a" * 32, ""), "")


def test_guesses_are_counted_and_come_back_with_time() -> None:
    throttle, now = Throttle(), NOW
    assert [throttle.take("a", now) for _ in range(MOST)] == [None] * MOST
    wait = throttle.take("a", now)
    assert wait == EVERY
    assert throttle.take("b", now) is None
    assert throttle.take("a", now + EVERY) is None
    assert throttle.take("a", now + EVERY) is not None
    for _ in range(3 * MOST):  # the right one costs nothing
        assert throttle.take("c", now) is None
        throttle.give_back("c", now)


def test_places_are_remembered_in_bounded_memory() -> None:
    throttle, now = Throttle(), NOW
    for n in range(2 * ROOM):
        now += STRANGERS.every
        assert throttle.take(f"10.{n >> 8}.{n & 255}.1", now) is None
        throttle.give_back(f"10.{n >> 8}.{n & 255}.2", now)
    assert len(throttle._tries) <= ROOM
    assert len(throttle._known) <= KNOWN


def test_many_addresses_have_no_more_guesses_than_a_few() -> None:
    throttle, made = Throttle(), 0
    for n in range(5_000):
        made += throttle.take(f"10.{n >> 8}.{n & 255}.9", NOW) is None
    assert made == STRANGERS.most
    assert throttle.take("192.0.2.1", NOW) is not None
    assert throttle.take("192.0.2.1", NOW + STRANGERS.every) is None


@pytest.mark.parametrize("network", ["192.0.2.{}", "2001:db8:1:{:x}::/64"])
def test_a_network_has_no_more_guesses_than_a_few_places(network: str) -> None:
    throttle = Throttle()
    made = sum(throttle.take(network.format(n), NOW) is None for n in range(256))
    assert made == NETWORK.most


def test_a_place_that_must_wait_is_not_forgotten_for_the_guesses_of_others() -> None:
    throttle, now, full = Throttle(), NOW, "192.0.2.1"
    for _ in range(MOST):
        throttle.take(full, now)
    for n in range(5_000):
        throttle.take(f"10.{n >> 8}.{n & 255}.9", now)
    assert throttle.take(full, now) is not None
    later = now + MOST * EVERY
    for n in range(int((later - now) / STRANGERS.every)):
        throttle.take(f"10.{n >> 8}.{n & 255}.9", now + n * STRANGERS.every)
    assert full in throttle._tries


def test_nobodys_guesses_shut_out_who_brought_the_right_password_lately() -> None:
    throttle, home = Throttle(), "192.0.2.7"
    assert throttle.take(home, NOW) is None
    throttle.give_back(home, NOW)
    for n in range(5_000):
        throttle.take(f"10.{n >> 8}.{n & 255}.9", NOW)
        throttle.take(f"192.0.2.{n % 7}", NOW)
    assert throttle.take("192.0.2.8", NOW) is not None
    assert throttle.take("192.0.2.8", NOW, known=True) is None  # who has a session
    made = sum(throttle.take(home, NOW) is None for _ in range(50))
    assert made == MOST  # but a place has no more than a place has
    assert throttle.knows(home, NOW) and not throttle.knows(home, NOW + LATELY)


@pytest.mark.parametrize(
    ("place", "network"),
    [("192.0.2.7", "192.0.2.0/24"), ("2001:db8:1:2::/64", "2001:db8:1::/48"), ("", "")],
)
def test_a_network(place: str, network: str) -> None:
    assert network_of(place) == network


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", ""),
        (None, ""),
    ],
)
def test_a_place(host: str | None, place: str) -> None:
    assert place_of(host) == place


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/events/7?a=b&c=%20d", "/events/7?a=b&c=%20d"),
        ("/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: b=c", "/"),
        ("/\t/evil.example", "/"),
        ('/"><script>', "/"),
        ("", "/"),
        ("/" + "a" * 600, "/"),
    ],
)
def test_a_login_leads_on_to_our_own_pages_only(path: str, to: str) -> None:
    assert onward(path) == to


@pytest.mark.parametrize(
    ("web", "how"),
    [
        (WebConfig(), Mode.OPEN),
        (WebConfig(listen="[::1]:80"), Mode.OPEN),
        (WebConfig(listen="localhost:80", base_url="http://localhost:80"), Mode.OPEN),
        (WebConfig(base_url="https://watch.example/"), Mode.READ_ONLY),
        (WebConfig(base_url="https://127.evil.example/"), Mode.READ_ONLY),
        (WebConfig(public=True), Mode.READ_ONLY),
        (WebConfig(listen="0.0.0.0:80", public=True), Mode.READ_ONLY),
        (WebConfig(listen="0.0.0.0:80"), Mode.READ_ONLY),
        (WebConfig(password=Secret("x")), Mode.LOCKED),
        (WebConfig(password=Secret("x"), listen="0.0.0.0:80"), Mode.LOCKED),
        (WebConfig(password=Secret("x"), public=True), Mode.PUBLIC_LOCKED),
    ],
)
def test_how_a_config_lets_people_in(web: WebConfig, how: Mode) -> None:
    assert mode(web) is how
