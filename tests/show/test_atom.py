"""The Atom feed is well-formed and true to RFC 4287 whatever the events hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Event, Kind, Reason
from monitor.read.article import Article, Block, BlockKind
from monitor.read.compare import diff
from monitor.show.atom import atom, entry, tag, told_text
from monitor.show.story import Story
from monitor.values import replace
from tests.web.strict_atom import ATOM, faults

AT = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
EVENT = Event(
    kind=Kind.REMOVED,
    reason=Reason.NOT_FOUND,
    detected_at=AT,
    site="acme",
    post=4,
    url="https://acme.example/a",
    title="Our promise",
    id=7,
    uid="5f3a",
)


def feed(
    *told: Event, withdrawal: Event | None = None, base_url: str = "https://w.example"
) -> bytes:
    entries = [entry(Story(e), told_text(Story(e)), withdrawal, base_url) for e in told]
    return atom(
        entries,
        id=tag(AT, "first", "/feed.atom"),
        title="postwatch",
        base_url=base_url,
        feed_path="/feed.atom",
        page_path="/",
        since=AT,
    )


POISON = (
    "\x00\x08\x0b\x1b[31m",
    "\ud800 half",
    "\ufffe and \uffff",
    "\u202edesrever\u2066",
    "]]> <![CDATA[",
    "&amp;&nbsp;&#0;",
    "<script>alert(1)</script>",
    "{{7*7}} {% raise %}",
    "a\r\nb\u2028c\x85d",
    "W" * 10_000,
)


@pytest.mark.parametrize("text", POISON)
def test_poison_stays_text(text: str) -> None:
    event = replace(EVENT, title=text, evidence=(text,), why=text, vantage=text, url=text)
    document = feed(event, replace(event, kind=Kind.RETRACTED, uid="2", why=text, by=text))
    assert faults(document) == []
    assert b"\xe2\x80\xae" not in document


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(), max_size=60), min_size=6, max_size=6))
def test_any_text_is_well_formed(texts: list[str]) -> None:
    title, url, why, evidence, site, uid = texts
    event = replace(EVENT, title=title, url=url, why=why, evidence=(evidence,), site=site, uid=uid)
    assert faults(feed(event)) == []


def test_an_entry_is_what_the_mail_says() -> None:
    (one,) = ElementTree.fromstring(feed(EVENT)).findall(f"{ATOM}entry")
    assert one.findtext(f"{ATOM}title") == "acme removed: Our promise"
    assert one.findtext(f"{ATOM}id") == "tag:postwatch.invalid,2026-11-19:5f3a"
    assert one.findtext(f"{ATOM}published") == "2026-11-19T23:30:00Z"
    category = one.find(f"{ATOM}category")
    assert category is not None
    assert category.attrib == {"term": "removed", "label": "Removed"}
    shown = "\n".join(one.find(f"{ATOM}content").itertext())  # type: ignore[union-attr]
    assert "✕ Removed · 404 · acme\nOur promise\nhttps://acme.example/a (no longer" in shown
    assert "https://w.example/events/7" in shown
    assert (one.findtext(f"{ATOM}summary") or "") in shown.replace("\n", " ")


def test_the_day_of_an_id_is_the_events_in_utc() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    assert elsewhere.day != AT.day
    assert tag(elsewhere, "u") == tag(AT, "u") == "tag:postwatch.invalid,2026-11-19:u"


def test_what_was_withdrawn_says_so_first() -> None:
    correction = replace(
        EVENT, kind=Kind.RETRACTED, id=9, uid="9", retracts=7, detected_at=AT + timedelta(days=1)
    )
    document = feed(EVENT, withdrawal=correction)
    assert faults(document) == []
    (one,) = ElementTree.fromstring(document).findall(f"{ATOM}entry")
    assert one.findtext(f"{ATOM}title") == "Withdrawn: acme removed: Our promise"
    assert (one.findtext(f"{ATOM}summary") or "").startswith(
        "Withdrawn by us at 2026-11-20 23:30 UTC (event 9): this was wrong."
    )
    assert one.findtext(f"{ATOM}published") == "2026-11-19T23:30:00Z"
    assert one.findtext(f"{ATOM}updated") == "2026-11-20T23:30:00Z"
    assert one.findtext(f"{ATOM}id") == tag(AT, "5f3a")


@pytest.mark.parametrize("text", [*POISON, "<&\"' " * 40_000, "x y " * 2_500_000, "文" * 9000])
def test_a_hundred_entries_stay_under_200_kb(text: str) -> None:
    before, after = (
        Article(
            title=text[:9000],
            blocks=tuple(Block(BlockKind.PARAGRAPH, f"{n} {t}", f"{n} {t}") for n in range(9)),
        )
        for t in (text[:3000], f"{text[:2000]} other")
    )
    for kind in Kind:
        event = replace(
            EVENT, kind=kind, title=text, url=text, evidence=(text,) * 9, why=text, by=text,
            vantage=text, moved_to=text, phrases_lost=(text,) * 9, site="a" * 64,
        )  # fmt: skip
        story = Story(event, diff=diff(before, after), last_copy=before, versions=(1, 2))
        one = entry(story, told_text(story), None, "https://watch.example.org")
        base = {
            "title": "x",
            "base_url": "https://watch.example.org",
            "feed_path": "/f",
            "page_path": "/",
        }
        many = [replace(one, id=tag(AT, str(n))) for n in range(100)]
        document = atom(many, id=tag(AT, "a"), since=AT, **base)
        assert len(document) < 200_000, kind
        if kind is Kind.EDITED:
            assert faults(document) == []
            assert document.count(b"<entry>") == 100
        if "The rest is" in one.text:
            assert "page: https://watch.example.org/events/7\n" in one.text


def test_a_long_text_ends_with_where_the_rest_is() -> None:
    said = "\n".join(f"Line {n} of what there is to say." for n in range(200))
    one = entry(Story(EVENT), f"State\n\nLead.\n\n{said}", None, "http://h")
    assert one.text.startswith("State\n\nLead.\n\nLine 0 of") and "Line 100" not in one.text
    assert one.text.endswith("\n\nThe rest is on the event’s page: http://h/events/7\n")
    assert one.summary == "Lead."
    whole = entry(Story(EVENT), "State\n\nLead.\n", None, "http://h")
    assert whole.text == "State\n\nLead.\n"


def test_a_feed_of_nothing_is_dated() -> None:
    base = {"title": "x", "base_url": "http://h", "feed_path": "/f", "page_path": "/", "since": AT}
    empty = atom([], id=tag(AT, "a"), **base)  # type: ignore[arg-type]
    assert faults(empty) == []
    assert ElementTree.fromstring(empty).findtext(f"{ATOM}updated") == "2026-11-19T23:30:00Z"


def test_a_nul_of_theirs_is_not_taken_for_our_address() -> None:
    nul = "\0/events/1"
    before, after = (
        Article(title=t, blocks=(Block(BlockKind.PARAGRAPH, f"{nul} {t} words", f"{t} words"),))
        for t in ("some", "other")
    )
    event = replace(EVENT, title=nul, url=nul, evidence=(nul,), vantage=nul, site=nul)
    for kind in Kind:
        story = Story(
            replace(event, kind=kind, why=nul, by=nul, moved_to=nul, phrases_lost=(nul,)),
            diff=diff(before, after),
            last_copy=before,
            versions=(1, 2),
        )
        text = entry(story, told_text(story), None, "https://w.example").text
        links = [x for x in text.splitlines() if "https://w.example" in x]
        assert links
        assert all(x.count("https://w.example") == 1 and ": https://w" in x for x in links), links
