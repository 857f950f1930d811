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
    with pytest.raises(BrokenPipeError):
        stream.close()


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
