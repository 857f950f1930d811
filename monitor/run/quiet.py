"""Is a post as it was at its last good look? Asked in the order of what it costs.

The status (304) and the hash of the bytes first; then whether all that differs in the bytes is markup
nobody reads (read/still.py). Only where none of these says so is the page parsed and its article
extracted (look.py): ten times as much work, and most looks find nothing. None says more than reading in
full would (tests/run/test_both_ways.py).
"""

from __future__ import annotations

from sqlalchemy import Connection

from ..model import Answer, Seen, Status
from ..read.article import Article
from ..read.still import still
from ..read.stretch import holds, stretch_of
from ..read.verdict import Verdict, judge
from ..read.verdict.case import Case
from ..store import bodies, snapshots
from ..store.rows import PostRow

#: Larger pages are compared in a worker process with all the rest; this much takes 10 ms of the loop.
LARGEST_STILL = 1_000_000


def as_it_was(row: PostRow, answer: Answer, body_hash: str) -> Verdict | None:
    """SAME where status or bytes say that the page is that of the last good look; None where more must be
    asked. `body_hash` is the SHA-256 of the answer's body, "" for none."""
    if row.state.snapshot is None or answer.failure is not None or answer.hops:
        return None
    same = bool(body_hash) and body_hash == row.body_hash and answer.status == 200
    if not same and answer.status != 304:
        return None
    verdict = judge(Case(answer, None, row.state.url, held=True, same_bytes=same))
    return verdict if verdict.seen is Seen.SAME else None


def may_be_still(row: PostRow, answer: Answer) -> bool:
    """Whether `still_at` can say anything of this answer."""
    if not row.body_hash or answer.status != 200 or answer.hops:
        return False
    return row.state.status is Status.LIVE and 0 < len(answer.body) <= LARGEST_STILL


def before(conn: Connection, row: PostRow) -> tuple[Article | None, bytes | None]:
    """The last version's article as it was read then, and the bytes of the last good look."""
    if row.state.snapshot is None:
        return None, None
    return snapshots.article(conn, row.state.snapshot), bodies.find_body(conn, row.body_hash)


def still_at(
    row: PostRow, was: bytes | None, answer: Answer, known: Article | None
) -> tuple[int, int] | None:
    """Where the article stands in the last good look's bytes, if the page differs from them in nothing that
    is the article's; None where it may."""
    if was is None or known is None:
        return None
    stretch = _stretch(row, was, known)
    return stretch if stretch and still(was, answer.body, known, stretch) else None


def _stretch(row: PostRow, was: bytes, known: Article) -> tuple[int, int] | None:
    """Where the article stands in the last good look's bytes: as noted then, unless a newer extractor has
    read more of them since."""
    noted = row.stretch
    if noted is not None and (row.article_digest == known.digest or holds(was, noted, known)):
        return noted
    return stretch_of(was, known)
