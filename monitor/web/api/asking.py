"""What the API may be asked, as types, and how a request is read as one of them.

A field that the path names is an address's part: what does not fit there is 404, as is a site that is not
there. All else stands in the query: what is unknown, twice or unfit there is 400, and says what would do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta
from rapidfuzz import process

from ...model import Kind, Status

A = TypeVar("A", bound="Asks")

#: What a database can count to, as in the addresses of pages.
_MOST = 10**18 - 1
_ANY = (0, _MOST)
LIMIT, MOST = 100, 1000
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_NOTHING = "There is nothing by that number."
#: How msgspec says it.
_NO_ENUM = "Invalid enum value '{}'"
_PLACE = re.compile(r"(.*) - at `\$\.(\w+).*`", re.DOTALL)

Id = Annotated[int, Meta(ge=1, le=_MOST)]
After = Annotated[int, Meta(ge=0, le=_MOST, description="Only what comes after this id.")]
Aware = Annotated[datetime, Meta(tz=True)]
Limit = Annotated[int, Meta(ge=1, le=MOST, description="At most so many on a page.")]


class Refused(Exception):
    """A request that cannot be answered."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Asks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked."""


class AsksSites(Asks, frozen=True):
    """Which sites."""

    after: Annotated[str, Meta(description="Only names after this one.")] = ""
    limit: Limit = LIMIT


class AsksPosts(Asks, frozen=True):
    """Which posts."""

    site: Annotated[list[str], Meta(description="Of these sites.")] = []
    state: Annotated[Status | None, Meta(description="Only posts in this state.")] = None
    url: Annotated[str, Meta(description="Only posts that have or had this URL.")] = ""
    after: After = 0
    limit: Limit = LIMIT


class AsksOne(Asks, frozen=True):
    """Which one."""

    id: Id


class AsksVersions(AsksOne, frozen=True):
    """Which versions of a post."""

    after: Annotated[int, Meta(ge=0, le=_MOST, description="Only numbers after this one.")] = 0
    limit: Limit = LIMIT


class AsksCoverage(AsksOne, frozen=True):
    """Which observations of a post."""

    after: After = 0
    limit: Limit = LIMIT


class AsksEvents(Asks, frozen=True):
    """Which events."""

    after: After = 0
    site: Annotated[list[str], Meta(description="Of these sites.")] = []
    kind: Annotated[list[Kind], Meta(description="Of these kinds.")] = []
    post: Annotated[Id | None, Meta(description="Of this post.")] = None
    since: Annotated[Aware | None, Meta(description="Only what was told then or later.")] = None
    limit: Limit = LIMIT


def asked(what: type[A], in_path: Mapping[str, str], in_query: Sequence[tuple[str, str]]) -> A:
    """The request as what it asks; Refused where it makes no sense."""
    hints = get_type_hints(what)
    known = [name for name in hints if name not in in_path]
    values: dict[str, Any] = dict(in_path)
    for name, text in in_path.items():
        if _loose(text, hints[name]):
            raise Refused(404, _NOTHING)
    for name, text in in_query:
        if name not in known:
            raise Refused(400, f'There is no parameter "{_short(name)}".{_nearest(name, known)}')
        if _is_list(hints[name]):
            values.setdefault(name, []).append(text)
        elif name in values:
            raise Refused(400, f"{name}: once is enough.")
        elif _loose(text, hints[name]):
            raise Refused(400, f"{name}: {_said(_NO_ENUM.format(text), what, name)}")
        else:
            # A bare date is its midnight, as everywhere.
            values[name] = f"{text}T00:00:00Z" if name == "since" and _DAY.fullmatch(text) else text
    try:
        return msgspec.convert(values, what, strict=False)
    except msgspec.ValidationError as e:
        why, place = m.groups() if (m := _PLACE.fullmatch(str(e))) else (str(e), "")
        if place in in_path:
            raise Refused(404, _NOTHING) from None
        raise Refused(400, f"{place}: {_said(why, what, place)}") from None


def unknown(what: str, name: str, known: Iterable[str]) -> Refused:
    """That there is no site of this name, with the nearest one."""
    return Refused(404, f'There is no {what} "{_short(name)}".{_nearest(name, list(known))}')


def _loose(text: str, hint: Any) -> bool:
    """Whether it is no value of this type, though msgspec would take it: 1e2 for 100, seconds since 1970
    for a time, null for nothing."""
    kinds = _within(hint)
    if int in kinds:
        return _WHOLE.fullmatch(text) is None
    if datetime in kinds:
        return re.match(r"\d{4}-", text, re.ASCII) is None
    return type(None) in kinds and text == "null"


def _said(why: str, what: type[Asks], name: str) -> str:
    """What would do, in our words where msgspec's are those of a programmer."""
    hint = get_type_hints(what, include_extras=True).get(name)
    members = [m.value for kind in _within(hint) if issubclass(kind, Enum) for m in kind]
    wrong = re.fullmatch(_NO_ENUM.format("(.*)"), why, re.DOTALL)
    if members and wrong is not None:
        return f'there is no "{_short(wrong[1])}".{_nearest(wrong[1], members)}'
    if datetime in _within(hint):
        return "expected a time such as 2026-11-24T08:00:00Z, or a date."
    if int in _within(hint):
        least, most = _bounds(hint)
        return f"expected a whole number from {least} {'on' if most == _MOST else f'to {most}'}."
    return f"{why[:1].lower()}{why[1:]}."


def _nearest(name: str, known: Sequence[str]) -> str:
    near = process.extractOne(name, known, score_cutoff=50) if known else None
    if near is not None:
        return f' Did you mean "{near[0]}"?'
    return f" Known are: {', '.join(known[:20])}." if known else " It takes none."


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _is_list(hint: Any) -> bool:
    return getattr(hint, "__origin__", None) is list


def _within(hint: Any) -> list[type]:
    """The classes that a type is made of."""
    found = [hint] if isinstance(hint, type) else []
    return found + [t for part in get_args(hint) for t in _within(part)]


def _bounds(hint: Any) -> tuple[int, int]:
    """From where to where a number may lie."""
    for meta in getattr(hint, "__metadata__", ()):
        if meta.ge is not None and meta.le is not None:
            return int(meta.ge), int(meta.le)
    inner = [_bounds(part) for part in get_args(hint) if not isinstance(part, Meta)]
    return next((b for b in inner if b != _ANY), _ANY)
