"""Regular expressions that are compiled at their first use are those of `re.compile`."""

from __future__ import annotations

import re
from copy import copy

import pytest

from monitor.read.late import late


@pytest.mark.parametrize("pattern", [r"[a-c]+", lambda: r"[a-c]+"])
def test_it_is_what_re_compiles(pattern: str) -> None:
    found, usual = late(pattern, re.IGNORECASE), re.compile(r"[a-c]+", re.IGNORECASE)
    for text in ("", "xAbcx", "aXb"):
        assert found.sub("-", text) == usual.sub("-", text)
        assert found.findall(text) == usual.findall(text)
    assert (found.flags, found.pattern) == (usual.flags, usual.pattern)


def test_it_can_be_copied() -> None:
    assert copy(late(r"[a-c]+")).findall("xab") == ["ab"]


def test_nothing_is_compiled_before() -> None:
    broken = late("(")
    with pytest.raises(re.error):
        broken.search("")
