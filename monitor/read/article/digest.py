"""What stands for all of an article that is compared, in one short word."""

from __future__ import annotations

import hashlib

from ..urls import canonical_key
from . import Article
from .normal import key


def digest_of(article: Article) -> str:
    """SHA-256 (hex) over the comparison forms of title, byline, published date and blocks.

    Of a block its text and its links' targets count, not its kind or place: a new template is no edit.
    """
    found = hashlib.sha256()
    for part in (key(article.title), key(article.byline), article.published_at):
        found.update(part.encode("utf-8", "replace") + b"\0")
    for block in article.blocks:
        found.update(block.key.encode("utf-8", "replace") + b"\1")
        for link in block.links:
            found.update(canonical_key(link.target).encode("utf-8", "replace") + b"\2")
    return found.hexdigest()
