"""A long diff is made once, however many ask for it, and what is kept of them is bounded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from monitor.read.article import BlockKind
from monitor.read.compare import Run, RunOp
from monitor.show.diff import Drawing
from monitor.show.folds import Line, Part
from monitor.store import Store
from monitor.web import comparing, drawings
from monitor.web.drawings import Drawings

from . import build

pytestmark = pytest.mark.anyio


def drawing(characters: int) -> Drawing:
    line = Line("keep", BlockKind.PARAGRAPH.value, "", "", (Run(RunOp.SAME, "x" * characters),))
    return Drawing((Part((line,)),), (), "", "", "", "", ())


async def test_who_asks_while_it_is_made_waits_for_that_one() -> None:
    kept, made, go = Drawings(), 0, asyncio.Event()

    async def make() -> Drawing:
        nonlocal made
        made += 1
        await go.wait()
        return drawing(10)

    asked = [asyncio.create_task(kept.get("a", make)) for _ in range(30)]
    await asyncio.sleep(0)
    asked[0].cancel()  # one who leaves ends it for nobody else
    await asyncio.sleep(0)
    go.set()
    found = await asyncio.gather(*asked[1:])
    assert made == 1
    assert all(x is found[0] for x in found)
    assert await kept.get("a", make) is found[0]
    assert made == 1


async def test_what_failed_is_tried_again() -> None:
    kept = Drawings()

    async def fail() -> Drawing:
        raise ValueError("broken")

    async def make() -> Drawing:
        return drawing(1)

    with pytest.raises(ValueError, match="broken"):
        await kept.get("a", fail)
    assert await kept.get("a", make)


async def test_those_asked_for_last_are_kept_and_no_more_than_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawings, "ROOM", 10_000)
    monkeypatch.setattr(drawings, "ONE", 5_000)
    kept, made = Drawings(), list[Any]()

    async def get(key: str, size: int) -> None:
        async def make() -> Drawing:
            made.append(key)
            return drawing(size)

        await kept.get(key, make)

    for key in "abc":
        await get(key, 2_500)
    await get("a", 2_500)
    await get("d", 2_500)  # b was asked for longest ago
    await get("whole", 6_000)
    assert kept.weight <= 10_000
    made.clear()
    for key in ("a", "d", "b", "whole"):
        await get(key, 2_500)
    assert made == ["b", "whole"]


async def test_marks_that_take_no_room_stand_in_no_diff(tmp_path: Path, empty: Store) -> None:
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    filler.version(row, build.article("A\u200bn old \ufeffroof\u2060s end."), build.at(9))
    filler.version(row, build.article("A\u200bn \ufeffold roof\u2060s \u200bfall."), build.at(8))
    async with build.client(empty, build.config(tmp_path)) as client:
        for view in ("", "?view=side"):
            page = (await client.get(f"/posts/{row.state.post_id}/diff{view}")).text
            words = html.fromstring(page).xpath("string(//main)")
            assert "An old roofs" in words and "fall." in words
            assert not {"\u200b", "\ufeff", "\u2060"} & set(page)


async def test_a_long_diff_is_drawn_once_for_all_who_ask(
    tmp_path: Path, empty: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "LONG", 20)
    calls = []
    real = comparing._drawn

    def counting(*args: Any) -> Drawing:
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(comparing, "_drawn", counting)
    filler = build.Filler(empty)
    row = filler.post(filler.site())
    texts = [f"Paragraph {n} has seven words in it." for n in range(9)]
    filler.version(row, build.article(*texts), build.at(9))
    filler.version(row, build.article(*texts[:4], "Another end."), build.at(8))
    path = f"/posts/{row.state.post_id}/diff"
    async with build.client(empty, build.config(tmp_path)) as client:
        paths = [path, f"{path}?view=side", f"{path}?fold=0", f"{path}?from=1&to=2"]
        answers = await asyncio.gather(*(client.get(p) for p in paths * 3))
        assert {a.status_code for a in answers} == {200}
        assert all("Another end." in a.text for a in answers)
        assert len(calls) == 1
        await client.get(f"{path}?all=1")
        await client.get(f"{path}?from=2&to=1")
        assert len(calls) == 3
