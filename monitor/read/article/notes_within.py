"""Notes that were put to a paragraph which was there: "… within sixty days. Correction: …".

They are looked for among new sentences alone, for an article may write of corrections as it likes. What
a sentence quotes, or says half-way, may be a note and may not: then nothing is concluded from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from .normal import count_words, key
from .notes import MOST_WORDS, begins_so, label_of, names_itself

#: Behind the end of a sentence, at a line's, and before a bracket that opens.
_SENTENCE = re.compile(
    r"(?<=[.!?…؟।])[\"'’”»)\]]*\s+|(?<=[。！？])(?=\S)|\s*\n\s*|\s+(?=[\[(（【〔])|(?<=\S)(?=[（【〔])"
)
#: Where a part of a sentence begins that may say what a note says.
_PART = re.compile(r"[,;:–—،；，：]\s*|\s-\s")
_QUOTED = re.compile(r"\s*[\"'“”„«»‘’‚‹›「『]")


class Said(Struct, frozen=True):
    """What new sentences say of the change: notes as written, and whether others may be notes."""

    notes: tuple[str, ...] = ()
    unsure: bool = False


def said_within(new: Iterable[str], old: Iterable[str]) -> Said:
    """What the sentences of `new` paragraphs say that none of the `old` ones says."""
    parted = [(text, _sentences(text)) for text in new]
    if not parted:
        return Said()
    known: set[str] | None = None
    notes: list[str] = []
    unsure = False
    for text, sentences in parted:
        for at, sentence in sentences:
            note = _is_note(sentence)
            if not note and (unsure or not _may_be(sentence)):
                continue
            if known is None:  # nearly no sentence comes so far
                known = {key(s) for text in old for _, s in _sentences(text)}
            if key(sentence) in known:
                continue
            if note:
                rest = text[at:].strip()
                notes.append(rest if count_words(rest) <= MOST_WORDS else sentence.strip())
                break  # what follows it belongs to it
            unsure = True
    return Said(tuple(notes), unsure)


def _sentences(text: str) -> list[tuple[int, str]]:
    """The sentences of a text, and where each begins."""
    found, start = [], 0
    for end in _SENTENCE.finditer(text):
        if text[start : end.start()].strip():
            found.append((start, text[start : end.start()]))
        start = end.end()
    if text[start:].strip():
        found.append((start, text[start:]))
    return found


def _is_note(sentence: str) -> bool:
    if _QUOTED.match(sentence):
        return False
    label = label_of(sentence)
    if label is not None:
        return not label[1]
    return begins_so(sentence) and names_itself(sentence)


def _may_be(sentence: str) -> bool:
    parts = [sentence, *_parts(sentence)]
    return any(label_of(p) is not None or begins_so(p) for p in parts)


def _parts(sentence: str) -> list[str]:
    return [sentence[m.end() :] for m in _PART.finditer(sentence)]
