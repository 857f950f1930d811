"""An event's evidence in plain words: as whole clauses, without names of fields and rules, like looks counted.

The record keeps its lines as they were sealed. Older ones speak in field names; what is said of them here is the
same in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..decide.evidence import field_changed
from ..model import Event, Role
from ..read.compare import FieldChange
from ..units import shown_number
from ..words import FIELD_NAMES
from .plain import one_line

#: `404 at … (20 looks over 25 min)`, as decide/evidence.py writes it.
_LOOKS = re.compile(r"\((\d+) looks? over ")
_RULE = re.compile(r" \(rule \w+\)$")
_ANSWERED = re.compile(r"(\d{3}|nothing \(\w+\)) at (\d{4}-.+)")
_CONTROL = re.compile(
    r"(home page|sibling post|a made-up sibling URL|feed, sitemap or listing) answered (.+)"
)
_CONTROLS = {
    "home page": ("the home page", "home pages"),
    "sibling post": ("another post of the site", "other posts of the site"),
    "a made-up sibling URL": ("a made-up address of the site", "made-up addresses of the site"),
    "feed, sitemap or listing": ("a feed, sitemap or listing", "feeds, sitemaps or listings"),
}
_OLDER: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"0 words removed, 0 added"), lambda m: ""),
    (re.compile(r"1 words removed, (\d+) added"), lambda m: f"1 word removed, {m[1]} added"),
    (
        re.compile(r"changed: ((?:text|title|author|published_at|links)(?:, \w+)*)"),
        lambda m: "changed: " + ", ".join(FIELD_NAMES.get(f, f) for f in m[1].split(", ")),
    ),
    (
        re.compile(r"(title|author|published_at|modified_at) was “(.*)”, is “(.*)”"),
        lambda m: field_changed(FieldChange(m[1], m[2], m[3])),
    ),
)


def looks_counted(event: Event) -> int:
    """How many looks found it missing: as its evidence says, since an event names only some of many."""
    named = sum(x.role is Role.POST for x in event.looks)
    found = _LOOKS.search(event.evidence[0]) if event.evidence else None
    return max(named, int(found[1])) if found else named


def plain_evidence(event: Event) -> tuple[str, ...]:
    """The lines, each a clause in plain words; control pages that answered alike are counted."""
    said = list[str]()
    for line in _counted([_RULE.sub("", one_line(e, 600)) for e in event.evidence]):
        for pattern, plain in _OLDER:
            if m := pattern.fullmatch(line):
                line = plain(m)
                break
        if m := _ANSWERED.fullmatch(line):
            line = f"its address answered {m[1]} at {m[2]}"
        if line:
            said.append(line)
    return tuple(said)


def _counted(lines: Sequence[str]) -> list[str]:
    """Lines on control pages that say the same become one, where the first of them stood."""
    times = {line: lines.count(line) for line in lines}
    found = list[str]()
    for line in times:
        m = _CONTROL.fullmatch(line)
        if m is None:
            found += [line] * times[line]
            continue
        one, many = _CONTROLS[m[1]]
        who = one if times[line] == 1 else f"{shown_number(times[line])} {many}"
        found.append(f"{who} answered {m[2]}")
    return found
