"""Builders for verdict tests: articles, pages and cases with everything unsaid filled in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from monitor.model import Answer, Failure, Hop
from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.normal import count_words, key
from monitor.read.page import Page
from monitor.read.verdict import Case

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = "https://harbour.example/"
URL = "https://harbour.example/journal/night-ferry-timetable/"
TITLE = "Why the night ferry changed its timetable"
TEXT = (
    "The night ferry left at eleven for thirty years, and hardly anybody on the quay asked for whom.",
    "Last winter our planners counted who came aboard: nurses, bakers and two students of astronomy.",
    "They all said the same thing, that an hour earlier would spare them the long walk from the depot.",
    "From April on the boat casts off at ten, and the depot bus waits until the gangway is raised.",
    "The summer schedule stays as printed, since tourists asked us to leave the late crossing alone.",
)
OTHER_TITLE = "A short history of rope"
OTHER_TEXT = (
    "Rope was made of bark before it was made of hemp, and of hemp before anybody wrote it down.",
    "The ropewalk behind our warehouse is four hundred steps long and was never straightened.",
    "Visitors may twist their own yard on Saturdays; children are asked to hold the other end.",
)
CHROME = (
    "Harbour Lines",
    "Tickets Journal Fleet Contact",
    "© Harbour Lines, all rights reserved",
)


def blocks(texts: Sequence[str], kind: BlockKind = BlockKind.PARAGRAPH) -> tuple[Block, ...]:
    return tuple(Block(kind, text, key(text)) for text in texts)


def article(title: str = TITLE, text: Sequence[str] = TEXT, **more: Any) -> Article:
    words = sum(count_words(t) for t in text)
    facts = {"byline": "Ada Quay", "published_at": "2026-01-05", "language": "en"} | more
    return Article(title=title, blocks=blocks(text), words=words, **facts)


def page(
    title: str = TITLE,
    text: Sequence[str] = TEXT,
    *,
    h1: Sequence[str] | None = None,
    extracted: Sequence[str] | None = None,
    chrome: Sequence[str] = CHROME,
    facts: dict[str, Any] | None = None,
    **more: Any,
) -> Page:
    """A page of chrome, heading and text; its article is the text, unless `extracted` says another."""
    heads = (title,) if h1 is None else tuple(h1)
    shown = (*chrome[:-1], *heads, *text, *chrome[-1:])
    found = article(title, text if extracted is None else extracted, **(facts or {}))
    return Page(
        url=more.pop("url", URL),
        is_html=True,
        title=f"{title} | Harbour Lines" if title else "",
        h1=heads,
        language="en",
        blocks=tuple(key(b) for b in shown if b),
        words=sum(count_words(b) for b in shown),
        article=found,
        **more,
    )


def answer(
    status: int | None = 200,
    *,
    to: str = "",
    body: bytes = b"<html><body>text</body></html>",
    failure: Failure | None = None,
    sent: dict[str, str] | None = None,
    **headers: str,
) -> Answer:
    """An answer of the post's URL, or of `to` behind one redirect; header names with underscores."""
    return Answer(
        url=URL,
        at=AT,
        final_url=to or URL,
        status=status,
        hops=(Hop(URL, 301, to),) if to else (),
        headers=tuple(
            (name.replace("_", "-"), value) for name, value in (headers | (sent or {})).items()
        ),
        body=body,
        failure=failure,
    )


def case(shown: Page | None = None, said: Answer | None = None, **more: Any) -> Case:
    """A later look at the post, its article known; `article=None` makes it the first."""
    facts: dict[str, Any] = {
        "url": URL,
        "article": article(),
        "title": TITLE,
        "home": HOME,
        "site_keys": frozenset({"https://harbour.example/", "https://harbour.example/journal"}),
        "post_keys": frozenset({"https://harbour.example/journal/rope"}),
        "home_blocks": (*CHROME, "Fresh from the journal", OTHER_TITLE, "Read on", "Book a cabin"),
    } | more
    return Case(answer=said or answer(), page=shown, **facts)
