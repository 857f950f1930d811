"""`/events/{id}/ignore`: the rule that would have muted an edit, tried out when it is asked for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..run.ignore_rule import offer
from ..run.parse import Parser
from ..show.ignore_rule import heading, outcome, toml_line
from .making import number, page, pages
from .visitors import visitor

#: How long a reader waits for a page.
BUDGET = timedelta(seconds=8)


class Trials:
    """One trial at a time: each takes a core for some seconds."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()


async def rule(request: Request) -> Response:
    """The rule to paste, and what it would have done. For us alone, as it names the config."""
    if not visitor(request).ours:
        raise HTTPException(404)
    p = pages(request)
    trials = request.app.state.trials
    event_id = number(request.path_params["id"])
    if trials.turn.locked():
        text = (
            "Another rule is being tried out at this moment. Load this page again in some seconds."
        )
        return page(request, "error.html", 503, heading="One at a time", text=text)
    async with trials.turn:
        # A worker of its own, gone with the answer: it holds the extractors, which the pages need not.
        parser = Parser(workers=1, deadline=BUDGET.total_seconds())
        try:
            found = await offer(p.store, parser, p.config, event_id, budget=BUDGET)
        finally:
            await parser.aclose()
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "ignore.html",
        offer=found,
        heading=heading(found),
        line=toml_line(found) if found.selectors else "",
        outcome=outcome(found),
    )
