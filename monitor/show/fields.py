"""What became of headline, byline, dates and update note? Always all five, so that silence shows too."""

from __future__ import annotations

from msgspec import Struct

from ..read.article import Article
from ..read.compare import Diff
from ..units import shown_date
from .plain import one_line


class Field(Struct, frozen=True):
    """Headline, byline, dates or note before and after; `state`: unchanged, none, changed or guessed."""

    label: str
    state: str
    before: str
    after: str


def fields(before: Article, after: Article, diff: Diff) -> tuple[Field, ...]:
    """Headline, byline, both dates and the update note, always all five."""
    changed = {change.name: change for change in diff.fields}
    found = []
    for label, name, old, new in (
        ("Headline", "title", before.title, after.title),
        ("Byline", "author", before.byline, after.byline),
        ("Dated", "published_at", before.published_at, after.published_at),
        ("Modified", "modified_at", before.modified_at, after.modified_at),
    ):
        old, new = one_line(old, 600), one_line(new, 600)
        if name in changed:
            old = one_line(changed[name].before, 600)
            new = one_line(changed[name].after, 600)
            short = shown_date(old), shown_date(new)
            if name.endswith("_at") and short[0] != short[1]:
                old, new = short
            found.append(Field(label, "changed", old, new))
        elif old == new and new:
            same = shown_date(new) if name.endswith("_at") else new
            found.append(Field(label, "unchanged", same, same))
        elif new or old:
            # It differs, yet is no change: read by us where the page does not state it.
            found.append(Field(label, "guessed", old, new))
        else:
            found.append(Field(label, "none", "", ""))
    notes = tuple(one_line(n, 600) for n in diff.notes_added)
    if notes:
        found.append(Field("Update note", "changed", "", " · ".join(notes)))
    elif after.notes:
        kept = " · ".join(one_line(n.text, 600) for n in after.notes)
        found.append(Field("Update note", "unchanged", kept, kept))
    else:
        found.append(Field("Update note", "none", "", ""))
    return tuple(found)
