"""Does the article say of itself that it was changed: an update, a correction, an editor's note?

A note begins with a label ("Correction, 3 May:") or with the sentence that says so ("An earlier
version of this post …"), is short, and stands at the head or the foot, or wherever its label is set
off. An article that writes of corrections in its running text has no note. Phrases: notes.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from . import Block, BlockKind, Note, NoteKind
from .normal import count_words, key

#: A note is no longer than this; a longer paragraph that begins like one tells a story.
MOST_WORDS = 150
#: How many blocks from head and foot a note without a set-off label may stand.
HEAD, FOOT = 3, 6

_KINDS = {"update": NoteKind.UPDATE, "correction": NoteKind.CORRECTION, "editor": NoteKind.EDITOR}
_OPENING = re.compile(r"^[\s*\[(\"'【〔《•※#>_|~-]+")
#: Behind a label: nothing, or at most a date, a place and a number, up to a colon, a dash or a bracket.
_BEHIND = re.compile(
    r"\s*(?:#?\d{1,3})?\s*(?:$|[:：】〕》\]」)]|[(（][^()（）]{0,50}[)）]\s*[:：—-]?|-(?=\D)|"
    r"[,，]?\s*(?:on |at |of |as of |vom |am |du |le |del? |em |in |op |van |от |بتاريخ )?"
    r"[^:：.!?。！？]{0,8}\d[^:：.!?。！？]{0,44}(?:[.:]\d{2})?[^:：.!?。！？]{0,12}[:：-]|"
    r"[,，]?\s*\d[^:：!?。！？]{0,40}$)",
)


@cache
def _phrases() -> tuple[tuple[tuple[str, NoteKind], ...], tuple[str, ...], frozenset[str]]:
    """(labels with their kinds, longest first; beginnings of sentences; languages with signs)."""
    text = files("monitor.read").joinpath("notes.toml").read_text(encoding="utf-8")
    by_language = tomllib.loads(text)["notes"]
    labels: dict[str, NoteKind] = {}
    said: set[str] = set()
    for phrases in by_language.values():
        for name, kind in _KINDS.items():
            for phrase in phrases[name]:
                labels.setdefault(key(phrase).casefold(), kind)
        said.update(key(phrase).casefold() for phrase in phrases["said"])
    ordered = tuple(sorted(labels.items(), key=lambda label: -len(label[0])))
    return ordered, tuple(sorted(said)), frozenset(by_language)


def languages() -> frozenset[str]:
    """The languages whose note signs are known: elsewhere no edit can be called silent."""
    return _phrases()[2]


def find_notes(blocks: Sequence[Block]) -> tuple[Note, ...]:
    """The notes of an article in reading order. A label alone on its line takes the next block along."""
    found: list[Note] = []
    skip = -1
    for n, block in enumerate(blocks):
        if n <= skip or block.kind in (BlockKind.CODE, BlockKind.ROW) or len(block.text) > 2_000:
            continue
        label = label_of(block.key)
        edge = n < HEAD or n >= len(blocks) - FOOT
        if label is not None:
            kind, alone = label
            follows = blocks[n + 1] if n + 1 < len(blocks) else None
            if (
                alone
                and block.kind is BlockKind.HEADING
                and not edge
                and n < len(blocks) - 2 * FOOT
            ):
                continue  # a heading amid an article: "Updates", "Corrections" may be its subject
            if alone and follows is not None and follows.kind is not BlockKind.HEADING:
                if count_words(follows.text) <= MOST_WORDS:
                    found.append(_note(kind, f"{block.text} {follows.text}"))
                    skip = n + 1
            elif not alone and count_words(block.text) <= MOST_WORDS:
                found.append(_note(kind, block.text))
        elif edge and _says_so(block.key) and count_words(block.text) <= MOST_WORDS:
            found.append(_note(_kind_said(block.key), block.text))
    return tuple(found)


def _note(kind: NoteKind, text: str) -> Note:
    return Note(kind, text, key(text))


def label_of(text: str) -> tuple[NoteKind, bool] | None:
    """(kind, whether the label is all there is) of a text that begins with one; None for any other."""
    start = _OPENING.sub("", text[:200]).casefold()
    for label, kind in _phrases()[0]:
        if start.startswith(label):
            behind = start[len(label) :]
            if behind[:1].isalnum() and label[-1:].isascii():
                continue
            match = _BEHIND.match(behind)
            if match is not None:
                return kind, not behind[match.end() :].strip(" :：.-")
    return None


def _says_so(text: str) -> bool:
    return _OPENING.sub("", text[:200]).casefold().startswith(_phrases()[1])


def _kind_said(text: str) -> NoteKind:
    """A sentence that names a mistake is a correction, any other an update."""
    plain = text.casefold()
    wrong = (
        "correct", "error", "incorrect", "misstat", "mistak", "wrong", "misspell", "earlier version", "previous version",
        "korrig", "fehler", "falsch", "corrig", "erreur", "errón", "error", "erro ", "errat", "corrett", "fout", "onjuist",
        "訂正", "誤", "更正", "错误", "錯誤", "정정", "오류", "ошиб", "исправ", "خطأ", "تصحيح",
    )  # fmt: skip
    return NoteKind.CORRECTION if any(word in plain for word in wrong) else NoteKind.UPDATE
