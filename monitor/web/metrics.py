"""`/metrics` in the Prometheus text format (version 0.0.4), read of the database at each scrape.

All counts are the database's, so that they mean the same whichever process answers, and outlive it. Only
the passes are those of this process, where it is a daemon.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from .. import __version__
from ..model import AlertState, Failure, Kind, Reason, Status
from ..run import records
from ..run.pulse import Pulse, pulse
from ..run.standstill import LATE
from ..store import tally, upgrade
from .making import Pages
from .visitors import visitor

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: The looks are many: they are counted at most so often.
COUNTED_EVERY = timedelta(minutes=1)
_OUTCOMES = (
    *("ok", "not_modified", "redirect", "client_error", "server_error", "other"),
    *(f.value for f in Failure),
)
_AWAY = (Reason.DOWN, Reason.BLOCKED, Reason.DISALLOWED)
_BLIND = (Reason.NETWORK, Reason.OVERDUE, Reason.DISK, Reason.STOPPED)

Labels = Mapping[str, str]


class Family(Struct, frozen=True):
    """One metric with its samples."""

    name: str
    kind: str  #: counter or gauge
    said: str
    samples: tuple[tuple[Labels, float], ...]


def family(
    name: str, kind: str, said: str, samples: Iterable[tuple[Labels, float]] | float
) -> Family:
    """A metric of these samples, or of one number."""
    many = (({}, float(samples)),) if isinstance(samples, (int, float)) else tuple(samples)
    return Family(f"postwatch_{name}", kind, said, many)


def exposition(families: Iterable[Family]) -> str:
    """The metrics as a scraper reads them; those without a sample are left out."""
    return "".join(line + "\n" for f in families if f.samples for line in _lines(f))


def _lines(f: Family) -> Iterator[str]:
    said = f.said.replace("\\", "\\\\").replace("\n", "\\n")
    yield f"# HELP {f.name} {said}"
    yield f"# TYPE {f.name} {f.kind}"
    for labels, value in f.samples:
        pairs = ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items())
        yield f"{f.name}{{{pairs}}} {_number(value)}" if pairs else f"{f.name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isfinite(value):
        return str(int(value)) if value == int(value) else repr(value)
    return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"


class Metrics:
    """Gathers them. One for an application."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._counting = asyncio.Lock()
        self._looks: dict[str, int] = {}
        self._counted_at: datetime | None = None

    async def text(self, *, ours: bool) -> str:
        """The metrics; what tells of the config only for who is one of us."""
        now = self._pages.clock()
        looks = await self._counted(now)
        gathered = await self._pages.read(lambda conn: list(self._families(conn, now, ours=ours)))
        return exposition([*gathered, _fetches(looks)])

    async def _counted(self, now: datetime) -> dict[str, int]:
        async with self._counting:  # scrapers that come together count once
            last = self._counted_at
            if last is None or not timedelta(0) <= now - last < COUNTED_EVERY:
                fresh = await self._pages.read(tally.looks_by_outcome, long=True)
                # A counter never falls, though looks are dropped after a time, or with their post.
                self._looks = {k: max(fresh.get(k, 0), self._looks.get(k, 0)) for k in _OUTCOMES}
                self._counted_at = now
            return self._looks

    def _families(self, conn: Connection, now: datetime, *, ours: bool) -> Iterator[Family]:
        config, beat = self._pages.config, self._pages.beat
        found = pulse(conn, config, now, beat)
        yield family(
            "build_info",
            "gauge",
            "Always 1; which release and which schema of the database.",
            [({"version": __version__, "schema": upgrade.head()}, 1)],
        )
        yield from _of_pulse(found, now)
        if beat is not None:
            passes = "Passes that ended in this process."
            yield family("passes_total", "counter", passes, beat.passes)
        paused = [s.name for s in config.sites if s.paused]
        due = tally.due_posts(conn, now, now - LATE, but=paused)
        yield family("posts_due", "gauge", "Posts whose next look is due.", due.due)
        late = f"Posts whose next look has been due for over {int(LATE.total_seconds())} seconds."
        yield family("posts_overdue", "gauge", late, due.overdue)
        yield from _of_sites(conn, records.site_records(conn, config, now))
        kinds = tally.events_by_kind(conn)
        told = [({"kind": k.value}, kinds.get(k, 0)) for k in Kind]
        yield family("events_total", "counter", "Events by kind.", told)
        if ours:
            yield from _of_alerts(conn, list(config.channels), now)


def _of_pulse(found: Pulse, now: datetime) -> Iterator[Family]:
    alive = "1 while passes come, as /readyz says."
    yield family("passes_running", "gauge", alive, 0 if found.stopped else 1)
    if found.last_pass_at is not None:
        age = max(0.0, (now - found.last_pass_at).total_seconds())
        yield family("last_pass_age_seconds", "gauge", "Since a pass last ended.", age)
    said = "1 while we cannot look, by reason."
    blind = [({"reason": r.value}, 1 if r is found.blind else 0) for r in _BLIND]
    yield family("blind", "gauge", said, blind)


def _of_sites(conn: Connection, sites: list[records.SiteRecord]) -> Iterator[Family]:
    def many(status: str, reason: Reason | None = None) -> tuple[Labels, float]:
        n = sum(s.status == status and (reason is None or s.reason is reason) for s in sites)
        return {"status": status, "reason": reason.value if reason else ""}, n

    counts = [
        many("up"),
        *(many("unreachable", r) for r in _AWAY),
        many("paused"),
        many("unwatched"),
    ]
    yield family("sites", "gauge", "Sites by status, and by reason where unreachable.", counts)
    watched = [s for s in sites if s.status in ("up", "unreachable")]
    up: list[tuple[Labels, float]] = [
        ({"site": s.name}, 1 if s.status == "up" else 0) for s in watched
    ]
    yield family("site_up", "gauge", "1 while a watched site can be seen.", up)
    states = tally.posts_by_state(conn)
    here = [
        ({"site": s.name, "state": state.value}, states.get((s.name, state), 0))
        for s in sites
        if s.status != "unwatched"
        for state in Status
    ]
    yield family("posts", "gauge", "Watched posts by site and state.", here)


def _of_alerts(conn: Connection, channels: list[str], now: datetime) -> Iterator[Family]:
    counts, due = tally.alerts_by_state(conn), tally.longest_due(conn, now)
    names = list(dict.fromkeys([*channels, *sorted(channel for channel, _ in counts)]))
    yield family(
        "alerts",
        "gauge",
        "Alerts by channel and state; pending ones are the queue. Reminders to come aside.",
        [
            ({"channel": name, "state": state.value}, counts.get((name, state), 0))
            for name in names
            for state in AlertState
        ],
    )
    yield family(
        "alerts_due_age_seconds",
        "gauge",
        "For how long the longest waiting alert of a channel has been due; 0 where none is.",
        [({"channel": n}, (now - due[n]).total_seconds() if n in due else 0) for n in names],
    )


def _fetches(looks: Mapping[str, int]) -> Family:
    return family(
        "fetches_total",
        "counter",
        "Looks at posts, sources and control pages by what came of them, as far as they are kept.",
        [({"outcome": name}, looks.get(name, 0)) for name in _OUTCOMES],
    )


async def metrics(request: Request) -> Response:
    """The metrics."""
    gatherer = request.app.state.metrics
    assert isinstance(gatherer, Metrics)
    text = await gatherer.text(ours=visitor(request).ours)
    return Response(text, media_type=MEDIA_TYPE)
