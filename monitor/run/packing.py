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
#: Bytes of a usual page. Of sixty sites at once five each are held, of which half took 10 MiB.
USUAL = 96 * 1024


def packed(answer: Answer) -> Answer:
    """The answer with its body packed away."""
    if not answer.body:
        return answer
    return replace(answer, body=b"", packed=zstd.compress(answer.body, _LEVEL))


def size_of(answer: Answer) -> int:
    """Bytes of an answer's body, as it is held."""
    return len(answer.body) + len(answer.packed)


async def packed_if_large(answer: Answer) -> Answer:
    """As `packed`, for the few answers that a site's pass holds of its own pages: usual ones are left as they
    came, large ones packed in a thread."""
    if len(answer.body) <= USUAL:
        return answer
    return await asyncio.to_thread(packed, answer)


class Unpacking:
    """Answers as they came, one after another; the body that two of them share is unpacked once."""

    def __init__(self) -> None:
        self._packed, self._body = b"", b""

    def __call__(self, answer: Answer) -> Answer:
        if not answer.packed:
            return answer
        if answer.packed is not self._packed:
            self._packed, self._body = answer.packed, zstd.decompress(answer.packed)
        return replace(answer, body=self._body, packed=b"")


def unpacked(answer: Answer) -> Answer:
    """The answer as it came."""
    if not answer.packed:
        return answer
    return replace(answer, body=zstd.decompress(answer.packed), packed=b"")
