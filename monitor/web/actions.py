"""What the forms of an event's page do: mark it as seen, dismiss it, keep a remark. The answer is its page."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..errors import UsageError
from ..run import triage
from ..store import events
from ..store.marks import MarkKind
from .making import number, page, pages
from .visitors import visitor


async def ack(request: Request, form: dict[str, str]) -> Response:
    """It was seen."""
    return await _mark(request, form, MarkKind.ACK)


async def dismiss(request: Request, form: dict[str, str]) -> Response:
    """It is noise."""
    return await _mark(request, form, MarkKind.DISMISS)


async def note(request: Request, form: dict[str, str]) -> Response:
    """A remark on it."""
    return await _mark(request, form, MarkKind.NOTE)


async def _mark(request: Request, form: dict[str, str], kind: MarkKind) -> Response:
    if not visitor(request).changes:
        raise HTTPException(403)
    p = pages(request)
    event_id = number(request.path_params["id"])
    event = await p.read(lambda conn: events.event(conn, event_id))
    if event is None:
        raise HTTPException(404)
    what = event.batch if form.get("all") == "1" and event.batch else str(event_id)
    said = triage.mark(what, kind, text=form.get("note", ""), by=form.get("by", ""), now=p.clock())
    try:
        await p.write(said)
    except UsageError:  # the event is there: it is the note
        text = "A note needs words. Go back, and write some."
        return page(request, "error.html", 400, heading="Nothing was kept", text=text)
    return RedirectResponse(f"/events/{event_id}#said", 303)
