"""Events as a table that a spreadsheet opens (RFC 4180), and that does nothing in it.

Texts of other people's pages stand in it: a cell that a spreadsheet would take for a formula gets an
apostrophe ahead (owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .plain import one_line

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"

#: Of an event's record, in its order: all that fits into a cell. How each look went, and what the hashes
#: are made of, is in the JSON.
_PLAIN = (
    "id", "uid", "kind", "reason", "site", "post", "url", "title", "published_at", "detected_at",
    "last_seen_at", "first_missing_at", "last_missing_at", "removed_event",
)  # fmt: skip
_REST = (
    "moved_to", "retracts", "why", "by", "snapshot_before", "snapshot_after", "fields",
    "words_added", "words_removed", "similarity", "silent", "phrases_lost", "phrases_gained", "batch",
    "origin", "vantage", "evidence", "hash",
)  # fmt: skip
HEADER = (*_PLAIN, "absent_at_least", "absent_at_most", *_REST)

#: What makes a cell a formula, or carries one into the next cell; full-width signs count as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: The same behind what parts cells where a comma is the decimal sign: a spreadsheet set up for it splits there.
_PARTED = re.compile(r"""([;|\t]["'\s]*)([=+\-@＝＋－＠])""")


def table(records: Iterable[Mapping[str, Any]]) -> str:
    """The header and one line an event, each ended by CR LF.

    Lists are joined by "; "; times as in the record; null is an empty cell; `absent_…` are seconds.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for record in records:
        least, most = record["absent_for"] or (None, None)
        whole = {**record, "absent_at_least": least, "absent_at_most": most}
        writer.writerow([_cell(whole[name]) for name in HEADER])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    text = one_line("; ".join(value) if isinstance(value, list) else str(value))
    text = _PARTED.sub(r"\1'\2", text)
    return f"'{text}" if text.startswith(_FORMULA) else text
