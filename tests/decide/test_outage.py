"""A site is judged before its posts: what is an outage, what a wall, and what is our own network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.decide.evidence import Hidden, robots_named
from monitor.decide.outage import (
    HomeLook,
    Sighting,
    is_our_network,
    judge_site,
    next_view,
    site_events,
)
from monitor.model import Answer, Event, Failure, Kind, Reason, Seen, SiteView
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
    last = T0 + timedelta(hours=2)
    before = SiteView(
        up=False, since=went, told=True, last_up_at=T0, reason=DOWN, last_down_at=last
    )
    now = T0 + timedelta(hours=3)
    after = next_view(before, up=True, reason=None, why="", now=now)
    _, (event,) = site_events(
        before, after, site="a", url="u", posts=3, now=now, alert_after=timedelta(0)
    )
    assert event.absent_for == (3600, 10800)
    assert (event.first_missing_at, event.last_missing_at) == (went, last)
    assert event.reason is DOWN


def robots_event(hidden: Hidden) -> Event:
    before = SiteView(up=False, reason=Reason.DISALLOWED, since=T0, last_up_at=T0, failing=5)
    why = "robots.txt forbids /blog/ to us"
    now = T0 + timedelta(hours=1)
    after = next_view(before, up=False, reason=Reason.DISALLOWED, why=why, now=now)
    _, (event,) = site_events(
        before,
        after,
        site="a",
        url="https://a.example/blog/",
        posts=3,
        now=now,
        alert_after=timedelta(0),
        hidden=hidden,
    )
    return event


def test_what_robots_forbids_is_named_with_both_texts() -> None:
    urls = tuple(f"https://a.example/blog/{n}" for n in range(14))
    event = robots_event(Hidden(("/blog/", "/news/"), urls, 15, "0" * 64, "f" * 64, T0, True))
    assert event.evidence == (
        "robots.txt forbids /blog/ to us",
        "it says “Disallow: /blog/”, “Disallow: /news/”",
        "it hides 14 of 15 posts, which keep their state",
        f"robots.txt before: SHA-256 {'0' * 64}",
        f"robots.txt now: SHA-256 {'f' * 64}, read at 2026-05-01 00:00:00 UTC",
        *(f"hidden: {u}" for u in urls[:10]),
        "hidden: and 4 more",
    )
    assert robots_named(event) == {"before": "0" * 64, "now": "f" * 64}


@pytest.mark.parametrize(
    ("seen_before", "said"),
    [
        (True, "before there was no robots.txt, or an empty one"),
        (False, "it has forbidden us to look from our first look on"),
    ],
)
def test_a_robots_txt_that_was_not_there_is_said(seen_before: bool, said: str) -> None:
    event = robots_event(Hidden(("/",), (), 0, "", "f" * 64, None, seen_before))
    assert said in event.evidence
    assert list(robots_named(event)) == ["now"]


def test_only_what_robots_hid_names_a_robots_txt() -> None:
    poison = Event(Kind.EDITED, T0, evidence=(f"robots.txt now: SHA-256 {'f' * 64}",))
    assert robots_named(poison) == {}


def test_the_robots_txt_in_force_is_remembered_as_of_the_last_pass_that_saw_the_site() -> None:
    up = next_view(SiteView(), up=True, reason=None, why="", now=T0, robots="aa")
    down = next_view(up, up=False, reason=DOWN, why="x", now=T0, robots="bb")
    assert (up.robots, down.robots) == ("aa", "aa")


def test_our_network() -> None:
    dead = Answer("https://a.example/", T0, failure=Failure.DNS)
    refused = Answer("https://b.example/", T0, failure=Failure.CONNECT)
    late = Answer("https://c.example/", T0, failure=Failure.TIMEOUT)
    assert is_our_network([dead, refused, dead])
    assert not is_our_network([dead, refused])
    assert not is_our_network([dead, refused, late])
