"""Memento (RFC 7089): which copy of this address do you hold for that time? TimeMap, TimeGate and mementos.

A memento is one version of a post, dated by its first look. Its bytes are served as `/snapshots/{id}/raw`
serves them, under a CSP sandbox; the page with our strip is named by a Link (`describedby`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from rapidfuzz import fuzz, process
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..read.urls import canonical_key, host_of
from ..show.plain import one_line
from ..store import posts, snapshots
from ..store.rows import SnapshotRow
from .copies import bytes_of
from .making import base, page, pages

_STAMP = "%Y%m%d%H%M%S"
_LINK_TYPE = "application/link-format"
#: Addresses of one host that a mistyped one is compared with, and how much of each.
_COMPARED, _COMPARED_PART = 3000, 300
#: Of 100: below it two addresses of a host have little but their folder in common.
_NEAR = 75


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of an address: its versions by the second they were first read in, oldest first."""

    url: str
    versions: tuple[SnapshotRow, ...]

    def at(self, when: datetime) -> int:
        """The place of the version that stood at a time: the last one read by then, or the first."""
        times = [v.first_read_at for v in self.versions]
        return max(0, bisect_right(times, when) - 1)


def held(conn: Connection, url: str) -> Held | None:
    """The versions of the post at an address, now or formerly; None where none is held."""
    key = canonical_key(url)
    found: list[SnapshotRow] = []
    for row in posts.find_post(conn, key) if key else ():
        found += snapshots.snapshots(conn, row.state.post_id)
    by_second: dict[str, SnapshotRow] = {}
    for version in sorted(found, key=lambda v: (v.first_read_at, v.id)):
        by_second.setdefault(version.first_read_at.strftime(_STAMP), version)
    return Held(url, tuple(by_second.values())) if by_second else None


async def timemap(request: Request) -> Response:
    """All that is held of an address, as `application/link-format` (RFC 7089 5)."""
    found = await _held(request)
    own = base(request)
    first, last = found.versions[0], found.versions[-1]
    lines = [
        f'<{found.url}>; rel="original"',
        f'<{own}/timemap/link/{found.url}>; rel="self"; type="{_LINK_TYPE}"'
        f'; from="{_date(first)}"; until="{_date(last)}"',
        f'<{own}/timegate/{found.url}>; rel="timegate"',
        *(_memento(own, found, i) for i in range(len(found.versions))),
    ]
    return Response(",\n".join(lines) + "\n", media_type=_LINK_TYPE)


async def timegate(request: Request) -> Response:
    """Sends to the version that stood at `Accept-Datetime`; without one, to the newest (RFC 7089 4.5.3)."""
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
    """One version as it was fetched, with where it stands among the others; sent on to the nearest
    where none was first read in that second."""
    stamp = request.path_params["stamp"]
    try:
        when = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise HTTPException(404) from None
    if not re.fullmatch(r"\d{14}", stamp, re.ASCII):
        raise HTTPException(404)
    found = await _held(request)
    place = found.at(when.replace(microsecond=999_999))
    own = base(request)
    version = found.versions[place]
    if version.first_read_at.strftime(_STAMP) != stamp:
        return RedirectResponse(_address(own, found, place), 302)
    answer = await bytes_of(request, version, version.body_hash)
    answer.headers["memento-datetime"] = _date(version)
    around = sorted({0, place - 1, place, place + 1, len(found.versions) - 1})
    answer.headers["link"] = ", ".join(
        [
            f'<{found.url}>; rel="original"',
            f'<{own}/timegate/{found.url}>; rel="timegate"',
            f'<{own}/timemap/link/{found.url}>; rel="timemap"; type="{_LINK_TYPE}"',
            f'<{own}/snapshots/{version.id}>; rel="describedby"; type="text/html"',
            *(
                _memento(own, found, i, beside=place)
                for i in around
                if 0 <= i < len(found.versions)
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
    return f"{own}/memento/{found.versions[place].first_read_at.strftime(_STAMP)}/{found.url}"


def _memento(own: str, found: Held, place: int, *, beside: int | None = None) -> str:
    """A link to one version: first, last, and where it stands beside another."""
    names = []
    if place == 0:
        names.append("first")
    if place == len(found.versions) - 1:
        names.append("last")
    if beside is not None and place != beside:
        names += [n for n, at in (("prev", beside - 1), ("next", beside + 1)) if at == place]
    names.append("memento")
    address, date = _address(own, found, place), _date(found.versions[place])
    return f'<{address}>; rel="{" ".join(names)}"; datetime="{date}"'


def _date(version: SnapshotRow) -> str:
    return format_datetime(
        version.first_read_at.astimezone(UTC).replace(microsecond=0), usegmt=True
    )
