"""How long does a comparison take, from 1,000 words to 100,000? CPU of this process."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median

from benchmarks.charts import Chart
from benchmarks.report import Section
from benchmarks.world import Words
from monitor.read.compare import diff
from monitor.values import replace
from tests.support.prose import sentence

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
ROUNDS = 3
#: Of the sentences: one in so many is another one.
EDITED = 33


def text(words: int, seed: int) -> Words:
    """A post of about so many words, four sentences a paragraph."""
    chance, paragraphs, so_far = random.Random(f"diff {seed}"), list[str](), 0
    while so_far < words:
        paragraphs.append(" ".join(sentence(chance) for _ in range(4)))
        so_far += len(paragraphs[-1].split())
    return Words("A long story", tuple(paragraphs))


def lightly_edited(words: Words) -> Words:
    """The same with one sentence in EDITED another."""
    chance, paragraphs = random.Random("edits"), list[str]()
    for paragraph in words.paragraphs:
        parts = [
            sentence(chance).rstrip(".") if chance.random() < 1 / EDITED else part
            for part in paragraph.rstrip(".").split(". ")
        ]
        paragraphs.append(". ".join(parts) + ".")
    return replace(words, paragraphs=tuple(paragraphs))


def measured(quick: bool, note: Callable[[str], None]) -> Section:
    """The table."""
    rows, groups = [], []
    for size in SIZES[: 3 if quick else None]:
        note(f"diff of {size:,} words")
        before = text(size, 1)
        spent = [
            median(cpu_ms(before, after) for _ in range(ROUNDS))
            for after in (before, lightly_edited(before), text(size, 2))
        ]
        rows.append((size, *spent))
        groups.append((f"{size:,} words", tuple(spent)))
    series = ("the same", "3 % edited", "rewritten")
    return Section(
        "Comparing two versions",
        "CPU ms of `monitor.read.compare.diff` on two articles that were read already; median of"
        f" {ROUNDS}. A usual post has 500 to 2,000 words.",
        ("words", *series),
        tuple(rows),
        (Chart("diff", "Comparing two versions of a post", "CPU ms", series, tuple(groups)),),
    )


def cpu_ms(before: Words, after: Words) -> float:
    """CPU milliseconds of one comparison."""
    a, b = before.article("2026-01-01"), after.article("2026-01-01")
    began = time.process_time()
    diff(a, b)
    return (time.process_time() - began) * 1000
