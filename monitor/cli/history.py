"""`history URL` and `diff URL [FROM TO]`: one post's life, and what changed between two versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..config import Config
from ..errors import UsageError, nearest
from ..model import Seen
from ..units import shown_second
from . import common

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..read.compare import Diff
    from ..show.looks import Stretch
    from ..store.rows import ObservationRow, PostRow, SnapshotRow

#: Looks printed of a life as text; `--json` gives all.
ALL = 1_000_000


@click.command(epilog="Example: postwatch history https://acme.example/blog/a --json")
@common.config_option
@click.argument("url")
@common.json_option
def history(config: str | None, url: str, as_json: bool) -> int:
    """One post's life: its events, versions and looks."""
    from ..decide.batches import BATCH
    from ..decide.lifecycle import BATCH_WAIT
    from ..run.triage import said
    from ..show.looks import looks_text, thresholds
    from ..show.terminal import history_text, in_ascii
    from ..store import answers, events, observations, snapshots
    from ..store.dates_borne import dates_borne
    from ..store.forget import forgotten
    from ..store.marks import marks

    settings = common.load_config(config)
    store = common.open_store(settings, write=False)
    look = common.terminal()
    with store.read() as conn:
        for post in find_posts(conn, settings, url):
            post_id = post.state.post_id
            told = events.events(conn, post_id=post_id)
            versions = snapshots.snapshots(conn, post_id)
            looks = observations.observations(conn, post_id=post_id, limit=ALL if as_json else 12)
            beside = {
                r.id: answers.beside(conn, r)
                for r in looks
                if r.seen not in (Seen.PRESENT, Seen.SAME)
            }
            if as_json:
                _write_json(told, versions, looks, beside)
                continue
            remarks: dict[int, list[str]] = {}
            for mark in marks(conn, [e.id for e in told]):
                remarks.setdefault(mark.event_id, []).append(said(mark))
            common.out(
                history_text(
                    post.state,
                    told,
                    versions=len(versions),
                    numbers={v.id: v.number for v in versions},
                    said=remarks,
                    dates=dates_borne(conn, versions, told, post.state.published_at),
                    colour=look.colour,
                    unicode=look.unicode,
                    width=look.width,
                )
            )
            if not post.watched and post_id in forgotten(conn):
                common.out("It was forgotten: what was kept of it was erased, for good.")
                continue
            common.out("\nLatest looks, newest first:")
            text = looks_text([_stretch(r, beside.get(r.id, ())) for r in looks])
            common.out(text if look.unicode else in_ascii(text))
            r = settings.removal
            common.out(
                "\n"
                + thresholds(r.confirmations, r.confirm_every, r.min_missing, BATCH, BATCH_WAIT)
            )
    store.close()
    return 0


def _stretch(row: ObservationRow, beside: Sequence[ObservationRow]) -> Stretch:
    from ..show.looks import Stretch

    return Stretch(
        role=row.role,
        first_at=row.first_at,
        last_at=row.last_at,
        looks=row.looks,
        answer=str(row.status) if row.status is not None else row.failure or "-",
        seen=row.seen,
        rule=row.rule,
        why=row.why,
        uncounted=row.uncounted,
        beside=tuple(_stretch(r, ()) for r in beside),
    )


def _write_json(
    told: list[Any],
    versions: list[SnapshotRow],
    looks: list[ObservationRow],
    beside: dict[int, list[ObservationRow]],
) -> None:
    from ..run.records import observation_record, version_record

    for version in versions:
        common.out_json(version_record(version).as_dict())
    rows = {r.id: r for r in (*looks, *(x for found in beside.values() for x in found))}
    for row_id in sorted(rows):
        common.out_json(observation_record(rows[row_id]).as_dict())
    for event in told:
        common.out_json({"type": "event", **event.as_record()})


@click.command(epilog="Example: postwatch diff https://acme.example/blog/a 2 3")
@common.config_option
@click.argument("url")
@click.argument("versions", nargs=-1, metavar="[FROM TO]", type=int)
@common.json_option
def diff(config: str | None, url: str, versions: tuple[int, ...], as_json: bool) -> int:
    """What changed between two versions of a post: the last two, or those of these numbers."""
    from ..read.compare import diff as compare
    from ..run.as_told import as_told, event_between
    from ..show.terminal import diff_text
    from ..store import events, snapshots

    if len(versions) not in (0, 2):
        raise UsageError("expected no version numbers or two: postwatch diff URL [FROM TO]")
    settings = common.load_config(config)
    store = common.open_store(settings, write=False)
    look = common.terminal()
    with store.read() as conn:
        post = find_posts(conn, settings, url)[0]
        rows = snapshots.snapshots(conn, post.state.post_id)
        first, last = _pair(rows, versions, url)
        before, after = (snapshots.article(conn, v.id) for v in (first, last))
        told = events.events(conn, post_id=post.state.post_id)
        event = event_between(told, first.id, last.id)
        if event is not None and before is not None and after is not None:
            before, after = as_told(conn, event, before, after)
    store.close()
    if before is None or after is None:
        raise UsageError(f"a version of {url} holds no article")
    change = compare(before, after, steady=frozenset(event.fields if event else ()))
    if as_json:
        common.out_json(diff_record(change, first, last))
        return 0
    heading = [
        post.state.title or url,
        f"version {first.number} ({shown_second(first.first_read_at)}) → version {last.number} "
        f"({shown_second(last.first_read_at)})   −{change.words_removed} +{change.words_added} {change.unit}, "
        f"{int(change.similarity * 100)} % the same",
    ]
    common.out(
        diff_text(
            change, colour=look.colour, unicode=look.unicode, width=look.width, heading=heading
        )
    )
    return 0


def _pair(
    rows: list[SnapshotRow], numbers: tuple[int, ...], url: str
) -> tuple[SnapshotRow, SnapshotRow]:
    if not rows:
        raise UsageError(f"no version of {url} has been read yet")
    by_number = {r.number: r for r in rows}
    if not numbers:
        if len(rows) < 2:
            raise UsageError(f"{url} has one version; there is nothing to compare yet")
        return rows[-2], rows[-1]
    for n in numbers:
        if n not in by_number:
            raise UsageError(f"{url} has no version {n}; it has 1 to {rows[-1].number}")
    return by_number[numbers[0]], by_number[numbers[1]]


def diff_record(change: Diff, first: SnapshotRow, last: SnapshotRow) -> dict[str, Any]:
    """The one object of `diff --json`."""
    return {
        "from": {"number": first.number, "snapshot": first.id},
        "to": {"number": last.number, "snapshot": last.id},
        "fields": list(change.changed),
        "words_added": change.words_added,
        "words_removed": change.words_removed,
        "similarity": round(change.similarity, 4),
        "changes": [{"field": f.name, "before": f.before, "after": f.after} for f in change.fields],
        "blocks": [
            {
                "op": b.op.value,
                "kind": b.kind.value,
                "before": b.before_at,
                "after": b.after_at,
                "runs": [{"op": r.op.value, "text": r.text} for r in b.runs],
                "links": [{"text": x.text, "before": x.before, "after": x.after} for x in b.links],
            }
            for b in change.blocks
        ],
    }


def find_posts(conn: Connection, config: Config, url: str) -> list[PostRow]:
    """The posts that have or had this URL, one for each site; UsageError names the nearest URL."""
    from ..read.urls import canonical_key
    from ..store import posts, sites

    found = posts.find_post(conn, canonical_key(url))
    if found:
        return found
    if url.isdigit() and (row := posts.post(conn, int(url))) is not None:
        return [row]
    known = [p.state.url for s in sites.sites(conn) for p in posts.posts(conn, s.id)]
    near = nearest(url, known)
    hint = f" Did you mean {near}?" if near else " See: postwatch posts"
    raise UsageError(f"no post {url}.{hint}")
