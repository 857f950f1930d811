"""A module that takes half a second to load."""

from __future__ import annotations

import time

time.sleep(0.5)


def slowly_imported() -> str:
    """Something that is read at once."""
    return "read"
