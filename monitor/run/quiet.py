"""Is a post as it was at its last good look? Asked in the order of what it costs.

The status (304) and the hash of the bytes first; then whether all that differs in the bytes is markup
nobody reads (read/still.py), or paragraphs of the article beside that (read/amended.py). Only where none of
these says so is the page parsed and its article extracted (look.py): ten times as much work, and most looks
find nothing. None says more than reading in full would (tests/run/test_both_ways.py). What compares pages is
imported once one differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from .. import __version__
from ..config import SiteConfig
from ..model import Answer, Seen, Status
from ..read.article import EXTRACTOR, Article
from ..read.page import MOST_BLOCKS, Page
from ..read.stretch import holds, stretch_of
from ..read.verdict import Verdict, judge
from ..read.verdict.case import Case
from ..store import bodies, snapshots
from ..store.columns import short
from ..store.rows import PostRow
from ..values import replace

if TYPE_CHECKING:
    from ..read.sketch import Sketch
    from ..store.sketches import Kept

#: Larger pages are compared in a worker process with all the rest; this much takes 10 ms of the loop.
LARGEST_STILL = 1_000_000
#: Types of answers that are read as HTML whatever they begin with (read/page.py).
_HTML = frozenset(("text/html", "application/xhtml+xml"))


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
    if answer.header("content-type").partition(";")[0].strip().lower() not in _HTML:
        return False
    return row.state.status is Status.LIVE and 0 < len(answer.body) <= LARGEST_STILL


def bears_it(site: SiteConfig, row: PostRow, answer: Answer, kept: Kept | None) -> bool:
    """Whether an answer's page bears the article as it was, by the sketch that is kept of it."""
    from ..read.sketch import holds as bears

    sketch = sketch_in(site, row, kept)
    return sketch is not None and bears(sketch, answer.body)


def sketch_in(site: SiteConfig, row: PostRow, kept: Kept | None) -> Sketch | None:
    """The sketch of the page of a post's last good look, if that is what is kept."""
    if kept is None or row.stretch is None:
        return None
    return kept.read(stands(site, row))


def before(conn: Connection, row: PostRow) -> tuple[Article | None, bytes | None]:
    """The last version's article as it was read then, and the bytes of the last good look."""
    if row.state.snapshot is None:
        return None, None
    return snapshots.article(conn, row.state.snapshot), bodies.find_body(conn, row.body_hash)


def stands(site: SiteConfig, row: PostRow) -> str:
    """All that the sketch of a post's page depends on."""
    of = (row.body_hash, row.stretch, row.article_digest, row.state.snapshot)
    return short(__version__, EXTRACTOR, site.content, tuple(site.ignore), *of)


def still_at(
    row: PostRow,
    was: bytes | None,
    answer: Answer,
    known: Article | None,
    earlier: Sketch | None = None,
) -> tuple[tuple[int, int], Sketch | None] | None:
    """Where the article stands in the last good look's bytes, and their sketch, if the page differs from them in
    nothing that is the article's; None where it may. `earlier` is their sketch so far."""
    from ..read.sketch import sketch_of
    from ..read.still import noise

    if was is None or known is None:
        return None
    stretch = _stretch(row, was, known)
    differed = noise(was, answer.body, known, stretch) if stretch else None
    if stretch is None or differed is None:
        return None
    return stretch, sketch_of(was, known, stretch, differed, earlier)


def amended_at(
    row: PostRow, was: bytes | None, answer: Answer, known: Article | None
) -> Page | None:
    """The page of an answer that differs from the last good look's bytes, `was`, in nothing but paragraphs of the
    article; None where it may, and the page is to be read in full. It tells what is the article's: the rest is as it
    was, and what is to be learned of that has been (decide/furniture.py)."""
    from ..read.amended import amended
    from ..read.article.charset import decode_html

    if was is None or known is None or known.extractor != EXTRACTOR or row.stretch is None:
        return None
    if row.article_digest != known.digest:
        return None  # what was read of those bytes is not the version's: a change was set aside
    found = amended(was, answer.body, known, row.stretch)
    if found is None or decode_html(answer.body, answer.header("content-type"))[1] != "utf-8":
        return None
    article = found.article
    return Page(
        url=answer.final_url or answer.url,
        is_html=True,
        charset="utf-8",
        title=article.title,
        h1=(article.title,) if article.title else (),
        canonical=article.canonical,
        language=article.language,
        blocks=tuple(b.key for b in article.blocks),
        words=article.words,
        article=article,
        stretch=found.stretch,
    )


def still_there(case: Case) -> Verdict | None:
    """That the article is there, of a page as `amended_at` has it; None where any other rule may speak, and the page is
    to be read in full."""
    if case.end_gone and case.page is not None:
        # Then it is asked what stands beside the article: the words of a paywall, or of an error.
        from ..read.unlike import lines_of

        beside = lines_of(case.answer.body)[:MOST_BLOCKS]
        case = replace(case, page=replace(case.page, blocks=(*case.page.blocks, *beside)))
    verdict = judge(case)
    return verdict if verdict.rule == "article_there" and not verdict.cut else None


def _stretch(row: PostRow, was: bytes, known: Article) -> tuple[int, int] | None:
    """Where the article stands in the last good look's bytes: as noted then, unless a newer extractor has
    read more of them since."""
    noted = row.stretch
    if noted is not None and (row.article_digest == known.digest or holds(was, noted, known)):
        return noted
    return stretch_of(was, known)
