"""A table that any reader of RFC 4180 takes apart again, and that no spreadsheet calculates with."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.model import Event, Kind, Reason
from monitor.show.spreadsheet import HEADER, table

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEYS_LEFT_OUT = {"schema", "absent_for", "looks", "salt", "body", "prev"}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_every_key_that_fits_a_cell_is_there() -> None:
    whole = Event(
        kind=Kind.REINSTATED,
        detected_at=NOW,
        reason=Reason.NOT_FOUND,
        title='The "roof", again',
        url="https://acme.example/a",
        absent_for=(3600, 7200),
        fields=("text", "title"),
        silent=True,
        similarity=0.94,
        evidence=("404 at 06:28:11 UTC", "home page answered 200"),
        id=7,
    )
    record = whole.as_record()
    assert set(HEADER) == (set(record) - KEYS_LEFT_OUT) | {"absent_at_least", "absent_at_most"}
    text = table([record])
    assert text.startswith("id,uid,kind,reason,") and text.endswith("\r\n")
    assert text.count("\r\n") == 2 and text.count("\n") == 2
    (row,) = rows(text)
    assert row["id"] == "7" and row["kind"] == "reinstated" and row["title"] == 'The "roof", again'
    assert row["detected_at"] == "2026-03-04T05:06:07Z" and row["moved_to"] == ""
    assert (row["absent_at_least"], row["absent_at_most"]) == ("3600", "7200")
    assert row["fields"] == "text; title" and row["silent"] == "true"
    assert row["similarity"] == "0.94" and row["phrases_lost"] == ""
    assert row["evidence"] == "404 at 06:28:11 UTC; home page answered 200"


def test_of_nothing_the_header_is_left() -> None:
    assert table([]) == ",".join(HEADER) + "\r\n"


@given(
    st.text()
    | st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1"])
)
@example(';=HYPERLINK("https://evil.example")')
@example('a";"=1+1')
def test_no_cell_is_a_formula(text: str) -> None:
    event = Event(
        kind=Kind.EDITED, detected_at=NOW, title=text, url=text, phrases_lost=(text, text)
    )
    (row,) = rows(table([event.as_record()]))
    for cell in row.values():
        assert not cell.startswith(
            ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " ")
        )
        assert "\n" not in cell and "\r" not in cell
        for part in cell.split(";"):  # where a comma is the decimal sign
            assert not part.strip(' "').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert table([event.as_record()]).count("\r\n") == 2
