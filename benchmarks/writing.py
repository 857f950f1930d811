"""The lives of a made-up world, written look by look through the store's own functions."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from benchmarks.telling import back, edit
from benchmarks.world import AT_ONCE, LOST, Plan, Words, World
from monitor.model import Answer, Event, Kind, LookRecord, Reason, Role, Seen, Status
from monitor.read.urls import canonical_key
from monitor.store import events, observations, posts, queue, snapshots
from monitor.store.rows import Observation, PostRow
from monitor.values import replace

#: Whom the alerts went to.
DESK = ("mail", "desk@example.org")
#: Days before the end whose alerts are kept.
ALERTS_OF = 365
#: Events between which the whole watch, or the first site, was blind for an hour.
BLIND_EVERY = 4000

_HTML = (("content-type", "text/html; charset=utf-8"), ("server", "yard"))
_ASKED = (("accept", "text/html"), ("user-agent", "postwatch"))


@dataclass(slots=True)
class Life:
    """Where one post stands."""

    row: PostRow
    words: Words
    at: int = 0  #: looks it has had
    versions: int = 0
    again: int = 0  #: looks that read the last version again and are not noted there yet


class Lives:
    """All posts, as far as they have lived."""

    def __init__(self, world: World, sites: dict[str, int], salts: random.Random) -> None:
        self._world = world
        self._sites = sites
        self._salts = salts
        self._lives: dict[int, Life] = {}
        self._told = 0

    def add(self, conn: Connection, plans: Sequence[Plan]) -> None:
        """Meets posts."""
        for plan in plans:
            words, url = self._world.first_words(plan.number), self._world.url(plan)
            row = posts.add_post(
                conn,
                site_id=self._sites[plan.site],
                site=plan.site,
                url=url,
                key=canonical_key(url),
                now=self._world.at(plan.minutes[0]),
                title=words.title,
                published_at=self._world.date(plan),
                published_told=plan.minutes[0] == 0,
            )
            self._lives[plan.number] = Life(row, words)

    def post_id(self, plan: Plan) -> int:
        """The post's id in the database."""
        return self._lives[plan.number].row.state.post_id

    def live(self, conn: Connection, acts: Sequence[tuple[int, Plan]]) -> None:
        """Has posts looked at, in the order of time."""
        for minute, plan in acts:
            life, at = self._lives[plan.number], self._world.at(minute)
            place, life.at = life.at, life.at + 1
            if place in plan.away or place in plan.news:
                self._note_again(conn, life)
            if place in plan.away:
                self._missing(conn, plan, life, at, place)
            elif place in plan.unclear:
                answer = self._answer(life, at, 503, b"")
                self._observe(conn, life, answer, Seen.UNCLEAR, "server_error", "it answers 503")
            elif place == 0 or place in plan.news or place == plan.away.stop:
                self._read(conn, plan, life, at, place)
            else:
                self._same(conn, plan, life, at, place)
            if self._told and self._told % BLIND_EVERY == 0:
                self._blind(conn, plan.site, at)

    def finish(self, conn: Connection) -> None:
        """Writes the posts as they stand at the end: all are due, so that a pass has work for hours."""
        spread, until = random.Random(7), self._world.until
        for life in self._lives.values():
            self._note_again(conn, life)
            seen = until - timedelta(minutes=spread.randrange(24 * 60))
            if life.row.state.status is Status.LIVE:
                life.row = replace(life.row, state=replace(life.row.state, last_seen_at=seen))
            posts.save_post(conn, replace(life.row, next_at=until))

    def _note_again(self, conn: Connection, life: Life) -> None:
        """Notes at the last version how often it was read again: once for many looks, to save time."""
        state = life.row.state
        if life.again and state.snapshot is not None and state.last_seen_at is not None:
            snapshots.touch_version(conn, state.snapshot, state.last_seen_at, looks=life.again)
        life.again = 0

    def _answer(self, life: Life, at: datetime, status: int, body: bytes) -> Answer:
        url = life.row.state.url
        return Answer(
            url=url,
            at=at,
            took=timedelta(milliseconds=120),
            final_url=url,
            status=status,
            headers=_HTML,
            body=body,
            request_headers=_ASKED,
            peer="198.51.100.7:443",
        )

    def _observe(
        self,
        conn: Connection,
        life: Life,
        answer: Answer,
        seen: Seen,
        rule: str,
        why: str,
        **more: Any,
    ) -> None:
        row = life.row
        look = Observation(
            row.site_id, Role.POST, answer, seen, rule, why, row.state.post_id, **more
        )
        observations.observe(conn, look)

    def _read(self, conn: Connection, plan: Plan, life: Life, at: datetime, place: int) -> None:
        """The article is there: the first one, another one, or the same after an absence."""
        world, before, was = self._world, life.words, life.row.state
        if place in plan.news:
            life.words = world.next_words(plan.number, life.versions + 1, before)
        date = world.date(plan)
        article, body = life.words.article(date), life.words.page(was.url, date)
        answer = self._answer(life, at, 200, body)
        version = snapshots.keep_version(conn, was.post_id, article, answer)
        self._observe(
            conn,
            life,
            answer,
            Seen.PRESENT,
            "article_there",
            "the article is there",
            keep_body=False,
        )
        life.versions = version.number
        state = replace(
            was,
            title=article.title,
            first_seen_at=was.first_seen_at or at,
            last_seen_at=at,
            snapshot=version.id,
            status=Status.LIVE,
            misses=0,
            reason=None,
            published_told=True,
        )
        life.row = replace(
            life.row,
            state=state,
            body_hash=version.latest_body_hash,
            article_digest=article.digest,
            fingerprint=int(article.digest[:15], 16),
        )
        told = None
        if place == plan.away.stop and plan.away:
            told = back(plan, was, version.id)
        elif place in plan.news:
            told = edit(before, life.words, was.snapshot, version.id, was.last_seen_at)
        elif not was.published_told:
            told = Event(
                Kind.PUBLISHED, at, snapshot_after=version.id, evidence=("listed in feed.xml",)
            )
        if told is not None:
            event = self._tell(conn, life, told, at)
            if event.kind in (Kind.REINSTATED, Kind.RETRACTED):
                state = replace(state, removed_event=None, snapshot_at_removal=None)
                life.row = replace(life.row, state=state)
        posts.save_post(conn, life.row)

    def _same(self, conn: Connection, plan: Plan, life: Life, at: datetime, place: int) -> None:
        """The same bytes as before; now and then its sources leave it out, or list it again."""
        snapshot = life.row.state.snapshot
        life.again += 1
        answer = self._answer(life, at, 200, b"")
        self._observe(
            conn,
            life,
            answer,
            Seen.SAME,
            "same_bytes",
            "the bytes of the last look",
            keep_body=False,
        )
        life.row = replace(life.row, state=replace(life.row.state, last_seen_at=at))
        listed = life.row.state.listed
        if place == plan.delisted or (not listed and place >= plan.delisted + 10):
            kind = Kind.DELISTED if listed else Kind.RELISTED
            evidence = ("not in feed.xml any more" if listed else "in feed.xml again",)
            self._tell(conn, life, Event(kind, at, snapshot_before=snapshot, evidence=evidence), at)
            life.row = replace(life.row, state=replace(life.row.state, listed=not listed))
            posts.save_post(conn, life.row)

    def _missing(self, conn: Connection, plan: Plan, life: Life, at: datetime, place: int) -> None:
        """It answers 404; the third look in a row is sure."""
        state = life.row.state
        answer = self._answer(life, at, 404, LOST.encode())
        self._observe(
            conn, life, answer, Seen.MISSING, "not_found", "it answers 404", reason=Reason.NOT_FOUND
        )
        record = LookRecord(
            at, state.url, Role.POST, 404, "not_found", "Mon, 23 Nov 2026 10:00:00 GMT"
        )
        misses = place - plan.away.start + 1
        status = Status.SUSPECTED if misses < 3 else Status.REMOVED
        state = replace(
            state,
            status=status,
            misses=min(misses, 3),
            first_missing_at=at if misses == 1 else state.first_missing_at,
            last_missing_at=at,
            reason=Reason.NOT_FOUND,
            looks=(record,) if misses == 1 else (*state.looks, record)[:3],
        )
        life.row = replace(life.row, state=state)
        if misses == 3:
            event = self._tell(
                conn,
                life,
                Event(
                    Kind.REMOVED,
                    at,
                    reason=Reason.NOT_FOUND,
                    snapshot_before=state.snapshot,
                    first_missing_at=state.first_missing_at,
                    batch="all-at-once" if plan.number in AT_ONCE else None,
                    evidence=(
                        "404 in 3 looks",
                        "home page answered 200",
                        "sibling post answered 200",
                    ),
                    looks=state.looks,
                ),
                at,
            )
            life.row = replace(
                life.row,
                state=replace(state, removed_event=event.id, snapshot_at_removal=state.snapshot),
            )
        posts.save_post(conn, life.row)

    def _blind(self, conn: Connection, site: str, at: datetime) -> None:
        """The site, or we ourselves, can't be seen for an hour."""
        down = self._told % (2 * BLIND_EVERY) == 0
        gone, back = Kind.SITE_UNREACHABLE, Kind.SITE_RECOVERED
        if not down:
            gone, back = Kind.WATCH_STOPPED, Kind.WATCH_RESUMED
        name = site if down else None
        first = Event(gone, at, site=name, reason=Reason.DOWN if down else Reason.NETWORK)
        self._append(conn, first)
        self._append(conn, Event(back, at, site=name, absent_for=(3600, 3900), last_missing_at=at))

    def _tell(self, conn: Connection, life: Life, event: Event, at: datetime) -> Event:
        state = life.row.state
        whole = replace(
            event,
            detected_at=at,
            site=state.site,
            post=state.post_id,
            url=state.url,
            title=state.title,
            published_at=state.published_at,
            last_seen_at=event.last_seen_at or state.last_seen_at,
            vantage="Porto",
        )
        return self._append(conn, whole)

    def _append(self, conn: Connection, event: Event) -> Event:
        self._told += 1
        uid, salt = (f"{self._salts.getrandbits(128):032x}" for _ in range(2))
        stored = events.append(conn, event, uid=uid, salt=salt)
        recent = event.detected_at > self._world.until - timedelta(days=ALERTS_OF)
        if recent and event.kind is not Kind.PUBLISHED:
            queue.add_alerts(conn, stored.id, [DESK], event.detected_at)
            waits = [a.id for a in queue.alerts(conn, event_id=stored.id)]
            message = hashlib.sha256(uid.encode()).hexdigest()[:32]
            queue.done(conn, waits, event.detected_at, f"{message}@postwatch")
        return stored
