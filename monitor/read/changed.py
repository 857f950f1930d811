"""Which texts went from one version to the next, and which came? For those who look for a word of them."""

from __future__ import annotations

from .article import Article
from .compare import RunOp, diff


def changed_texts(before: Article, after: Article, steady: frozenset[str]) -> list[str]:
    """What was added or dropped, a run of words each, and the titles, bylines and targets that changed.

    `steady` as `diff` takes it. Dates are left out: nobody looks for one by its words.
    """
    change = diff(before, after, steady=steady)
    found = [run.text for block in change.blocks for run in block.runs if run.op is not RunOp.SAME]
    for field in change.fields:
        if field.name in ("title", "author"):
            found += [field.before, field.after]
    found += [x for b in change.blocks for link in b.links for x in (link.before, link.after)]
    return found
