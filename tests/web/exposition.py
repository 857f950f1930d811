"""A strict reader of the Prometheus text format, written from its description."""

from __future__ import annotations

import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    """Each sample by (name, labels). AssertionError where the text is not what a scraper takes."""
    assert text.endswith("\n") and "\r" not in text
    found: Samples = {}
    families: set[str] = set()
    name = helped = ""
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            helped = line.split(" ")[2]
            assert re.fullmatch(_NAME, helped) and helped not in families
            families.add(helped)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == helped and kind in ("counter", "gauge")
            assert name.endswith("_total") == (kind == "counter")
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample is not None and sample[1] == name, line
            key = (name, frozenset(_labels(sample[2] or "")))
            assert key not in found, line
            found[key] = float(sample[3])
    assert {n for n, _ in found} == families
    return found


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """The value of one sample; None where there is none."""
    return samples.get((f"postwatch_{name}", frozenset(labels.items())))


def _labels(text: str) -> list[tuple[str, str]]:
    pairs, at = [], 0
    while at < len(text):
        found = _LABEL.match(text, at)
        assert found is not None, text[at:]
        pairs.append((found[1], re.sub(r"\\.", lambda m: _ESCAPES[m[0]], found[2])))
        at = found.end()
    assert len(dict(pairs)) == len(pairs)
    return pairs
