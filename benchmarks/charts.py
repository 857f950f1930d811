"""Bars, drawn as SVG: readable in light and dark, with a text in their place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Pixels: the whole width, the room for labels and for figures, a bar and what is between two groups.
WIDTH, LABELS, FIGURES, BAR, GAP = 720, 190, 90, 18, 12
#: A colour for each series, in light and in dark; told apart by lightness too.
COLOURS = (("#1f5fa8", "#7db8f5"), ("#8a8f98", "#9aa1ab"), ("#c2571a", "#f0a36b"))
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1c2026; }
.title { font-weight: 600; font-size: 15px; }
.axis { stroke: #8a8f98; }
.ground { fill: #ffffff; }
%s
@media (prefers-color-scheme: dark) { text { fill: #e8eaed; } .ground { fill: #161a1f; } %s }
"""


@dataclass(frozen=True, slots=True)
class Chart:
    """Groups of bars, a bar a series. A value of None has no bar. `name`: of its file."""

    name: str
    title: str
    unit: str
    series: tuple[str, ...]
    groups: tuple[tuple[str, tuple[float | None, ...]], ...]

    @property
    def described(self) -> str:
        """What the picture shows, in words."""
        told = []
        for label, values in self.groups:
            figures = ", ".join(
                f"{name} {figure(value)}"
                for name, value in zip(self.series, values, strict=True)
                if value is not None
            )
            told.append(f"{label}: {figures}")
        return f"{self.title}, {self.unit}. " + "; ".join(told) + "."


def figure(value: float) -> str:
    """A figure beside a bar."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def drawn(chart: Chart) -> str:
    """The chart as an SVG document of its own."""
    most = max((v for _, values in chart.groups for v in values if v is not None), default=0) or 1
    room, y, parts = WIDTH - LABELS - FIGURES, 64, list[str]()
    for label, values in chart.groups:
        bars = [(n, v) for n, v in enumerate(values) if v is not None]
        middle = y + len(bars) * BAR / 2 + 4
        parts.append(
            f'<text x="{LABELS - 10}" y="{middle:g}" text-anchor="end">{escape(label)}</text>'
        )
        for n, value in bars:
            long = max(1.0, room * value / most)
            parts.append(
                f'<rect class="s{n}" x="{LABELS}" y="{y}" width="{long:.1f}" height="{BAR - 3}"/>'
                f'<text x="{LABELS + long + 6:.1f}" y="{y + BAR - 6}">{figure(value)}</text>'
            )
            y += BAR
        y += GAP
    axis = f'<line class="axis" x1="{LABELS}" x2="{LABELS}" y1="56" y2="{y - GAP + 4}"/>'
    return _document(chart, [*_legend(chart.series), axis, *parts], y)


def _legend(series: Sequence[str]) -> list[str]:
    parts: list[str] = []
    x = float(LABELS)
    if len(series) < 2:
        return parts
    for n, name in enumerate(series):
        parts.append(
            f'<rect class="s{n}" x="{x:g}" y="34" width="12" height="12"/>'
            f'<text x="{x + 17:g}" y="45">{escape(name)}</text>'
        )
        x += 40 + 7.5 * len(name)
    return parts


def _document(chart: Chart, parts: Sequence[str], height: int) -> str:
    light, dark = (
        " ".join(f".s{n} {{ fill: {pair[which]}; }}" for n, pair in enumerate(COLOURS))
        for which in (0, 1)
    )
    title, said = escape(f"{chart.title} ({chart.unit})"), escape(chart.described)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" aria-labelledby="t d">',
            f'<title id="t">{title}</title><desc id="d">{said}</desc>',
            f"<style>{_STYLE % (light, dark)}</style>",
            '<rect class="ground" width="100%" height="100%"/>',
            f'<text class="title" x="10" y="20">{title}</text>',
            *parts,
            "</svg>\n",
        ]
    )
