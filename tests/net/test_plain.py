"""A head that is read in one go is what h11 makes of it, and all that is doubtful is left to h11."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.net.transport import Exchange, open_client
from monitor.net.transport.asked import Asked, lines_of
from monitor.net.transport.connection import MAX_HEADER_BYTES
from monitor.net.transport.plain import Plain, plain_head, read_by_h11
from tests.net.hostile import Heard, serving

OK = b"HTTP/1.1 200 OK\r\n"


def read(data: bytes) -> Plain | None:
    return plain_head(data, MAX_HEADER_BYTES)


@pytest.mark.parametrize(
    ("data", "status", "length"),
    [
        (OK + b"Content-Length: 5\r\nDate: now\r\n\r\nabcde", 200, 5),
        (OK + b"content-length:0\r\n\r\n", 200, 0),
        (b"HTTP/1.1 304 Not Modified\r\nETag: a\r\n\r\n", 304, 0),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, 0),
        (b"HTTP/1.1 404\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n", 404, 1),
        (b"HTTP/1.1 503 \xe9\t!\r\nX:  caf\xe9\t \r\nContent-Length: 1\r\n\r\nx", 503, 1),
    ],
)
def test_usual_heads_are_plain(data: bytes, status: int, length: int) -> None:
    found = read(data)
    assert found is not None
    assert (found.head.status, found.length) == (status, length)


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 5\r\n",  # not whole
        OK + b"Date: now\r\n\r\n",  # ends with the connection
        OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nabcde",
        OK + b"Content-Length: 5\r\nConnection: keep-alive, close\r\n\r\nabcde",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        OK + b"Content-Length: 5, 5\r\n\r\nabcde",
        OK + b"Content-Length: -5\r\n\r\nabcde",
        OK + b"Content-Length: \xb2\r\n\r\nabcde",
        OK + b"Content-Length: 5\r\nX: a\r\n b\r\n\r\nabcde",  # a folded line
        OK + b"Content-Length: 5\nX: a\r\n\r\nabcde",  # a bare line feed
        OK + b"Content-Length: 5\r\nX : a\r\n\r\nabcde",
        OK + b"Content-Length: 5\r\nX: a\x00\r\n\r\nabcde",
        OK + b"Content-Length: 5\r\nX: " + b"a" * MAX_HEADER_BYTES + b"\r\n\r\nabcde",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 999 No\r\nContent-Length: 5\r\n\r\nabcde",
        b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_what_is_doubtful_is_left_to_h11(data: bytes) -> None:
    assert read(data) is None


LINES = st.sampled_from(
    [
        *(
            b"Content-Length: 3",
            b"Content-Length:\t 0 ",
            b"content-length: 3",
            b"Content-Length: 03",
        ),
        *(b"Connection: keep-alive", b"Connection: close", b"Connection:", b"Connection: x"),
        *(b"Transfer-Encoding: chunked", b"ETag: \xa0\x85a\x1c", b"X:", b"X: a\tb ", b"X: \x0b"),
        *(b" folded", b"", b"No colon", b"Upgrade: h2c", b"X-\xe9: b", b"X: a:b", b"HTTP/1.1 200"),
    ]
)
STARTS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 204 \xa0", b"HTTP/1.1 304 Not Modified"),
        *(b"HTTP/1.1 301 a", b"HTTP/1.1 500 a  b", b"HTTP/1.1 100 Continue", b"HTTP/1.0 200 OK"),
        *(b"HTTP/1.1  200 OK", b"http/1.1 200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 200 \x00"),
    ]
)
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])


@settings(max_examples=400, deadline=None)
@given(
    start=STARTS,
    lines=st.lists(st.tuples(ENDS, LINES | st.binary(max_size=6)), max_size=5),
    body=st.sampled_from([b"", b"a", b"abc", b"abcd"]),
)
@example(b"HTTP/1.1 200 OK", [(b"\r\n", b"Content-Length: 3")], b"abc")
def test_a_plain_head_is_what_h11_makes_of_it(
    start: bytes, lines: list[tuple[bytes, bytes]], body: bytes
) -> None:
    data = start + b"".join(end + line for end, line in lines) + b"\r\n\r\n" + body
    found = read(data)
    if found is None:
        return
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    http.send(h11.EndOfMessage())
    http.receive_data(data)
    event = http.next_event()
    assert isinstance(event, h11.Response)
    assert found.head.status == event.status_code
    assert found.head.headers == read_by_h11(event.headers)
    came = b""
    while isinstance(event := http.next_event(), h11.Data):
        came += event.data
    assert came == data[found.end :][: found.length]
    if len(data) - found.end >= found.length:
        assert isinstance(event, h11.EndOfMessage)
        http.start_next_cycle()  # raises where the connection may not be used again


@pytest.mark.parametrize(
    "headers",
    [
        ((b"Host", b"a"), (b"Accept", b"*/*")),
        ((b"accept", b"*/*"), (b"X-Key", b"caf\xe9"), (b"host", b"a:80")),
    ],
)
@pytest.mark.parametrize("target", [b"/", b"/a?b=%zz&c='\"<>", b"http://a/b"])
@pytest.mark.parametrize("own", [(), ((b"if-none-match", b'W/"a  b\xe9"'),)])
def test_a_plain_request_is_written_as_h11_writes_it(
    headers: tuple[tuple[bytes, bytes], ...], target: bytes, own: tuple[tuple[bytes, bytes], ...]
) -> None:
    asked = Asked(b"GET", target, lines_of(headers), own=own)
    http = h11.Connection(h11.CLIENT)
    assert asked.is_plain()
    assert asked.written() == http.send(asked.request())


@pytest.mark.parametrize(
    "asked",
    [
        Asked(b"POST", b"/", lines_of(((b"Host", b"a"),)), b"x"),
        Asked(b"HEAD", b"/", lines_of(((b"Host", b"a"),))),
        Asked(b"GET", b"/a b", lines_of(((b"Host", b"a"),))),
        Asked(b"GET", b"/\r\nX: y", lines_of(((b"Host", b"a"),))),
        Asked(b"GET", b"/", lines_of(((b"Host", b"a"), (b"Connection", b"close")))),
        Asked(b"GET", b"/", lines_of(((b"Host", b"a"),)), own=((b"if-none-match", b"a\r\nX: y"),)),
        Asked(b"GET", b"/", lines_of(((b"Host", b"a"),)), own=((b"if-none-match", b" a"),)),
        Asked(b"GET", b"/", lines_of(((b"Host", b"a"),)), own=((b"connection", b"close"),)),
    ],
)
def test_other_requests_are_h11s(asked: Asked) -> None:
    assert not asked.is_plain()


WHOLE = OK + b"Content-Length: 5\r\nX: a\r\n\r\nabcde"


async def test_wherever_an_answer_is_cut_in_two_it_is_read_whole_and_goes_on() -> None:
    """At each place, one connection for all: read in one go, by h11, and in parts."""
    cuts = iter([len(WHOLE), len(WHOLE) - 2, len(WHOLE) - 5, 20, 1, len(WHOLE), len(WHOLE) - 1])

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        cut = next(cuts)
        writer.write(WHOLE[:cut])
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(WHOLE[cut:])
        await writer.drain()

    client = open_client(user_agent="t/1", timeout=timedelta(seconds=20), allow_private=True)
    try:
        async with serving(script) as server:
            got: list[Exchange] = [
                await client.exchange("GET", server.url(), max_body=100) for _ in range(7)
            ]
    finally:
        await client.aclose()
    assert {heard.connection for heard in server.heard} == {1}
    assert {(x.status, x.headers, x.body) for x in got} == {
        (200, (("content-length", "5"), ("x", "a")), b"abcde")
    }
