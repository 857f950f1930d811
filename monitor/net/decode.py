"""Undoes one Content-Encoding in small steps, so that a bomb costs its cap and not its size.

httpx decodes each chunk whole: 1 GiB of zeros, asked to stop after 10 MiB, cost 2 GiB of memory in
br and zstd. Here at most STEP decoded bytes exist beside those already handed out. Knows no HTTP.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

STEP = 256 * 1024
#: Concatenated gzip members or zstd frames in one body. Real ones have a handful; a megabyte of
#: empty 20-byte members would otherwise buy a new decompressor each.
MAX_MEMBERS = 1000
#: RFC 9659: a window of 8 MiB (2**23) at most on the web.
ZSTD_WINDOW_LOG_MAX = 23
#: Labels that servers send and that name no coding: charsets and transfer words put in the wrong
#: header. Browsers hand such bodies on as they are.
NOT_CODINGS = frozenset(
    {"", "identity", "none", "utf-8", "utf8", "iso-8859-1", "8bit", "7bit", "binary", "text/html"}
)


class TooBig(Exception):
    """More decoded bytes than the cap."""


class BadCoding(Exception):
    """An unknown coding, a second one, or bytes that do not decode."""


class _Unpacker(Protocol):
    """One coding being undone."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded pieces of at most STEP bytes."""
        ...

    def complete(self) -> bool:
        """Whether the stream came to its own end."""
        ...


class Decoder:
    """Decodes one body: `feed` its raw bytes as they come, then `finish`.

    `coding` is the Content-Encoding header as sent (several joined by commas), `cap` the greatest
    number of decoded bytes. Raises BadCoding for a coding that is not one of ours or for a second
    one: a chain of codings is a bomb's usual wrapping (CVE-2025-66418) and no browser needs it.
    """

    def __init__(self, coding: str, cap: int) -> None:
        names = [n for n in (x.strip().lower() for x in coding.split(",")) if n not in NOT_CODINGS]
        if len(names) > 1:
            raise BadCoding("more than one content coding")
        self._unpacker = _UNPACKERS[names[0]]() if names and names[0] in _UNPACKERS else None
        if names and self._unpacker is None:
            raise BadCoding(f"the content coding {names[0][:32]!r} is unknown")
        self._cap = cap
        self._fed = False
        self.decoded = 0  #: bytes handed out so far

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded bytes of the next raw ones, in pieces of at most STEP bytes, none empty.

        Raises TooBig as soon as the cap is passed, BadCoding for bytes that do not decode.
        """
        if not data:
            return
        self._fed = True
        pieces = _slices(data) if self._unpacker is None else self._unpacker.feed(data)
        try:
            for piece in pieces:
                self.decoded += len(piece)
                if self.decoded > self._cap:
                    raise TooBig(f"more than {self._cap} bytes")
                yield piece
        except (zlib.error, brotli.error, ZstdError) as e:
            raise BadCoding("the content coding does not decode") from e

    def finish(self) -> None:
        """Raises BadCoding when the coding broke off half way.

        A body of no bytes at all is whole: servers label empty bodies gzip.
        """
        if self._unpacker is not None and self._fed and not self._unpacker.complete():
            raise BadCoding("the content coding ends early")


def _slices(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), STEP):
        yield data[start : start + STEP]


class _Zlib:
    """gzip (many members allowed, junk after the last is ignored) and deflate, wrapped or raw."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._inflate = zlib.decompressobj(31) if gzip else None
        self._head = b""  # the first two bytes of deflate tell zlib's wrapping from none
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            # RFC 1950, 2.2: CM is 8 and the two bytes are a multiple of 31. Else raw (RFC 1951),
            # which many servers send by mistake.
            wrapped = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inflate = zlib.decompressobj(15 if wrapped else -15)
        while True:
            if self._inflate.eof:
                if not self._gzip or data[:1] != b"\x1f":
                    return
                self._members += 1
                if self._members > MAX_MEMBERS:
                    raise BadCoding("too many gzip members")
                self._inflate = zlib.decompressobj(31)
            piece = self._inflate.decompress(data, STEP)
            if piece:
                yield piece
            eof = self._inflate.eof
            data = self._inflate.unused_data if eof else self._inflate.unconsumed_tail
            # A full piece may leave output inside zlib with no input left to show for it.
            if not data and (eof or len(piece) < STEP):
                return

    def complete(self) -> bool:
        return self._inflate is not None and self._inflate.eof


class _Brotli:
    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._brotli.is_finished():
            return  # junk after the end
        while True:
            # The limit is looked at between blocks of growing size: a quarter stays below STEP.
            piece = self._brotli.process(data, output_buffer_limit=STEP // 4)
            data = b""
            if piece:
                yield piece
            # `can_accept_more_data` alone will not do: it is true with output still inside
            # (brotli 1.2.1: bodies just above several steps then lost their end).
            if self._brotli.is_finished() or (not piece and self._brotli.can_accept_more_data()):
                return

    def complete(self) -> bool:
        return bool(self._brotli.is_finished())


class _Zstd:
    """One frame or several (RFC 8878, 3.1); junk after the first is an error, as frames must start."""

    def __init__(self) -> None:
        self._frames = 0
        self._zstd = self._frame()

    def _frame(self) -> ZstdDecompressor:
        self._frames += 1
        if self._frames > MAX_MEMBERS:
            raise BadCoding("too many zstd frames")
        options: dict[int, int] = {DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG_MAX}
        return ZstdDecompressor(options=options)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._zstd.eof:
                if not data:
                    return
                self._zstd = self._frame()
            piece = self._zstd.decompress(data, STEP)
            if piece:
                yield piece
            if self._zstd.eof:
                data = self._zstd.unused_data
            elif self._zstd.needs_input:
                return
            else:
                data = b""

    def complete(self) -> bool:
        return self._zstd.eof


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    "gzip": lambda: _Zlib(gzip=True),
    "x-gzip": lambda: _Zlib(gzip=True),
    "deflate": lambda: _Zlib(gzip=False),
    "br": _Brotli,
    "zstd": _Zstd,
}
