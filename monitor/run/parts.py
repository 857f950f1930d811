"""Sources that come in several parts: the pages of a listing, the sitemaps of an index.

The first part may stand still while others change. Which parts were read, and how each stood, is kept with
the source: where all of them stand as they did, none is read anew.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache

from .. import __version__
from ..config import SiteConfig
from ..model import Answer, Form
from ..read.shape import learn
from ..store.columns import short
from .ahead import Ahead, together
from .asking import fetched
from .context import Context
from .packing import packed, size_of, unpacked

Parts = tuple[tuple[str, str], ...]  # (URL, how it stood) of each, in the order asked

#: Parts asked at once; the host's own pace is the fetcher's business.
AT_ONCE = 8
#: Bytes of answers that are kept for the reading in full; more are asked for again.
MOST_KEPT = 8 * 2**20
#: And as they came, a dozen usual ones.
MOST_RAW = 2**20
_HALVES = "."


def stands(
    site: SiteConfig, form: Form, answer: Answer, known: Sequence[str] = (), was: str = ""
) -> str:
    """How a source stands, to be held against how it stood by `alike`; `was`, how it stood, spares work where
    nothing differs. `known` are posts that teach the reader of a listing what a post's address looks like.

    Of a listing in two halves: what its reader reads, and, asked for first since it costs a tenth, its very
    bytes and all else that the reading depends on.
    """
    place, kind = answer.final_url or answer.url, answer.header("content-type")
    same = hashlib.sha256(answer.body).hexdigest()
    if form is not Form.LISTING:
        return short(same, place, kind)
    include = None if site.include is None else tuple(site.include)
    exact = short(
        same,
        place,
        kind,
        _depends(__version__, tuple(known), site.url, include, tuple(site.exclude)),
    )
    if was.partition(_HALVES)[2] == exact:
        return was
    from ..read.settled import settled_hash  # here: most passes settle nothing

    shape = learn(site.url, known, site.include, site.exclude)
    read = short(settled_hash(answer.body), place, kind, shape.learned)
    return f"{read}{_HALVES}{exact}"


def alike(now: str, was: str) -> bool:
    """Whether a source's reader reads the same: two answers of `stands`."""
    return bool(was) and now.partition(_HALVES)[0] == was.partition(_HALVES)[0]


@lru_cache(256)  # of one source of each site, a listing's pages ask it a dozen times over
def _depends(*what: object) -> str:
    return short(*what)


def no_answer(answer: Answer) -> str:
    """Why an answer says nothing of a source; "" where it does."""
    if answer.failure is not None:
        return answer.detail or answer.failure.value
    if answer.status != 200:
        return f"it answers {answer.status}"
    return ""


class Further:
    """The further parts of one source in one look: asked once each, whether they are compared or read."""

    def __init__(
        self,
        ctx: Context,
        site: SiteConfig,
        form: Form,
        known: Sequence[str] = (),
        may_ask: Callable[[str], bool] = lambda url: True,
    ) -> None:
        self.may_ask = may_ask  #: whether robots.txt lets us
        self._ctx, self._site, self._form, self._known = ctx, site, form, known
        self._kept: dict[str, Answer] = {}
        self._size = 0
        self._ahead: dict[str, asyncio.Task[str]] = {}  # asked already, by URL
        self.read: list[tuple[str, str]] = []  #: those that were read

    def ask(self, ahead: Ahead, parts: Parts) -> None:
        """Has the first of these parts asked for already: what comes is compared, or read, as if it came when it
        was asked for."""
        self._ahead = {url: ahead.begin(self._mark(url, was)) for url, was in parts[:AT_ONCE]}

    def drop(self, named: Collection[str]) -> None:
        """Asks for none of those any more that are not named: they are no parts now."""
        for url in self._ahead.keys() - set(named):
            self._ahead.pop(url).cancel()

    async def stand(self, parts: Parts) -> Parts | None:
        """How the parts stand now, where all of them stand as they did; None else."""
        found: list[tuple[str, str]] = []
        if self._form is Form.LISTING and not all(self.may_ask(url) for url, _ in parts):
            return None
        for start in range(0, len(parts), AT_ONCE):
            some = parts[start : start + AT_ONCE]
            marks = await together(self._marked(url, was) for url, was in some)
            if not all(alike(now, was) for now, (_, was) in zip(marks, some, strict=True)):
                return None
            found += [(url, now) for now, (url, _) in zip(marks, some, strict=True)]
        return tuple(found)

    async def _marked(self, url: str, was: str) -> str:
        under_way = self._ahead.pop(url, None)
        return await (under_way or self._mark(url, was))

    async def _mark(self, url: str, was: str) -> str:
        """How a part stands; "" where it does not answer."""
        async with fetched(self._ctx, self._site, url) as answer:
            mark = "" if no_answer(answer) else self._how(answer, was)
            self._keep(url, answer)
        return mark

    def _keep(self, url: str, answer: Answer) -> None:
        # Mostly all parts stand, and none of them is read: the first ones are not packed for that.
        kept = answer if self._size + len(answer.body) <= MOST_RAW else packed(answer)
        self._size += size_of(kept)
        if self._size <= MOST_KEPT:
            self._kept[url] = kept

    @asynccontextmanager
    async def part(self, url: str) -> AsyncIterator[Answer]:
        """The answer of one part, which is read here and then let go."""
        if under_way := self._ahead.pop(url, None):
            await under_way
        if url in self._kept:
            answer = unpacked(self._kept.pop(url))
            self._note(url, answer)
            yield answer
            return
        async with fetched(self._ctx, self._site, url) as answer:
            self._note(url, answer)
            yield answer

    def _note(self, url: str, answer: Answer) -> None:
        self.read.append((url, "" if no_answer(answer) else self._how(answer)))

    def _how(self, answer: Answer, was: str = "") -> str:
        return stands(self._site, self._form, answer, self._known, was)
