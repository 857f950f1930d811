"""What benchmarks found becomes tables, charts and a part of a page, and nothing else of the page is touched."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchmarks.charts import Chart, drawn
from benchmarks.report import (
    BEGIN,
    END,
    Cell,
    Section,
    inserted,
    number,
    page,
    plain,
    ratio,
    table,
)

CHART = Chart(
    "checks",
    "What a check costs",
    "CPU ms",
    ("ours", "theirs <&>"),
    (("same bytes", (0.5, 1.0)), ("noisy", (2.0, None))),
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    "value, said",
    [
        (None, "–"),
        ("5 of 5", "5 of 5"),
        (7, "7"),
        (1234567, "1,234,567"),
        (0.12345, "0.123"),
        (12.345, "12.3"),
        (100.4, "100"),
        (9876.5, "9,876"),
        (0.0, "0"),
    ],
)
def test_figures_show_the_digits_that_count(value: Cell, said: str) -> None:
    assert number(value) == said


def test_a_table_is_markdown_and_aligned_on_a_terminal() -> None:
    rows = [("a", 1.5), ("long", None)]
    assert table(("who", "ms"), rows) == "| who | ms |\n| --- | --- |\n| a | 1.5 |\n| long | – |"
    assert plain(("who", "ms"), rows) == "who    ms\na     1.5\nlong    –"


def test_a_ratio_is_of_medians_and_none_where_nothing_was_measured() -> None:
    assert ratio([1, 2, 90], [4, 8, 6]) == 3
    assert ratio([], [1]) is ratio([1], []) is ratio([0], [1]) is None


def test_a_chart_is_sound_and_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(drawn(CHART))
    assert root.get("role") == "img"
    title, said = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and said is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
    assert said.text == CHART.described
    assert CHART.described == (
        "What a check costs, CPU ms. same bytes: ours 0.5, theirs <&> 1; noisy: ours 2."
    )
    assert "prefers-color-scheme: dark" in drawn(CHART)


def test_bars_are_as_long_as_their_figures_and_stay_within_the_picture() -> None:
    root = ElementTree.fromstring(drawn(CHART))
    wide, high = (float(root.get(x, "")) for x in ("width", "height"))
    bars = [r for r in root.iter(f"{SVG}rect") if float(r.get("y", "0")) > 50]
    lengths = [float(r.get("width", "")) for r in bars]
    assert len(bars) == 3 and lengths[0] * 2 == lengths[1] and lengths[1] * 2 == lengths[2]
    for bar in bars:
        assert float(bar.get("x", "")) + float(bar.get("width", "")) <= wide
        assert float(bar.get("y", "")) + float(bar.get("height", "")) <= high
    assert not drawn(Chart("none", "Nothing", "ms", ("ours",), ())).count("NaN")


def test_a_section_has_its_charts_with_a_text_in_their_place() -> None:
    section = Section("Checks", "How it was.", ("who", "ms"), (("ours", 2),), (CHART,))
    made = page([section], "Today.")
    assert re.findall(r"!\[(.*?)\]\((.*?)\)", made) == [(CHART.described, "charts/checks.svg")]
    assert made.index("Today.") < made.index("### Checks") < made.index("| who | ms |")


def test_only_what_stands_between_the_markers_is_made_anew() -> None:
    text = "# Figures\n\nby hand\n"
    once = inserted(text, "first")
    assert once.startswith(text) and "first" in once
    twice = inserted(f"{once}\nmore by hand\n", "second")
    assert twice.startswith(text) and twice.endswith("\nmore by hand\n")
    assert "first" not in twice and twice.count(BEGIN) == twice.count(END) == 1
    with pytest.raises(ValueError, match="marker"):
        inserted(f"{BEGIN} and no end", "third")
