"""JSON Lines for a pipe."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest

from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.notify import CHANNELS
from monitor.notify.stdout import StdoutChannel, StdoutOptions

RECORD = {"id": 7, "title": "Über\nzwei \u2028 {{7*7}}"}
MESSAGE = Message("s", "", "t", "", "a@b", record=RECORD)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
async def test_one_line_an_event(encoding: str) -> None:
    raw = io.BytesIO()
    channel = StdoutChannel("script", io.TextIOWrapper(raw, encoding=encoding))
    for recipient in channel.recipients():
        await channel.send(MESSAGE, recipient)
        await channel.send(MESSAGE, recipient)
    await channel.aclose()
    lines = raw.getvalue().decode(encoding).split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [RECORD, RECORD]
    assert lines[-1] == ""


async def test_half_a_character_is_no_crash() -> None:
    raw = io.BytesIO()
    channel = StdoutChannel("script", io.TextIOWrapper(raw, encoding="utf-8"))
    await channel.send(Message("s", "", "t", "", "a@b", record={"title": "\ud800"}), "stdout")
    assert json.loads(raw.getvalue())["title"] == "\ud800"


async def test_a_reader_that_left() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w", encoding="utf-8")
    with pytest.raises(DeliveryError) as told:
        await StdoutChannel("script", stream).send(MESSAGE, "stdout")
    assert not told.value.permanent
    stream.close()


async def test_a_reader_that_reads_no_more_holds_up_nothing() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "w", encoding="utf-8") as stream:
        channel = StdoutChannel("script", stream, patience=0.1)
        large = Message("s", "", "t", "", "a@b", record={"title": "x" * 200_000})
        with pytest.raises(DeliveryError, match="is not read") as told:
            await channel.send(large, "stdout")
        assert told.value.unsure and not told.value.permanent
        with pytest.raises(DeliveryError, match="is not read"):
            await channel.send(MESSAGE, "stdout")
        os.set_blocking(reader.fileno(), False)
        cut = reader.read()
        await channel.send(MESSAGE, "stdout")
        # The half line is ended, so that the next stands on one of its own.
        assert cut is not None and b"\n" not in cut
        assert [json.loads(x) for x in (reader.read() or b"").decode().split("\n") if x] == [RECORD]


@pytest.mark.parametrize("json_output", [False, True])
async def test_silent_under_json(json_output: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    channel = CHANNELS["stdout"].open(
        "script", StdoutOptions(type="stdout"), json_output=json_output
    )
    await channel.send(MESSAGE, "stdout")
    assert stream.getvalue().count("\n") == (0 if json_output else 1)


async def test_a_list_is_a_line_an_event() -> None:
    stream = io.StringIO()
    record = {"kind": "gathered", "events": [{"id": 1}, {"id": 2}]}
    await StdoutChannel("script", stream).send(Message("s", "", "t", "", "a@b", record=record), "x")
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == record["events"]
