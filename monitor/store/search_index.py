"""The words that can be looked up, kept in the transaction of the event or version they are of.

Two tables beside the others: `event_words` (headline, addresses, what its version added or dropped; `around`:
the sentences it reworded, for phrases alone) and `post_words` (the latest text). SQLite's FTS5 and PostgreSQL's tsvector are given finished words
(read/terms.py), so that both find the same. A row is a piece of some PIECE words, numbered by its owner and a
number within it; an edit writes only those around it anew. All of it is made from the rest, and can be made
anew (search_fill.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, MetaData, TextClause, event, select, text

from ..read.article import Article
from ..read.terms import BREAK, Term, passages
from . import tables

#: A row's number is its owner's, this many bits up, and its place among the pieces.
SHIFT = 16
#: Words of a row at least, where there are so many: an edit of one takes half of what it takes in a row of 600,
#: and a word of 10,000 posts is found in 3 ms, not in 1.3.
PIECE = 150
#: Words of a text that stay together. PostgreSQL knows no place behind the 16,383rd of a tsvector, and 256 of
#: one word in it.
LONGEST_TEXT = 2000

EVENTS, POSTS = "event_words", "post_words"

#: Words come folded: whatever is no ASCII mark is part of one. Word counts are not asked for. Beginnings of two
#: and three letters could be kept ready (older databases have them so): an index of 3.7 kB a post instead of
#: 1.5, for 1 ms instead of 5 to 17 with 10,000 posts.
_FTS5 = "CREATE VIRTUAL TABLE {} USING fts5({}, tokenize='ascii', columnsize=0)"
_TSVECTOR = "CREATE TABLE {0} (rowid BIGINT NOT NULL, {1}, CONSTRAINT pk_{0} PRIMARY KEY (rowid))"
_GIN = "CREATE INDEX ix_{0}_{1} ON {0} USING gin ({1})"
#: Pages of an index, of some 4 kB, that are merged in one step.
_MERGE = 1000
#: A word of a tsvector's text and its places.
_LEXEME = re.compile(r"'([^']+)':([\d,]+)")
_COLUMNS = {EVENTS: ("words", "around"), POSTS: ("words",)}


def create(conn: Connection) -> None:
    """Makes the two tables, which SQLAlchemy has no words for."""
    for table, columns in _COLUMNS.items():
        if conn.dialect.name == "sqlite":
            conn.execute(text(_FTS5.format(table, ", ".join(columns))))
            continue
        typed = ", ".join(f"{c} TSVECTOR NOT NULL" for c in columns)
        conn.execute(text(_TSVECTOR.format(table, typed)))
        for column in columns:
            conn.execute(text(_GIN.format(table, column)))


def drop(conn: Connection) -> None:
    """Takes the two tables away."""
    for table in (EVENTS, POSTS):
        conn.execute(text(f"DROP TABLE IF EXISTS {table}"))


@event.listens_for(tables.metadata, "after_create")
def _created(target: MetaData, conn: Connection, **_: Any) -> None:
    create(conn)


@event.listens_for(tables.metadata, "before_drop")
def _dropped(target: MetaData, conn: Connection, **_: Any) -> None:
    drop(conn)


def holds(conn: Connection, table: str, name: str, term: Term) -> str:
    """SQL for: a row of the table has the term, which the parameter of that name says (`asked`)."""
    if conn.dialect.name == "sqlite":
        return f"{table} MATCH :{name}"
    columns = _COLUMNS[table] if term.quoted else ("words",)
    return f"({' OR '.join(f'{c} @@ CAST(:{name} AS tsquery)' for c in columns)})"


def asked(conn: Connection, term: Term) -> str:
    """A term as the database wants to be asked for it. Its words hold no quotes, whatever was typed."""
    if conn.dialect.name == "sqlite":
        column = "" if term.quoted else "words : "
        return f'{column}"{" ".join(term.words)}"{" *" if term.begins else ""}'
    return " <-> ".join(f"'{w}'" for w in term.words) + (":*" if term.begins else "")


@cache
def _built(statement: str) -> TextClause:
    """A statement, made once: each edit needs several."""
    return text(statement)


def add_post(conn: Connection, post_id: int, article: Article) -> None:
    """Keeps the words of a post's latest text, in place of those it had."""
    notes = [note.text for note in article.notes]
    texts = [article.title, article.byline, *(b.text for b in article.blocks), *notes]
    stand = _standing(conn, post_id)
    wanted = Counter(passages(texts, PIECE, LONGEST_TEXT, list(stand.values())))
    for row, piece in stand.items():
        if wanted[piece] > 0:
            wanted[piece] -= 1
        else:
            _take(conn, POSTS, row, row)
            stand[row] = ""
    low, high = _rows(post_id)
    free = (row for row in range(low, high + 1) if not stand.get(row))
    new = zip(free, wanted.elements(), strict=False)
    _insert(conn, POSTS, [{"row": row, "words": _written(conn, piece)} for row, piece in new])


def put_event(conn: Connection, event_id: int, texts: Sequence[str], around: Sequence[str]) -> None:
    """Keeps the words of an event that has none yet, and the sentences that phrases of it may stand in."""
    low, high = _rows(event_id)
    pieces = zip_longest(
        *(passages(of, PIECE, LONGEST_TEXT) for of in (texts, around)), fillvalue=""
    )
    rows = [
        {"row": row, "words": _written(conn, words), "around": _written(conn, beside)}
        for row, (words, beside) in zip(range(low, high + 1), pieces, strict=False)
    ]
    _insert(conn, EVENTS, rows)


def _standing(conn: Connection, post_id: int) -> dict[int, str]:
    """The pieces of a post that stand in the index, by row."""
    low, high = _rows(post_id)
    sqlite = conn.dialect.name == "sqlite"
    kept = "words" if sqlite else "CAST(words AS text)"
    query = f"SELECT rowid, {kept} FROM {POSTS} WHERE rowid BETWEEN :low AND :high"
    found = conn.execute(_built(query), {"low": low, "high": high})
    return {row: piece if sqlite else _spelled(piece) for row, piece in found}


def _spelled(vector: str) -> str:
    """The piece that a tsvector was made from. It has lost places where a word stood more than 256 times:
    then it is the piece of nothing, and is written anew."""
    words = {int(n): word for word, places in _LEXEME.findall(vector) for n in places.split(",")}
    return " ".join(words.get(n, BREAK) for n in range(1, max(words, default=0) + 1))


def _insert(conn: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    columns = _COLUMNS[table]
    sqlite = conn.dialect.name == "sqlite"
    values = ", ".join(f":{c}" if sqlite else f"CAST(:{c} AS tsvector)" for c in columns)
    # Two processes may write to one PostgreSQL database: the later one holds.
    also = ", ".join(f"{c} = excluded.{c}" for c in columns)
    other = "" if sqlite else f" ON CONFLICT (rowid) DO UPDATE SET {also}"
    into = f"INSERT INTO {table} (rowid, {', '.join(columns)}) VALUES (:row, {values}){other}"
    conn.execute(_built(into), rows)


def _written(conn: Connection, piece: str) -> str:
    if conn.dialect.name == "sqlite":
        return piece
    return " ".join(f"'{w}':{n}" for n, w in enumerate(piece.split(), 1) if w != BREAK)


def _rows(owner: int) -> tuple[int, int]:
    """The first and the last row that may be of a post, or of an event."""
    return owner << SHIFT, (owner + 1 << SHIFT) - 1


def _take(conn: Connection, table: str, low: int, high: int) -> None:
    span = {"low": low, "high": high}
    conn.execute(_built(f"DELETE FROM {table} WHERE rowid BETWEEN :low AND :high"), span)


def take_event(conn: Connection, event_id: int) -> None:
    """Takes an event's words out."""
    _take(conn, EVENTS, *_rows(event_id))


def take_post(conn: Connection, post_id: int) -> None:
    """Takes a post out."""
    _take(conn, POSTS, *_rows(post_id))


def forget(conn: Connection, post_id: int) -> None:
    """Takes a post's words and those of its events out, so that they stand nowhere in the index."""
    events = select(tables.events.c.id).where(tables.events.c.post_id == post_id)
    for event_id in conn.execute(events).scalars().all():
        _take(conn, EVENTS, *_rows(event_id))
    _take(conn, POSTS, *_rows(post_id))
    # FTS5 strikes a deleted word out by a note beside it, and has both until its parts are made one.
    merge(conn)


def merge(conn: Connection) -> None:
    """Makes one part of the many that SQLite has written: searches are faster, and what was deleted is
    gone. 2 to 5 s with 100,000 events and 10,000 posts."""
    if conn.dialect.name == "sqlite":
        for table in (EVENTS, POSTS):
            conn.execute(text(f"INSERT INTO {table} ({table}) VALUES ('optimize')"))


def merge_some(conn: Connection, *, begin: bool) -> bool:
    """Does a part of what `merge` does to the posts' words, some 50 ms; whether there is more to do. SQLite's
    alone."""
    many = text("SELECT total_changes()")
    before = conn.execute(many).scalar_one()
    pages = -_MERGE if begin else _MERGE
    into = text(f"INSERT INTO {POSTS} ({POSTS}, rank) VALUES ('merge', :pages)")
    conn.execute(into, {"pages": pages})
    # The statement itself is one change.
    return int(conn.execute(many).scalar_one()) - int(before) > 1
