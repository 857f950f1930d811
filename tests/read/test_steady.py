"""What stayed on the page, or differs between two looks moments apart, is read as it was before."""

from __future__ import annotations

import pytest

from monitor.read.article import Article, Block, BlockKind, Link
from monitor.read.article.normal import key
from monitor.read.compare import diff
from monitor.read.steady import agreed, steadied
from monitor.values import replace

ONE = "The bridge was closed on Monday, and the ferry took over until the evening."
TWO = "Nine people crossed the river on foot, which the harbour master did not like at all."
THREE = "The new bridge will have two lanes and a path for those who would rather walk."
CARD = "A crane for the yard"


def article(*texts: str, title: str = "The bridge", modified: str = "") -> Article:
    blocks = tuple(Block(BlockKind.PARAGRAPH, t, key(t), place="p") for t in texts)
    return Article(
        title=title,
        blocks=blocks,
        modified_at=modified,
        digest=repr((title, modified, texts)),
        declared=frozenset({"title", "modified_at"}),
    )


def texts(found: Article) -> list[str]:
    return [block.text for block in found.blocks]


def keys(*texts: str) -> list[str]:
    return [key(t) for t in texts]


# ---------------------------------------------------------------- what the page still holds


@pytest.mark.parametrize("lost", [ONE, TWO, THREE])
def test_a_paragraph_that_still_stands_on_the_page_is_put_back_in_its_place(lost: str) -> None:
    whole = (ONE, TWO, THREE)
    read = article(*(t for t in whole if t != lost))
    found = steadied(article(*whole), read, keys(*whole, CARD), keys(CARD, *whole))
    assert texts(found) == list(whole)


def test_what_the_old_page_held_too_does_not_come_in() -> None:
    was = keys(ONE, TWO, CARD)
    found = steadied(article(ONE, TWO), article(ONE, TWO, CARD), was, was)
    assert texts(found) == [ONE, TWO]


def test_a_summary_that_a_new_template_shows_was_on_the_page_before() -> None:
    summary = "How the town lived without its bridge for a day"
    read = article(summary, ONE, TWO)
    found = steadied(article(ONE, TWO), read, keys(ONE, TWO), keys(summary, ONE, TWO), key(summary))
    assert texts(found) == [ONE, TWO]
    told = steadied(article(ONE, TWO), read, keys(ONE, TWO), keys(summary, ONE, TWO))
    assert texts(told) == [summary, ONE, TWO]


def test_a_paragraph_that_went_from_the_page_is_gone() -> None:
    found = steadied(article(ONE, TWO), article(ONE), keys(ONE, TWO), keys(ONE))
    assert texts(found) == [ONE]


def test_one_of_two_equal_paragraphs_that_went_is_gone() -> None:
    before = article(ONE, TWO, ONE)
    found = steadied(before, article(ONE, TWO), keys(ONE, TWO, ONE), keys(ONE, TWO))
    assert texts(found) == [ONE, TWO]


def test_a_text_that_was_beside_the_article_and_is_now_in_it_as_well_is_new() -> None:
    was, now = keys(ONE, CARD), keys(ONE, CARD, CARD)
    assert texts(steadied(article(ONE), article(ONE, CARD), was, now)) == [ONE, CARD]


BOTH = f"{ONE} {TWO}"
LATER = THREE.replace("two", "three")


@pytest.mark.parametrize(
    ("known", "was", "read"),
    [
        ((BOTH, THREE), (ONE, TWO, THREE), (ONE, TWO, LATER)),
        ((ONE, TWO, THREE), (BOTH, THREE), (BOTH, LATER)),
        ((BOTH, THREE), (ONE, TWO, THREE), (ONE, TWO.replace("Nine", "Two"), THREE)),
        ((BOTH, THREE), (ONE, TWO, THREE), (ONE, THREE)),
        ((BOTH, THREE), (ONE, TWO, THREE), (TWO, LATER)),
        ((ONE, BOTH), (ONE, ONE, TWO), (ONE, ONE, TWO, LATER)),
    ],
)
def test_paragraphs_that_were_divided_otherwise_before_are_the_articles(
    known: tuple[str, ...], was: tuple[str, ...], read: tuple[str, ...]
) -> None:
    """A paragraph split or joined changes no word, so that the version keeps it undivided; the page does not."""
    found = steadied(article(*known), article(*read, CARD), keys(*was, CARD), keys(*read, CARD))
    assert texts(found) == list(read)


# ---------------------------------------------------------------- two looks


def test_what_differs_between_two_looks_stays_as_it_was_known() -> None:
    known = article(ONE, "“A fine bridge.”", TWO, THREE)
    first = article(ONE, "“It is too long.”", TWO, THREE.replace("two", "three"))
    second = article(ONE, "“I went by boat.”", TWO, THREE.replace("two", "three"))
    found = agreed(known, first, second)
    assert texts(found) == [ONE, "“A fine bridge.”", TWO, THREE.replace("two", "three")]
    assert diff(known, found).words_removed == 1


def test_an_edit_beside_what_rotates_is_seen() -> None:
    known = article(ONE, "A quotation.", TWO)
    edited = ONE.replace("Monday", "Sunday")
    found = agreed(known, article(edited, "Another.", TWO), article(edited, "A third.", TWO))
    assert texts(found) == [edited, "A quotation.", TWO]


NOTE = "Correction: an earlier version of this text gave a wrong number of lanes."


def placed(place: str, *texts: str) -> Article:
    """The last block is what rotates, in its place."""
    found = article(*texts)
    last = replace(found.blocks[-1], place=place)
    return replace(found, blocks=(*found.blocks[:-1], last))


@pytest.mark.parametrize("place", ["p", "div.quote/p"])
@pytest.mark.parametrize("edited", [THREE, LATER])
def test_a_note_that_both_looks_read_is_never_lost(place: str, edited: str) -> None:
    known = placed(place, ONE, THREE, "A.")
    looks = (placed(place, ONE, edited, NOTE, x) for x in ("Another.", "A third one."))
    found = agreed(known, *looks)
    assert NOTE in texts(found) and edited in texts(found) and "A." in texts(found)
    assert [note.text for note in found.notes] == [NOTE]


def test_a_paragraph_added_beside_a_box_that_rotates_is_added() -> None:
    known = placed("div.quote/p", ONE, "A.")
    looks = (placed("div.quote/p", ONE, TWO, x) for x in ("Another.", "A third one."))
    assert texts(agreed(known, *looks)) == [ONE, TWO, "A."]


def test_a_heading_whose_words_begin_a_paragraph_takes_nothing_of_its_place() -> None:
    counted = [
        f"The bridge was closed, and the ferry took over. Read {n} times." for n in (1, 2, 3)
    ]
    known, first, second = article(counted[0]), *(article("The bridge", c) for c in counted[1:])
    assert counted[0] in texts(agreed(known, first, second))


def test_a_paragraph_split_and_edited_beside_what_rotates_keeps_its_words() -> None:
    edited = TWO.replace("Nine", "Two")
    looks = (article(ONE, edited, x) for x in ("Another.", "A third one."))
    found = agreed(article(BOTH, "A."), *looks)
    assert texts(found) == [ONE, edited, "A."]


@pytest.mark.parametrize(
    ("known", "now"), [((BOTH, THREE), (ONE, TWO, LATER)), ((ONE, TWO, THREE), (BOTH, LATER))]
)
def test_paragraphs_divided_otherwise_beside_what_rotates_keep_their_words(
    known: tuple[str, ...], now: tuple[str, ...]
) -> None:
    found = agreed(article(*known, "A."), article(*now, "Another."), article(*now, "A third one."))
    assert texts(found) == [*now, "A."]


@pytest.mark.parametrize("place", ["p", "div.poll/p"])
def test_a_paragraph_that_goes_beside_what_rotates_is_gone(place: str) -> None:
    def with_poll(answers: str, *before: str) -> Article:
        found = article(*before, answers, THREE)
        blocks = list(found.blocks)
        blocks[-2] = replace(blocks[-2], place=place)
        return replace(found, blocks=tuple(blocks))

    known = with_poll("Yes 12, no 7", ONE, TWO)
    first, second = with_poll("Yes 19, no 8", ONE), with_poll("Yes 23, no 9", ONE)
    assert texts(agreed(known, first, second)) == [ONE, "Yes 12, no 7", THREE]
    assert texts(agreed(known, with_poll("Maybe.", ONE), second)) == [ONE, "Yes 12, no 7", THREE]


def test_a_teaser_that_happens_to_be_drawn_twice_is_not_new() -> None:
    known = article(ONE, "Bees on the roof", "A price on one page")
    first = article(ONE, "The night shift", "The quiet room")
    second = article(ONE, "The quiet room", "Old keyboards")
    assert texts(agreed(known, first, second)) == texts(known)


def test_an_advert_that_comes_and_goes_leaves_the_text_alone() -> None:
    known = article(ONE, TWO)
    assert texts(agreed(known, article(ONE, "Buy a boat!", TWO), article(ONE, TWO))) == [ONE, TWO]
    kept = article(ONE, "Buy a boat!", TWO)
    assert texts(agreed(kept, article(ONE, TWO), article(ONE, "Buy an oar!", TWO))) == texts(kept)


def test_a_cache_that_answers_with_the_old_text_confirms_nothing() -> None:
    known = article(ONE, TWO, THREE)
    assert texts(agreed(known, article(ONE, THREE), known)) == texts(known)


def test_looks_that_agree_are_taken_as_they_are() -> None:
    known, look = article(ONE, TWO), article(ONE, THREE)
    assert agreed(known, look, look) is look


def test_headlines_and_dates_that_change_on_every_look_stay_as_they_were() -> None:
    known = article(ONE, modified="2026-05-01")
    first = article(ONE, title="Bridge closed!", modified="2026-06-01T10:00:00Z")
    second = article(ONE, title="The bridge, closed", modified="2026-06-01T10:00:30Z")
    found = agreed(known, first, second)
    assert (found.title, found.modified_at) == ("The bridge", "2026-05-01")


def test_a_link_that_leads_elsewhere_on_every_look_stays_as_it_was() -> None:
    def linked(target: str) -> Article:
        block = Block(BlockKind.PARAGRAPH, ONE, key(ONE), (Link("ferry", target),), "p")
        return Article(blocks=(block,), digest=target)

    known = linked("https://a.example/")
    found = agreed(known, linked("https://b.example/"), linked("https://c.example/"))
    assert diff(known, found).changed == ()


def test_what_an_edit_left_of_a_paragraph_is_no_summary_that_came() -> None:
    whole = f"{ONE} {TWO}"
    now = keys(ONE, THREE)
    found = steadied(article(whole, THREE), article(ONE, THREE), keys(whole, THREE), now, key(ONE))
    assert texts(found) == [ONE, THREE]


@pytest.mark.parametrize("lost", [0, 3])
def test_of_a_text_that_stands_twice_the_lost_one_is_put_back_where_it_stood(lost: int) -> None:
    whole = (CARD, ONE, TWO, CARD)
    read = article(*(t for n, t in enumerate(whole) if n != lost))
    found = steadied(article(*whole), read, keys(*whole), keys(*whole))
    assert texts(found) == list(whole)
