"""Many events in one mail: all of them in both parts, small however many, harmless whatever their words."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Event, Kind, Message, Reason
from monitor.show.envelope import HTML_MAX, SUBJECT_MAX, Envelope
from monitor.show.several import FILE_MAX, compose_several, headline
from monitor.values import replace
from monitor.words import of

from .telling import EVERY, SURE, event
from .test_mail import BASE, POISON, harmless, seen, words


def told(events: list[Event], base_url: str = BASE, recipient: str = "ada@desk.example") -> Message:
    to = Envelope("mail", "pw@desk.example", recipient, base_url, "desk-1")
    return compose_several(events, to, post_counts={"gadget": 1284})


def removals(n: int, batch: str = "b1") -> list[Event]:
    one = event(Kind.REMOVED, Reason.NOT_FOUND)
    return [
        replace(
            one,
            id=i,
            uid=f"u{i}",
            post=i,
            title=f"Post number {i} of the blog",
            url=f"https://gadget.example/news/{i}",
            batch=batch,
            detected_at=SURE + timedelta(seconds=i % 60),
        )
        for i in range(1, n + 1)
    ]


def test_each_event_is_in_both_parts() -> None:
    events = [replace(event(k, r), id=i, post=i) for i, (k, r) in enumerate(EVERY, 1)]
    message = told(events)
    for part in (words(message.text), seen(message.html)):
        for one in events:
            assert of(one).label in part
        assert f"{len(events)} changes" in part
        assert "ada@desk.example" in part
    for one in events:
        assert f"{BASE}/events/{one.id}" in message.text
        assert f'href="{BASE}/events/{one.id}"' in message.html
    assert sorted(e["id"] for e in message.record["events"]) == [e.id for e in events]
    kinds = [e["kind"] for e in message.record["events"]]
    assert kinds.index("removed") < kinds.index("edited") < kinds.index("published")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (removals(43), "gadget: 43 posts removed"),
        (
            [event(Kind.REMOVED, Reason.GONE), event(Kind.REMOVED), event(Kind.EDITED)],
            "3 changes: 2 removed, 1 edited (gadget)",
        ),
        (
            [event(Kind.MOVED), replace(event(Kind.MOVED), site="acme")],
            "2 changes: 2 moved (gadget, acme)",
        ),
        (
            [event(Kind.SITE_UNREACHABLE), event(Kind.SITE_UNREACHABLE)],
            "2 changes: 2 unreachable (gadget)",
        ),
    ],
)
def test_the_headline_counts(events: list[Event], said: str) -> None:
    assert headline(events) == said


def test_what_is_common_is_said_once() -> None:
    message = told(removals(43))
    for part in (words(message.text), seen(message.html)):
        assert "43 of the 1,284 posts we watch on gadget are gone." in part
        assert "one cause" in part
    assert message.preheader == "Post number 1 of the blog"


@pytest.mark.parametrize("n", [2, 60, 500, 3000])
def test_small_however_many_and_the_rest_is_counted(n: int) -> None:
    message = told(removals(n))
    assert len(message.html.encode()) < HTML_MAX
    shown = message.html.count("Post number") - message.html.count("display:none")
    assert f"and {n - shown} more" in seen(message.html) if shown < n else shown == n
    harmless(message.html.replace("<details", "<div").replace("<summary", "<span"))


def test_without_a_web_address_all_of_them_are_attached() -> None:
    message = told(removals(300), base_url="")
    assert "<a " not in message.html
    ((name, kind, content),) = message.attachments
    assert (name, kind) == ("events-1-300.html", "text/html")
    page = content.decode()
    assert all(f"Post number {i} of" in page for i in range(1, 301))
    assert page.count("404 in 2 looks over 20 min") >= 300


def test_what_is_attached_goes_through_any_relay_however_much_it_is() -> None:
    events = [
        replace(e, title=f"{e.title} {'long ' * 60}", evidence=("x" * 300,) * 20)
        for e in removals(2_500)
    ]
    ((_, _, content),) = told(events, base_url="").attachments
    assert len(content) < FILE_MAX
    page = content.decode()
    shown = len(re.findall(r"Post number \d+ of", page))
    assert shown == 2_500 or f"and {2_500 - shown:,} more, by: postwatch events".replace(
        ",", ""
    ) in page.replace(",", "")


def test_ids_are_fixed_by_events_channel_and_recipient() -> None:
    assert told(removals(3)).message_id == told(removals(3)).message_id
    assert told(removals(3)).message_id != told(removals(4)).message_id
    assert told(removals(3)).message_id != told(removals(3), recipient="bo@desk.example").message_id
    assert told(removals(3)).thread_id == told(removals(4)).thread_id
    assert told(removals(3)).thread_id != told(removals(3, "b2")).thread_id


def check(title: str) -> None:
    bad = replace(
        event(Kind.REMOVED, Reason.GONE),
        title=title,
        url=title,
        site=title,
        evidence=(title,) * 50,
        moved_to=title,
        batch=title,
    )
    for base in (BASE, ""):
        message = told([bad, replace(bad, kind=Kind.MOVED, id=8), bad], base_url=base)
        assert len(message.subject) <= SUBJECT_MAX
        controls = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
        assert not re.search(controls, message.subject + message.preheader)
        assert not re.search(controls, message.text.replace("\n", ""))
        for _, value in message.headers:
            assert not re.search(controls, value)
        assert len(message.html.encode()) < HTML_MAX
        harmless(message.html)
        for _, _, content in message.attachments:
            page = content.decode()
            harmless(page.replace("<details", "<div").replace("<summary", "<span"))


@pytest.mark.parametrize("title", POISON, ids=range(len(POISON)))
def test_poison(title: str) -> None:
    check(title)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_any_words(title: str) -> None:
    check(title)
