"""Events as JSON Lines for a pipe: `type = "stdout"`.

Silent under `--json`, where the pass's own events already go to the same stream.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
from typing import Any, TextIO

from ..config import ChannelOptions
from ..errors import DeliveryError
from ..model import Message
from . import Channel


class StdoutOptions(ChannelOptions, frozen=True, kw_only=True):
    """No keys of its own."""


OPTIONS = StdoutOptions


#: Seconds without a byte taken after which a reader reads no more, and between two questions.
PATIENCE, _STEP = 10.0, 0.05


class StdoutChannel:
    """Writes the record of each event of a message as one line."""

    for_programs = True
    reminds = False

    def __init__(
        self, name: str, stream: TextIO, *, silent: bool = False, patience: float = PATIENCE
    ) -> None:
        self.name = name
        self._stream = stream
        self._silent = silent
        self._patience = patience
        self._cut = False  #: a line was begun that nobody read to its end

    def recipients(self) -> tuple[str, ...]:
        """The stream, called "stdout"."""
        return ("stdout",)

    async def send(self, message: Message, recipient: str) -> None:
        """Write and flush a line an event; DeliveryError where nobody reads any more."""
        if self._silent:
            return
        for record in message.record.get("events", (message.record,)):
            await self._write(record)

    async def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False)
        try:
            line.encode(self._stream.encoding or "utf-8")
        except UnicodeEncodeError:
            line = json.dumps(record)
        line = f"\n{line}\n" if self._cut else f"{line}\n"
        try:
            where = _descriptor(self._stream)
            if where is None:
                self._stream.write(line)
                self._stream.flush()
            else:
                self._stream.flush()
                await self._pour(where, line.encode(self._stream.encoding or "utf-8"))
        except (OSError, ValueError) as e:  # a closed pipe, a closed stream
            raise DeliveryError(f"stdout cannot be written: {e}") from e

    async def _pour(self, where: int, data: bytes) -> None:
        """Writes as fast as it is read: a reader that stops must not stop the watch."""
        poll, begun = select.poll(), 0
        poll.register(where, select.POLLOUT)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while begun < len(data):
            if not poll.poll(0):
                if loop.time() > end:
                    self._cut = self._cut or begun > 0
                    why = f"stdout is not read: nothing taken within {self._patience:g} s"
                    raise DeliveryError(why, unsure=begun > 0)
                await asyncio.sleep(_STEP)
                continue
            # A pipe that can be written has room for so much at least (pipe(7)).
            begun += os.write(where, data[begun : begun + select.PIPE_BUF])
            end = loop.time() + self._patience
        self._cut = False

    async def aclose(self) -> None:
        """Nothing is held: the stream is the caller's."""


def _descriptor(stream: TextIO) -> int | None:
    """What a stream writes to, where it is more than memory."""
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def open_channel(name: str, options: ChannelOptions, *, json_output: bool) -> Channel:
    """The channel on this process's stdout."""
    return StdoutChannel(name, sys.stdout, silent=json_output)
