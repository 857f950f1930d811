"""What benchmarks found becomes Markdown: sections, tables, and the part of a file between two markers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.charts import Chart

BEGIN = "<!-- made by `make bench`: do not edit -->"
END = "<!-- end of what `make bench` made -->"

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Section:
    """What one benchmark found. `said`: what a reader has to know of it, a paragraph."""

    title: str
    said: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    charts: tuple[Chart, ...] = ()


def number(value: Cell) -> str:
    """As a table shows it: three figures that count, thousands apart; "–" for what was not measured."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([number(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The same for a terminal: columns aligned, figures to the right."""
    cells = [list(head), *([number(cell) for cell in row] for row in rows)]
    wide = [max(len(line[n]) for line in cells) for n in range(len(head))]
    return "\n".join(
        "  ".join(
            c.rjust(w) if n else c.ljust(w) for n, (c, w) in enumerate(zip(line, wide, strict=True))
        )
        for line in cells
    )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """How many times ours theirs is, by the medians; None where one of them was not measured."""
    if not ours or not theirs or not median(ours):
        return None
    return median(theirs) / median(ours)


def page(sections: Sequence[Section], intro: str) -> str:
    """All sections, one below the other, with their charts."""
    parts = [intro]
    for section in sections:
        parts += [f"### {section.title}", section.said]
        parts += [f"![{c.described}](charts/{c.name}.svg)" for c in section.charts]
        parts.append(table(section.head, section.rows))
    return "\n\n".join(parts)


def inserted(text: str, part: str) -> str:
    """A file's text with another part between the markers; at its end where it has none yet.

    ValueError where only one of them is there: what stands behind it was written by hand.
    """
    if (BEGIN in text) != (END in text):
        raise ValueError(f"one marker is missing: {BEGIN} … {END}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if rest else "\n"
    return f"{before}{BEGIN}\n\n{part.strip()}\n\n{END}{after}"
