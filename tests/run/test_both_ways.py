"""The quiet path says what reading everything in full says: one life of a blog, watched both ways."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from monitor.model import Seen
from monitor.store import Store, events, observations, posts, sites, snapshots, sources
from monitor.store.rows import ObservationRow
from monitor.values import replace
from tests.support.prose import many
from tests.support.prose import posts as some_posts
from tests.support.watching import watching
from tests.support.world import STEPS, Manner, World

#: (what happens, to which post, minutes until the next pass)
Step = tuple[str, int, int]
Life = list[Step]


class _NoChance(random.Random):
    """Draws that do not depend on how many were made before: the two ways draw differently often."""

    def random(self) -> float:
        return 0.5


async def _watched(folder: Path, manner: Manner, life: Life, *, in_full: bool) -> dict[str, Any]:
    folder.mkdir()
    long = many(6, apart=timedelta(hours=14))
    world = World(long if manner.long else some_posts(6), manner)
    if manner.house:
        world.happen("the house's line", 0)
    async with watching(folder, world.posts, blog=world) as w:
        w.ctx = replace(w.ctx, in_full=in_full, rng=_NoChance(7))
        await w.looks(2)
        for what, n, minutes in life:
            world.happen(what, n)
            await w.look(minutes)
        said = _said(w.ctx.store)
        return {k: _anywhere(v, f"127.0.0.1:{world._port}") for k, v in said.items()}


#: What a look that found a post as it was may be called, and answered with.
_AS_IT_WAS = re.compile(r"'(?:not_modified|same_bytes|same_text|same_article|article_there)'")
_NOT_MODIFIED = re.compile(r"(status=|'status': |answered )304")
_DRAWN = re.compile(r"server_date='[^']*'|'server_date': '[^']*'|robots='\w*'")


def _anywhere(said: Iterable[Any], host: str) -> list[str]:
    """What was said, wherever its blog stood and however its looks found a post as it was."""
    texts = (repr(x).replace(host, "blog.example") for x in said)
    found = (_DRAWN.sub("", _AS_IT_WAS.sub("'there'", text)) for text in texts)
    return [_NOT_MODIFIED.sub(r"\g<1>200", text) for text in found]


def _said(store: Store) -> dict[str, list[Any]]:
    """All that a watch came to, but for how its looks were read."""
    with store.read() as conn:
        site = next(iter(sites.sites(conn)))
        return {
            "events": [_event(e) for e in events.events(conn)],
            "posts": [
                (p.state, p.key, p.next_at, p.failures, p.watched)
                for p in posts.posts(conn, site.id)
            ],
            # A source that stands still held then what it holds: `last_at` is left as it was.
            "entries": [
                replace(e, last_at=site.watched_since) for e in sources.entries(conn, site.id)
            ],
            # By article: of a change that was set aside the row's digest is that of what was read last, which the
            # very bytes do not bring again.
            "versions": [
                None if p.state.snapshot is None else snapshots.article(conn, p.state.snapshot)
                for p in posts.posts(conn, site.id)
            ],
            "site": [(site.view, site.baseline_at, site.last_check_at, site.next_check_at)],
            "looks": _stretches(observations.observations(conn, site_id=site.id, limit=10_000)),
        }


def _event(event: Any) -> Any:
    """An event without what is drawn for it."""
    said = asdict(event)
    for drawn in ("uid", "salt", "body", "prev", "hash"):
        del said[drawn]
    return said


def _stretches(rows: list[ObservationRow]) -> list[tuple[Any, ...]]:
    """What the looks at each page came to, in order; those that found it as it was and those that read it
    as it was are one."""
    found: list[tuple[Any, ...]] = []
    for row in sorted(
        rows, key=lambda r: (r.role.value, r.post_id or 0, r.source_id or 0, r.url, r.id)
    ):
        seen = "there" if row.seen in (Seen.PRESENT, Seen.SAME) else row.seen.value
        status = 200 if row.status == 304 else row.status
        page = (
            row.role,
            row.post_id,
            row.source_id,
            row.url if row.role.value != "made_up" else "",
        )
        said = (
            seen,
            row.reason,
            status,
            row.failure,
            row.uncounted,
            "" if seen == "there" else row.rule,
        )
        last = found[-1] if found else None
        if last is not None and last[:2] == (page, said):
            found[-1] = (page, said, last[2], row.last_at, last[4] + row.looks)
        else:
            found.append((page, said, row.first_at, row.last_at, row.looks))
    return found


LIVES: dict[str, Life] = {
    "rest": [("rest", 0, 15), ("rest", 0, 15)],
    "removed and back": [("404", 1, 10), *[("rest", 0, 10)] * 3, ("back", 1, 15), ("rest", 0, 15)],
    "edited": [("edit", 2, 15), ("a figure", 3, 15), ("a note", 1, 15)],
    "edited again and again": [
        ("a paragraph between", 0, 15),
        ("a sentence less", 1, 15),
        ("a paragraph more", 0, 15),
        ("edit", 0, 15),
        ("a paragraph less", 0, 15),
        ("edit", 1, 15),
    ],
    "the house's line": [
        ("another house line", 0, 15),
        ("edit", 1, 15),
        ("the house's line", 0, 15),
    ],
    "a line set aside, then an edit": [
        ("another house line", 4, 15),
        ("a paragraph between", 5, 15),
    ],
    "an offer": [
        ("an offer", 0, 15),
        ("an error beside it", 1, 15),
        ("a paragraph less", 0, 15),
        ("a paragraph less", 1, 15),
        ("edit", 2, 15),
    ],
    "labels": [("a label", 1, 15), ("another label", 1, 15), ("edit", 1, 15)],
    "the author goes": [("rest", 0, 10), ("no author", 0, 15)],
    "unlisted": [("unlisted", 4, 15), *[("rest", 0, 15)] * 3, ("listed", 4, 15)],
    "a day later": [
        ("rest", 0, 24 * 60),
        ("published", 0, 15),
        ("404", 5, 24 * 60),
        ("rest", 0, 15),
    ],
}
MANNERS: dict[str, Manner] = {
    "rest": Manner(tokens=True, teasers=True),
    "removed and back": Manner(etags=True, paged=True),
    "edited": Manner(tokens=True, teasers=True),
    "edited again and again": Manner(long=True),
    "a line set aside, then an edit": Manner(long=True, house=True),
    "an offer": Manner(long=True),
    "the house's line": Manner(long=True, house=True),
    "labels": Manner(tokens=True),
    "the author goes": Manner(tokens=True),
    "unlisted": Manner(tokens=True, paged=True),
    "a day later": Manner(etags=True, paged=True),
}


def _apart(quiet: list[str], full: list[str]) -> list[tuple[str, str]]:
    """What the quiet way said and reading in full did not, and the other way round, from where they part."""
    found = []
    for x, y in zip_longest(quiet, full, fillvalue=""):
        if x != y:
            same = next((n for n, (a, b) in enumerate(zip(x, y, strict=False)) if a != b), 0)
            found.append((x[max(0, same - 40) :], y[max(0, same - 40) :]))
    return found


def _agree(folder: Path, manner: Manner, life: Life) -> None:
    async def both() -> None:
        quiet = await _watched(folder / "quiet", manner, life, in_full=False)
        full = await _watched(folder / "full", manner, life, in_full=True)
        for what, said in full.items():
            assert _apart(quiet[what], said) == [], what

    anyio.run(both)


@pytest.mark.parametrize("life", LIVES)
def test_lives(tmp_path: Path, life: str) -> None:
    _agree(tmp_path, MANNERS[life], LIVES[life])


STEP = st.tuples(
    st.sampled_from(STEPS), st.integers(0, 6), st.sampled_from((10, 15, 15, 60, 24 * 60))
)


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    manner=st.builds(Manner, *[st.booleans()] * 6),
    life=st.lists(STEP, min_size=2, max_size=7),
)
def test_any_life(tmp_path_factory: pytest.TempPathFactory, manner: Manner, life: Life) -> None:
    _agree(tmp_path_factory.mktemp("life"), manner, life)
