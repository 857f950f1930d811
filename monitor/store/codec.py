"""How values that are no plain column stand in the database: JSON text written and read by msgspec.

Frozen dataclasses go in whole and come out equal. Text of hostile pages may hold lone surrogates,
which no UTF-8 can carry, and NULs, which PostgreSQL refuses: both become U+FFFD.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import msgspec

from ..errors import StoreError

P = ParamSpec("P")
T = TypeVar("T")

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """The text with NULs and lone surrogates replaced by U+FFFD; mostly the very same object."""
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def clean_all(value: Any) -> Any:
    """JSON-like builtins (dict, list, tuple, scalars) with every string cleaned, keys included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean_all(k): clean_all(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_all(v) for v in value]
    return value


def to_json(value: Any) -> str:
    """JSON text of a frozen dataclass, tuple or builtin."""
    try:
        text = msgspec.json.encode(value, order="deterministic").decode()
    except UnicodeEncodeError:
        plain = clean_all(msgspec.to_builtins(value))
        return msgspec.json.encode(plain, order="deterministic").decode()
    # Only a NUL makes this escape; the same letters written by a page have two backslashes.
    return _without_nul(text) if "\\u0000" in text else text


def _without_nul(text: str) -> str:
    return msgspec.json.encode(clean_all(msgspec.json.decode(text))).decode()


def said_if_damaged(fn: Callable[P, T]) -> Callable[P, T]:
    """A reader of stored rows whose failure is said as what it is: what stands there is not what we wrote."""

    @wraps(fn)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return fn(*args, **kwargs)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as e:
            raise StoreError(
                f"what the database holds is damaged ({type(e).__name__} in {fn.__name__.strip('_')}):"
                " `postwatch verify` says where"
            ) from e

    return read


def from_json(text: str | bytes, kind: type[T]) -> T:
    """The value that `to_json` wrote; msgspec.ValidationError where it is of another shape."""
    decoder = _decoders.get(kind)
    if decoder is None:
        # One thread at a time: msgspec 0.22 shows what it is still finding out of a type to every other
        # thread, and decoding with that is a segmentation fault.
        with _making:
            decoder = _decoders.setdefault(kind, msgspec.json.Decoder(cast(Any, kind)))
    return cast(T, decoder.decode(text))


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()
