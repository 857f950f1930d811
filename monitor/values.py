"""Values that are never changed, and how one is made of another.

All of them are msgspec's Structs: against frozen dataclasses of the standard library a pass costs a sixth less
(docs/decisions/0002).
"""

from __future__ import annotations

# `replace` copies what a `cached_property` has kept (dict=True) too: replace before the first is asked, or nothing
# that one depends on.
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The same by what it is given and gives back, and mypy knows the fields of this one.
    from dataclasses import replace as replace
else:
    from msgspec.structs import replace

__all__ = ["replace"]
