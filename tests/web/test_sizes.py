"""No page passes 200 kB, however long a text is: what is left out is counted, and is behind a link."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor.model import Kind, Reason, Status
from monitor.store import Store

from . import build
from .story import looks_of

pytestmark = pytest.mark.anyio

MOST = 200_000
WORDS = ("roof", "Größe", "it's", '"so"', "R&D", "<b>", "gardeners")


def words(n: int, seed: int = 1) -> str:
    """So many words, in an order that a seed gives."""
    return " ".join(f"{WORDS[i * seed % 7]}{i * seed % 991}" for i in range(n))


def edited(text: str, every: int) -> str:
    return " ".join(f"new{i}" if i % every == 0 else w for i, w in enumerate(text.split()))


LONG = [words(80, n + 3) for n in range(550)]  # 44,000 words
ONE = words(44_000)
PAIRS: dict[str, tuple[list[str], list[str]]] = {
    "one word of 44,000": (LONG, [*LONG[:500], edited(LONG[500], 50), *LONG[501:]]),
    "nothing of 44,000": (LONG, LONG),
    "all of 44,000": (LONG, ["This post has moved."]),
    "every paragraph": (LONG[:400], [edited(text, 9) for text in LONG[:400]]),
    "one paragraph": ([ONE[:250_000]], [edited(ONE[:250_000], 5000)]),
    "one paragraph gone": (["It stays.", ONE], ["It stays."]),
    "beside one paragraph": ([ONE, "It is so, they say."], [ONE, "It was so, they say."]),
    "many short ones": (
        [f"Item {n} of the list" for n in range(1500)],
        [f"Item {n} of {'our' if n % 2 else 'the'} list" for n in range(1500)],
    ),
    "turned round": (LONG[:300], LONG[:300][::-1]),
    "Chinese": (
        ["文" * 2000 + str(n) for n in range(30)],
        ["字" + "文" * 2000 + str(n) for n in range(30)],
    ),
}


def drawn(answer: httpx.Response) -> list[str]:
    """The words of the lines that a diff page shows."""
    return [
        p.text_content()
        for p in html.fromstring(answer.text).xpath("//*[@class='theirs'][@dir='auto']")
    ]


@pytest.mark.parametrize("name", PAIRS)
async def test_a_diff_page_holds_what_it_can_and_names_the_rest(
    tmp_path: Path, empty: Store, name: str
) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    before, after = PAIRS[name]
    one = filler.version(row, build.article(*before), build.at(9))
    filler.version(row, build.article(*after, byline="Another"), build.at(8))
    path = f"/posts/{row.state.post_id}/diff?from=1&to=2"
    async with build.client(empty, build.config(tmp_path)) as client:
        for view in ("", "&view=side"):
            page = await client.get(path + view)
            assert page.status_code == 200 and len(page.content) < MOST, view
            assert "too long for one page" in page.text
            rest = re.findall(
                r'<p class="left-out">[\d,]+ (?:more )?unchanged|[\d,]+ words of this|and [\d,]+ more ch',
                page.text,
            )
            assert rest, view
            tree = html.fromstring(page.text)
            hrefs = [str(h) for h in tree.xpath("//a/@href")]
            ids = {f"#{i}" for i in tree.xpath("//@id")}
            assert {h for h in hrefs if h.startswith("#")} <= ids | {"#main"}
            assert any("all=1" in h for h in hrefs)
        assert ('id="change-1"' in page.text) == (before != after)
        if name in ("beside one paragraph", "one word of 44,000"):
            whole = await client.get(f"{path}&all=1")
            assert "left out" not in whole.text and "all=1" in whole.text
            assert " ".join("".join(drawn(whole)).split()).count("roof") > 5000
        for path in (f"/snapshots/{one.id}", f"/snapshots/{one.id}/raw?as=text"):
            assert len((await client.get(path)).content) < MOST


async def test_a_copy_of_a_long_text_says_where_the_rest_is(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    for n, texts in enumerate((LONG, [ONE])):
        kept = filler.version(row, build.article(*texts), build.at(9 - n))
        async with build.client(empty, build.config(tmp_path)) as client:
            copy = await client.get(f"/snapshots/{kept.id}/raw?as=text")
            assert 150_000 < len(copy.content) < MOST
            tree = html.fromstring(copy.text)
            [link] = tree.xpath("//p[contains(., 'more words follow')]/a/@href")
            whole = html.fromstring((await client.get(str(link))).text)
        assert " ".join(" ".join(texts).split()) in " ".join(whole.text_content().split())
        left = int(re.sub(r"\D", "", re.findall(r"Here ([\d,]+) more", copy.text)[0]))
        assert 10_000 < left < 60_000


async def test_a_post_page_of_the_longest_names(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    long = "https://tulip.example/?" + "&a=%C3%9F" * 224
    title = "<&\"' " * 2000
    row = filler.post(filler.site(), title=title)
    kept = filler.version(row, build.article("It was here.", title=title), build.at(300))
    for n in range(60):
        ids = {"url": f"{long}{n}", "title": title, "snapshot_before": kept.id}
        filler.event(Kind.MOVED, build.at(90), row, moved_to=f"{long}y{n}", **ids)
        filler.event(
            Kind.REMOVED,
            build.at(30),
            row,
            reason=Reason.NOT_FOUND,
            last_seen_at=build.at(31),
            first_missing_at=build.at(30.5),
            looks=looks_of(long, build.at(30)) * 3,
            evidence=(title[:500],) * 8,
            **ids,
        )
    filler.state(
        row,
        title=title,
        url=long,
        aliases=tuple(f"{long}{n}" for n in range(300)),
        status=Status.REMOVED,
        reason=Reason.NOT_FOUND,
        snapshot=kept.id,
    )
    async with build.client(empty, build.config(tmp_path)) as client:
        for path in ("/", "/events", "/sites/tulip", "/posts/1", "/posts/1?event=60", "/events/2"):
            page = await client.get(path)
            assert page.status_code == 200 and len(page.content) < MOST, path
        assert "and at 295 more addresses" in (await client.get("/posts/1")).text
