"""What a query of `/events` asks for: of the page, and of the same as JSON, CSV and Atom."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..model import Kind
from ..read.terms import Search, search
from ..show.plain import one_line
from ..store.search import Wanted
from ..words import KINDS
from .making import number, query
from .visitors import visitor

#: Characters of a search that are read.
LONGEST = 200
#: How this release names a batch (run/site_check.py).
_BATCH = re.compile(r"[0-9a-f]{16}")
#: The days a question begins and ends with: as our own links name them, and as the form's labels do.
_DAYS = (("since", "from"), ("until", "to"))


class Asked(Struct, frozen=True):
    """What the form asks for; empty means all."""

    words: str = ""
    site: str = ""
    kinds: tuple[Kind, ...] = ()
    silent: bool = False
    unseen: bool = (
        False  #: neither marked as seen nor dismissed; only we know of that, so no feed asks
    )
    since: date | None = None
    until: date | None = None  #: this day too
    before: int | None = None
    batch: str = ""  #: only events of this cause

    def wanted(self, *, origin: str = "") -> Wanted:
        """The same for the database; `origin`: only what was observed, or imported."""
        return Wanted(
            search=Search() if self.cause and not self.batch else search(self.words),
            batch=self.cause,
            sites=(self.site,) if self.site else (),
            kinds=self.kinds,
            silent=self.silent,
            unseen=self.unseen,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + timedelta(days=1)) if self.until else None,
            before=self.before,
            origin=origin,
        )

    @property
    def cause(self) -> str:
        """The batch that is asked for: named as such, or by its id in place of words."""
        return self.batch or (self.words if _BATCH.fullmatch(self.words) else "")

    def said(self) -> str:
        """The question in words: `removed, edited of acme, “roof”`."""
        kinds = ", ".join(KINDS[k].label.lower() for k in self.kinds) or "all events"
        parts = [
            kinds + (f" of {self.site}" if self.site else ""),
            f"“{self.words}”" if self.words else "",
            "only those without a note" if self.silent else "",
            f"of one cause ({self.batch})" if self.batch else "",
            f"from {self.since}" if self.since else "",
            f"to {self.until}" if self.until else "",
        ]
        return one_line(", ".join(p for p in parts if p))

    def address(self, before: int | None = None, *, path: str = "/events") -> str:
        """The same question as an address, from another event on."""
        return path + query(
            q=self.words,
            site=self.site,
            kind=[k.value for k in self.kinds],
            silent="1" if self.silent else None,
            seen="no" if self.unseen and path != "/events.atom" else None,
            since=self.since.isoformat() if self.since else None,
            until=self.until.isoformat() if self.until else None,
            batch=self.batch,
            before=before,
        )


def asked_by(request: Request) -> Asked:
    """What a request asks for; 400 where a kind or a date is none."""
    params = request.query_params
    try:
        kinds = tuple(dict.fromkeys(Kind(k) for k in params.getlist("kind") if k))
        since, until = (
            date.fromisoformat(day) if day else None
            for day in (params.get(k) or params.get(other) for k, other in _DAYS)
        )
        if until is not None and until.year > 9998:
            until = None
    except ValueError:
        raise HTTPException(400) from None
    return Asked(
        words=params.get("q", "").strip()[:LONGEST],
        site=params.get("site", "")[:64],
        kinds=kinds,
        silent=params.get("silent") == "1",
        unseen=visitor(request).ours and params.get("seen") == "no",
        since=since,
        until=until,
        before=number(params["before"]) if params.get("before") else None,
        batch=params.get("batch", "").strip()[:64],
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
