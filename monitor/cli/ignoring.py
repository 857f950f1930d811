"""What `dismiss` prints of the rule that would have muted an edit."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from ..config import Config
from . import common

if TYPE_CHECKING:
    from ..show.ignore_rule import Offer

#: How long somebody at a terminal waits for a rule to be tried out.
BUDGET = timedelta(seconds=15)


def offer_rule(settings: Config, event_id: int) -> None:
    """Prints the rule to paste and what it would have done; on stderr, why there is none."""
    from ..show.ignore_rule import heading, outcome, toml_line

    offer = asyncio.run(_offer(settings, event_id))
    if offer is None:
        return
    if not offer.selectors:
        common.progress(heading(offer))
        return
    common.out(f"\n{heading(offer)}")
    common.out(f"  {toml_line(offer)}")
    for sentence in outcome(offer):
        common.out(sentence)


async def _offer(settings: Config, event_id: int) -> Offer | None:
    from ..run.ignore_rule import offer
    from ..run.parse import Parser

    store = common.open_store(settings, write=False)
    parser = Parser(workers=2, deadline=BUDGET.total_seconds())
    try:
        return await offer(store, parser, settings, event_id, budget=BUDGET)
    finally:
        await parser.aclose()
        store.close()
