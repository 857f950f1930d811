"""A site is judged before its posts: what is an outage, what a wall, and what is our own network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.decide.outage import (
    HomeLook,
    Sighting,
    is_our_network,
    judge_site,
    next_view,
    site_events,
)
from monitor.model import Answer, Failure, Kind, Reason, Seen, SiteView
from monitor.read.verdict import Verdict

T0 = datetime(2026, 5, 1, tzinfo=UTC)


def home(seen: Seen = Seen.PRESENT, *, wall: bool = False, elsewhere: bool = False) -> HomeLook:
    answer = Answer("https://a.example/", T0, status=200, final_url="https://a.example/")
    return HomeLook(answer, Verdict(seen, "rule", "says why", wall=wall), elsewhere)


def saw(seen: Seen, n: int = 1, *, wall: bool = False, listed: bool = True) -> list[Sighting]:
    return [Sighting(Verdict(seen, "rule", "says why", wall=wall), True, listed)] * n


DOWN, BLOCKED = Reason.DOWN, Reason.BLOCKED


@pytest.mark.parametrize(
    ("page", "posts", "reason"),
    [
        (home(), saw(Seen.PRESENT, 5), None),
        (home(), saw(Seen.MISSING) + saw(Seen.PRESENT, 5), None),
        (home(), saw(Seen.MISSING), None),  # one hand-picked post, gone, while home answers
        (home(Seen.UNCLEAR), saw(Seen.UNCLEAR, 5), DOWN),
        (home(Seen.UNCLEAR, wall=True), saw(Seen.UNCLEAR, 5, wall=True), BLOCKED),
        (home(), saw(Seen.UNCLEAR, 5, wall=True), BLOCKED),  # home is spared, posts are walled
        (home(), saw(Seen.UNCLEAR, 5), DOWN),
        (home(), saw(Seen.UNCLEAR) + saw(Seen.PRESENT), None),
        (home(Seen.UNCLEAR), saw(Seen.PRESENT), None),  # the home page alone is in trouble
        (home(Seen.MISSING), saw(Seen.MISSING, 5), DOWN),  # everything is a 404
        (home(), saw(Seen.MISSING, 6), DOWN),  # every post at once while all are still listed
        (home(), saw(Seen.MISSING, 6, listed=False), None),  # the whole blog taken down
        (home(elsewhere=True), saw(Seen.MISSING, 6), DOWN),  # all is sent to one other page
        (home(elsewhere=True), saw(Seen.ELSEWHERE, 6), None),  # the blog moved, posts and all
        (home(Seen.UNCLEAR), [], DOWN),
    ],
)
def test_judge_site(page: HomeLook, posts: list[Sighting], reason: Reason | None) -> None:
    known = posts or saw(Seen.UNCLEAR)
    up, why_kind, why = judge_site(page, known)
    assert (up, why_kind) == (reason is None, reason)
    assert bool(why) != up


def test_robots_come_first() -> None:
    up, reason, why = judge_site(None, saw(Seen.PRESENT), disallowed="robots.txt forbids /blog/")
    assert (up, reason, why) == (False, Reason.DISALLOWED, "robots.txt forbids /blog/")


def play(ups: list[bool], alert_after: timedelta) -> list[tuple[int, Kind]]:
    """The events of a site that is up or not in passes ten minutes apart."""
    view, told = SiteView(last_up_at=T0), list[tuple[int, Kind]]()
    for n, up in enumerate(ups):
        now = T0 + timedelta(minutes=10 * n)
        reason, why = (None, "") if up else (DOWN, "503")
        after = next_view(view, up=up, reason=reason, why=why, now=now)
        view, events = site_events(
            view,
            after,
            site="a",
            url="https://a.example/",
            posts=3,
            now=now,
            alert_after=alert_after,
        )
        told += [(n, e.kind) for e in events]
    return told


def test_told_once_and_only_if_it_lasts() -> None:
    out, back = Kind.SITE_UNREACHABLE, Kind.SITE_RECOVERED
    half = timedelta(minutes=30)
    assert play([True, False, False, True, True], half) == []
    assert play([True, False, False, False, False, False, True, True], half) == [
        (4, out),
        (6, back),
    ]
    assert play([True, False, True, False, True], timedelta(0)) == []  # one pass is no outage
    assert play([True, False, False, True], timedelta(0)) == [(2, out), (3, back)]


def test_recovery_tells_the_interval() -> None:
    went = T0 + timedelta(hours=1)
    before = SiteView(up=False, since=went, told=True, last_up_at=T0, reason=DOWN)
    now = T0 + timedelta(hours=3)
    after = next_view(before, up=True, reason=None, why="", now=now)
    _, (event,) = site_events(
        before, after, site="a", url="u", posts=3, now=now, alert_after=timedelta(0)
    )
    assert event.absent_for == (7200, 10800)
    assert event.reason is DOWN


def test_our_network() -> None:
    dead = Answer("https://a.example/", T0, failure=Failure.DNS)
    refused = Answer("https://b.example/", T0, failure=Failure.CONNECT)
    late = Answer("https://c.example/", T0, failure=Failure.TIMEOUT)
    assert is_our_network([dead, refused, dead])
    assert not is_our_network([dead, refused])
    assert not is_our_network([dead, refused, late])
