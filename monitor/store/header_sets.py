"""What came in an answer's headers: what its site always sends once, and beside the answer what is its own.

Nearly every answer differs from the one before in its date, and in nothing else. A reference is the key of a
set, in which such values are null, and behind it the values that belong there: what goes in comes out, in
the order sent. Older releases kept each set whole and named it by its hash alone; those are read as ever.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Column, ColumnElement, Connection, bindparam, case, func, select

from ..errors import StoreError
from ..model import Headers
from . import tables
from .codec import from_json, to_json
from .dialect import upsert
from .within import within

#: Headers whose values an answer, or a page, has for itself.
OWN = frozenset(
    "age cf-cache-status cf-ray content-length date etag expires if-modified-since if-none-match"
    " last-modified link server-timing set-cookie x-amz-cf-id x-amz-cf-pop x-amz-request-id"
    " x-amzn-trace-id x-cache x-cache-hits x-correlation-id x-fastly-request-id x-nf-request-id"
    " x-request-id x-runtime x-served-by x-timer x-trace-id x-varnish x-vercel-id".split()
)

_T = tables.header_sets
_JSON = select(_T.c.json).where(_T.c.hash == bindparam("of"))
#: Hex digits of a key: half a SHA-256, of which nobody finds two alike.
_KEY = 32
#: Between a key and the values. Behind it so many digits of the whole set's SHA-256, against altered values.
_MARK, _SEAL = "~", 8

_Common = tuple[tuple[str, str | None], ...]


def keep_headers(conn: Connection, headers: Headers) -> str:
    """The reference to these headers, which are in the database now."""
    kept = within(conn)
    if (keep_headers, headers) in kept:
        return str(kept[keep_headers, headers])
    common, own = _parted(headers)
    text = to_json(common)
    key = hashlib.sha256(text.encode()).hexdigest()[:_KEY]
    if (keep_headers, key) not in kept:
        upsert(conn, _T, {"hash": key, "json": text}, ("hash",), update=False)
        kept[keep_headers, key] = key
    reference = kept[keep_headers, headers] = _reference(key, common, own)
    return reference


def _reference(key: str, common: _Common, own: tuple[str, ...]) -> str:
    if not own:
        return key
    values = to_json(own)
    whole = _filled(common, from_json(values, tuple[str, ...]))
    return f"{key}{_MARK}{_seal(whole)}{values}"


def headers(conn: Connection, reference: str) -> Headers:
    """The headers, in the order sent; StoreError where they are missing or were altered."""
    text = conn.execute(_JSON, {"of": key_of(reference)}).scalar_one_or_none()
    if text is None:
        raise StoreError(f"no headers are stored under {reference}")
    return completed(text, reference)


def completed(text: str, reference: str) -> Headers:
    """The headers that a reference says, of the set whose JSON is `text`; StoreError where they were
    altered."""
    key, mark, rest = reference.partition(_MARK)
    try:
        own = from_json(rest[_SEAL:], tuple[str, ...]) if mark else ()
        whole = _filled(from_json(text, _Common), own)
    except ValueError as e:
        raise StoreError(f"the headers stored under {reference} cannot be read: {e}") from e
    if mark and _seal(whole) != rest[:_SEAL]:
        raise StoreError(f"the headers stored under {key} were altered")
    return whole


def key_of(reference: str) -> str:
    """The key of the set that a reference names."""
    return reference.partition(_MARK)[0]


def key_in(column: Column[str]) -> ColumnElement[str]:
    """SQL for the key of the set that a column's reference names."""
    marked = func.substr(column, _KEY + 1, 1) == _MARK
    return case((marked, func.substr(column, 1, _KEY)), else_=column)


def is_of(key: str, text: str) -> bool:
    """Whether a set's JSON is what its key says."""
    return hashlib.sha256(text.encode()).hexdigest()[: len(key)] == key and len(key) >= _KEY


def _parted(headers: Headers) -> tuple[_Common, tuple[str, ...]]:
    common = tuple((name, None if name.lower() in OWN else value) for name, value in headers)
    return common, tuple(value for name, value in headers if name.lower() in OWN)


def _filled(common: _Common, own: tuple[str, ...]) -> Headers:
    if len(own) != sum(said is None for _, said in common):
        raise ValueError("it has other values than the set wants")
    values = iter(own)
    return tuple((name, next(values) if said is None else said) for name, said in common)


def _seal(headers: Headers) -> str:
    return hashlib.sha256(to_json(headers).encode()).hexdigest()[:_SEAL]
