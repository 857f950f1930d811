"""Has the asker this already? ETag and Last-Modified (RFC 9110 8.8, 13.1), for what is asked again and again."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

#: Bytes that are not worth coding; 1 MB takes 5 ms and becomes 220 kB.
_SMALL, _LEVEL = 2000, 1
#: Addresses whose last change is remembered.
_MOST = 500


class Fresh:
    """Remembers since when each address has answered with the same bytes, as far as this process saw.

    Its own clock, since nothing in the database says when a feed changed: an event is dated by its
    detection, which lies before its writing, and `forget` leaves no time at all.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[str, datetime]] = {}

    def answer(self, request: Request, key: str, body: bytes, media_type: str) -> Response:
        """The body, or 304 where the asker holds the same."""
        mark = _mark(body)
        now = self._clock().astimezone(UTC).replace(microsecond=0)
        before = self._seen.pop(key, None)
        if before is None:
            since = now
        elif before[0] == mark:
            since = before[1]
        else:  # never the same second for two contents
            since = max(now, before[1] + timedelta(seconds=1))
        if len(self._seen) >= _MOST:
            self._seen.pop(next(iter(self._seen)), None)
        self._seen[key] = (mark, since)
        headers = dict[str, str]()
        if since <= now:
            headers["last-modified"] = format_datetime(since, usegmt=True)
        return _answer(request, mark, since, body, media_type, headers)


def tagged(request: Request, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The body, or 304 where the asker holds the same; of what needs no date."""
    return _answer(request, _mark(body), None, body, media_type, headers)


def _answer(
    request: Request,
    mark: str,
    since: datetime | None,
    body: bytes,
    media_type: str,
    headers: dict[str, str],
) -> Response:
    """The body, compressed for whoever takes it. No page is: its secrets would show in its length
    (CVE-2013-3587), and what is answered here has none beside what a stranger may choose."""
    gzipped = len(body) >= _SMALL and _takes_gzip(request.headers.get("accept-encoding", ""))
    if gzipped:
        mark += "-gzip"
    vary = ", ".join(v for v in (headers.get("vary"), "accept-encoding") if v)
    headers = {**headers, "etag": f'"{mark}"', "vary": vary}
    if _held(request, mark, since):
        return Response(status_code=304, headers=headers)
    if gzipped:
        body = gzip.compress(body, _LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers, media_type=media_type)


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip, and not to refuse it."""
    for one in accepted.lower().split(","):
        name, _, quality = one.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return re.fullmatch(r"q=0(\.0*)?", quality.strip()) is None
    return False


def _mark(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _held(request: Request, mark: str, since: datetime | None) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:  # then a date is not asked (RFC 9110 13.1.3)
        held = [t.strip().removeprefix("W/") for t in tags.split(",")]
        return "*" in held or f'"{mark}"' in held
    if since is None:
        return False
    try:
        asked = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, TypeError, OverflowError):
        return False
    if asked.tzinfo is None:
        asked = asked.replace(tzinfo=UTC)
    return asked >= since
