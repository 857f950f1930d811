"""Events as JSON Lines for a pipe: `type = "stdout"`.

Silent under `--json`, where the pass's own events already go to the same stream.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from ..config import ChannelOptions
from ..errors import DeliveryError
from ..model import Message
from . import Channel


class StdoutOptions(ChannelOptions, frozen=True, kw_only=True):
    """No keys of its own."""


OPTIONS = StdoutOptions


class StdoutChannel:
    """Writes the record of each event of a message as one line."""

    for_programs = True
    reminds = False

    def __init__(self, name: str, stream: TextIO, *, silent: bool = False) -> None:
        self.name = name
        self._stream = stream
        self._silent = silent

    def recipients(self) -> tuple[str, ...]:
        """The stream, called "stdout"."""
        return ("stdout",)

    async def send(self, message: Message, recipient: str) -> None:
        """Write and flush a line an event; DeliveryError where nobody reads any more."""
        if self._silent:
            return
        for record in message.record.get("events", (message.record,)):
            self._write(record)

    def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False)
        try:
            line.encode(self._stream.encoding or "utf-8")
        except UnicodeEncodeError:
            line = json.dumps(record)
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError) as e:  # a closed pipe, a closed stream
            raise DeliveryError(f"stdout cannot be written: {e}") from e

    async def aclose(self) -> None:
        """Nothing is held: the stream is the caller's."""


def open_channel(name: str, options: ChannelOptions, *, json_output: bool) -> Channel:
    """The channel on this process's stdout."""
    return StdoutChannel(name, sys.stdout, silent=json_output)
