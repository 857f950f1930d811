"""How an event's record stands in its row: packed, without the numbers and seals that are columns beside it.

What comes out is the text that went in, byte for byte, or it is kept as plain text: so are the records of
older releases, and what is left of a forgotten event.
"""

from __future__ import annotations

import hashlib
import re
import sys
from typing import Any, Protocol

from ..errors import StoreError
from . import tables

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_E = tables.events
_P = zstd.CompressionParameter

#: All that a record is read from, to be selected together.
COLUMNS = (_E.c.id, _E.c.uid, _E.c.body, _E.c.prev, _E.c.hash, _E.c.record, _E.c.packed)

_SALT = re.compile("[0-9a-f]{32}")
_SALT_BYTES = 16
#: First bytes of the SHA-256 of what follows: some of a frame's bits say nothing, and only this shows that one
#: was flipped.
_SEAL = 4
_OPTIONS = {int(_P.compression_level): 9, int(_P.content_size_flag): 0}

#: What records have in common, for their frames to leave out: 190 bytes a record instead of 590, or 1,550 as
#: text. Never to be changed: what was packed with it could not be read. Another one gets another number.
_FIRST = 1
_COMMON = zstd.ZstdDict(
    (
        '"kind":"removed","reason":"not_found","site":"acme","post":4726,"url":"https://www.example.com/news/"'
        ',"title":"The","published_at":"2022-04-18","detected_at":"2026-02-22T04:03:00Z","last_seen_at":"2026-'
        '02-07T12:28:00Z","first_missing_at":"2026-02-18T22:09:00Z","last_missing_at":null,"removed_event":nul'
        'l,"absent_for":null,"moved_to":null,"retracts":null,"why":null,"by":null,"snapshot_before":4934,"snap'
        'shot_after":null,"fields":[],"words_added":0,"words_removed":0,"similarity":null,"silent":null,"phras'
        'es_lost":[],"phrases_gained":[],"batch":null,"origin":"observed","vantage":"","evidence":["404 at 22:'
        '09:00 UTC (3 looks over 20 min)","home page answered 200","a made-up sibling URL answered 404","sibli'
        'ng post answered 200"],"looks":[{"at":"2026-02-18T22:09:00Z","url":"https://www.example.com/","role":'
        '"home","status":200,"rule":"home","server_date":"Mon, 23 Nov 2026 10:00:00 GMT"},{"at":"2026-02-18T22'
        ':09:00Z","url":"https://www.example.com/","role":"made_up","status":404,"rule":"not_found","server_da'
        'te":"Mon, 23 Nov 2026 10:00:00 GMT"},{"at":"2026-02-18T22:09:00Z","url":"https://www.example.com/","r'
        'ole":"sibling","status":200,"rule":"same_bytes","server_date":"Mon, 23 Nov 2026 10:00:00 GMT"}]'
        '"kind":"published","reason":null,"silent":null,"evidence":["listed in feed.xml"]'
        '"kind":"edited","reason":null,"site":"acme","post":182,"url":"https://www.example.com/blog/2026/","tit'
        'le":"How","published_at":"2026-08-18T08:12:09Z","detected_at":"2026-11-28T13:09:01Z","last_seen_at":"'
        '2026-11-28T13:08:46Z","first_missing_at":"2026-11-28T13:08:58Z","last_missing_at":null,"removed_event'
        '":null,"absent_for":null,"moved_to":null,"retracts":null,"why":null,"by":null,"snapshot_before":116,"'
        'snapshot_after":679,"fields":["text","title","author","published_at","links"],"words_added":50,"words'
        '_removed":0,"similarity":0.9831,"silent":true,"phrases_lost":[],"phrases_gained":[],"batch":null,"ori'
        'gin":"observed","vantage":"","evidence":["changed: text","0 words removed, 50 added","no update note,'
        ' and no newer modified date","its modified date was “11 Sep 2026”, is “12 Sep 2026”"],"looks":[{"at":'
        '"2026-11-28T13:08:58Z","url":"https://www.example.com/blog/2026/","role":"post","status":200,"rule":"'
        'article_there","server_date":"Sat, 28 Nov 2026 13:08:58 GMT"},{"at":"2026-11-28T13:09:01Z","url":"htt'
        'ps://www.example.com/blog/2026/","role":"post","status":200,"rule":"article_there","server_date":"Sat'
        ', 28 Nov 2026 13:09:01 GMT"}]'
    ).encode(),
    is_raw=True,
)


class Sealed(Protocol):
    """What of an event, or of its row, stands around its record's own words."""

    @property
    def id(self) -> int: ...
    @property
    def uid(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def prev(self) -> str: ...
    @property
    def hash(self) -> str: ...


def kept_as(text: str, of: Sealed, salt: str) -> dict[str, Any]:
    """The two columns that a record's text is kept as."""
    before, after = _around(of, salt)
    if not (_SALT.fullmatch(salt) and text.startswith(before) and text.endswith(after)):
        return {"record": text, "packed": None}
    own = text[len(before) : len(text) - len(after)].encode()
    rest = bytes.fromhex(salt) + zstd.compress(own, options=_OPTIONS, zstd_dict=_COMMON)
    return {"record": "", "packed": bytes([_FIRST]) + _seal(rest) + rest}


def text_of(row: Any) -> str:
    """The record's text, of a row that has COLUMNS; StoreError where it is damaged."""
    if row.packed is None:
        return str(row.record)
    kept = bytes(row.packed)
    rest = kept[1 + _SEAL :]
    try:
        if kept[:1] != bytes([_FIRST]) or row.record:
            raise ValueError("it is kept in a form that nobody knows")
        if kept[1 : 1 + _SEAL] != _seal(rest):
            raise ValueError("it was altered")
        before, after = _around(row, rest[:_SALT_BYTES].hex())
        own = zstd.decompress(rest[_SALT_BYTES:], zstd_dict=_COMMON)
        return before + own.decode() + after
    except (zstd.ZstdError, EOFError, ValueError) as e:
        raise StoreError(
            f"the record of event {row.id} cannot be read ({e}): `postwatch verify` says more"
        ) from e


def _seal(rest: bytes) -> bytes:
    return hashlib.sha256(rest).digest()[:_SEAL]


def _around(of: Sealed, salt: str) -> tuple[str, str]:
    """What stands before and after the words of a record, in the contract's order."""
    return (
        f'{{"schema":1,"id":{of.id},"uid":"{of.uid}",',
        f',"salt":"{salt}","body":"{of.body}","prev":"{of.prev}","hash":"{of.hash}"}}',
    )
