"""Articles come back as they were read, whole or as what differs from an earlier version's."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from monitor.errors import StoreError
from monitor.read.article import EXTRACTOR, Article, Block, BlockKind
from monitor.read.article.digest import digest_of
from monitor.store import Store, articles, snapshots, tables, verify
from monitor.values import replace
from tests.store.build import a_post, an_answer, an_article, read, write

_A = tables.articles
_paths = itertools.count(1)


def long_article(seed: int = 1, edit: str = "", paragraphs: int = 20) -> Article:
    """Paragraphs of made-up words; `edit` stands in the middle."""
    rng = random.Random(seed)
    texts = [
        " ".join("".join(rng.choices("abcdefgh", k=6)) for _ in range(40))
        for _ in range(paragraphs)
    ]
    texts[paragraphs // 2] += edit
    blocks = tuple(Block(BlockKind.PARAGRAPH, t, t) for t in texts)
    made = replace(an_article(), blocks=blocks, digest="")
    return replace(made, digest=digest_of(made))


def kept(store: Store) -> dict[tuple[int, int], tuple[int | None, int]]:
    """Each reading's base and size, by version and extractor."""
    with store.read() as conn:
        rows = conn.execute(select(_A)).all()
    return {(r.snapshot_id, r.extractor): (r.base, len(r.data)) for r in rows}


def test_later_versions_take_what_differs(store: Store) -> None:
    post = a_post(store).state.post_id
    versions = [long_article(edit=f" edit {n}" if n else "") for n in range(5)]
    for n, one in enumerate(versions):
        write(store, snapshots.keep_version, post, one, an_answer(f"<p>{n}".encode()))
    found = kept(store)
    assert [base for base, _ in found.values()] == [None, 1, 1, 1, 1]
    assert max(size for base, size in found.values() if base) < 120
    assert [read(store, snapshots.article, n + 1) for n in range(5)] == versions
    write(store, snapshots.keep_version, post, long_article(seed=2), an_answer(b"<p>other"))
    assert kept(store)[6, EXTRACTOR][0] is None
    write(store, snapshots.keep_version, post, long_article(2, "!"), an_answer(b"<p>other!"))
    assert kept(store)[7, EXTRACTOR][0] == 6
    other = a_post(store, path="b").state.post_id
    write(store, snapshots.keep_version, other, versions[1], an_answer(b"<p>b"))
    assert kept(store)[8, EXTRACTOR][0] is None
    assert read(store, verify.verify) == []


_EDITS = st.tuples(
    st.sampled_from(["version", "again", "redate"]),
    st.integers(0, 3),  # which text
    st.integers(1, 2),  # by which extractor
    st.text("xyz ", max_size=5),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(edits=st.lists(_EDITS, min_size=2, max_size=12))
def test_whatever_is_written_anew_every_article_stays(
    store: Store, edits: list[tuple[str, int, int, str]]
) -> None:
    post = a_post(store, path=f"p{next(_paths)}").state.post_id  # the store outlives an example
    expected: dict[tuple[int, int], Article] = {}
    for what, text, extractor, edit in edits:
        made = replace(long_article(text // 2, edit, paragraphs=4), extractor=extractor)
        if what == "version" or not expected:
            row = write(store, snapshots.keep_version, post, made, an_answer(edit.encode() + b"."))
            if any(version == row.id for version, _ in expected):  # dated as this one
                newest = max(e for version, e in expected if version == row.id)
                expected[row.id, newest] = replace(expected[row.id, newest], modified_at="")
            else:
                expected[row.id, extractor] = made
        elif what == "again":
            version = list(expected)[text % len(expected)][0]
            write(store, snapshots.save_article, version, made)
            expected[version, extractor] = made
        else:
            version = list(expected)[text % len(expected)][0]
            newest = max(e for v, e in expected if v == version)
            dated = replace(expected[version, newest], modified_at=f"2026-01-0{text + 1}")
            write(store, snapshots.redate, version, dated)
            expected[version, newest] = dated
    for (version, extractor), one in expected.items():
        assert read(store, articles.article, version, extractor) == one
    bases = kept(store)
    assert all(b is None or bases[b, key[1]][0] is None for key, (b, _) in bases.items())


@pytest.mark.parametrize("gone", [True, False])
def test_an_article_whose_base_is_damaged_is_named(store: Store, gone: bool) -> None:
    post = a_post(store).state.post_id
    for n in range(2):
        write(store, snapshots.keep_version, post, long_article(edit="!" * n), an_answer(b"%d" % n))
    first = _A.c.snapshot_id == 1
    changed = delete(_A).where(first) if gone else update(_A).where(first).values(data=b"x")
    store.write(lambda c: c.execute(changed) and None)
    with pytest.raises(StoreError, match="the article of version 2 cannot be read"):
        read(store, snapshots.article, 2)
    assert any("article of version 2" in line for line in read(store, verify.verify))
