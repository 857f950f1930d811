"""In which language is the page: as it declares, else as its letters and commonest words tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .blocks import Element, Line

_CODE = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z])")
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u3096\u30a1-\u30fa]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ru", re.compile("[\u0430-\u044f]")),
)
_COMMON = {
    "en": "the and of to in is that for with this are we you was have not",
    "de": "der die und das ist nicht mit den für auf ein eine sich von wir zu",
    "fr": "le la les et des est une dans pour que pas sur nous avec du qui",
    "es": "el la los las y es una para que con por del se no más como",
    "pt": "o os as e é uma para que com não do da em mais como dos",
    "it": "il lo gli e è una per che con non del della di sono più come",
    "nl": "de het een en van is dat niet met voor op zijn te wij aan ook",
}
_COMMON_SETS = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def language_of(tree: Element, meta: dict[str, str], declared: str, lines: Sequence[Line]) -> str:
    """The primary subtag in lower case ("en", "ja"), "" where neither page nor text tells."""
    for value in (
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        tree.get("xml:lang"),
        meta.get("content-language"),
        meta.get("og:locale"),
        declared,
    ):
        found = _CODE.match(value or "")
        if found and found[1].lower() not in ("und", "xx", "zxx"):
            return found[1].lower()
    return guess(" ".join(line.text for line in lines if len(line.text) > 15)[:5_000])


def guess(text: str) -> str:
    """A language by its script, or by which language's commonest words are a tenth of the text."""
    letters = sum(c.isalpha() for c in text)
    if letters < 20:
        return ""
    for language, script in _SCRIPTS:
        share = len(script.findall(text)) / letters
        if share > (0.1 if language == "ja" else 0.3):
            return language
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    total = sum(words.values())
    if total < 10:
        return ""
    scores = {lang: sum(words[w] for w in common) / total for lang, common in _COMMON_SETS.items()}
    best = max(scores, key=lambda lang: scores[lang])
    return best if scores[best] >= 0.1 else ""
