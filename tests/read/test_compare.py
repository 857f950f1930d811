"""Diffs: what is told, what is not, and that both texts can be had back from the runs."""

from __future__ import annotations

import hashlib
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.read.article import Article, Block, BlockKind, Link, Note, NoteKind
from monitor.read.article.normal import count_words, key, tokens
from monitor.read.compare import (
    BlockChange,
    Diff,
    LinkChange,
    Op,
    Run,
    RunOp,
    contained,
    diff,
    fingerprint,
    likeness,
    restated,
)
from monitor.values import replace

P = BlockKind.PARAGRAPH
LONG_A = "The harbour office will keep its doors open until nine in the evening."
LONG_B = "Ferries leave every half hour from the northern pier, weather permitting."
LONG_C = "Bicycles travel free of charge on all boats of the company this year."


def block(text: str, *links: Link, kind: BlockKind = P) -> Block:
    return Block(kind, text, key(text), tuple(links))


def article(*texts: str) -> Article:
    return Article(blocks=tuple(block(t) for t in texts))


def ops(found: Diff) -> list[Op]:
    return [b.op for b in found.blocks]


def new_text(change: BlockChange) -> str:
    return "".join(r.text for r in change.runs if r.op is not RunOp.REMOVED)


def old_text(change: BlockChange) -> str:
    return "".join(r.text for r in change.runs if r.op is not RunOp.ADDED)


# ---------------------------------------------------------------- no change


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('It\'s "fine" - really...', "It’s “fine” – really…"),
        ("The two-day trip — it rained — ended.", "The two‑day trip—it rained—ended."),
        ("A  b\n c", "A b c"),
        ("10 km", "10\u00a0km"),
        ("soft hy\u00adphen and zero\u200bwidth", "soft hyphen and zerowidth"),
        ("cafe\u0301", "café"),
        ("She said 'no'.", "She said «no»."),
        ("ﬁne", "fine"),
        ("\ufeffhello \u200ethere", "hello there"),
    ],
)
def test_typography_is_no_change(before: str, after: str) -> None:
    found = diff(article(before), article(after))
    assert ops(found) == [Op.KEEP]
    assert found.changed == ()
    assert (found.words_added, found.words_removed, found.similarity) == (0, 0, 1.0)
    assert new_text(found.blocks[0]) == after


def test_two_empty_articles_are_alike() -> None:
    assert diff(Article(), Article()) == Diff()


def test_kind_and_place_of_a_block_are_no_change() -> None:
    before = Article(blocks=(Block(P, "One thing", "One thing", place="p"),))
    after = Article(blocks=(Block(BlockKind.ITEM, "One thing", "One thing", place="div.x/li"),))
    assert diff(before, after).changed == ()


# ---------------------------------------------------------------- words


def test_a_changed_number_is_one_whole_run() -> None:
    found = diff(article("Costs were 1,234.50 in all."), article("Costs were 1,284.50 in all."))
    assert found.blocks[0].runs == (
        Run(RunOp.SAME, "Costs were"),
        Run(RunOp.REMOVED, " 1,234.50"),
        Run(RunOp.ADDED, " 1,284.50"),
        Run(RunOp.SAME, " in all."),
    )
    assert (found.words_added, found.words_removed) == (1, 1)
    assert found.changed == ("text",)


@pytest.mark.parametrize(("old", "new"), [("is", "isn't"), ("do", "don’t"), ("5%", "50%")])
def test_negations_and_numbers_stay_whole(old: str, new: str) -> None:
    found = diff(article(f"We {old} here"), article(f"We {new} here"))
    removed = [r.text.strip() for r in found.blocks[0].runs if r.op is RunOp.REMOVED]
    added = [r.text.strip() for r in found.blocks[0].runs if r.op is RunOp.ADDED]
    assert removed == [old.rstrip("%")] and added == [new.rstrip("%")]


def test_an_added_sentence_is_one_run() -> None:
    found = diff(
        article("It rained. I went home."), article("It rained. I was tired. I went home.")
    )
    assert [r.text for r in found.blocks[0].runs if r.op is RunOp.ADDED] == [" I was tired."]
    assert found.words_added == 3 and found.words_removed == 0
    assert found.similarity == pytest.approx(2 * 5 / 13)


def test_one_short_word_between_changes_is_no_island() -> None:
    before = "We saw red ships of northern companies there all day"
    found = diff(article(before), article("We saw blue boats of southern owners there all day"))
    assert [r.op for r in found.blocks[0].runs] == [
        RunOp.SAME,
        RunOp.REMOVED,
        RunOp.ADDED,
        RunOp.SAME,
    ]


def test_a_paragraph_mostly_rewritten_is_removed_and_added() -> None:
    found = diff(article("alpha beta gamma delta epsilon"), article("alpha one two three four"))
    assert ops(found) == [Op.DROP, Op.ADD]
    assert (found.words_added, found.words_removed) == (5, 5)


def test_chinese_and_japanese_count_by_character() -> None:
    found = diff(article("我们在北京开会。"), article("我们在上海开会。"))
    assert (found.words_added, found.words_removed, found.words_before) == (2, 2, 7)
    assert found.similarity == pytest.approx(2 * 5 / 14)
    assert [r.text for r in found.blocks[0].runs if r.op is RunOp.ADDED] == ["上海"]


def test_words_removed_at_the_beginning_leave_no_space() -> None:
    found = diff(article("Now we go home again"), article("we go home again"))
    assert found.blocks[0].runs == (Run(RunOp.REMOVED, "Now "), Run(RunOp.SAME, "we go home again"))


# ---------------------------------------------------------------- blocks


def test_added_and_removed_paragraphs_stand_where_they_stood() -> None:
    found = diff(article(LONG_A, LONG_B), article(LONG_A, "Dogs are welcome.", LONG_B))
    assert [(b.op, b.before_at, b.after_at) for b in found.blocks] == [
        (Op.KEEP, 0, 0),
        (Op.ADD, None, 1),
        (Op.KEEP, 1, 2),
    ]
    back = diff(article(LONG_A, "Dogs are welcome.", LONG_B), article(LONG_A, LONG_B))
    assert [(b.op, b.before_at) for b in back.blocks] == [
        (Op.KEEP, 0),
        (Op.DROP, 1),
        (Op.KEEP, 2),
    ]


def test_a_moved_block_is_common_text_but_a_change() -> None:
    found = diff(article(LONG_A, LONG_B, LONG_C), article(LONG_B, LONG_C, LONG_A))
    moved = [b for b in found.blocks if b.op is Op.MOVE]
    assert [(b.before_at, b.after_at, b.at_new_place) for b in moved] == [
        (0, 2, False),
        (0, 2, True),
    ]
    assert moved[0].runs == () and new_text(moved[1]) == LONG_A
    assert (found.words_added, found.words_removed, found.similarity) == (0, 0, 1.0)
    assert found.changed == ("text",)


def test_a_block_moved_and_edited_has_both_marks() -> None:
    after = LONG_A.replace("nine", "seven")
    found = diff(article(LONG_A, LONG_B, LONG_C), article(LONG_B, LONG_C, after))
    moved = [b for b in found.blocks if b.op is Op.MOVE and b.at_new_place]
    assert len(moved) == 1
    assert [r.text for r in moved[0].runs if r.op is not RunOp.SAME] == [" nine", " seven"]
    assert (found.words_added, found.words_removed) == (1, 1)


def test_short_or_repeated_blocks_do_not_move() -> None:
    short = diff(article("Read this", LONG_B), article(LONG_B, "Read this"))
    assert Op.MOVE not in ops(short)
    twice = diff(article(LONG_A, LONG_A, LONG_B, LONG_C), article(LONG_A, LONG_B, LONG_C, LONG_A))
    assert Op.MOVE not in ops(twice)


def test_a_split_paragraph_keeps_its_words() -> None:
    found = diff(article(f"{LONG_A} {LONG_B}", LONG_C), article(LONG_A, LONG_B, LONG_C))
    assert [(b.op, b.label) for b in found.blocks] == [
        (Op.KEEP, "split"),
        (Op.KEEP, "split"),
        (Op.KEEP, ""),
    ]
    assert (found.changed, found.similarity) == ((), 1.0)


def test_joined_paragraphs_keep_their_words() -> None:
    found = diff(article(LONG_A, LONG_B, LONG_C), article(f"{LONG_A} {LONG_B}", LONG_C))
    assert [(b.op, b.label, b.before_at, b.after_at) for b in found.blocks] == [
        (Op.KEEP, "joined", 0, 0),
        (Op.KEEP, "", 2, 1),
    ]
    assert (found.changed, found.words_added, found.words_removed) == ((), 0, 0)


def test_a_paragraph_that_stands_in_two_joined_ones_is_counted_once() -> None:
    found = diff(
        article(LONG_A, LONG_B, LONG_C), article(f"{LONG_A} {LONG_B}", f"{LONG_B} {LONG_C}")
    )
    assert found.changed == ("text",)
    assert found.words_before == sum(count_words(x) for x in (LONG_A, LONG_B, LONG_C))


def labels(found: Diff) -> list[tuple[Op, str]]:
    return [(b.op, b.label) for b in found.blocks]


def test_a_paragraph_split_and_edited_shows_the_edit_alone() -> None:
    edited = LONG_B.replace(LONG_B.split()[2], "nobody", 1)
    found = diff(article(f"{LONG_A} {LONG_B}", LONG_C), article(LONG_A, edited, LONG_C))
    assert labels(found) == [(Op.KEEP, "split"), (Op.CHANGE, "split"), (Op.KEEP, "")]
    assert (found.words_added, found.words_removed, found.changed) == (1, 1, ("text",))
    assert [b.before_at for b in found.blocks] == [0, 0, 1]
    assert new_text(found.blocks[1]) == edited


def test_paragraphs_joined_and_edited_show_the_edit_alone() -> None:
    edited = LONG_B.replace(LONG_B.split()[2], "nobody", 1)
    found = diff(article(LONG_A, LONG_B, LONG_C), article(f"{LONG_A} {edited}", LONG_C))
    assert labels(found) == [(Op.CHANGE, "joined"), (Op.KEEP, "")]
    assert (found.words_added, found.words_removed) == (1, 1)
    assert old_text(found.blocks[0]) == f"{LONG_A} {LONG_B}"


def test_a_paragraph_added_behind_an_edited_one_is_no_piece_of_it() -> None:
    edited = LONG_A.replace(LONG_A.split()[2], "nobody", 1)
    echo = " ".join(LONG_A.split()[:7])
    found = diff(article(LONG_A, LONG_C), article(edited, echo, LONG_C))
    assert labels(found) == [(Op.CHANGE, ""), (Op.ADD, ""), (Op.KEEP, "")]


def test_a_link_in_a_piece_that_leads_elsewhere_is_told() -> None:
    one, other = (Link("nine", f"https://acme.example/{x}") for x in "ab")
    before = Article(blocks=(block(f"{LONG_A} {LONG_B}", one),))
    found = diff(before, Article(blocks=(block(LONG_A, other), block(LONG_B))))
    assert found.changed == ("links",)
    assert [len(b.links) for b in found.blocks] == [1, 0]


def test_many_changed_paragraphs_are_paired_in_order() -> None:
    before = [f"Paragraph {n} speaks of topic{n} and of matter{n * 7} at length" for n in range(90)]
    after = [p.replace("speaks", "talks") for p in before]
    found = diff(article(*before), article(*after))
    assert ops(found) == [Op.CHANGE] * 90
    assert (found.words_added, found.words_removed) == (90, 90)


# ---------------------------------------------------------------- links and fields


def test_a_changed_link_target_is_told_and_is_no_text() -> None:
    before = Article(blocks=(block("See the plan here.", Link("the plan", "https://a.example/x")),))
    after = Article(blocks=(block("See the plan here.", Link("the plan", "https://b.example/y")),))
    found = diff(before, after)
    assert found.changed == ("links",)
    assert found.blocks[0].op is Op.KEEP
    assert found.blocks[0].links == (
        LinkChange("the plan", "https://a.example/x", "https://b.example/y"),
    )
    assert new_text(found.blocks[0]) == "See the plan here."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example/x", "https://a.example/x?utm_source=feed"),
    ],
)
def test_spellings_of_one_target_are_one(one: str, other: str) -> None:
    before = Article(blocks=(block("See it", Link("it", one)),))
    after = Article(blocks=(block("See it", Link("it", other)),))
    assert diff(before, after).changed == ()


def test_a_link_taken_from_its_words_is_told() -> None:
    before = Article(blocks=(block("See it", Link("it", "https://a.example/x")),))
    found = diff(before, article("See it"))
    assert found.blocks[0].links == (LinkChange("it", "https://a.example/x", ""),)
    words_gone = diff(before, article("See that"))
    assert words_gone.changed == ("text",)


def test_fields_count_only_where_both_sides_declare_them() -> None:
    names = ("title", "author", "published_at")
    before = Article(title="Old", byline="Ann", published_at="2020-01-02")
    after = Article(title="New", byline="Bob", published_at="2021-01-02")
    assert diff(before, after).changed == ()
    told = frozenset(names)
    one, other = replace(before, declared=told), replace(after, declared=told)
    assert diff(one, other).changed == names
    assert diff(one, after).changed == ()
    assert [(f.name, f.before, f.after) for f in diff(one, other).fields] == [
        ("title", "Old", "New"),
        ("author", "Ann", "Bob"),
        ("published_at", "2020-01-02", "2021-01-02"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("2020-01-02", "2020-01-02T09:00:00Z", True),
        ("2020-01-02", "2020-01-03T02:00:00Z", True),
        ("2020-01-02", "2020-01-05T02:00:00Z", False),
        ("2020-01-02T09:00:00Z", "2020-01-02T09:00:20Z", True),
        ("2020-01-02T09:00:00Z", "2020-01-02T10:00:00Z", False),
        ("2020-01-02", "2020-01-03", False),
    ],
)
def test_precision_of_a_date_is_no_change(before: str, after: str, same: bool) -> None:
    told = frozenset({"published_at"})
    found = diff(
        Article(published_at=before, declared=told), Article(published_at=after, declared=told)
    )
    assert (found.changed == ()) is same


def test_order_and_case_of_names_are_no_change() -> None:
    told = frozenset({"author"})
    one = Article(byline="Ann Lee and Bob Ray", declared=told)
    assert diff(one, Article(byline="BOB RAY, Ann Lee", declared=told)).changed == ()
    assert diff(one, Article(byline="Ann Lee", declared=told)).changed == ("author",)


def test_a_modified_date_alone_is_a_field_but_no_change() -> None:
    told = frozenset({"modified_at"})
    found = diff(
        Article(modified_at="2020-01-02", declared=told),
        Article(modified_at="2020-02-02", declared=told),
    )
    assert [f.name for f in found.fields] == ["modified_at"]
    assert found.changed == ()


def test_new_notes_are_told_by_their_text() -> None:
    old = Note(NoteKind.UPDATE, "Update: it’s open.", key("Update: it’s open."))
    new = Note(NoteKind.CORRECTION, "Correction: it is not.", "Correction: it is not.")
    same = Note(NoteKind.UPDATE, "Update: it's open.", key("Update: it's open."))
    assert diff(Article(notes=(old,)), Article(notes=(same, new))).notes_added == (new.text,)


# ---------------------------------------------------------------- properties

WORDS = st.sampled_from(
    [
        "the",
        "cat",
        "sat",
        "on",
        "a",
        "mat",
        "no",
        "1,000",
        "3.5%",
        "東京",
        "は",
        "don’t",
        "end.",
        "Why?",
    ]
)
TEXT = st.lists(WORDS, min_size=1, max_size=25).map(" ".join)
ARTICLES = st.lists(TEXT, max_size=7).map(lambda texts: article(*texts))
MESSY = st.lists(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(key),
    max_size=4,
).map(lambda texts: article(*texts))


def check(before: Article, after: Article, *, exact: bool) -> None:
    found = diff(before, after)
    new = [b for b in found.blocks if b.after_at is not None and b.at_new_place]
    assert [b.after_at for b in new] == list(range(len(after.blocks)))
    assert [new_text(b) for b in new] == [b.text for b in after.blocks]
    old: dict[int, list[str]] = {}
    for b in found.blocks:
        if b.before_at is not None and (b.op is not Op.MOVE or b.at_new_place):
            old.setdefault(b.before_at, []).append(old_text(b))
    joined = {b.before_at for b in found.blocks if b.label == "joined"}
    if not joined:
        assert sorted(old) == list(range(len(before.blocks)))
        for at, texts in old.items():
            if exact and len(texts) == 1:
                assert texts[0] == before.blocks[at].text
            assert compact("".join(texts)) == compact(before.blocks[at].text)
    assert found.words_before == sum(count_words(b.text) for b in before.blocks)
    assert found.words_after == sum(count_words(b.text) for b in after.blocks)
    assert 0.0 <= found.similarity <= 1.0
    if [b.key for b in before.blocks] == [b.key for b in after.blocks]:
        assert found.changed == () and found.similarity == 1.0
    if found.changed == () and exact:
        assert compact("".join(b.text for b in before.blocks)) == compact(
            "".join(b.text for b in after.blocks)
        )
    if exact:
        assert found.words_after - found.words_before == found.words_added - found.words_removed


def compact(text: str) -> str:
    return "".join(key(text).split())


@st.composite
def divided(draw: st.DrawFn) -> tuple[Article, Article]:
    """An article, and one with its words divided otherwise and some of them changed."""
    words = draw(st.lists(WORDS, min_size=12, max_size=60))
    cuts = st.lists(st.integers(1, len(words) - 1), max_size=4)
    edits = draw(st.dictionaries(st.integers(0, len(words) - 1), st.just("EDIT"), max_size=3))
    other = [edits.get(n, word) for n, word in enumerate(words)]
    return _parted(words, draw(cuts)), _parted(other, draw(cuts))


def _parted(words: list[str], cuts: list[int]) -> Article:
    ends = sorted({0, *cuts, len(words)})
    return article(*(" ".join(words[a:b]) for a, b in itertools.pairwise(ends)))


@settings(max_examples=200, deadline=None)
@given(divided())
def test_words_divided_otherwise_and_edited_stand_in_the_diff_once(
    pair: tuple[Article, Article],
) -> None:
    check(*pair, exact=False)


@settings(max_examples=200, deadline=None)
@given(ARTICLES, ARTICLES)
def test_both_texts_can_be_had_back(before: Article, after: Article) -> None:
    check(before, after, exact=True)


@settings(max_examples=100, deadline=None)
@given(MESSY, MESSY)
def test_any_text_can_be_diffed(before: Article, after: Article) -> None:
    found = diff(before, after)
    new = [b for b in found.blocks if b.after_at is not None and b.at_new_place]
    assert [new_text(b) for b in new] == [b.text for b in after.blocks]
    assert 0.0 <= found.similarity <= 1.0


@settings(max_examples=50, deadline=None)
@given(ARTICLES, st.randoms(use_true_random=False))
def test_an_article_shuffled_is_rebuilt(before: Article, rng: random.Random) -> None:
    blocks = list(before.blocks)
    rng.shuffle(blocks)
    check(before, Article(blocks=tuple(blocks)), exact=True)


def test_long_unbroken_texts_are_diffed_word_by_word() -> None:
    rng = random.Random(3)
    words = [f"w{rng.randrange(3000)}" for _ in range(12_000)]
    after = list(words)
    for at in range(50, 12_000, 400):
        after[at] = "other"
    found = diff(article(" ".join(words)), article(" ".join(after)))
    assert (found.words_added, found.words_removed) == (30, 30)
    assert new_text(found.blocks[0]) == " ".join(after)
    assert old_text(found.blocks[0]) == " ".join(words)


# ---------------------------------------------------------------- likeness, contained, fingerprint


def _post(seed: int, size: int = 300) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(f"w{rng.randrange(900)}" for _ in range(50)) for _ in range(size // 50)]


def test_likeness_tells_an_edited_post_from_another() -> None:
    mine = _post(1)
    edited = [mine[0].replace("w1", "x1"), *mine[1:5]]
    assert likeness(article(*mine), article(*mine)) == 1.0
    assert likeness(article(*mine), article(*edited)) > 0.7
    assert likeness(article(*mine), article(*_post(2))) < 0.1
    assert likeness(Article(), Article()) == 1.0
    assert likeness(article("one"), Article()) == 0.0


def test_contained_counts_whole_blocks_parts_and_sentences() -> None:
    post = article(LONG_A, f"{LONG_B} {LONG_C}")
    assert contained(post, [key(LONG_A), key(f"{LONG_B} {LONG_C}")]) == 1.0
    assert contained(post, ["menu", f"intro {LONG_A} outro", LONG_B, LONG_C]) == 1.0
    half = contained(post, [LONG_A])
    assert 0.3 < half < 0.4
    assert contained(post, ["menu", "foot"]) == 0.0
    assert contained(Article(), ["menu"]) == 0.0
    assert contained(article("Yes"), ["Yesterday was fine"]) == 0.0


def test_fingerprints_of_like_texts_are_near() -> None:
    mine = _post(5, 1000)
    edited = [mine[0].replace("w1", "x1"), *mine[1:]]
    one = fingerprint(article(*mine))
    assert 0 <= one < 2**63
    assert (one ^ fingerprint(article(*edited))).bit_count() <= 6
    assert (one ^ fingerprint(article(*_post(6, 1000)))).bit_count() >= 16
    assert fingerprint(Article()) == 0


def _simhash(texts: list[str]) -> int:
    """What a fingerprint is defined as, bit by bit."""
    words = [t for text in texts for t in tokens(key(text).casefold()) if t[:1].isalnum()]
    some = zip(words, words[1:], words[2:], strict=False) if len(words) > 2 else [tuple(words)]
    runs = set(some) if words else set()
    hashes = [
        hashlib.blake2b("\0".join(run).encode("utf-8", "replace"), digest_size=8).digest()
        for run in runs
    ]
    numbers = [int.from_bytes(one, "little") for one in hashes]
    bits = (2 * sum(n >> bit & 1 for n in numbers) > len(numbers) for bit in range(63))
    return sum(1 << bit for bit, is_set in enumerate(bits) if is_set)


LETTERS = st.text(alphabet="ab cd-e'. 12,_éß中กא\u0301\ud800\n", max_size=90)


@given(st.lists(LETTERS, max_size=8), st.sampled_from([0, 1, 254, 255, 256, 700]))
def test_a_fingerprint_is_the_majority_of_each_bit(texts: list[str], more: int) -> None:
    texts = [*texts, " ".join(f"word{n}" for n in range(more))]
    assert fingerprint(article(*texts)) == _simhash(texts)


def test_a_byline_that_went_is_a_change_where_the_template_stays() -> None:
    signed = Article(byline="Ida Falk", declared=frozenset({"author"}))
    guessed = Article(byline="Tower Team")
    assert diff(signed, guessed).changed == ()
    found = diff(signed, guessed, steady=frozenset({"author"}))
    assert found.changed == ("author",)
    assert [(f.before, f.after) for f in found.fields] == [("Ida Falk", "")]
    back = diff(guessed, signed, steady=frozenset({"author"}))
    assert [(f.before, f.after) for f in back.fields] == [("", "Ida Falk")]


SIGNED = st.builds(
    lambda texts, title, byline, at, declared: replace(
        article(*texts), title=title, byline=byline, published_at=at, declared=frozenset(declared)
    ),
    st.lists(st.sampled_from((LONG_A, LONG_B, LONG_C)), max_size=3),
    st.sampled_from(("One", "Two")),
    st.sampled_from(("Ada Holm", "Bo Lund")),
    st.sampled_from(("2026-01-02", "2026-03-04")),
    st.sets(st.sampled_from(("title", "author", "published_at"))),
)
STEADY = st.sampled_from((frozenset[str](), frozenset({"author"})))


@given(SIGNED, SIGNED, STEADY, STEADY)
def test_a_diff_with_other_steady_fields_is_the_one_made_with_them(
    one: Article, other: Article, steady: frozenset[str], now: frozenset[str]
) -> None:
    found = diff(one, other, steady=steady)
    assert restated(found, one, other, steady=now) == diff(one, other, steady=now)
