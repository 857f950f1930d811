"""What changed of an article beside its text: headline, byline, dates."""

from __future__ import annotations

from msgspec import Struct

from .alike import same_date, same_names
from .article import Article
from .article.normal import key


class FieldChange(Struct, frozen=True):
    """title, author, published_at or modified_at, before and after."""

    name: str
    before: str
    after: str


def field_changes(
    before: Article, after: Article, steady: frozenset[str] = frozenset()
) -> tuple[FieldChange, ...]:
    """Title, author, published_at and modified_at, where both sides declare them and they differ. `steady`
    are those of which one that came or went is a change, too."""
    both = before.declared & after.declared
    found: list[FieldChange] = []
    if "title" in both and key(before.title) != key(after.title):
        found.append(FieldChange("title", before.title, after.title))
    if "author" in both and not same_names(before.byline, after.byline):
        found.append(FieldChange("author", before.byline, after.byline))
    elif "author" in steady & (before.declared ^ after.declared):
        one, other = (x.byline if "author" in x.declared else "" for x in (before, after))
        found.append(FieldChange("author", one, other))
    for name, one, other in (
        ("published_at", before.published_at, after.published_at),
        ("modified_at", before.modified_at, after.modified_at),
    ):
        if name in both and one and other and not same_date(one, other):
            found.append(FieldChange(name, one, other))
        elif name == "modified_at" and other and not one and name in after.declared:
            found.append(FieldChange(name, one, other))
    return tuple(found)
