"""Memento (RFC 7089): which copy of this address do you hold for that time? TimeMap, TimeGate and mementos.

A memento is one version of a post, dated by its first look, or what its address answered while it was gone, dated
by the first look that got it. Its bytes are served as `/snapshots/{id}/raw` and `/looks/{id}/raw` serve them, under
a CSP sandbox and their own status; the page that tells of it is named by a Link (`describedby`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from msgspec import Struct
from rapidfuzz import fuzz, process
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..model import Kind
from ..read.urls import canonical_key, host_of
from ..show.plain import one_line
from ..store import bodies, events, header_sets, posts, snapshots
from ..store.absences import AbsenceRow, absences
from ..store.rows import SnapshotRow
from .copies import sandboxed
from .making import base, page, pages

_STAMP = "%Y%m%d%H%M%S"
_LINK_TYPE = "application/link-format"
#: What makes another version stand at an address.
_CHANGES = (Kind.EDITED, Kind.REINSTATED)
#: Addresses of one host that a mistyped one is compared with, and how much of each.
_COMPARED, _COMPARED_PART = 3000, 300
#: Of 100: below it two addresses of a host have little but their folder in common.
_NEAR = 75


class Memento(Struct, frozen=True):
    """Bytes that an address answered with, and from when to when it answered so, in whole seconds as
    HTTP knows them."""

    at: datetime  #: when these very bytes came
    until: datetime
    body: str  #: SHA-256
    status: int | None
    page: str  #: the page of ours that tells of it
    content_type: str = ""
    headers: str = ""  #: of the set that names the content type, where that is not known

    @property
    def stamp(self) -> str:
        """Its second, as its address has it."""
        return self.at.strftime(_STAMP)


class Held(Struct, frozen=True):
    """What is held of an address, by the second it came in, oldest first."""

    url: str
    mementos: tuple[Memento, ...]
    turns: tuple[tuple[datetime, str], ...] = ()  #: when which page of ours came to stand, in order

    def at(self, when: datetime) -> int:
        """The place of what the address answered at a time, or where no look says it, before it; else of
        the first. Of versions that came back again and again it is the one that was told last."""
        times = [m.at for m in self.mementos]
        before = self.mementos[: bisect_right(times, when)]
        last = max((min(m.until, when) for m in before), default=when)
        then = {m.page: i for i, m in enumerate(before) if min(m.until, when) == last}
        told = (page for at, page in reversed(self.turns) if at <= when)
        turn = next((page for page in told if page in then), "")
        return then[turn] if turn else max(then.values(), default=0)


def held(conn: Connection, url: str) -> Held | None:
    """What is held of the post at an address, now or formerly; None where nothing is."""
    key = canonical_key(url)
    found, turns = list[Memento](), list[tuple[datetime, str]]()
    for row in posts.find_post(conn, key) if key else ():
        changes = events.events(conn, post_id=row.state.post_id, kinds=_CHANGES)
        turns += [(e.detected_at, f"/snapshots/{e.snapshot_after}") for e in changes]
        found += [_version(v) for v in snapshots.snapshots(conn, row.state.post_id)]
        gone = [_absence(a) for a in absences(conn, row.state.post_id)]
        found += gone
        turns += [(one.at, one.page) for one in gone]
    by_second: dict[str, Memento] = {}
    for one in sorted(found, key=lambda m: m.at):
        by_second.setdefault(one.stamp, one)
    return Held(url, tuple(by_second.values()), tuple(sorted(turns))) if by_second else None


def _version(v: SnapshotRow) -> Memento:
    return Memento(
        _second(v.first_read_at),
        _second(v.last_read_at),
        v.body_hash,
        v.status,
        f"/snapshots/{v.id}",
        v.content_type,
    )


def _absence(a: AbsenceRow) -> Memento:
    page = f"/looks/{a.id}"
    times = _second(a.first_at), _second(a.last_at)
    return Memento(*times, a.body_hash, a.status, page, headers=a.headers)


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


async def timemap(request: Request) -> Response:
    """All that is held of an address, as `application/link-format` (RFC 7089 5)."""
    found = await _held(request)
    own = base(request)
    first, last = found.mementos[0], found.mementos[-1]
    lines = [
        f'<{found.url}>; rel="original"',
        f'<{own}/timemap/link/{found.url}>; rel="self"; type="{_LINK_TYPE}"'
        f'; from="{_date(first)}"; until="{_date(last)}"',
        f'<{own}/timegate/{found.url}>; rel="timegate"',
        *(_memento(own, found, i) for i in range(len(found.mementos))),
    ]
    return Response(",\n".join(lines) + "\n", media_type=_LINK_TYPE)


async def timegate(request: Request) -> Response:
    """Sends to what stood there at `Accept-Datetime`; without one, to the newest (RFC 7089 4.5.3)."""
    asked = request.headers.get("accept-datetime")
    url = _original(request)
    found = await pages(request).read(lambda conn: held(conn, url))
    if found is None:
        return await _not_held(request, url)
    when = _asked(asked) if asked else datetime.max.replace(tzinfo=UTC)
    place = found.at(when)
    own = base(request)
    answer = RedirectResponse(_address(own, found, place), 302)
    answer.headers["vary"] = "accept-datetime"
    answer.headers["link"] = ", ".join(
        [
            f'<{found.url}>; rel="original"',
            f'<{own}/timemap/link/{found.url}>; rel="timemap"; type="{_LINK_TYPE}"',
            _memento(own, found, place),
        ]
    )
    return answer


async def memento(request: Request) -> Response:
    """One as it was fetched, with where it stands among the others; sent on to what stood there where
    none came in that second."""
    stamp = request.path_params["stamp"]
    try:
        when = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(404) from None
    if not re.fullmatch(r"\d{14}", stamp, re.ASCII):
        raise HTTPException(404)
    found = await _held(request)
    exact = [i for i, m in enumerate(found.mementos) if m.stamp == stamp]
    place = exact[0] if exact else found.at(when)
    own = base(request)
    one = found.mementos[place]
    if not exact:
        return RedirectResponse(_address(own, found, place), 302)

    def gather(conn: Connection) -> tuple[bytes, str]:
        sent = header_sets.headers(conn, one.headers) if one.headers else ()
        kind = next((v for k, v in sent if k.lower() == "content-type"), one.content_type)
        return bodies.body(conn, one.body), kind

    data, kind = await pages(request).read(gather)
    answer = await sandboxed(request, data, kind, "", f"memento-{stamp}", one.status)
    answer.headers["memento-datetime"] = _date(one)
    around = sorted({0, place - 1, place, place + 1, len(found.mementos) - 1})
    answer.headers["link"] = ", ".join(
        [
            f'<{found.url}>; rel="original"',
            f'<{own}/timegate/{found.url}>; rel="timegate"',
            f'<{own}/timemap/link/{found.url}>; rel="timemap"; type="{_LINK_TYPE}"',
            f'<{own}{one.page}>; rel="describedby"; type="text/html"',
            *(
                _memento(own, found, i, beside=place)
                for i in around
                if 0 <= i < len(found.mementos)
            ),
        ]
    )
    return answer


async def _held(request: Request) -> Held:
    """What is held of the address in the path; 404 where nothing is."""
    url = _original(request)
    found = await pages(request).read(lambda conn: held(conn, url))
    if found is None:
        raise HTTPException(404)
    return found


def nearest(conn: Connection, url: str) -> str:
    """The address at the same host of which something is held and which is most like this one; "" for none."""
    host = host_of(url)
    known = posts.read_at_host(conn, host, _COMPARED) if host else []
    parts = [_after_host(key) for key, _ in known]
    best = process.extractOne(
        _after_host(canonical_key(url)), parts, scorer=fuzz.ratio, score_cutoff=_NEAR
    )
    return known[best[2]][1] if best else ""


def _after_host(key: str) -> str:
    return key.partition("://")[2].partition("/")[2][:_COMPARED_PART]


async def _not_held(request: Request, url: str) -> Response:
    """404, with the nearest address that something is held of."""
    near = await pages(request).read(lambda conn: nearest(conn, url), long=True)
    text = "No version of this address is held. It may be mistyped, or was never watched."
    return page(
        request,
        "error.html",
        404,
        heading="Nothing is held of this address",
        text=text,
        near=one_line(near),
        near_href=f"/timegate/{_quoted(near)}",
    )


def _original(request: Request) -> str:
    """The address a path ends with, its query too. Proxies fold its two slashes into one."""
    url = request.path_params["url"]
    raw = request.scope.get("raw_path", b"").decode("ascii", "replace")
    # As it was sent: what is escaped in the address stays so.
    start = raw.find("http")
    if start >= 0:
        url = raw[start:]
    url = re.sub(r"^(https?):/+", r"\1://", url)
    if not re.match(r"https?://[^/\s]", url):
        raise HTTPException(404)
    query = request.scope.get("query_string", b"").decode("ascii", "replace")
    return _quoted(one_line(f"{url}?{query}" if query else url, 4000))


def _quoted(url: str) -> str:
    """The address as it may stand between angle brackets in a header: what is no URL's is escaped."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


def _asked(text: str) -> datetime:
    """The time of an Accept-Datetime header; 400 where it is none (RFC 7089 4.5.3)."""
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        raise HTTPException(400) from None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _address(own: str, found: Held, place: int) -> str:
    return f"{own}/memento/{found.mementos[place].stamp}/{found.url}"


def _memento(own: str, found: Held, place: int, *, beside: int | None = None) -> str:
    """A link to one of them: first, last, and where it stands beside another."""
    names = []
    if place == 0:
        names.append("first")
    if place == len(found.mementos) - 1:
        names.append("last")
    if beside is not None and place != beside:
        names += [n for n, at in (("prev", beside - 1), ("next", beside + 1)) if at == place]
    names.append("memento")
    address, date = _address(own, found, place), _date(found.mementos[place])
    return f'<{address}>; rel="{" ".join(names)}"; datetime="{date}"'


def _date(one: Memento) -> str:
    return format_datetime(one.at, usegmt=True)
