"""Bytes once per SHA-256: pages and certificates. Compressed, and later versions as small deltas.

The first version of a page is whole (zstd 9); later ones take that keyframe as a prefix, never one
another: reading needs two rows at most, and a damaged delta harms one version. Measured on 50 pages in
12 versions: 2,892 bytes a later version against 31,452 whole (docs/decisions).
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from ..errors import BodyDropped, StoreError
from . import tables
from .dialect import upsert
from .within import forgotten, within

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_B = tables.bodies
_P = zstd.CompressionParameter

LEVEL = 9
#: What is first tried for a delta, and the share of the bytes that it is good enough for: an edited page of 64 kB takes
#: 92 bytes in 0.06 ms, where LEVEL took 77 in 0.18. Of a page that differs all over LEVEL finds a third less.
QUICK_LEVEL, NEXT_TO_NOTHING = 3, 1 / 200
#: A delta larger than this share of the whole says the page has changed too much for its keyframe.
DELTA_WORTH = 0.25
#: And one smaller than this share of the bytes themselves is small: pages take a third to a tenth whole.
CERTAINLY_WORTH = 1 / 50
#: Deltas of one keyframe.
DELTAS = 64
#: Largest window a decoder here grants: 128 MiB, zstd's own default limit.
WINDOW = 27
#: Of up to so many bytes, as a power of two, the tables are a quarter of what the level has for them: what differs takes
#: the same 60 to 1,500 bytes (one in a hundred more), in a third of the time. Most of that was for the tables' memory.
SMALL_WINDOW = 22
#: A page and its keyframe between these sizes are tried with tables alone. Of larger ones level 3 forgets what it has
#: seen, unless long matches are looked for (4 MB: 821 bytes in 6 ms, without it 483,000; LEVEL 2,700 in 28); smaller ones
#: are articles, for which LEVEL takes no longer.
QUICK_FROM, QUICK_TO = 16, 18
#: zstd takes nothing shorter as a dictionary.
_SHORTEST_PREFIX = 8

# Built once: each look at a page that is not as it was, byte for byte, needs it.
_BODY = select(_B).where(_B.c.hash == bindparam("of"))
_KEPT = select(_B.c.hash, _B.c.base, _B.c.encoding).where(_B.c.hash == bindparam("of"))
_DELTAS = select(func.count()).where(_B.c.base == bindparam("of"))

_RAW, _WHOLE, _DELTA = "raw", "zstd", "zstd-prefix"
_ADDED = "postwatch.bodies_added"
#: Their hash and size are kept, and nothing else (retention.py).
DROPPED = "dropped"

#: Behind each zstd frame, as a frame that every decoder skips (RFC 8878 3.1.2): the first eight bytes of its
#: SHA-256. Some of a frame's bits say nothing (of 50 small frames one in 200): flipped, it decodes to the
#: same, and only this shows that it was altered. What an older release kept has none.
_SEAL = b"\x5f\x2a\x4d\x18\x08\0\0\0"


def keep_body(conn: Connection, data: bytes, *, near: str = "") -> str:
    """SHA-256 hex of the bytes, which are in the database now.

    `near` names stored bytes they are probably much like (an earlier version of the page); its keyframe
    becomes the prefix where that pays.
    """
    kept_last = within(conn).get(keep_body)
    if kept_last is not None and kept_last[0] is data:
        return str(kept_last[1])
    digest = _kept(conn, data, near)
    within(conn)[keep_body] = (data, digest)
    return digest


def _kept(conn: Connection, data: bytes, near: str) -> str:
    digest = hashlib.sha256(data).hexdigest()
    known = conn.execute(_KEPT, {"of": digest}).first()
    if known is not None and known.encoding != DROPPED:
        return digest
    base: str | None = _keyframe(conn, near) if near else None
    encoding, kept = _compressed(data, None if base is None else body(conn, base))
    if encoding == _WHOLE:
        base = None
    kept = _sealed(kept)
    if encoding == _WHOLE and len(kept) >= len(data):
        encoding, kept = _RAW, data
    row = {"hash": digest, "size": len(data), "encoding": encoding, "base": base, "data": kept}
    upsert(conn, _B, row, ("hash",), update=known is not None)
    conn.info[_ADDED] = added(conn) + len(kept)
    return digest


def added(conn: Connection) -> int:
    """Bytes stored over this connection since `counts_anew`."""
    return int(conn.info.get(_ADDED, 0))


def counts_anew(conn: Connection) -> None:
    """Sets `added` back to nothing."""
    conn.info[_ADDED] = 0


def body(conn: Connection, digest: str) -> bytes:
    """The bytes with that SHA-256; StoreError where they are missing or do not decode to it, BodyDropped
    where they were let go of."""
    row = conn.execute(_BODY, {"of": digest}).first()
    if row is None:
        raise StoreError(f"no bytes are stored under {digest}")
    if row.encoding == DROPPED:
        raise BodyDropped(f"the bytes stored under {digest} were dropped, as [retention] says")
    return _checked(conn, digest, row)


def _checked(conn: Connection, digest: str, row: Any) -> bytes:
    try:
        data = _decoded(conn, row)
    except (zstd.ZstdError, EOFError, ValueError) as e:
        raise StoreError(f"the bytes stored under {digest} cannot be decoded: {e}") from e
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"the bytes stored under {digest} are not those it names")
    if len(data) != row.size:
        raise StoreError(
            f"the bytes stored under {digest} are {len(data)}, and {row.size} are said"
        )
    return data


def detach(conn: Connection, gone: Collection[str]) -> None:
    """Keeps whole what is a delta of one of these, so that they can go."""
    for keyframe in gone:
        deltas = select(_B.c.hash).where(_B.c.base == keyframe, _B.c.hash.not_in(gone))
        for digest in conn.execute(deltas).scalars().all():
            whole = packed(body(conn, digest))
            values = {"encoding": _WHOLE, "base": None, "data": whole}
            conn.execute(update(_B).where(_B.c.hash == digest).values(values))


def find_body(conn: Connection, digest: str) -> bytes | None:
    """The bytes with that SHA-256; None where none are stored under it (any more)."""
    row = conn.execute(_BODY, {"of": digest}).first()
    return None if row is None or row.encoding == DROPPED else _checked(conn, digest, row)


def is_kept(conn: Connection, digest: str) -> bool:
    """Whether bytes are stored under a SHA-256, and were not dropped."""
    there = select(_B.c.hash).where(_B.c.hash == digest, _B.c.encoding != DROPPED)
    return conn.execute(there).first() is not None


def drop(conn: Connection, digests: Collection[str]) -> int:
    """Lets go of bytes, but for their hash and size, and of none that others are deltas of; how many."""
    bases = select(_B.c.base).where(_B.c.base.is_not(None), _B.c.hash.not_in(digests))
    gone = (_B.c.hash.in_(digests), _B.c.encoding != DROPPED, _B.c.hash.not_in(bases))
    values = {"encoding": DROPPED, "base": None, "data": b""}
    forgotten(conn)
    return conn.execute(update(_B).where(*gone).values(values)).rowcount


def _decoded(conn: Connection, row: Any) -> bytes:
    if row.encoding == _RAW:
        return bytes(row.data)
    if row.encoding not in (_WHOLE, _DELTA):
        raise ValueError(f'no such encoding: "{row.encoding}"')
    prefix = None
    if row.encoding == _DELTA:
        prefix = _prefix(body(conn, row.base))
    # One byte over the promised size is enough to know that it is not kept.
    return _opened(bytes(row.data), row.size + 1, prefix)


def _sealed(frame: bytes) -> bytes:
    return frame + _SEAL + hashlib.sha256(frame).digest()[:8]


def _opened(kept: bytes, most: int, prefix: Any = None) -> bytes:
    """At most so many bytes of a frame; ValueError where its seal is another frame's, or no seal."""
    options = {int(zstd.DecompressionParameter.window_log_max): WINDOW}
    decoder = zstd.ZstdDecompressor(zstd_dict=prefix, options=options)
    data = decoder.decompress(kept, max_length=most)
    if not decoder.eof:
        raise ValueError("they are cut, or longer than they say")
    rest = decoder.unused_data
    if rest and _sealed(kept[: len(kept) - len(rest)]) != kept:
        raise ValueError("they were altered (they have another seal)")
    return data


def _keyframe(conn: Connection, near: str) -> str | None:
    """The keyframe to encode against; None where there is none, or it has deltas enough."""
    row = conn.execute(_KEPT, {"of": near}).first()
    if row is None or row.encoding == DROPPED:
        return None
    keyframe = str(row.base or row.hash)
    used = conn.execute(_DELTAS, {"of": keyframe}).scalar_one()
    return keyframe if used < DELTAS else None


def _compressed(data: bytes, keyframe: bytes | None) -> tuple[str, bytes]:
    """The encoding and the frame: a delta where that pays. What is a small part of the bytes themselves pays
    whatever they would take whole, and to compress them whole costs four times as much."""
    delta = None if keyframe is None else _delta(data, keyframe)
    if delta is not None and len(delta) <= len(data) * CERTAINLY_WORTH:
        return _DELTA, delta
    whole = zstd.compress(data, LEVEL)
    if delta is not None and len(delta) <= DELTA_WORTH * len(whole):
        return _DELTA, delta
    return _WHOLE, whole


def _delta(data: bytes, keyframe: bytes) -> bytes | None:
    """The bytes with the keyframe as prefix; None where no window spans both."""
    window = max(10, (len(data) + len(keyframe)).bit_length())
    if window > WINDOW or len(keyframe) < _SHORTEST_PREFIX:
        return None
    if window > QUICK_FROM:
        options: dict[int, int] = {_P.compression_level: QUICK_LEVEL, _P.window_log: window}
        if window > QUICK_TO:
            options[_P.enable_long_distance_matching] = 1
        quick = zstd.compress(data, options=options, zstd_dict=_prefix(keyframe))
        if len(quick) <= len(data) * NEXT_TO_NOTHING:
            return quick
    options = {
        _P.compression_level: LEVEL,
        _P.window_log: window,
        # Measured on prose of 19 kB to 6.5 MB it gains nothing up to 1.3 MB and a tenth above, at no cost
        # that matters; pages of max_body and more are where it is for.
        _P.enable_long_distance_matching: 1,
    }
    if window <= SMALL_WINDOW:
        options |= {_P.hash_log: max(6, window - 2), _P.chain_log: max(6, window - 3)}
    return zstd.compress(data, options=options, zstd_dict=_prefix(keyframe))


def packed(data: bytes) -> bytes:
    """The bytes as one zstd frame and its seal."""
    return _sealed(zstd.compress(data, LEVEL))


def delta_of(data: bytes, keyframe: bytes) -> bytes | None:
    """The bytes as what differs from the keyframe, sealed; None where that does not pay."""
    encoding, kept = _compressed(data, keyframe)
    return _sealed(kept) if encoding == _DELTA else None


def unpacked(kept: bytes, keyframe: bytes | None = None) -> bytes:
    """The bytes of `packed`, or of `delta_of` with its keyframe; ValueError where they are damaged."""
    try:
        return _opened(kept, -1, None if keyframe is None else _prefix(keyframe))
    except (zstd.ZstdError, EOFError) as e:
        raise ValueError(str(e)) from e


def _prefix(keyframe: bytes) -> Any:
    return zstd.ZstdDict(keyframe, is_raw=True).as_prefix


def keep_certificate(conn: Connection, der: bytes) -> str:
    """SHA-256 hex of the certificate (its usual fingerprint), which is in the database now."""
    digest = hashlib.sha256(der).hexdigest()
    upsert(conn, tables.certificates, {"hash": digest, "der": der}, ("hash",), update=False)
    return digest


def certificate(conn: Connection, digest: str) -> bytes:
    """The certificate as DER; StoreError where it is missing."""
    t = tables.certificates
    der = conn.execute(select(t.c.der).where(t.c.hash == digest)).scalar_one_or_none()
    if der is None:
        raise StoreError(f"no certificate is stored under {digest}")
    return bytes(der)
