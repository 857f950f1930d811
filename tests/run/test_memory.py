"""What a large page took goes back to the system, however large the ones before it were."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

#: In a process of its own: what other tests left free would be used again.
_SCRIPT = """
import ctypes, sys
from monitor.run.memory import give_back

info = ctypes.CDLL(None).mallinfo2

class Info(ctypes.Structure):
    fields = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in fields.split()]

info.restype = Info
if sys.argv[1] == "mended":
    assert give_back()
for _ in range(3):
    large = bytes(16 * 2**20)  # by itself glibc keeps pieces up to that size from now on
    del large
before = info().hblkhd
page = bytes(2**20)
print(info().hblkhd - before >= len(page))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="no glibc of 2.33 or newer")
@pytest.mark.parametrize(("how", "apart"), [("as it is", "False"), ("mended", "True")])
def test_pages_of_megabytes_are_not_kept_in_pieces(how: str, apart: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, how], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == apart
