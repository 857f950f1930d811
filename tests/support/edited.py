"""Ways to edit the paragraphs of any page, as an editor would, and as nobody would."""

from __future__ import annotations

import re
from random import Random

_PARAGRAPH = re.compile(rb"(?s)<(p|li)\b[^>]*>.*?</\1>")
_WORDS = (
    "harbour pilots Ada Holm Bo Lund said that the board had not 2026 3 May by on updated correction note read more "
    "share we are an of in the and to night list paper 12 views minutes prices editor's earlier version this post"
).split()
_BEGINNINGS = (
    "By Ada Holm, ", "Updated 3 May 2026: ", "Correction: ", "Note: ", "Published 2 March 2026. ", "Share this: ",
    "2026-03-01 ", "Related: ",
)  # fmt: skip
_MARKUP = ("&amp; ", "<em>x</em> ", '<a href="/q">that</a> ', "&nbsp;", "é ", "<br>", "<b>x")


def sentence(chance: Random) -> bytes:
    """A sentence that may say anything, whole or not, and may have markup in it."""
    words = [chance.choice(_WORDS) for _ in range(chance.choice((3, 6, 10, 16, 25, 40)))]
    said = " ".join(words).capitalize() + chance.choice((".", ".", ".", "?", "!", "", ":"))
    if chance.random() < 0.15:
        said = chance.choice(_BEGINNINGS) + said
    if chance.random() < 0.3:
        said = said.replace(" ", f" {chance.choice(_MARKUP)}", 1)
    return said.encode()


def edited(body: bytes, chance: Random) -> bytes:
    """The page with one of its paragraphs edited."""
    spans = list(_PARAGRAPH.finditer(body))
    if not spans:
        return body
    found = chance.choice(spans)
    begun, ends = found[0].partition(b">")[0] + b">", b"</" + found[1] + b">"
    inner = found[0][len(begun) : -len(ends)]
    words, sentences = inner.split(b" "), re.split(rb"(?<=[.!?]) ", inner)
    a_word, one = chance.randrange(len(words)), chance.randrange(len(sentences))
    two = sentence(chance) + b" " + sentence(chance)
    other = chance.choice(_WORDS).encode()
    new = chance.choice(
        (
            b"",
            found[0] + begun + two + ends,
            begun + two + ends + b"\n" + found[0],
            begun + b" ".join((*words[:a_word], other, *words[a_word + 1 :])) + ends,
            begun + b" ".join((*sentences[:one], *sentences[one + 1 :])) + ends,
            begun + inner + b" " + sentence(chance) + ends,
            begun + sentence(chance) + b" " + inner + ends,
            begun + two + ends,
            found[0] + chance.choice(spans)[0],
            found[0] + b" " + sentence(chance),
            re.sub(rb"\d+", b"%d" % chance.randrange(3000), found[0]),
        )
    )
    return body[: found.start()] + new + body[found.end() :]


def redated(body: bytes, chance: Random) -> bytes:
    """The page with another day of its last change, where it names one, or another summary."""
    day = b"2026-04-0%dT10:00:00Z" % chance.randrange(1, 9)
    return chance.choice(
        (
            re.sub(rb'("dateModified":\s*")[^"]*', rb"\g<1>" + day, body),
            re.sub(rb'(modified_time" content=")[^"]*', rb"\g<1>" + day, body),
            re.sub(rb'(name="description" content=")[^"]*', rb"\g<1>Nobody asked", body),
        )
    )
