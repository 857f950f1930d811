"""The search answers as its definition says, alike on both databases, and knows nothing of what is forgotten."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from monitor.model import Event, Kind, Reason
from monitor.read.article import EXTRACTOR, Block, BlockKind
from monitor.read.terms import Term, search, words
from monitor.store import (
    Store,
    forget,
    overview,
    posts,
    search_fill,
    search_index,
    snapshots,
    upgrade,
)
from monitor.store import search as searching
from monitor.store.dialect import parsed, writing_engine
from monitor.store.marks import Mark, MarkKind, add_mark
from monitor.store.rows import PostRow
from monitor.store.search import Wanted, found
from monitor.values import replace
from tests.store.build import (
    NOW,
    a_post,
    a_site,
    an_answer,
    an_article,
    an_event,
    appended,
    later,
    read,
    write,
)


def looked_up(store: Store, typed: str, limit: int | None = None, **kw: object) -> list[int]:
    """The ids that a typed search finds."""
    ids: list[int] = read(store, found, Wanted(search(typed), **kw), limit)  # type: ignore[arg-type]
    return ids


def versions(store: Store, post: PostRow, *texts: str) -> list[int]:
    """The ids of the post's versions with these texts, one paragraph each; the last is its latest."""
    ids = []
    for n, words_of_it in enumerate(texts):
        article = an_article(words_of_it)
        when = later(hours=n)
        made = write(store, snapshots.keep_version, post.state.post_id, article, an_answer(at=when))
        ids.append(made.id)
    state = replace(post.state, snapshot=ids[-1])
    write(store, posts.save_post, replace(post, state=state))
    return ids


def test_an_event_is_found_by_its_words_and_its_posts_latest_text(store: Store) -> None:
    post = a_post(store)
    first, last = versions(store, post, "We will keep the roof garden.", "We will keep the shed.")
    appended(store, an_event(Kind.PUBLISHED, title="Bees", post=1, snapshot_after=first))
    appended(
        store,
        an_event(
            Kind.EDITED,
            title="Bees",
            post=1,
            snapshot_before=first,
            snapshot_after=last,
            fields=("text",),
        ),
    )
    appended(
        store, an_event(Kind.SITE_UNREACHABLE, title="", post=None, url="https://acme.example/")
    )
    assert looked_up(store, "bees") == [2, 1]
    assert looked_up(store, "shed") == [2, 1]  # its latest text
    assert looked_up(store, "roof garden") == looked_up(store, '"roof garden"') == [2]  # dropped
    assert looked_up(store, "bees keep garden") == [2]  # in both together
    assert looked_up(store, "bees -garden") == [1]
    assert looked_up(store, "-bees") == [3]
    assert looked_up(store, "acme.example") == [3, 2, 1]
    assert (
        looked_up(store, '"garden we"')
        == looked_up(store, "nothing")
        == looked_up(store, "!")
        == []
    )
    assert looked_up(store, "gard*") == [2]
    # A quoted sentence is found by the edit that reworded it; its words alone are those it dropped.
    assert looked_up(store, '"will keep the roof"') == [2]


def test_a_phrase_is_found_where_a_sentence_was_reworded(store: Store) -> None:
    post = a_post(store)
    one = "Nothing else. We will publish every evaluation within thirty days. It stays."
    two = "Nothing else. We will publish selected evaluations. It stays."
    ids = versions(store, post, one, two, "All other words entirely.")
    for before, after in pairwise(ids):
        event = an_event(
            Kind.EDITED, snapshot_before=before, snapshot_after=after, fields=("text",)
        )
        appended(store, event)
    assert looked_up(store, '"publish every evaluation within"') == [1]
    assert looked_up(store, "every evaluation") == looked_up(store, "within thirty days") == [1]
    assert looked_up(store, '"publish selected"') == [2, 1]
    assert looked_up(store, "publish") == [2]  # it stood in both, until the second dropped it
    assert looked_up(store, '"nothing else"') == [2]
    assert looked_up(store, '-"publish every"') == [2]


def test_a_post_is_found_by_its_latest_text_alone(store: Store) -> None:
    post = a_post(store)
    versions(store, post, "first words", "second words")
    appended(store, an_event())
    assert looked_up(store, "second") == [1] and looked_up(store, "first") == []
    versions(store, post, "first words")  # it returns to an earlier one
    assert looked_up(store, "first") == [1] and looked_up(store, "second") == []
    # A newer extractor reads more in the same bytes.
    article = replace(an_article("first words and a note"), extractor=EXTRACTOR + 1)
    write(store, snapshots.save_article, 1, article)
    assert looked_up(store, "note") == [1]
    write(store, snapshots.save_article, 2, replace(article, title="elsewhere"))
    assert looked_up(store, "elsewhere") == []


def test_an_edit_of_a_long_text_writes_one_piece_anew(store: Store) -> None:
    post = a_post(store)
    texts = [" ".join(f"w{n}x{k}" for k in range(60)) for n in range(40)]

    def kept() -> dict[int, str]:
        blocks = tuple(Block(BlockKind.PARAGRAPH, t, t) for t in texts)
        article = replace(an_article(), blocks=blocks, title="", byline="", notes=())
        write(store, search_index.add_post, post.state.post_id, article)
        with store.read() as conn:
            rows = conn.execute(text("SELECT rowid, CAST(words AS text) FROM post_words"))
            return {row: piece for row, piece in rows}

    appended(store, an_event())
    before = kept()
    texts[9] = texts[9].replace("w9x9", "reworded")
    texts[15] = texts[15] + " w1x1" * 300  # more than a tsvector has places for
    after = kept()
    assert kept().keys() == after.keys()
    stayed = [row for row in before if after.get(row) == before[row]]
    assert len(before) == 14 and len(stayed) == 12
    assert looked_up(store, "reworded w9x10") == [1] and looked_up(store, "w9x9") == []
    assert looked_up(store, '"w9x8 reworded w9x10"') == looked_up(store, "w1x1 w39x59") == [1]
    texts.clear()
    assert kept() == {}


def test_long_texts_are_found_to_their_end(store: Store) -> None:
    paragraphs = [f"word{n} " * 20 + f"unique{n} tail{n}" for n in range(900)]
    blocks = tuple(Block(BlockKind.PARAGRAPH, p, p) for p in paragraphs)
    one = " ".join(f"inner{n}" for n in range(20_000))
    article = an_article("x", blocks=(*blocks, Block(BlockKind.PARAGRAPH, one, one)))
    a_post(store)
    write(store, snapshots.keep_version, 1, article, an_answer())
    appended(store)
    for typed in (
        "unique0",
        '"unique899 tail899"',
        '"inner19998 inner19999"',
        '"inner1999 inner2000"',
    ):
        assert looked_up(store, typed) == [1], typed
    assert looked_up(store, '"tail0 word1"') == []


WORDS = "roof garden shed bees café 報告 報 告書 don't op opera co-op 2018 x".split()


def random_text(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(0, 7)))


def random_search(rng: random.Random) -> str:
    def part() -> str:
        body = f'"{random_text(rng)}"' if rng.random() < 0.3 else rng.choice(WORDS)
        body = body[: rng.randint(2, 4)] + "*" if rng.random() < 0.2 and body[0] != '"' else body
        return ("-" if rng.random() < 0.25 else "") + body

    return " ".join(part() for _ in range(rng.randint(1, 3)))


def has(term: Term, texts: list[list[str]]) -> bool:
    """The definition: the term's words stand one behind the other in one of the texts."""
    many, (*before, last) = len(term.words), term.words

    def here(run: list[str]) -> bool:
        ends = run[-1].startswith(last) if term.begins else run[-1] == last
        return len(run) == many and run[:-1] == before and ends

    return any(here(t[n : n + many]) for t in texts for n in range(len(t)))


@pytest.mark.parametrize("first", [1, 2000])
def test_the_answer_is_the_definitions(
    store: Store, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    monkeypatch.setattr(searching, "_FIRST", first)
    monkeypatch.setattr(searching, "_FEW_EVENTS", 3)
    rng = random.Random(first)
    site_id = a_site(store)
    latest, told = dict[int, str](), list[tuple[Event, list[str]]]()
    for n in range(1, 7):
        post = a_post(store, site_id, path=f"p{n}")
        texts = list(dict.fromkeys(random_text(rng) or "z" for _ in range(3)))
        ids = versions(store, post, *texts)
        latest[n] = texts[-1]
        for before, after in pairwise(ids):
            event = an_event(
                rng.choice([Kind.EDITED, Kind.REINSTATED]),
                title=random_text(rng),
                post=n,
                url="",
                snapshot_before=before,
                snapshot_after=after,
                silent=rng.choice([True, False, None]),
                detected_at=later(days=rng.randint(0, 9)),
            )
            old, new = texts[ids.index(before)], texts[ids.index(after)]
            told.append((appended(store, event), [old, new]))
    for _ in range(120):
        typed = random_search(rng)
        asked = search(typed)
        kinds = (Kind.EDITED,) if rng.random() < 0.3 else ()
        silent = rng.random() < 0.2
        until = later(days=5) if rng.random() < 0.2 else None
        ids = looked_up(store, typed, kinds=kinds, silent=silent, until=until)
        may: list[int] = []
        for event, changed in told:
            post_id = event.post or 0
            kept = [words(event.title), words(latest[post_id]), words("A title")]
            # Which words a change is said with is the diff's affair: no more than both texts, no less than
            # those that stand in one of them.
            at_most = kept + [words(t) for t in changed]
            only = set(words(changed[0])) ^ set(words(changed[1]))
            at_least = kept + [[w] for w in only]
            if (
                asked.hopeless
                or (kinds and event.kind not in kinds)
                or (silent and event.silent is not True)
            ):
                continue
            if until and event.detected_at >= until:
                continue
            could = all(has(t, at_most) for t in asked.terms)
            could = could and not any(has(t, at_least) for t in asked.without)
            must = all(has(t, at_least) for t in asked.terms)
            must = must and not any(has(t, at_most) for t in asked.without)
            may += [event.id] if could else []
            assert not must or event.id in ids, (typed, event.id)
        assert set(ids) <= set(may), typed
        assert ids == sorted(ids, reverse=True) and len(set(ids)) == len(ids)
        assert looked_up(store, typed, 2, kinds=kinds, silent=silent, until=until) == ids[:2]
        if ids:
            assert looked_up(store, typed, before=ids[0]) == [
                i for i in looked_up(store, typed) if i < ids[0]
            ]


def test_titles_and_latest_texts_are_answered_to_the_letter(store: Store) -> None:
    rng = random.Random(5)
    site_id = a_site(store)
    texts = dict[int, list[list[str]]]()
    for n in range(1, 9):
        latest, title = random_text(rng) or "z", random_text(rng)
        versions(store, a_post(store, site_id, path=f"p{n}"), latest)
        appended(store, an_event(title=title, post=n, url=""))
        texts[n] = [words(title), words(latest), words("A title")]
    some = 0
    for typed in (random_search(rng) for _ in range(60)):
        asked = search(typed)
        right = [
            n
            for n, kept in sorted(texts.items(), reverse=True)
            if all(has(t, kept) for t in asked.terms)
            and not any(has(t, kept) for t in asked.without)
            and not asked.hopeless
        ]
        assert looked_up(store, typed) == right, typed
        some += bool(right)
    assert some > 20


def test_what_is_asked_beside_words(store: Store) -> None:
    a_post(store)
    a_site(store, "globex")
    appended(store, an_event(Kind.EDITED, reason=None, silent=True, detected_at=later(days=1)))
    appended(store, an_event(Kind.EDITED, silent=False, site="globex", detected_at=later(days=2)))
    appended(store, an_event(origin="imported", detected_at=later(days=-90)))
    write(store, add_mark, Mark(1, MarkKind.NOTE, "look", "", NOW))
    write(store, add_mark, Mark(2, MarkKind.ACK, "", "", NOW))
    assert looked_up(store, "") == [3, 2, 1]
    assert looked_up(store, "", silent=True) == [1]
    assert looked_up(store, "", unseen=True) == [3, 1]
    assert looked_up(store, "", sites=("globex", "nobody")) == [2]
    assert looked_up(store, "", kinds=(Kind.REMOVED, Kind.MOVED)) == [3]
    assert looked_up(store, "", origin="observed") == [2, 1]
    assert looked_up(store, "", since=later(hours=23)) == [2, 1]
    assert looked_up(store, "", until=later(hours=25)) == [3, 1]
    assert looked_up(store, "", since=later(days=5)) == []
    assert looked_up(store, "", after=1, before=3) == [2]
    assert looked_up(store, "title", 2) == [3, 2] and looked_up(store, "title", 0) == []


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A SQLite database with one event in it."""
    path = tmp_path_factory.mktemp("asked") / "w.db"
    made = Store.open(f"sqlite:///{path}", create=True, clock=lambda: NOW)
    appended(made, an_event(title="NEAR the roof"))
    return made


@given(st.text() | st.text(alphabet="ab\"*- “'(){}:^+\\NEAR"))
def test_nothing_that_is_typed_fails(asked: Store, typed: str) -> None:
    assert looked_up(asked, typed) in ([], [1])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.text(alphabet="ab\"*-&|!<>:'()\\ "))
def test_nothing_that_is_typed_fails_on_either(store: Store, typed: str) -> None:
    assert looked_up(store, typed) == []


SECRET = "Quillfeather"


@pytest.mark.parametrize("merged", [True, False])
def test_forgotten_words_stand_nowhere(store: Store, merged: bool) -> None:
    site_id = a_site(store)
    kept, gone = a_post(store, site_id, path="kept"), a_post(store, site_id, path="gone")
    versions(store, kept, "the bees stay")
    for n in range(1, 4):
        two = versions(store, gone, f"text {n} of {SECRET}one", f"and {n} {SECRET}two")
        event = an_event(
            Kind.EDITED,
            title=f"{SECRET}three",
            post=2,
            snapshot_before=two[0],
            snapshot_after=two[1],
        )
        appended(store, event)
    appended(store, an_event(title="Bees", post=1))
    assert looked_up(store, f"{SECRET}*") == [3, 2, 1]
    if merged:
        write(store, search_index.merge)
    write(store, forget.forget_post, 2, NOW)
    assert looked_up(store, f"{SECRET}*") == looked_up(store, f"{SECRET}three") == []
    assert looked_up(store, "bees") == [4]
    with store.read() as conn:
        for table in ("event_words", "post_words"):
            rows = conn.execute(text(f"SELECT * FROM {table}")).all()
            assert SECRET.lower() not in str(rows).lower() and rows
    if store.path is None:
        return
    path = store.path
    store.close()
    clean_up(path)
    for file in path.parent.iterdir():
        assert SECRET.lower().encode() not in file.read_bytes().lower(), file
        assert SECRET.lower()[:8].encode() not in file.read_bytes().lower(), file


def clean_up(path: Path) -> None:
    """What a person does who wants the freed pages gone as well."""
    import sqlite3

    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("VACUUM")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()


def fill(store: Store) -> list[int]:
    steps = []
    while write(store, search_fill.catch_up, 2):
        steps.append(1)
    return steps


def test_the_index_can_be_made_anew_in_steps(store: Store) -> None:
    site_id = a_site(store)
    for n in range(1, 6):
        ids = versions(
            store, a_post(store, site_id, path=f"p{n}"), f"old{n} words", f"new{n} words"
        )
        appended(
            store,
            an_event(Kind.EDITED, title="", post=n, snapshot_before=ids[0], snapshot_after=ids[1]),
        )
    a_post(store, site_id, path="never-read")
    before = contents(store)
    write(store, search_fill.again)
    assert contents(store) == {"event_words": [], "post_words": []}
    assert read(store, search_fill.left) == search_fill.Left(5, 6)
    # What is written meanwhile is there at once.
    appended(store, an_event(title="meanwhile", post=1))
    assert looked_up(store, "meanwhile") == [6]
    assert len(fill(store)) >= 5
    assert not read(store, search_fill.left)
    again = contents(store)
    assert [r for r in again["event_words"] if r not in before["event_words"]] != []
    assert set(before["event_words"]) < set(again["event_words"])
    assert again["post_words"] == before["post_words"]
    assert looked_up(store, "old3") == [3] and looked_up(store, "new3 words") == [3]
    assert not write(store, search_fill.catch_up)


def contents(store: Store) -> dict[str, list[tuple[int, str]]]:
    with store.read() as conn:
        return {
            t: [
                (r[0], str(r[1]))
                for r in conn.execute(text(f"SELECT rowid, words FROM {t} ORDER BY rowid"))
            ]
            for t in ("event_words", "post_words")
        }


def test_an_older_database_is_indexed_after_its_upgrade(
    url: str, open_store: Callable[..., Store]
) -> None:
    store = open_store()
    ids = versions(store, a_post(store), "old words", "new words")
    told = appended(store, an_event(Kind.EDITED, snapshot_before=ids[0], snapshot_after=ids[1]))
    store.write(as_before)
    store.close()
    engine = writing_engine(parsed(url))
    upgrade.upgrade(engine)
    engine.dispose()
    after = open_store(create=False)
    assert told.post is not None
    assert read(after, overview.changed_at, [told.post]) == {told.post: told.detected_at}
    assert read(after, search_fill.left) == search_fill.Left(1, 1)
    assert looked_up(after, "old") == []
    fill(after)
    assert looked_up(after, "old") == looked_up(after, "new") == [1]


def as_before(conn: Connection) -> None:
    """The schema of the release that had no search."""
    for statement in (
        "ALTER TABLE articles DROP COLUMN base",
        "CREATE INDEX ix_posts_fingerprint ON posts (fingerprint)",
        "ALTER TABLE events DROP COLUMN packed",
        "DROP TABLE read_pages",
        "ALTER TABLE posts DROP COLUMN stretch_from",
        "ALTER TABLE posts DROP COLUMN stretch_to",
        "ALTER TABLE sources DROP COLUMN parts",
        "DROP TABLE asides",
        "ALTER TABLE snapshots DROP COLUMN latest_at",
        "ALTER TABLE entries DROP COLUMN since",
        "ALTER TABLE entries DROP COLUMN updated",
        "ALTER TABLE entries DROP COLUMN otherwise_at",
        "DROP TABLE event_words",
        "DROP TABLE post_words",
        "DROP INDEX ix_events_search",
        "DROP INDEX ix_posts_status_changed",
        "DROP INDEX ix_posts_changed",
        "DROP INDEX ix_posts_due",
        "CREATE INDEX ix_posts_next_at ON posts (next_at)",
        "ALTER TABLE posts DROP COLUMN last_event",
        "CREATE INDEX ix_posts_site_id_status ON posts (site_id, status)",
        "CREATE INDEX ix_posts_site_id_published_at_id ON posts (site_id, published_at, id)",
        "UPDATE alembic_version SET version_num = '0005'",
    ):
        conn.execute(text(statement))


def test_two_writers_of_one_post_hold_up_neither(store: Store) -> None:
    post = a_post(store)
    appended(store)
    if store.path is not None:
        return  # one writes at a time
    engine = writing_engine(parsed(store.url))
    with engine.connect() as other, other.begin():
        search_index.add_post(other, post.state.post_id, an_article("theirs"))
        ours = store._writer.submit(
            lambda conn: search_index.add_post(conn, post.state.post_id, an_article("ours"))
        )
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not other.execute(waiting).scalar_one():
            pass
    ours.result(20)
    engine.dispose()
    assert looked_up(store, "ours") == [1] and looked_up(store, "theirs") == []


def test_a_pass_keeps_events_and_words_together(store: Store) -> None:
    def fails(conn: Connection) -> None:
        snapshots.keep_version(conn, 1, an_article("lost words"), an_answer())
        raise ValueError

    a_post(store)
    appended(store, an_event(reason=Reason.GONE, last_seen_at=NOW - timedelta(days=1)))
    with pytest.raises(ValueError):
        store.write(fails)
    assert looked_up(store, "lost") == []
    versions(store, read(store, posts.post, 1), "kept words")
    assert looked_up(store, "kept") == [1]
