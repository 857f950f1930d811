"""Why an event was found: its changed paragraphs before the rest, and nothing where the headline says it."""

from __future__ import annotations

import pytest

from monitor.model import Kind
from monitor.read.article import Article
from monitor.read.terms import search
from monitor.show.matching import match
from monitor.values import replace
from tests.web.build import article

from .lives import told

OLD = article("We will publish every bill.", "The roof is green.", "Ladders stand by the wall.")
NEW = article("We will publish some bills.", "The roof is green.", byline="Ines Prado")
LATEST = article("A pond was dug.", title="The pond")
EVENT = replace(
    told(Kind.EDITED, 1),
    title="The roof garden",
    url="https://tulip.example/shed",
    why="A wrong look",
    moved_to="https://tulip.example/attic",
)


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("some", "added or reworded"),
        ("every", "cut or reworded"),
        ("ladders", "cut or reworded"),
        ("green", "in its text then"),
        ("ines", "byline"),
        ("pond", "in the post’s latest text"),
        ("shed", "address"),
        ("attic", "new address"),
        ("wrong", "reason"),
        ("roof green", "in its text then"),  # more of it than in the headline
        ("roof", ""),
        ("garden", ""),
        ("nowhere", ""),
    ],
)
def test_where_it_is_found(typed: str, where: str) -> None:
    found = match(EVENT, search(typed).terms, OLD, NEW, LATEST)
    assert (found.where if found else "") == where
    if found is not None:
        assert any(hit for _, hit in found.pieces)


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [(OLD, None, "in its last copy"), (None, OLD, "in its text then"), (None, None, "")],
)
def test_an_event_with_one_text(before: Article | None, after: Article | None, where: str) -> None:
    found = match(EVENT, search("ladders").terms, before, after, None)
    assert (found.where if found else "") == where
