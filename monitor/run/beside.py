"""Control looks beside the posts: what the site answers for a made-up URL, what its listing shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin

from ..model import ErrorSample, Form, Seen
from ..read.page import Page
from ..read.urls import canonical_key, folder, made_up_sibling
from ..store.rows import PostRow
from ..values import replace
from .ahead import together
from .context import Context
from .gathered import Gathered
from .look import Seeing, Surroundings, look_at_page
from .packing import unpacked
from .remembered import read_control

ERROR_SAMPLE_AGE = timedelta(hours=24)
#: Answers that an error sample is learned from; rules of broken pages say nothing of the site's own.
_SAMPLED = (404, 410)
_BROKEN = frozenset({"maintenance", "default_page", "error_text", "empty", "not_html", "cut_off"})


async def learn_errors(
    ctx: Context, around: Surroundings, got: Gathered, chosen: Sequence[PostRow]
) -> None:
    """Asks for a made-up URL beside the posts, in each folder that has many, once a day."""
    folders = Counter(folder(p.state.url) for p in chosen)
    fresh = {e.folder for e in got.facts.errors if got.now - e.at < ERROR_SAMPLE_AGE}
    wanted = [place for place, _ in folders.most_common(3) if place not in fresh]
    beside = [next(p for p in chosen if folder(p.state.url) == place) for place in wanted]
    await ask_made_up(ctx, around, got, *(p.state.url for p in beside))


async def ask_made_up(ctx: Context, around: Surroundings, got: Gathered, *beside: str) -> None:
    """Asks for a made-up URL beside each of these, and keeps how the site answers."""

    async def look(url: str) -> Seeing:
        token = f"{ctx.rng.getrandbits(40):010x}"
        return await look_at_page(ctx, around, made_up_sibling(url, token))

    seen = await together(map(look, beside))
    for seeing, place in zip(seen, map(folder, beside), strict=True):
        got.errors.append((seeing, place))
        sample = error_sample(seeing, place)
        if sample is not None and home_answers(got):
            sample = replace(sample, blocks=got.known.learnable(seeing.answer, sample.blocks))
            kept = tuple(e for e in got.facts.errors if e.folder != sample.folder)[-7:]
            got.facts = replace(got.facts, errors=(*kept, sample))


def home_answers(got: Gathered) -> bool:
    home = got.controls.home
    return home is None or home.verdict.seen in (Seen.PRESENT, Seen.SAME)


async def listing_blocks(ctx: Context, around: Surroundings, got: Gathered) -> tuple[str, ...]:
    """The text blocks of the site's first listing, where it is another page than its home."""
    for look in got.sources:
        body, own = unpacked(look.answer).body, look.source.url != got.known.row.url
        if look.source.form is Form.LISTING and body and own and not look.broken:
            answer = replace(look.answer, body=body, packed=b"")
            page = await read_control(ctx, around.site, answer, with_article=False)
            return page.blocks
    return ()


async def front_page(ctx: Context, around: Surroundings, got: Gathered) -> Page | None:
    """The host's front page, where the site's home is another page; asked once a pass, when needed."""
    url = urljoin(around.site.url, "/")
    if canonical_key(url) in around.site_keys or not ctx.may_look(got.controls.robots, url):
        return None
    if got.front is None:
        seeing = await look_at_page(ctx, around, url)
        got.front = seeing.page if seeing.answer.status == 200 and seeing.page else Page(url, False)
    return got.front if got.front.blocks else None


def error_sample(seeing: Seeing, folder: str) -> ErrorSample | None:
    """How the site answers for a made-up URL; None where the look told nothing of that."""
    answer, page, verdict = seeing.answer, seeing.page, seeing.verdict
    if answer.failure is not None or answer.status is None:
        return None
    if answer.status not in _SAMPLED and not 200 <= answer.status < 300:
        return None
    if verdict.wall or verdict.rule in _BROKEN:
        return None
    elsewhere = canonical_key(answer.final_url) != canonical_key(answer.url)
    return ErrorSample(
        folder=folder,
        at=answer.at,
        status=answer.status,
        final_url=answer.final_url if elsewhere else "",
        title=page.title if page else "",
        blocks=page.blocks[:400] if page else (),
    )
