"""Sites that take long hold a part of the places, never all."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from monitor.model import SiteView
from monitor.run.gate import FOR_THE_SLOW, PLACES, Gate
from monitor.store.rows import SiteRow
from monitor.values import replace

pytestmark = pytest.mark.anyio

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
SEEN = SiteRow(1, "acme", "https://acme.example/", True, JUNE, baseline_at=JUNE)
AT_ITS_FIRST = replace(SEEN, baseline_at=None)
OUT_OF_SIGHT = replace(SEEN, view=SiteView(up=False))


@pytest.mark.parametrize("row", [AT_ITS_FIRST, OUT_OF_SIGHT])
async def test_who_takes_long_keeps_nobody_waiting(row: SiteRow) -> None:
    gate, release, held = Gate(), asyncio.Event(), list[SiteRow]()

    async def hold(row: SiteRow) -> None:
        async with gate.place(row):
            held.append(row)
            await release.wait()

    slow = [asyncio.create_task(hold(row)) for _ in range(2 * PLACES)]
    await asyncio.sleep(0)
    assert len(held) == FOR_THE_SLOW < PLACES
    async with asyncio.timeout(5), gate.place(SEEN):
        pass
    release.set()
    await asyncio.gather(*slow)
    assert len(held) == 2 * PLACES


async def test_it_is_full_while_a_site_has_to_wait() -> None:
    gate = Gate()
    async with AsyncExitStack() as held:
        for _ in range(PLACES):
            assert not gate.full
            await held.enter_async_context(gate.place(SEEN))
        assert gate.full
    assert not gate.full
