"""What is learned to be furniture is left out of a comparison, and what is not is seen."""

from __future__ import annotations

from functools import partial

import pytest

from monitor.decide.furniture import (
    at_once,
    come_or_gone,
    furniture_of,
    learned,
    restless_places,
    settle,
    volatile_between,
)
from monitor.model import SiteFacts
from monitor.read.article import Article, Block, BlockKind, Link
from monitor.read.article.normal import key
from monitor.read.compare import diff
from monitor.read.nearest import Nearest

TEXT = "The bridge was closed on Monday, and the ferry took over until the evening."


def article(*blocks: tuple[str, str]) -> Article:
    return Article(
        blocks=tuple(Block(BlockKind.PARAGRAPH, t, key(t), place=p) for t, p in blocks),
        digest=str(blocks),
    )


def linked(words: str, link: str, place: str = "p") -> Article:
    text = f"{words} {link}"
    block = Block(BlockKind.PARAGRAPH, text, key(text), (Link(link, "https://a.example/x"),), place)
    return Article(blocks=(*article((TEXT, "p")).blocks, block), digest=text)


def changed(
    before: Article,
    after: Article,
    volatile: frozenset[str] = frozenset(),
    same: frozenset[str] = frozenset(),
) -> bool:
    facts = SiteFacts(volatile=volatile, furniture=same)
    return bool(diff(*settle(before, after, facts)).changed)


def test_a_box_that_differs_between_two_looks_is_volatile() -> None:
    first = article((TEXT, "p"), ("Read next: A new crane", "div.more/p"))
    second = article((TEXT, "p"), ("Read next: The quiet room", "div.more/p"))
    found = volatile_between(first, second)
    assert found == {"div.more/p"}
    third = article((TEXT, "p"), ("Read next: Something else", "div.more/p"))
    assert changed(first, third)
    assert not changed(first, third, found)


def test_a_plain_paragraph_is_volatile_only_as_a_counter() -> None:
    first = article((TEXT, "p"), ("412 people have read this.", "p"))
    second = article((TEXT, "p"), ("419 people have read this.", "p"))
    found = volatile_between(first, second)
    assert not changed(first, article((TEXT, "p"), ("1,020 people have read this.", "p")), found)
    assert changed(
        first,
        article((TEXT.replace("Monday", "Sunday"), "p"), ("419 people have read this.", "p")),
        found,
    )
    words = volatile_between(first, article((TEXT, "p"), ("Nobody has read this.", "p")))
    assert words == frozenset()


def test_a_counter_put_into_plain_text_is_no_edit_of_it() -> None:
    before = article((TEXT, "p"))
    looks = [article((TEXT.replace("Monday", f"day {n}"), "p")) for n in (1, 2, 3)]
    found = volatile_between(looks[0], looks[1])
    assert changed(before, looks[2])
    assert not changed(before, looks[2], found)


def test_what_a_counter_says_otherwise_now_is_seen() -> None:
    first = article((TEXT, "p"), ("We lost 412 parcels this year.", "p"))
    second = article((TEXT, "p"), ("We lost 413 parcels this year.", "p"))
    found = volatile_between(first, second)
    assert changed(first, article((TEXT, "p"), ("We lost no parcels this year.", "p")), found)


def test_what_stands_on_many_posts_is_furniture_in_its_own_place_only() -> None:
    box = ("Join 18,000 readers of our letter.", "aside.letter/p")
    plain = ("Our platform is used in the whole house.", "p")
    many = [
        article((f"Post {w} has its own text.", "p"), box, plain, (f"{w}!", "p")) for w in "abcde"
    ]
    found = furniture_of([("", [b.key for b in a.blocks]) for a in many])
    assert {key(box[0]), key(plain[0])} <= found
    end = ("a!", "p")
    first = ("Post a has its own text.", "p")
    assert not changed(many[0], article(first, plain, end), same=found)
    assert changed(many[0], article(first, end), same=found)


def test_what_stands_on_many_posts_is_furniture_at_the_foot() -> None:
    own = ["One has a boat.", "Two has an oar.", "Three has a sail."]
    foot = "Copyright 1998-2026 Harbour Works. All rights reserved."
    found = furniture_of([("", [key(t), key(foot)]) for t in own])
    before = article((own[0], "p"), (foot, "p"))
    assert not changed(
        before, article((own[0], "p"), (foot.replace("2026", "2027"), "p")), same=found
    )
    assert not changed(before, article((own[0], "p")), same=found)
    assert changed(before, article(("One has a ship.", "p"), (foot, "p")), same=found)


def test_comments_on_many_posts_are_restless_and_a_rename_is_not() -> None:
    pairs = [
        (
            article((f"Post {n} is about boats.", "p"), ("First!", "div.talk/p")),
            article(
                (f"Post {n} is about boats.", "p"),
                ("First!", "div.talk/p"),
                ("I was there too.", "div.talk/p"),
            ),
        )
        for n in range(4)
    ]
    comments = [come_or_gone(*pair) for pair in pairs]
    assert restless_places(comments, 4) == {"div.talk/p"}
    assert restless_places(comments[:2], 4) == frozenset()
    assert restless_places(comments, 40) == frozenset()
    said = "Bluefin, our platform for partners, is used here as well."
    pairs = [
        (article((said, "div.box/p")), article((said.replace("Bluefin", "Redtail"), "div.box/p")))
        for _ in range(6)
    ]
    rename = [come_or_gone(*pair) for pair in pairs]
    assert restless_places(rename, 6) == frozenset()


def test_numbers_of_a_post_that_changed_are_doubted_before_they_are_counters() -> None:
    found = frozenset({"text:We lost # parcels.", "div.talk/p"})
    once = learned(SiteFacts(), found, sample=False)
    assert once.volatile == {"div.talk/p"}
    assert once.doubted == {"text:We lost # parcels."}
    twice = learned(once, found, sample=False)
    assert twice.volatile == found
    assert twice.doubted == frozenset()
    assert learned(SiteFacts(), found, sample=True).volatile == found


def test_a_link_to_another_post_in_the_running_text_is_learned_from_two_looks() -> None:
    """In whatever language it says "read also": the label stays and the link is drawn anew."""
    looks = [
        linked("Przeczytaj:", t)
        for t in ("Nowy żuraw w porcie", "Cichy pokój na piętrze", "Co robimy z klawiaturą")
    ]
    found = volatile_between(looks[0], looks[1])
    assert changed(looks[0], looks[2])
    assert not changed(looks[0], looks[2], found)
    assert changed(looks[0], linked("Prosto z portu:", "Stare klawisze i nowe"), found)


def test_a_sentence_with_a_link_in_it_is_not_learned() -> None:
    words = "We have written about the crane, its driver and the harbour at night before, in"
    assert volatile_between(linked(words, "May"), linked(words, "June")) == frozenset()


def test_what_comes_to_many_posts_at_once_is_the_templates() -> None:
    said = "Corvane makes cranes for harbours of every size."
    own = [f"Post {w} has its own text." for w in "abcd"]
    before = [article((o, "p"), (TEXT, "p")) for o in own]
    after = [article((o, "p"), (said, "p"), (TEXT, "p")) for o in own]
    changes = [come_or_gone(b, a) for b, a in zip(before, after, strict=True)]
    found = at_once(changes, 4)
    assert changed(before[0], after[0])
    assert not changed(before[0], after[0], same=found)
    assert not changed(after[0], before[0], same=found)
    assert at_once(changes[:2], 4) == frozenset()
    assert at_once(changes[:3], 40) == frozenset()


def test_a_name_exchanged_in_the_same_sentence_of_every_post_is_an_edit_of_each() -> None:
    said = "Bluefin, our platform for partners, is used here as well."
    own = [f"Post {w} has its own text." for w in "abcdef"]
    before = [article((o, "p"), (said, "p"), (f"And {o}", "p")) for o in own]
    after = [
        article((o, "p"), (said.replace("Bluefin", "Redtail"), "p"), (f"And {o}", "p")) for o in own
    ]
    pairs = list(zip(before, after, strict=True))
    pages = [("", [b.key for b in a.blocks]) for a in (*before, *after)]
    changes = [come_or_gone(*pair) for pair in pairs]
    found = at_once(changes, 6) | furniture_of(pages)
    assert all(changed(b, a, restless_places(changes, 6), found) for b, a in pairs)


def test_a_correction_made_in_many_posts_is_one_of_each() -> None:
    note = "Correction: an earlier version of this post named the wrong harbour."
    before = [article((f"Post {w} has its own text.", "p")) for w in "abcd"]
    after = [article((b.blocks[0].text, "p"), (note, "p")) for b in before]
    pairs = list(zip(before, after, strict=True))
    found = at_once([come_or_gone(*p) for p in pairs], 4) | furniture_of(
        [("", [x.key for x in a.blocks]) for a in after]
    )
    assert changed(before[0], after[0], same=found)


def test_a_teaser_on_other_pages_is_no_furniture_of_its_own_post() -> None:
    title, text = "New desks", "We moved to desk 14."
    pages = [(f"Post {w}", [f"Post {w}", "Read on", title, text]) for w in "abc"]
    found = furniture_of(pages, [title])
    own = Article(title=title, blocks=article((text, "p")).blocks, digest="1")
    now = Article(title=title, blocks=article(("We moved to desk 15.", "p")).blocks, digest="2")
    assert changed(own, now, same=found)
    other = article((TEXT, "p"), (text, "div.cards/p"))
    assert not changed(other, article((TEXT, "p")), same=found)


def test_a_price_in_a_table_is_no_counter_though_many_posts_have_one() -> None:
    pages = [(w, [f"Post {w}", f"Price | {n}"]) for n, w in enumerate("abcd")]
    row = Block(BlockKind.ROW, "Price | 14", "Price | 14", place="tr")
    before = Article(blocks=(*article((TEXT, "p")).blocks, row), digest="1")
    dearer = Block(BlockKind.ROW, "Price | 19", "Price | 19", place="tr")
    after = Article(blocks=(*article((TEXT, "p")).blocks, dearer), digest="2")
    assert changed(before, after, same=furniture_of(pages))


def test_of_a_page_too_long_to_compare_nothing_is_learned_to_be_the_templates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is not known to be furniture is told."""
    before = article(*((f"Old line {n} stands here.", "div.a/p") for n in range(9)))
    after = article(*((f"Neue Zeile {n} steht da!", "div.a/p") for n in range(9)))
    assert len(come_or_gone(before, after)) == 18
    lost = SiteFacts(volatile=frozenset({"div.a/p"}))
    moved = article(*((b.text, "p") for b in before.blocks))
    assert not diff(*settle(before, article((TEXT, "p")), lost)).words_removed
    monkeypatch.setattr("monitor.decide.furniture.Nearest", partial(Nearest, visits=-1))
    assert come_or_gone(before, after) == []
    settled = settle(before, article((TEXT, "p")), lost)
    assert diff(*settled).words_removed, "what may have been replaced is told"
    assert settle(moved, after, lost)[0].blocks == moved.blocks
