"""A citation is whole sentences in plain words, whatever happened and in whatever script they write."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from markupsafe import Markup

from monitor.model import Event, Kind, LookRecord, Reason, Role
from monitor.show.cite import Kept, Version, citation, compared
from monitor.show.evidence import looks_counted, plain_evidence
from monitor.show.letter import letter
from monitor.show.plain import END, FIRST_STRONG
from monitor.show.templating import environment
from monitor.values import replace

from .telling import DIFF, EVERY, HASH, MISSING, SEEN, SURE, TITLE, URL, story

BASE = "https://watch.example"


def bare(text: str) -> str:
    """Without the marks that isolate others' words."""
    return text.replace(FIRST_STRONG, "").replace(END, "")


def test_a_removal_is_cited_with_its_interval_answers_hashes_and_addresses() -> None:
    told = story(Kind.REMOVED, Reason.TOMBSTONE)
    event = replace(
        told.event,
        evidence=(
            "200 at 2026-03-05 06:48:00 UTC (20 looks over 19 min)",
            "a notice stands in its place: “it was withdrawn” (rule tombstone)",
            "home page answered 200",
            "sibling post answered 200",
            "sibling post answered 200",
        ),
    )
    kept = (
        Kept("the last copy from before it", SEEN, "ab" * 32, "/snapshots/12", MISSING),
        Kept("the answer that says it is gone (200)", SURE, "cd" * 32, "/looks/9"),
    )
    assert bare(citation(replace(told, event=event), base_url=f"{BASE}/", kept=kept)) == (
        f"The post “{TITLE}” ({URL}) of the site gadget was removed between 2026-03-04 21:55:00 UTC and"
        " 2026-03-05 06:28:11 UTC. The article was replaced by a notice that it is gone. Its address"
        " answered 200 at 2026-03-05 06:48:00 UTC (20 looks over 19 min). A notice stands in its place:"
        " “it was withdrawn”. The home page answered 200. 2 other posts of the site answered 200. The"
        " last copy from before it was fetched at 2026-03-04 21:55:00 UTC, the same text was read until"
        " 2026-03-05 06:28:11 UTC; the SHA-256 of its bytes is"
        f" {'ab' * 32}, {BASE}/snapshots/12. The answer that says it is gone (200) was fetched at"
        f" 2026-03-05 06:48:00 UTC; the SHA-256 of its bytes is {'cd' * 32}, {BASE}/looks/9. Seen by"
        f" postwatch at {BASE}, which looks from Lisbon. It is event 7 there ({BASE}/events/7); the"
        f" SHA-256 of its record is {HASH}."
    )
    assert looks_counted(event) == 20


def test_an_edit_names_what_it_was_and_what_it_is() -> None:
    told = story(Kind.EDITED)
    event = replace(
        told.event,
        silent=True,
        fields=("text", "author", "links"),
        evidence=("changed: text, author, links", "1 words removed, 12 added"),
    )
    text = bare(citation(replace(told, event=event, diff=DIFF, versions=(3, 4)), base_url=BASE))
    assert " was edited without a note between " in text
    assert "Changed: text, byline, link targets. 1 word removed, 12 added." in text
    assert "Its byline was “Ada Quill”, is “The Team”." in text
    assert (
        "The link on “report” led to https://gadget.example/a, and leads to"
        " https://gadget.example/b." in text
    )
    assert f"What changed, word for word: {BASE}/posts/41/diff?from=3&to=4." in text
    assert "_at" not in text and "First missing" not in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 words removed, 0 added", ()),
        ("1 words removed, 2 added", ("1 word removed, 2 added",)),
        ("changed: published_at", ("changed: date",)),
        (
            "published_at was “2024-11-11”, is “2024-10-01”",
            ("its date was “11 Nov 2024”, is “1 Oct 2024”",),
        ),
        (
            "modified_at was “”, is “2024-10-01”",
            ("it had no modified date, and has “1 Oct 2024”",),
        ),
        ("author was “Ada”, is “”", ("its byline “Ada” is gone",)),
        (
            "the page answers 404 (not found) (rule not_found)",
            ("the page answers 404 (not found)",),
        ),
        ("changed: their minds, twice", ("changed: their minds, twice",)),
        ("note: 404 at noon", ("note: 404 at noon",)),
    ],
)
def test_evidence_is_said_in_plain_words(line: str, said: tuple[str, ...]) -> None:
    event = Event(Kind.EDITED, SURE, evidence=(line,))
    assert plain_evidence(event) == said


def test_a_wave_of_looks_is_counted_as_the_evidence_says() -> None:
    look = LookRecord(SURE, URL, Role.POST, 404, "not_found")
    event = Event(Kind.REMOVED, SURE, looks=(look, replace(look, role=Role.HOME), look))
    assert looks_counted(event) == 2
    assert looks_counted(replace(event, evidence=("404 at x (20 looks over 9 min)",))) == 20


@pytest.mark.parametrize(("kind", "reason"), EVERY, ids=str)
@pytest.mark.parametrize("base", ["", BASE])
def test_every_citation_is_whole_sentences(kind: Kind, reason: Reason | None, base: str) -> None:
    told = story(kind, reason)
    for event in (told.event, replace(told.event, title=""), replace(told.event, title="", url="")):
        text = bare(citation(replace(told, event=event), base_url=base))
        assert text.endswith(".") and ".." not in text and "  " not in text
        assert not re.search(r"\. [a-z]", text)
        assert re.match(r"[A-Z]", text)
        assert "()" not in text and "“”" not in text
        assert not re.search(r"_at\b|\(rule |not_found|None|\b1 words", text)
        assert (BASE in text) == bool(base)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.SITE_UNREACHABLE, "could not be seen; this began between"),
        (Kind.SOURCE_BROKEN, "stopped working while the site answered; this began between"),
        (Kind.WATCH_STOPPED, "Postwatch could not look; this began between"),
        (Kind.SITE_RECOVERED, "could be seen again; it came back between"),
    ],
)
def test_what_began_is_not_said_to_be_over(kind: Kind, said: str) -> None:
    assert said in bare(citation(story(kind)))


def test_a_redirect_to_a_login_is_cited_as_locked() -> None:
    told = story(Kind.REMOVED, Reason.REDIRECTED)
    look = LookRecord(SURE, URL, Role.POST, 200, "redirect_login")
    text = citation(replace(told, event=replace(told.event, looks=(look,))))
    assert " was locked between " in text and "sends its readers to a login page" in text


def test_their_words_turn_nothing_round_them() -> None:
    told = story(Kind.EDITED)
    title = "אין \u2069סוף\u202e ל<b>סיפור"
    event = replace(
        told.event, title=title, evidence=("its headline was “שלום”, is “עולם”",), why=title
    )
    text = citation(replace(told, event=event), base_url=BASE)
    depth = 0
    for c in text:
        depth += (c == FIRST_STRONG) - (c == END)
        assert depth in (0, 1)
        assert depth == 1 or not "\u0590" < c < "\u0700"
    assert depth == 0
    drawn = environment("pages").from_string("{{ cite|cited }}").render(cite=text)
    assert drawn.count("<bdi>") == drawn.count("</bdi>") > 3
    assert "<b>" not in drawn and f"<bdi>{URL}</bdi>" in drawn
    assert Markup(drawn).striptags().startswith("The post “אין")


def test_two_versions_are_cited_with_their_bytes_and_pages() -> None:
    old = Version(3, SEEN, MISSING, "ab" * 32, "/snapshots/12")
    new = Version(4, SURE, SURE, "cd" * 32, "/snapshots/13")
    event = story(Kind.EDITED).event
    path = "/posts/41/diff?from=3&to=4"
    text = bare(compared(event, TITLE, URL, "−2 +1 words", (old, new), f"{BASE}/", path))
    assert text == (
        f"The post “{TITLE}” ({URL}): version 3 was read from 2026-03-04 21:55:00 UTC to"
        " 2026-03-05 06:28:11 UTC, version 4 from 2026-03-05 06:48:00 UTC on. From the one to the"
        " other: −2 +1 words. The SHA-256 of the bytes of version 3 is"
        f" {'ab' * 32}, {BASE}/snapshots/12. The SHA-256 of the bytes of version 4 is"
        f" {'cd' * 32}, {BASE}/snapshots/13. Seen by postwatch at {BASE}. The two, word for word:"
        f" {BASE}{path}. The change is event 7 there ({BASE}/events/7); the SHA-256 of its record is"
        f" {HASH}."
    )
    text = compared(None, TITLE, URL, "no words changed", (old, new), "", path)
    assert "http" not in text.replace(URL, "") and "event" not in text


def test_a_mail_names_a_swapped_link_old_to_new() -> None:
    rows = dict(letter(replace(story(Kind.EDITED), diff=DIFF), base_url=BASE, footer=()).rows)
    assert rows["Link on “report”"] == "https://gadget.example/a → https://gadget.example/b"
    assert rows["Byline"] == "Ada Quill → The Team"


def test_one_moment_is_no_interval() -> None:
    told = story(Kind.REMOVED, Reason.GONE)
    event = replace(told.event, last_seen_at=MISSING, first_missing_at=MISSING)
    text = citation(replace(told, event=event))
    assert "was removed at 2026-03-05 06:28:11 UTC." in text
    event = replace(event, last_seen_at=None, first_missing_at=MISSING + timedelta(seconds=1))
    assert "was removed by 2026-03-05 06:28:12 UTC." in citation(replace(told, event=event))
