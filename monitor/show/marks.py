"""Which shape stands for which kind of event? The same drawing in rows, on pages and in the timeline.

Colour is a third cue only: every kind has a shape and a word of its own. Shapes are
drawn round (0, 0), 16 units wide, in `currentColor`; the class `hole` is the page behind them.
"""

from __future__ import annotations

from functools import cache

from markupsafe import Markup

from ..model import Event, Kind
from ..words import of

_OPEN = 'fill="none" stroke="currentColor" stroke-width="2"'
_HATCH = (
    '<path d="M-6 2-2-2M-6 6 6-6M-2 6 2 2M2 6 6 2M-6-2-2-6" '
    'stroke="currentColor" stroke-width="1.5" fill="none"/>'
)

SHAPES: dict[str, Markup] = {
    name: Markup(drawn)
    for name, drawn in {
        "ring": f'<circle r="6" {_OPEN}/>',
        "diamond_open": f'<path d="M0-7 7 0 0 7-7 0Z" {_OPEN}/>',
        "diamond": '<path d="M0-8 8 0 0 8-8 0Z" fill="currentColor"/>',
        "square_cross": (
            '<rect x="-8" y="-8" width="16" height="16" fill="currentColor"/>'
            '<path class="hole" d="M-4-4 4 4M4-4-4 4" stroke-width="2.4" fill="none"/>'
        ),
        "triangle": '<path d="M0-8 8 7-8 7Z" fill="currentColor"/>',
        "triangle_open": f'<path d="M0-6 6.500 6-6.500 6Z" {_OPEN}/>',
        "pentagon": '<path d="M-7-6 3-6 8 0 3 6-7 6Z" fill="currentColor"/>',
        "ring_dashed": f'<circle r="6" stroke-dasharray="3 2.500" {_OPEN}/>',
        "ring_stroke": f'<circle r="6" {_OPEN}/><path d="M-4 4 4-4" {_OPEN}/>',
        "ring_dot": f'<circle r="6" {_OPEN}/><circle r="2" fill="currentColor"/>',
        "hatched": f'<rect x="-6" y="-6" width="12" height="12" {_OPEN}/>{_HATCH}',
        "hatched_small": (
            f'<g transform="scale(.75)"><rect x="-6" y="-6" width="12" height="12" {_OPEN}/>'
            f"{_HATCH}</g>"
        ),
        "bar": (
            f'<rect x="-8" y="-3" width="16" height="6" {_OPEN}/>'
            '<path d="M-5 3-1-3M0 3 4-3" stroke="currentColor" stroke-width="1.5" fill="none"/>'
        ),
        "back": f'<path d="M-5 1a5.500 5.500 0 1 0 2-4.500M-6-6-3.500-3 0-5" {_OPEN}/>',
        "compared": f'<path d="M-7-7V7M7-7V7M-3 0H3" {_OPEN}/>',
        "tick": '<path d="M0-10V10" stroke="currentColor" stroke-width="2" fill="none"/>',
    }.items()
}

_KINDS = {
    Kind.PUBLISHED: "ring",
    Kind.EDITED: "diamond_open",
    Kind.REMOVED: "square_cross",
    Kind.REINSTATED: "triangle",
    Kind.MOVED: "pentagon",
    Kind.DELISTED: "ring_stroke",
    Kind.RELISTED: "ring_dot",
    Kind.SITE_UNREACHABLE: "hatched",
    Kind.SITE_RECOVERED: "triangle_open",
    Kind.SOURCE_BROKEN: "hatched_small",
    Kind.SOURCE_RECOVERED: "triangle_open",
    Kind.WATCH_STOPPED: "bar",
    Kind.WATCH_RESUMED: "triangle_open",
    Kind.RETRACTED: "back",
}


def shape_of(kind: Kind, silent: bool | None = None) -> str:
    """The name of a kind's shape; an edit without a note has the full diamond."""
    return "diamond" if kind is Kind.EDITED and silent else _KINDS[kind]


def mark(event: Event) -> Markup:
    """The event's mark as an SVG to stand before its word; hidden from screen readers."""
    return drawn(shape_of(event.kind, event.silent), of(event).tone)


@cache
def drawn(shape: str, tone: str) -> Markup:
    """A shape as an SVG of its own."""
    return Markup(
        '<svg class="mark t-{}" viewBox="-9 -9 18 18" width="18" height="18" aria-hidden="true">'
        "{}</svg>"
    ).format(tone, SHAPES[shape])
