"""What is said of an event in one line? For terminals, preheaders and rows; `said.py` has the sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Event, Kind
from ..units import shown_date, shown_time
from ..words import KINDS, how, of
from .plain import one_line
from .said import changed_parts, words_changed
from .story import away, when


def detail(event: Event) -> str:
    """One line on an event, to stand below its headline."""
    dated = f"dated {shown_date(event.published_at)}" if event.published_at else ""
    reason = r.short if (r := how(event)) else ""
    match event.kind:
        case Kind.REMOVED:
            parts = [
                reason,
                f"went {when(event)}",
                dated,
            ]
        case Kind.EDITED:
            names = ", ".join(changed_parts(event))
            parts = [words_changed(event), f"changed: {names}" if names else "", when(event)]
        case Kind.REINSTATED:
            same = "" if event.fields else "same words"
            parts = [f"after {away(event)}" if away(event) else "", words_changed(event) or same]
            parts.append(f"came back {when(event)}")
        case Kind.MOVED:
            parts = [f"same text, now at {event.moved_to}", when(event)]
        case Kind.DELISTED:
            parts = ["the page itself still answers", f"left its listings {when(event)}"]
        case Kind.RETRACTED:
            parts = [f"event {event.retracts} is withdrawn", event.why or ""]
        case Kind.PUBLISHED:
            parts = [f"first seen {shown_time(event.detected_at)}", dated]
        case _:
            parts = [reason, f"for {away(event)}" if away(event) else "", when(event)]
    return one_line("; ".join(p for p in parts if p), 400)


def counted(events: Sequence[Event]) -> str:
    """`1 removed; 2 edited, no note`: how many of each, in the contract's order; "" for none."""
    counts: dict[str, int] = {}
    for kind in KINDS:
        for event in events:
            if event.kind is kind:
                label = of(event).label.lower()
                counts[label] = counts.get(label, 0) + 1
    return "; ".join(f"{n} {label}" for label, n in counts.items())
