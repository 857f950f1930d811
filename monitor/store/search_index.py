"""The words that can be looked up, kept in the transaction of the event or version they are of.

Two tables beside the others: `event_words` (headline, addresses, what its version added or dropped; `around`:
the sentences it reworded, for phrases alone) and `post_words` (the latest text). SQLite's FTS5 and PostgreSQL's tsvector are given finished words
(read/terms.py), so that both find the same. A row is a piece of PIECE words, numbered by its owner and its
place. All of it is made from the rest, and can be made anew (search_fill.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import Connection, MetaData, event, select, text

from ..read.article import Article
from ..read.terms import BREAK, Term, passages
from . import tables

#: A row's number is its owner's, this many bits up, and its place among the pieces.
SHIFT = 16
#: Words in a row. PostgreSQL knows no place behind the 16,383rd of a tsvector, and 256 of one word in it.
PIECE = 2000

EVENTS, POSTS = "event_words", "post_words"

#: Words come folded: whatever is no ASCII mark is part of one. Beginnings of two and three letters are kept
#: ready, since all words that have them would have to be gone through; word counts are not asked for.
_FTS5 = "CREATE VIRTUAL TABLE {} USING fts5({}, tokenize='ascii', prefix='2 3', columnsize=0)"
_TSVECTOR = "CREATE TABLE {0} (rowid BIGINT NOT NULL, {1}, CONSTRAINT pk_{0} PRIMARY KEY (rowid))"
_GIN = "CREATE INDEX ix_{0}_{1} ON {0} USING gin ({1})"
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


def add_post(conn: Connection, post_id: int, article: Article) -> None:
    """Keeps the words of a post's latest text, in place of those it had."""
    notes = [note.text for note in article.notes]
    texts = [article.title, article.byline, *(b.text for b in article.blocks), *notes]
    _put(conn, POSTS, post_id, texts)


def put_event(conn: Connection, event_id: int, texts: Sequence[str], around: Sequence[str]) -> None:
    """Keeps the words of an event, and the sentences that phrases of it may stand in."""
    _put(conn, EVENTS, event_id, texts, around)


def _put(conn: Connection, table: str, owner: int, *texts: Sequence[str]) -> None:
    _take(conn, table, owner)
    columns = _COLUMNS[table]
    pieces = zip_longest(*(passages(of, PIECE) for of in texts), fillvalue=())
    rows = [
        {"row": (owner << SHIFT) + n}
        | {c: _written(conn, p) for c, p in zip(columns, row, strict=True)}
        for n, row in enumerate(islice(pieces, 1 << SHIFT))
    ]
    if rows:
        sqlite = conn.dialect.name == "sqlite"
        values = ", ".join(f":{c}" if sqlite else f"CAST(:{c} AS tsvector)" for c in columns)
        # Two processes may write to one PostgreSQL database: the later one holds.
        also = ", ".join(f"{c} = excluded.{c}" for c in columns)
        other = "" if sqlite else f" ON CONFLICT (rowid) DO UPDATE SET {also}"
        into = f"INSERT INTO {table} (rowid, {', '.join(columns)}) VALUES (:row, {values}){other}"
        conn.execute(text(into), rows)


def _written(conn: Connection, piece: Sequence[str]) -> str:
    if conn.dialect.name == "sqlite":
        return " ".join(piece)
    return " ".join(f"'{word}':{n}" for n, word in enumerate(piece, 1) if word != BREAK)


def _take(conn: Connection, table: str, owner: int) -> None:
    span = {"low": owner << SHIFT, "high": (owner + 1 << SHIFT) - 1}
    conn.execute(text(f"DELETE FROM {table} WHERE rowid BETWEEN :low AND :high"), span)


def take_post(conn: Connection, post_id: int) -> None:
    """Takes a post out."""
    _take(conn, POSTS, post_id)


def forget(conn: Connection, post_id: int) -> None:
    """Takes a post's words and those of its events out, so that they stand nowhere in the index."""
    events = select(tables.events.c.id).where(tables.events.c.post_id == post_id)
    for event_id in conn.execute(events).scalars().all():
        _take(conn, EVENTS, event_id)
    _take(conn, POSTS, post_id)
    # FTS5 strikes a deleted word out by a note beside it, and has both until its parts are made one.
    merge(conn)


def merge(conn: Connection) -> None:
    """Makes one part of the many that SQLite has written: searches are faster, and what was deleted is
    gone. 2 to 5 s with 100,000 events and 10,000 posts."""
    if conn.dialect.name == "sqlite":
        for table in (EVENTS, POSTS):
            conn.execute(text(f"INSERT INTO {table} ({table}) VALUES ('optimize')"))
