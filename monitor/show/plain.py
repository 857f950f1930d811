"""What may a hostile text do in a mail or on a terminal? Nothing: it becomes words on one line.

Cleaned before it is laid out; escaping for HTML is the templates' business.
"""

from __future__ import annotations

import re

from ..read.late import late

#: Marks that reorder what follows them (CVE-2021-42574), and ones that take no room.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
#: Breaks of a line, in Python's and in Unicode's understanding.
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
#: What neither HTML nor XML lets stand: controls but tab and the ends of lines, halves of surrogate pairs,
#: and what Unicode says is no character (WHATWG HTML 13.2.3.5, XML 1.0 2.2).
#: Written as all that is not among the others: ten times as fast, and each page is looked through.
_FORBIDDEN = late(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane << 16)}-{chr(plane << 16 | 0xFFFD)}" for plane in range(1, 17))
    + "]"
)
ELLIPSIS = "…"
#: What is quoted in a clause of ours, and addresses.
_THEIRS = re.compile(r"(“)([^”]+)(”)|(https?://[^\s“”]+[^\s“”.,;:)])")
#: Isolates (Unicode UAX 9); `one_line` strips those of strangers.
FIRST_STRONG, END = "\u2068", "\u2069"


def one_line(text: str, most: int = 0) -> str:
    """The text on one line, cut at a word to `most` characters (0: uncut).

    White space is collapsed, marks that reorder text are left out, and what is `allowed` nowhere
    (ESC among it) stands as U+FFFD.
    """
    # The rest of a monstrous text is never looked at; a mark or space in it cannot matter.
    raw = text[: most * 4 + 200] if most else text
    line = " ".join(allowed(_BREAKS.sub(" ", _UNSEEN.sub("", raw))).split())
    if not most:
        return line
    return cut(line if len(text) <= most * 4 + 200 else line + ELLIPSIS, most)


def seen(text: str) -> str:
    """The text without marks that take no room or reorder what follows; its spaces stay."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def allowed(text: str) -> str:
    """The text with U+FFFD in place of each code point that no page may have; its lines stay."""
    return text if text.isprintable() else _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def isolated(text: str) -> str:
    """Others' words on one line between isolates: whatever way they are written, they turn nothing round them."""
    return f"{FIRST_STRONG}{one_line(text)}{END}" if text else ""


def isolated_in(line: str) -> str:
    """A clause of ours with what it quotes, and each address in it, between isolates."""
    return _THEIRS.sub(
        lambda m: f"{m[1] or ''}{isolated(m[2] or m[4])}{m[3] or ''}", one_line(line)
    )


def as_sentence(line: str) -> str:
    """One line as a sentence: a capital first, a full stop last. A first word that is no plain word (an
    address, the name of a file) stays as it is; nothing stays nothing."""
    first = line.split(" ", 1)[0].rstrip(f":,;{ELLIPSIS}")
    if first.isalpha():
        line = line[:1].upper() + line[1:]
    closed = line.rstrip("”\"’')").endswith((".", "!", "?", ELLIPSIS))
    return line if closed or not line else f"{line}."


def cut(text: str, most: int) -> str:
    """The text in at most `most` characters: cut after a word where one ends in the last third."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    space = head.rfind(" ")
    if text[most - 1] != " " and space >= most * 2 // 3:
        head = head[:space]
    return head.rstrip(" ,;:–—-") + ELLIPSIS


def cut_front(text: str, most: int) -> str:
    """The end of the text in at most `most` characters, begun at a word."""
    if len(text) <= most:
        return text
    tail = text[len(text) - most + 1 :]
    space = tail.find(" ")
    if 0 <= space <= most // 3:
        tail = tail[space:]
    return ELLIPSIS + tail.lstrip()


def header_line(text: str, most: int) -> str:
    """`one_line` for a mail's header: what could be read as an encoded word is broken apart
    (CVE-2024-6923: some parsers decode it, line breaks included)."""
    return cut(one_line(text, most).replace("=?", "= ?").replace("?=", "? ="), most)


def lines(text: str, most: int = 0) -> list[str]:
    """The paragraphs of a text, each on one line, empty ones left out."""
    found = (one_line(part, most) for part in re.split(r"[\r\n\u2028\u2029]+", text))
    return [line for line in found if line]
