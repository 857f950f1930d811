"""Does the article say of itself that it was changed: an update, a correction, an editor's note?

A note begins with a label ("Correction, 3 May:") or with the sentence that says so ("An earlier
version of this post …"), is short, and stands at the head or the foot, or wherever its label is set
off. An article that writes of corrections in its running text has no note. Phrases: notes.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import takewhile

from . import Block, BlockKind, Note, NoteKind
from .dates import is_month, is_updated_line
from .normal import count_words, key

#: A note is no longer than this; a longer paragraph that begins like one tells a story.
MOST_WORDS = 150
#: How many blocks from head and foot a note without a set-off label may stand.
HEAD, FOOT = 3, 6

_KINDS = {"update": NoteKind.UPDATE, "correction": NoteKind.CORRECTION, "editor": NoteKind.EDITOR}
#: A line that begins with a mark or a date, in characters.
LONGEST_MARKED = 120
_MARK = re.compile(r"[※＊*(（\[【〔]|注|\d{4}[年.년/-]|\d{1,2}[月월]")
_OPENING = re.compile(r"^[\s*\[({\"'【〔《〈•※#>_|~–—-]+")
#: Behind a label: what closes it. A date may stand between (`_when`).
_CLOSED = re.compile(r"[*_\"'\s]*(?:$|[:：】〕》〉\])）]|[–—]|\s-\s|\.\s*$)[\s:：.)\]*_–—-]*")
_BRACKETS = re.compile(r"[*_\s]*[(（\[][^()（）\[\]]{0,50}[)）\]]")
_DATED = re.compile(
    r"([^:：–—!?。！？]{1,60}(?::\d\d)?[^:：–—!?。！？]{0,20})(?:$|[:：–—]|\s-\s)[\s:：–—-]*"
)
#: Characters of a text by whose first two it is told whether any label begins so.
_GLANCE = 24
_WORD = re.compile(r"[^\W\d_]+\.?|\d\S*")
#: A slot of a phrase.
_SLOT = re.compile(r"[{~]")
_QUOTES = str.maketrans(
    {**dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„«»", '"'), "\u00ad": None}
)
_SMALL = frozenset(
    "on at of as the from by and vom am um der den den du le à les del de la el a las em no às il alle del op van om от в "
    "uhr utc gmt am pm est edt cet cest et pt bst ist p.m. a.m. h st nd rd th mon tue wed thu fri sat sun monday tuesday "
    "wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi "
    "mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo nr no number "
    "год года г. від року р. z dnia dnia roku r. ze dne kl kl. pd den på tarihli tarihinde klo "
    "بتاريخ في يوم ב מיום מתאריך".split()
)


@cache
def _file() -> dict[str, dict[str, list[str]]]:
    text = files("monitor.read").joinpath("notes.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = tomllib.loads(text)["notes"]
    return found


@cache
def _labels() -> tuple[dict[str, NoteKind], re.Pattern[str], frozenset[str]]:
    """The labels with their kinds, and what matches the longest of them at a beginning; how they begin."""
    labels: dict[str, NoteKind] = {}
    for phrases in _file().values():
        for name, kind in _KINDS.items():
            for phrase in phrases[name]:
                labels.setdefault(_plain(phrase), kind)
    longest_first = sorted(labels, key=lambda label: (-len(label), label))
    heads = frozenset(label[:2] for label in labels)
    return labels, re.compile("|".join(map(re.escape, longest_first))), heads


@cache
def _heads() -> dict[str, list[tuple[str, dict[str, list[str]]]]]:
    """The beginnings of sentences that are notes, and what fills their slots, by the first two characters; by
    one, where a slot follows it."""
    found: dict[str, list[tuple[str, dict[str, list[str]]]]] = {}
    for phrases in _file().values():
        slots = {"{thing}": phrases["things"], "{changed}": phrases["changed"]}
        for phrase in (*phrases["said"], *phrases["of"]):
            first = next((slot for slot in slots if phrase.startswith(slot)), "")
            rest = phrase[len(first) :]
            begun = {_plain(word + rest) for word in slots.get(first, ("",))}
            for head in {_SLOT.split(beginning)[0][:2] for beginning in begun}:
                found.setdefault(head, []).append((phrase, slots))
    return found


@cache
def _said(head: str) -> re.Pattern[str] | None:
    """What matches the beginning of a sentence that is a note, of those that begin so; None where none
    does. All of them are 38,000 characters, which take 50 ms to compile."""
    found = {_pattern(phrase, slots) for phrase, slots in _heads().get(head, ())}
    return re.compile(_any_of(found)) if found else None


@cache
def _ahead() -> re.Pattern[str]:
    """A word like "Note:" that may stand ahead of such a sentence."""
    ahead = {re.escape(_plain(p)) for phrases in _file().values() for p in phrases["ahead"]}
    return re.compile(rf"(?:{_any_of(ahead)})\s*[:：–—-]\s*")


def _begins(text: str) -> bool:
    """Whether a text begins with one of those sentences."""
    patterns = (_said(text[:1]), _said(text[:2]))
    return any(p is not None and p.match(text) is not None for p in patterns)


def _pattern(phrase: str, slots: dict[str, list[str]]) -> str:
    """A regular expression of a phrase with slots: {thing}, {changed}, and ~ for a few words."""
    found = (
        re.escape(_plain(phrase)).replace(r"\ \~\ ", r"\ \~").replace(r"\~", r"[^.!?。！？]{0,60}?")
    )
    for slot, words in slots.items():
        found = found.replace(
            re.escape(slot), f"(?:{_any_of({re.escape(_plain(w)) for w in words})})"
        )
    return found


def _any_of(patterns: set[str]) -> str:
    return "|".join(sorted(patterns, key=lambda p: (-len(p), p)))


@cache
def _marked() -> re.Pattern[str]:
    """What says in a marked line that the text was changed."""
    found = {re.escape(_plain(p)) for x in _file().values() for p in x.get("marked", ())}
    return re.compile(_any_of(found))


def languages() -> frozenset[str]:
    """The languages whose note signs are known: elsewhere no edit can be called silent."""
    return frozenset(_file())


def find_notes(blocks: Sequence[Block]) -> tuple[Note, ...]:
    """The notes of an article in reading order. A label alone on its line takes the next block along."""
    found: list[Note] = []
    skip = -1
    for n, block in enumerate(blocks):
        if n <= skip or block.kind in (BlockKind.CODE, BlockKind.ROW) or len(block.text) > 2_000:
            continue
        if block.kind is not BlockKind.HEADING and is_updated_line(block.text):
            continue  # read as a date (metadata.py)
        label = label_of(block.text)
        edge = n < HEAD or n >= len(blocks) - FOOT
        if label is not None:
            kind, alone = label
            follows = blocks[n + 1] if n + 1 < len(blocks) else None
            if (
                alone
                and block.kind is BlockKind.HEADING
                and not edge
                and n < len(blocks) - 2 * FOOT
                and any(b.kind is not BlockKind.ITEM for b in blocks[n + 1 :])
            ):
                continue  # a heading amid an article: "Updates", "Corrections" may be its subject
            if alone and follows is not None and follows.kind is BlockKind.ITEM:
                skip = n
                for item in takewhile(lambda b: b.kind is BlockKind.ITEM, blocks[n + 1 :]):
                    skip += 1
                    if count_words(item.text) <= MOST_WORDS:
                        found.append(_note(kind, f"{block.text} {item.text}"))
            elif alone and follows is not None and follows.kind is not BlockKind.HEADING:
                if count_words(follows.text) <= MOST_WORDS:
                    found.append(_note(kind, f"{block.text} {follows.text}"))
                    skip = n + 1
            elif not alone and count_words(block.text) <= MOST_WORDS:
                found.append(_note(kind, block.text))
        elif edge and begins_so(block.text) and count_words(block.text) <= MOST_WORDS:
            found.append(_note(_kind_said(block.key), block.text))
    return tuple(found)


def _note(kind: NoteKind, text: str) -> Note:
    return Note(kind, text, key(text))


def label_of(text: str) -> tuple[NoteKind, bool] | None:
    """(kind, whether the label is all there is) of a text that begins with one; None for any other."""
    labels, pattern, heads = _labels()
    begun = _begun(text)
    if begun and begun not in heads and begun[:1] not in heads:
        return None
    start = _OPENING.sub("", _plain(text))
    found = pattern.match(start) if start[:2] in heads or start[:1] in heads else None
    if found is None:
        return None
    label, behind = found[0], start[found.end() :]
    if behind[:1].isalnum() and (label[-1:].isascii() or behind[:1].isascii()):
        return None
    end = _label_end(behind)
    return (labels[label], end >= len(behind)) if end or not behind else None


def _label_end(behind: str) -> int:
    """How far the label reaches on: over brackets and a date, to its colon or dash; 0 where it is none."""
    at = 0
    if found := _BRACKETS.match(behind):
        at = found.end()
        return (closed.end() if (closed := _CLOSED.match(behind, at)) else at) or 0
    if found := _CLOSED.match(behind):
        return found.end()
    if (found := _DATED.match(behind)) and _is_when(found[1]):
        return found.end()
    return 0


def _is_when(text: str) -> bool:
    """Whether a few words are a date or a number and nothing else."""
    words = _WORD.findall(text)
    return any(w[0].isdigit() for w in words) and all(
        w[0].isdigit() or w in _SMALL or is_month(w.rstrip(".")) for w in words
    )


def _begun(text: str) -> str:
    """The first two characters of a text behind marks and quotes, as `_plain` has them; "" where more is to be read
    to tell."""
    begun = _OPENING.sub("", _plain(text[:_GLANCE]))
    return begun[:2] if len(begun) > 2 and begun.isascii() else ""


def _plain(text: str) -> str:
    """The beginning of a text, one line, lower case, quotes straight; dashes as they are."""
    text = " ".join(text[:300].split())
    if text.isascii():
        return text.replace("`", "'").lower()
    folded = unicodedata.normalize("NFKC", text)
    return folded.translate(_QUOTES).casefold()


def says_so(text: str) -> bool:
    """Whether a text on its own reads as a note: by a label with words behind it, or by its sentence."""
    if len(text) > 1_000 or is_updated_line(text):
        return False
    label = label_of(text)
    return begins_so(text) if label is None else not label[1]


def begins_so(text: str) -> bool:
    """Whether a text begins with a sentence that says of an article that it was changed."""
    plain = _plain(text)
    start = _OPENING.sub("", plain)
    if _begins(start):
        return True
    ahead = _ahead().match(start)
    if ahead is not None and _begins(start[ahead.end() :]):
        return True
    return (
        len(plain) <= LONGEST_MARKED
        and _MARK.match(plain) is not None
        and _marked().search(plain) is not None
    )


@cache
def _things() -> re.Pattern[str]:
    """What an article calls itself: "post", "article"."""
    found = {re.escape(_plain(p)) for x in _file().values() for p in x["things"]}
    return re.compile(rf"(?<!\w)(?:{_any_of(found)})(?!\w)")


def names_itself(text: str) -> bool:
    """Whether the beginning of a text names a post, an article or the like."""
    return _things().search(_plain(text[:80])) is not None


def _kind_said(text: str) -> NoteKind:
    """A sentence that names a mistake is a correction, any other an update."""
    plain = text.casefold()
    wrong = (
        "correct", "error", "incorrect", "misstat", "mistak", "wrong", "misspell", "earlier version", "previous version",
        "korrig", "fehler", "falsch", "corrig", "erreur", "errón", "error", "erro ", "errat", "corrett", "fout", "onjuist",
        "訂正", "誤", "更正", "错误", "錯誤", "정정", "오류", "ошиб", "исправ", "خطأ", "تصحيح",
    )  # fmt: skip
    return NoteKind.CORRECTION if any(word in plain for word in wrong) else NoteKind.UPDATE
