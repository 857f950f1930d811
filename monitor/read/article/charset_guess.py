"""Which charset is it, where nothing declares it? By the letters each would give, the likeliest wins.

A charset that reads the bytes without error is judged by how many of the letters are among the
commonest of its languages. windows-1252, the web's default, is what is left.
"""

from __future__ import annotations

import re

from .charset_labels import CODECS

#: So many bytes from the first one beyond ASCII on decide.
_SAMPLE = 60_000

#: charset → the letters beyond ASCII that make up most of a text in its languages. Case matters: a text
#: read by the wrong Cyrillic charset is all capitals.
_COMMON: dict[str, str] = {
    "shift_jis": "のにはをたがでてとしれさいうなかすもりるこあきっくまらよ、。ーンスルトイラリア",
    "euc-jp": "のにはをたがでてとしれさいうなかすもりるこあきっくまらよ、。ーンスルトイラリア",
    "gb18030": "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定"
    "行学法所民得经之进着等部度家电力里如水化高自理起小物现实量都两体制机当使点从业本去把性好应开它合还因由其些然前外天"
    "，。、：“”",
    "big5": "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定"
    "行學法所民得經之進著等部度家電力裡如水化高自理起小物現實量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天"
    "，。、：「」",
    "euc-kr": "이다의는에을가하고로지기사를한은자리어도시인정과대나라서일해스그있보수들아제주부것전상게적으만성",
    "windows-1251": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфі",
    "koi8-r": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф",
    "ibm866": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф",
    "iso-8859-5": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф",
    "windows-1253": "αοιετσνηυρπκμλωςάίόέήύώδγχθ",
    "windows-1255": "יוהלאתרבמשנדחקפעטגםןכצסז",
    "windows-1256": "ايلمونرتبةعدسفهكحقجأشصطخى",
    "windows-874": "านรอกเงมยลวดทสตะปบคห่้ิีั็์ไแ",
    "windows-1250": "ąęłńśźżćóčďěňřšťůžýáíéőűăîâșț„”–",
    "iso-8859-2": "ąęłńśźżćóčďěňřšťůžýáíéőűăâîșţ",
    "windows-1254": "ışğçöüİŞâ’“”",
    "windows-1252": "éèàçüöäñíóáêôßâîúãõåæøûëï«»“”’‘–—…•©®°·€ÄÖÜÉ¿¡\u00a0",
}
_WIDE = ("shift_jis", "euc-jp", "gb18030", "big5", "euc-kr")
_LATIN = ("windows-1252", "windows-1250", "iso-8859-2", "windows-1254")
_OTHER = tuple(name for name in _COMMON if name not in _WIDE and name not in _LATIN) + _LATIN
#: Least share of common letters for a charset to be believed. One sentence in each language
#: (tests/read/test_charset.py) gives 0.42 (Korean) to 1; a wrong wide charset gave 0.11 at most.
_ENOUGH = 0.3


def guess(body: bytes) -> str:
    """WHATWG's name of the likeliest charset of bytes that are no UTF-8. Bounded by a sample."""
    if b"\x1b$B" in body[:_SAMPLE] or b"\x1b$@" in body[:_SAMPLE]:
        return "iso-2022-jp"
    sample = _beyond_ascii(body)
    # Pairs of bytes that all decode are no accident, while any byte is a letter of a small charset:
    # the wide ones come first. Letters that stand among ASCII ones belong to a Latin script.
    among = len(re.findall(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]", sample))
    runs = len(re.findall(rb"[\x80-\xff]+", sample))
    few = len(re.findall(rb"[\x80-\xff]", sample)) < 8  # a dash or two tell of no script
    rest = _LATIN if few or among > runs * 0.5 else _OTHER
    for names in (rest,) if few else (_WIDE, rest):
        shares = [(_share(sample, name), -at, name) for at, name in enumerate(names)]
        share, _, name = max(shares)
        if share >= _ENOUGH:
            return name
    return "windows-1252"


def _beyond_ascii(body: bytes) -> bytes:
    """The part of the body worth judging: tags left out, cut where ASCII stands."""
    first = re.search(rb"[\x80-\xff]", body)
    start = first.start() if first else 0
    # 64 bytes before: the first letter may be the second half of a two-byte one
    piece = body[max(0, body.rfind(b">", 0, start)) : start + _SAMPLE]
    end = len(piece)
    while end > len(piece) - 8 and end > 0 and piece[end - 1] >= 0x80:
        end -= 1
    return piece[:end] if end > len(piece) - 8 else piece


def _share(sample: bytes, name: str) -> float:
    """Share of the common letters among those beyond ASCII; 0 where it does not decode."""
    text = sample.decode(CODECS[name], "replace")
    beyond = [char for char in text if char > "\x7f"]
    if not beyond:
        return 0.0
    bad = sum(char == "\ufffd" or "\x80" <= char <= "\x9f" for char in beyond)
    if bad > (len(beyond) // 50 if name in _WIDE else len(beyond) // 20):
        return 0.0
    common = _SETS[name]
    return sum(char in common for char in beyond) / len(beyond)


_SETS = {name: frozenset(letters) for name, letters in _COMMON.items()}
