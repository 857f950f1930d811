"""Notes put to a paragraph that was there: what is one, what is not, and where it can't be told."""

from __future__ import annotations

import pytest

from monitor.decide.edits import judge_edit
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.normal import key
from monitor.read.article.notes import find_notes
from monitor.read.compare import diff
from monitor.values import replace
from tests.store.build import NOW

OLD = "We will reply to every letter within thirty days. Nobody is left out."
NEW = "We will reply to every letter within sixty days. Nobody is left out."

SAID = [
    " Correction: an earlier version of this post gave a wrong number of days.",
    " (Correction, 3 May: the number of days was wrong.)",
    " Update: we now reply within sixty days.",
    " An earlier version of this post gave a wrong number of days.",
    "\nEditor's note: the number of days has been changed.",
    " Korrektur: In einer früheren Fassung stand eine falsche Zahl.",
    " Correction : une version précédente donnait un nombre erroné.",
    " Corrección: la versión anterior daba un número equivocado.",
    " Исправление: в предыдущей версии было неверное число.",
    " הבהרה: בגרסה קודמת נכתב מספר שגוי.",
    " تصحيح: ذكرت نسخة سابقة رقما خاطئا.",
    " 訂正：以前の版では日数が誤っていました。",
]
UNSURE = [
    " “Correction: an earlier version of this post was wrong,” they had written.",
    " We say so openly; correction: it was thirty before.",
    " An earlier version of the machine took thirty days.",
]
NOT = [
    " Every correction is read by two of us.",
    " We wrote a correction to the council, and an update to the mayor.",
    " Corrections are welcome at the desk.",
    " The update to the software took a night.",
]


def article(*texts: str) -> Article:
    filler = [f"Paragraph {n} tells of a thing that stays as it is for ever." for n in range(9)]
    blocks = tuple(Block(BlockKind.PARAGRAPH, t, key(t)) for t in (*filler, *texts, *filler[::-1]))
    read = Article(blocks=blocks, declared=frozenset({"title"}), language="en")
    return replace(read, notes=find_notes(blocks))


def judged(before: Article, after: Article) -> bool | None:
    return judge_edit(diff(before, after), before, after, now=NOW).silent


@pytest.mark.parametrize("said", SAID)
def test_a_note_behind_the_changed_words(said: str) -> None:
    change = diff(article(OLD), article(NEW + said))
    assert change.notes_added == (said.strip(),)
    assert judged(article(OLD), article(NEW + said)) is False
    assert judged(article(NEW + said), article(OLD)) is True  # taken out again: nothing is said
    assert judged(article(OLD + said), article(NEW + said)) is True  # it was there: it says no more


@pytest.mark.parametrize("said", UNSURE)
def test_what_may_be_a_note_makes_nothing_silent(said: str) -> None:
    assert diff(article(OLD), article(NEW + said)).notes_added == ()
    assert judged(article(OLD), article(NEW + said)) is None


@pytest.mark.parametrize("said", NOT)
def test_a_word_is_no_note(said: str) -> None:
    assert judged(article(OLD), article(NEW + said)) is True


def test_the_words_of_a_note_are_no_edited_words() -> None:
    """Neither of one in its paragraph nor of one of its own, unless the note is all that is new."""
    said = "Correction: an earlier version of this post gave a wrong number of days."
    for after in (article(f"{NEW} {said}"), article(NEW, said)):
        change = diff(article(OLD), after)
        assert (change.words_removed, change.words_added, change.words_noted) == (1, 1, 13)
    change = diff(article(OLD), article(OLD, said))
    assert (change.words_removed, change.words_added, change.words_noted) == (0, 13, 0)
    assert change.changed == ("text",)
