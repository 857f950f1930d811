"""What bytes stand behind an event: the copy from before it, the answer that says it is gone, the copy from after."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection

from ..model import Event, Kind, Seen
from ..show.cite import Kept
from ..show.story import interval
from ..store import answers, snapshots
from ..store.rows import ObservationRow, SnapshotRow


class Proof(Struct, frozen=True):
    """The bytes behind one event."""

    copies: tuple[tuple[str, SnapshotRow], ...] = ()  #: (before or after, version)
    gone: tuple[ObservationRow, ...] = ()  #: looks that found it gone, oldest first
    after: ObservationRow | None = (
        None  #: the look that saw it since, where no version has its bytes
    )


def gather(conn: Connection, event: Event) -> Proof:
    """What is kept. A version counts as "after" only where its bytes were fetched after the event: one that is
    read again says nothing of that in the bytes of its first look."""
    copies = []
    before, after = (
        snapshots.snapshot(conn, i) if i is not None else None
        for i in (event.snapshot_before, event.snapshot_after)
    )
    if before is not None:
        copies.append(("Before", before))
    since = interval(event)[0]
    seen = None
    if after is not None and event.kind is Kind.PUBLISHED:
        copies.append(("First copy", after))
    elif after is not None and event.snapshot_after != event.snapshot_before:
        if since is None or after.first_read_at > since:
            copies.append(("After", after))
    if event.snapshot_after is not None and len(copies) < 2:
        seen = answers.seen_after(conn, event)
    gone = tuple(r for r in answers.accusing(conn, event) if seen is None or r.id != seen.id)
    return Proof(tuple(copies), gone, seen)


def kept_bytes(proof: Proof) -> tuple[Kept, ...]:
    """The same for a citation."""
    names = {"Before": "the last copy from before it", "After": "the first copy from after it"}
    found = [
        Kept(
            f"{names.get(label, 'the first copy')} (version {v.number})",
            v.first_read_at,
            v.body_hash,
            f"/snapshots/{v.id}",
            v.last_read_at if label == "Before" else None,
        )
        for label, v in proof.copies
    ]
    found += [
        Kept(f"{what(row)} ({answered(row)})", row.last_at, row.body_hash, f"/looks/{row.id}")
        for row in proof.gone[-1:]
        if row.body_hash
    ]
    if (row := proof.after) is not None:
        found.append(Kept("what was read after it", row.last_at, row.body_hash, f"/looks/{row.id}"))
    return tuple(sorted(found, key=lambda k: k.at))


def what(row: ObservationRow) -> str:
    """What a stretch of looks got, as evidence: `the answer that says it is gone`."""
    if row.seen is Seen.ELSEWHERE:
        return "the answer from its new address"
    return "the answer that stood in its place"


def answered(row: ObservationRow) -> str:
    """`404`, `200, after a redirect`, or `none`."""
    status = "none" if row.status is None else str(row.status)
    return f"{status}, after a redirect" if row.hops else status


def hashes(proof: Proof) -> Sequence[str]:
    """SHA-256 of all that is kept, each once, for the foot of a printed page."""
    found = [v.body_hash for _, v in proof.copies]
    found += [
        r.body_hash for r in (*proof.gone, *([proof.after] if proof.after else [])) if r.body_hash
    ]
    return list(dict.fromkeys(found))
