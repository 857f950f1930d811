"""The words that can be looked up, kept in the transaction of the event or version they are of.

Two tables beside the others: `event_words` (headline, addresses, what its version added or dropped) and
`post_words` (the latest text). SQLite's FTS5 and PostgreSQL's tsvector are given finished words
(read/terms.py), so that both find the same. A row is a piece of PIECE words, numbered by its owner and its
place. All of it is made from the rest, and can be made anew (search_fill.py).
"""

from __future__ import annotations

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
_FTS5 = "CREATE VIRTUAL TABLE {} USING fts5(words, tokenize='ascii', prefix='2 3', columnsize=0)"
_TSVECTOR = "CREATE TABLE {0} (rowid BIGINT NOT NULL, words TSVECTOR NOT NULL, CONSTRAINT pk_{0} PRIMARY KEY (rowid))"
_GIN = "CREATE INDEX ix_{0}_words ON {0} USING gin (words)"


def create(conn: Connection) -> None:
    """Makes the two tables, which SQLAlchemy has no words for."""
    for table in (EVENTS, POSTS):
        for form in (_FTS5,) if conn.dialect.name == "sqlite" else (_TSVECTOR, _GIN):
            conn.execute(text(form.format(table)))


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


def holds(conn: Connection, table: str, name: str) -> str:
    """SQL for: a row of the table has the term that the parameter of that name says (`asked`)."""
    if conn.dialect.name == "sqlite":
        return f"{table} MATCH :{name}"
    return f"words @@ CAST(:{name} AS tsquery)"


def asked(conn: Connection, term: Term) -> str:
    """A term as the database wants to be asked for it. Its words hold no quotes, whatever was typed."""
    if conn.dialect.name == "sqlite":
        return f'"{" ".join(term.words)}"{" *" if term.begins else ""}'
    return " <-> ".join(f"'{w}'" for w in term.words) + (":*" if term.begins else "")


def add_post(conn: Connection, post_id: int, article: Article) -> None:
    """Keeps the words of a post's latest text, in place of those it had."""
    notes = [note.text for note in article.notes]
    texts = [article.title, article.byline, *(b.text for b in article.blocks), *notes]
    put(conn, POSTS, post_id, texts)


def put(conn: Connection, table: str, owner: int, texts: list[str]) -> None:
    """Keeps the words of these texts, in place of those that the owner had."""
    _take(conn, table, owner)
    pieces = list(passages(texts, PIECE))[: 1 << SHIFT]
    rows = [
        {"row": (owner << SHIFT) + n, "words": _written(conn, piece)}
        for n, piece in enumerate(pieces)
    ]
    if rows:
        sqlite = conn.dialect.name == "sqlite"
        values = ":words" if sqlite else "CAST(:words AS tsvector)"
        # Two processes may write to one PostgreSQL database: the later one holds.
        other = "" if sqlite else " ON CONFLICT (rowid) DO UPDATE SET words = excluded.words"
        insert = f"INSERT INTO {table} (rowid, words) VALUES (:row, {values}){other}"
        conn.execute(text(insert), rows)


def _written(conn: Connection, piece: list[str]) -> str:
    if conn.dialect.name == "sqlite":
        return " ".join(piece)
    return " ".join(f"'{word}':{n}" for n, word in enumerate(piece, 1) if word != BREAK)


def _take(conn: Connection, table: str, owner: int) -> None:
    span = {"low": owner << SHIFT, "high": (owner + 1 << SHIFT) - 1}
    conn.execute(text(f"DELETE FROM {table} WHERE rowid BETWEEN :low AND :high"), span)


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
    gone. 2.6 s with 100,000 events and 10,000 posts."""
    if conn.dialect.name == "sqlite":
        for table in (EVENTS, POSTS):
            conn.execute(text(f"INSERT INTO {table} ({table}) VALUES ('optimize')"))
