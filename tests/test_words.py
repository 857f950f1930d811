"""Every kind and reason has its words, and a title never becomes a pattern."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor import words
from monitor.model import REMOVAL_REASONS, Event, Kind, LookRecord, Reason, Role
from monitor.values import replace

AT = datetime(2026, 6, 1, tzinfo=UTC)


def test_every_kind_and_reason_is_said() -> None:
    assert set(words.KINDS) == set(Kind)
    assert set(words.REASONS) == set(Reason)
    glyphs = [w.glyph for w in words.KINDS.values()]
    assert len({words.KINDS[k].label for k in Kind}) == len(Kind)
    assert all(len(g) == 1 for g in glyphs)


@pytest.mark.parametrize("kind", list(Kind))
def test_subjects_name_who_and_what(kind: Kind) -> None:
    event = Event(kind=kind, detected_at=AT, site="acme", title="A title")
    said = words.subject(event)
    assert "{" not in said
    assert "silently" not in said
    if not kind.value.startswith("watch_"):
        assert "acme" in said


@pytest.mark.parametrize("reason", sorted(REMOVAL_REASONS))
def test_a_removal_says_how(reason: Reason) -> None:
    event = Event(kind=Kind.REMOVED, reason=reason, detected_at=AT, site="acme", title="T")
    assert words.subject(event).startswith("acme ")


@pytest.mark.parametrize(
    "title", ["{site}", "{title} {0.__class__}", "%s {{7*7}}", "\0site\0", "a\0title\0b"]
)
def test_titles_stay_what_they_are(title: str) -> None:
    event = Event(kind=Kind.REMOVED, detected_at=AT, site="acme", title=title)
    assert words.subject(event) == f"acme removed: {title}"


def test_an_edit_without_a_note_has_its_own_words() -> None:
    edit = Event(kind=Kind.EDITED, detected_at=AT, site="acme", title="T", silent=True)
    assert words.subject(edit) == "acme edited, no note: T"
    assert words.of(edit).glyph != words.KINDS[Kind.EDITED].glyph


def test_a_redirect_to_a_login_is_said_to_be_locked() -> None:
    def seen(rule: str, role: Role = Role.POST) -> LookRecord:
        return LookRecord(AT, "https://acme.example/a", role, 200, rule)

    away = Event(Kind.REMOVED, AT, Reason.REDIRECTED, "acme", title="T", looks=(seen("moved"),))
    login = replace(away, looks=(seen("redirect_login"), seen("first_look", Role.HOME)))
    assert words.subject(away) == "acme redirects away: T"
    assert words.subject(login) == "acme locked: T"
    assert words.how(login) != words.how(away) == words.REASONS[Reason.REDIRECTED]
    assert words.locked(Reason.RESTRICTED, ())
    assert words.locked(login.reason, login.looks) and not words.locked(away.reason, away.looks)
    later = replace(login, looks=(seen("refresh_login"), seen("redirect_home")))
    assert not words.locked(later.reason, later.looks)
    assert words.how(replace(login, reason=None)) is None
