"""Answers that wait for the end of a pass, their bodies packed: a page takes a sixth of its size then, a bomb
next to nothing."""

from __future__ import annotations

import asyncio
import sys

from ..model import Answer
from ..values import replace

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Half a gigabyte a second, and as small as most.
_LEVEL = 1
#: Bytes of a body that takes half a millisecond.
_SMALL = 2**18


def packed(answer: Answer) -> Answer:
    """The answer with its body packed away."""
    if not answer.body:
        return answer
    return replace(answer, body=b"", packed=zstd.compress(answer.body, _LEVEL))


async def packed_soon(answer: Answer) -> Answer:
    """As `packed`, in a thread where it takes longer than one is woken."""
    if len(answer.body) <= _SMALL:
        return packed(answer)
    return await asyncio.to_thread(packed, answer)


def unpacked(answer: Answer) -> Answer:
    """The answer as it came."""
    if not answer.packed:
        return answer
    return replace(answer, body=zstd.decompress(answer.packed), packed=b"")
