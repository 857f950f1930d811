"""What one pass saw of one site, as values handed from the looking half to the deciding half."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from ..decide.due import host_wait
from ..decide.furniture import furniture_of, settle
from ..decide.stamps import Dated
from ..model import Answer, LookRecord, Role, Seen, SiteFacts, Status
from ..read.article import Article
from ..read.article.normal import key
from ..read.page import Page
from ..store.rows import PostRow
from ..values import replace
from .controls import Controls
from .known import Known
from .look import Seeing
from .paces import Plan
from .packing import USUAL, packed, size_of
from .sources import SourceLook

if TYPE_CHECKING:
    from ..read.compare import Diff

#: Headers that the end of a pass asks a written look for, and characters of one that says something.
_LASTING, _USUAL = ("date", "age"), 100
#: Pages of a pass kept to learn what stands on many posts alike, and characters of all of them.
MAX_PAGES, MAX_TEXT = 40, 4_000_000
#: Bytes of answers that a site's pass holds as they came, beyond which they are packed: eight usual pages, and of
#: sixty sites at once 30 MiB. To pack and unpack a page takes as long as all else that is kept of its bytes.
AS_THEY_CAME = 512 * 1024
#: Known-good posts that are looked at beside a missing one.
SIBLINGS = 2


class Looked(Struct, eq=False):
    """One post in this pass: its look, a second one where its text changed, and what came of it."""

    row: PostRow
    seeing: Seeing
    known: Article | None
    first_look: bool
    second: Seeing | None = None
    confirmed: bool = True
    twin: str = ""
    written: bool = False
    #: what counts beside the text -> two articles, and what changed from one to the other: each step of a
    #: pass asks that anew, mostly of the same two
    compared: dict[frozenset[str], tuple[Article, Article, Diff]] = field(default_factory=dict)
    #: the facts, the two articles, and both without the furniture of those facts: asked again and again, too
    apart: tuple[SiteFacts, Article, Article, tuple[Article, Article]] | None = None

    @property
    def final(self) -> Seeing:
        """The look that counts: the second one where it confirmed the first."""
        return self.second if self.second is not None and self.confirmed else self.seeing

    @property
    def changed(self) -> bool:
        """Whether it was read and its article differs from the last good one, byte for byte."""
        article = self.seeing.article
        return (
            self.seeing.verdict.seen is Seen.PRESENT
            and not self.seeing.verdict.cut
            and self.known is not None
            and article is not None
            and article.digest != self.known.digest
        )


class Gathered(Struct):
    """All that one pass saw of one site."""

    known: Known
    controls: Controls
    now: datetime
    facts: SiteFacts
    sources: list[SourceLook] = field(default_factory=list)
    looked: dict[int, Looked] = field(default_factory=dict)
    errors: list[tuple[Seeing, str]] = field(default_factory=list)  #: (look, folder)
    left: frozenset[int] = frozenset()  #: posts that left a source that should hold them
    hinted: Mapping[int, frozenset[int]] = field(default_factory=dict)  #: by source, see hints.py
    held: set[int] = field(default_factory=set)  #: new posts nothing is told of yet
    front: Page | None = None  #: of the host, where the site lies below it; None: not asked yet
    listing_blocks: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()  #: URLs of watched posts that robots.txt forbids
    plan: Plan = field(default_factory=Plan)
    due: int = 0
    bunched: bool = False  #: more older posts are looked at than have their turn in one pass
    put_off: tuple[int, ...] = ()  #: posts that a source's word made due, and that had no turn
    dated: list[Dated] = field(default_factory=list)  #: of posts whose article stayed
    #: versions that were known by status or bytes to stand as they were; their dates are not in `dated`
    undated: list[int] = field(default_factory=list)
    stamped: frozenset[str] = frozenset()  #: modified dates that announce nothing in this pass
    samples: list[Looked] = field(default_factory=list)  #: of the first pass, looked at twice
    #: (title, text blocks) of some posts' pages
    pages: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    wait_until: datetime | None = None  #: the host asked to be left alone until then
    put_by: list[Looked] = field(
        default_factory=list
    )  #: looks to be written with the rest of the site
    held_bytes: int = 0  #: of answers whose looks are not written yet, packed or as they came
    patient: bool = True  #: and so it is; a pass over everything goes on
    _alike: tuple[int, frozenset[str], frozenset[str]] | None = None

    def heed(self, answer: Answer) -> None:
        """Notes what an answer asks of us for the whole host."""
        wait = host_wait(answer)
        if wait:
            self.wait_until = max(answer.at + wait, self.wait_until or answer.at)

    def to_hold(self, seeing: Seeing) -> Seeing:
        """The look as it is held until it is written, its bytes noted: as they came while there are few."""
        size = len(seeing.answer.body)
        if size and (size > USUAL or self.held_bytes >= AS_THEY_CAME):
            seeing = replace(seeing, answer=packed(seeing.answer))
        self.held_bytes += size_of(seeing.answer)
        return seeing

    def must_wait(self, now: datetime) -> bool:
        """Whether the host is to be left alone for the rest of the pass."""
        return self.patient and self.wait_until is not None and now < self.wait_until

    def learn_from(self, page: Page, answer: Answer) -> None:
        """Keeps the texts of a post's page, as long as there are not too many."""
        if len(self.pages) >= MAX_PAGES:
            return
        texts = [text for _, blocks in self.pages for text in blocks]
        if sum(map(len, texts)) + sum(map(len, page.blocks)) <= MAX_TEXT:
            blocks = self.known.learnable(answer, page.blocks)
            self.pages.append((key(page.article.title), blocks))

    def furniture(self) -> frozenset[str]:
        """What stands on many of these posts' pages alike, asked twice of a pass in which something changed."""
        pages, titles = len(self.pages), self.titles
        if self._alike is None or self._alike[:2] != (pages, titles):
            self._alike = (pages, titles, furniture_of(self.pages, titles))
        return self._alike[2]

    @property
    def titles(self) -> frozenset[str]:
        """The titles of all known posts, in comparison form."""
        return frozenset(key(row.state.title) for row in self.known.posts.values())

    @property
    def steady(self) -> frozenset[str]:
        """Holds "author" where a byline that came or went is no matter of the site's template: on more
        posts the page is as it was."""
        known = [x for x in self.looked.values() if not x.first_look]
        same = sum(map(_as_it_was, known))
        otherwise = sum(map(signed_otherwise, known))
        return frozenset({"author"}) if same > otherwise else frozenset()

    def control_records(self) -> tuple[LookRecord, ...]:
        """The looks that show the site was up: home, known-good siblings, a made-up URL."""
        records = []
        if self.controls.home is not None:
            records.append(self.controls.home.record(Role.HOME))
        siblings = [
            x.seeing.record(Role.SIBLING)
            for x in self.looked.values()
            if not x.first_look and x.seeing.verdict.seen in (Seen.PRESENT, Seen.SAME)
        ]
        records += siblings[:SIBLINGS]
        records += [s.record(Role.MADE_UP) for s, _ in self.errors[:1]]
        return tuple(records)


def _as_it_was(x: Looked) -> bool:
    """Whether its page is that of the last good look, and names an author as it is known to."""
    if x.seeing.verdict.seen is Seen.SAME:
        # That its markup shows the article as it was is no more than reading it in full would say.
        return x.seeing.verdict.rule != "same_text"
    return x.seeing.body_hash == x.row.body_hash != "" and not signed_otherwise(x)


def signed_otherwise(x: Looked) -> bool:
    """Whether it names an author where it named none, or none where it did."""
    article = x.seeing.article
    if x.known is None or article is None or x.seeing.verdict.seen is not Seen.PRESENT:
        return False
    return not x.seeing.verdict.cut and "author" in x.known.declared ^ article.declared


def differs(x: Looked, facts: SiteFacts, steady: frozenset[str] = frozenset()) -> bool:
    """Whether its article changed, once learned furniture is set aside."""
    if not x.changed or x.known is None or x.seeing.article is None:
        return False
    return bool(change(x, *settled(x, x.known, x.seeing.article, facts), steady).changed)


def settled(x: Looked, known: Article, now: Article, facts: SiteFacts) -> tuple[Article, Article]:
    """Two articles of a post, learned furniture set aside."""
    apart = x.apart
    if apart is None or apart[0] is not facts or apart[1] is not known or apart[2] is not now:
        apart = x.apart = (facts, known, now, settle(known, now, facts))
    return apart[3]


def change(x: Looked, before: Article, after: Article, steady: frozenset[str]) -> Diff:
    """What changed from one article of a post to another."""
    known = x.compared.get(steady)
    if known is None or known[:2] != (before, after):
        from ..read.compare import diff, restated  # here: most passes compare nothing

        pair = (before, after)
        same = next((d for one, other, d in x.compared.values() if (one, other) == pair), None)
        found = restated(same, *pair, steady=steady) if same else diff(*pair, steady=steady)
        known = x.compared[steady] = (*pair, found)
    return known[2]


def unremarkable(x: Looked, facts: SiteFacts, *, baseline: bool) -> bool:
    """Whether this look can come to no event, whatever else the pass sees: it is written at once."""
    seen, state = x.seeing.verdict.seen, x.row.state
    if seen is Seen.UNCLEAR:
        return True
    if seen not in (Seen.PRESENT, Seen.SAME) or state.status is Status.REMOVED:
        return False
    if x.first_look:
        # After the baseline a new post may be a missing one at its new address; one that was
        # redirected may be known by another.
        return baseline and state.published_told and not x.seeing.answer.hops
    return not differs(x, facts) and not signed_otherwise(x)


def slimmed(x: Looked) -> None:
    """Drops the bytes, the page and what was said beside them of a look that has been written."""
    answer = x.seeing.answer
    left = tuple((n, v) for n, v in answer.headers if n in _LASTING and len(v) <= _USUAL)
    answer = replace(
        answer, body=b"", packed=b"", headers=left, request_headers=(), certificate=b""
    )
    x.seeing = Seeing(answer, None, x.seeing.verdict, x.seeing.body_hash)
    x.known = x.apart = None
    x.compared.clear()
    x.written = True
