"""Content codings: undone whole, in small pieces, and never past the cap."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.net.decode import STEP, BadCoding, Decoder, TooBig

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MiB = 2**20


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", lambda b: gzip.compress(b, 6)),
    "x-gzip": ("x-gzip", lambda b: gzip.compress(b, 6)),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", lambda b: brotli.compress(b, quality=4)),
    "zstd": ("zstd", lambda b: zstd.compress(b)),
    "identity": ("identity", lambda b: b),
}
packers = pytest.mark.parametrize("name", PACKERS)
coders = pytest.mark.parametrize("name", [n for n in PACKERS if n != "identity"])


def unpack(coding: str, raw: bytes, cap: int, chunk: int = 65536) -> bytes:
    decoder = Decoder(coding, cap)
    body = b""
    for start in range(0, len(raw), chunk):
        for piece in decoder.feed(raw[start : start + chunk]):
            assert 0 < len(piece) <= STEP
            body += piece
    decoder.finish()
    assert decoder.decoded == len(body)
    return body


#: A few bytes and how often they repeat: long bodies that print short.
BODIES = st.tuples(
    st.binary(min_size=1, max_size=3000), st.sampled_from([1, 1, 2, 30, 400, 3000])
).filter(lambda x: len(x[0]) * x[1] < 1_000_000)


@packers
@settings(max_examples=25, deadline=None)
@given(repeated=BODIES, chunk=st.integers(1, 5000))
def test_what_was_packed_comes_out_whatever_the_chunks(
    name: str, repeated: tuple[bytes, int], chunk: int
) -> None:
    coding, pack = PACKERS[name]
    body = repeated[0] * repeated[1]
    raw = pack(body)
    assert unpack(coding, raw, len(body), max(chunk, len(raw) // 200)) == body


@packers
@settings(max_examples=25, deadline=None)
@given(repeated=BODIES, chunk=st.integers(1, 5000))
def test_one_byte_past_the_cap_is_too_big(
    name: str, repeated: tuple[bytes, int], chunk: int
) -> None:
    coding, pack = PACKERS[name]
    body = repeated[0] * repeated[1]
    raw = pack(body)
    with pytest.raises(TooBig):
        unpack(coding, raw, len(body) - 1, max(chunk, len(raw) // 200))


@coders
@settings(max_examples=50, deadline=None)
@given(junk=st.binary(max_size=2000), chunk=st.integers(1, 500))
def test_junk_ends_in_one_of_our_exceptions_or_in_bytes(name: str, junk: bytes, chunk: int) -> None:
    try:
        unpack(PACKERS[name][0], junk, 1000, chunk)
    except (BadCoding, TooBig):
        pass


@coders
@pytest.mark.parametrize("body", [b"a" * MiB, bytes(range(256)) * 40])
def test_a_coding_cut_short_is_bad(name: str, body: bytes) -> None:
    coding, pack = PACKERS[name]
    raw = pack(body)
    for cut in (1, len(raw) // 2, len(raw) - 1):
        with pytest.raises(BadCoding):
            unpack(coding, raw[:cut], MiB)


@coders
def test_a_bomb_costs_its_cap_and_not_its_size(name: str) -> None:
    coding, pack = PACKERS[name]
    bomb = pack(bytes(64 * MiB))
    decoder = Decoder(coding, 4 * MiB)
    tracemalloc.start()
    try:
        with pytest.raises(TooBig):
            for piece in decoder.feed(bomb):
                assert len(piece) <= STEP
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert decoder.decoded <= 4 * MiB + STEP
    assert peak < 2 * MiB


@coders
def test_an_empty_body_may_carry_any_label(name: str) -> None:
    assert unpack(PACKERS[name][0], b"", 10) == b""


@pytest.mark.parametrize("coding", ["", "identity", "none", "UTF-8", "identity, identity", " , "])
def test_labels_that_name_no_coding_leave_the_bytes_alone(coding: str) -> None:
    assert unpack(coding, b"<p>plain</p>", 100) == b"<p>plain</p>"


@pytest.mark.parametrize("coding", ["GZIP", " gzip ", "identity, gzip", "gzip, none"])
def test_labels_are_read_kindly(coding: str) -> None:
    assert unpack(coding, gzip.compress(b"x"), 10) == b"x"


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "br,gzip", "compress", "aes128gcm", "dcb", "x" * 900]
)
def test_chains_and_unknown_codings_are_refused(coding: str) -> None:
    with pytest.raises(BadCoding) as caught:
        Decoder(coding, 10)
    assert len(str(caught.value)) < 100


def test_gzip_members_follow_one_another_and_junk_after_them_is_ignored() -> None:
    two = gzip.compress(b"one ") + gzip.compress(b"two")
    for chunk in (1, 7, 1000):
        assert unpack("gzip", two, 100, chunk) == b"one two"
        assert unpack("gzip", two + b"\0\0 junk", 100, chunk) == b"one two"
    assert unpack("deflate", zlib.compress(b"x") + b"junk", 100) == b"x"
    assert unpack("br", brotli.compress(b"x"), 100) == b"x"
    assert unpack("zstd", zstd.compress(b"x") + zstd.compress(b"y"), 100, 5) == b"xy"


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_flood_of_empty_members_is_refused(name: str) -> None:
    with pytest.raises(BadCoding):
        unpack(name, PACKERS[name][1](b"") * 3000, 100)


def test_zstd_may_not_ask_for_a_window_beyond_that_of_the_web() -> None:
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 25}
    greedy = zstd.ZstdCompressor(options=options)  # no size known: the window is as asked
    raw = greedy.compress(bytes(MiB)) + greedy.flush()
    with pytest.raises(BadCoding):
        unpack("zstd", raw, 2 * MiB)


@packers
@pytest.mark.parametrize("size", [STEP - 1, STEP, STEP + 1, 2 * STEP, 700_001, 986_135])
def test_bodies_of_several_steps_keep_their_end(name: str, size: int) -> None:
    coding, pack = PACKERS[name]
    for seed in (b"\x81nS\x81n", b"ab", b"a", b"abcdefgh"):
        body = (seed * size)[:size]
        assert unpack(coding, pack(body), size) == body
