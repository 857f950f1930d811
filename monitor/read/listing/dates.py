"""Dates as sources write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ...units import rfc3339


def iso_date(text: str) -> str:
    """An ISO 8601 date or time as a bare date or RFC 3339 in UTC; "" for anything else."""
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return ""
        return text
    try:
        when = datetime.fromisoformat(text)
        return rfc3339(when if when.tzinfo else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return ""
