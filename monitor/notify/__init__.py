"""Through what are alerts told? One file a channel; this one knows only which there are.

A channel delivers one Message to one recipient at a time and either returns or raises DeliveryError;
what to try again, and when, is `run/deliver.py`'s business. A new channel is a line in CHANNELS and a
module with `OPTIONS` (its keys in the config) and `open_channel`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Protocol, cast

from msgspec import Struct

from ..config import ChannelOptions, Config
from ..errors import ConfigError
from ..model import Message


class Channel(Protocol):
    """Something alerts can be told through."""

    @property
    def name(self) -> str:
        """What the config calls it."""

    @property
    def for_programs(self) -> bool:
        """Whether a program reads it: each event is then a message of its own, however many."""

    @property
    def reminds(self) -> bool:
        """Whether reminders and signs of life make sense to who reads it: not to a stream of events."""

    def recipients(self) -> tuple[str, ...]:
        """Whom it tells, each once, in the config's order; part of an alert's key."""

    async def send(self, message: Message, recipient: str) -> None:
        """Deliver, or raise DeliveryError; `permanent` where trying again cannot help."""

    async def aclose(self) -> None:
        """Let go of what it holds."""


class _Module(Protocol):
    OPTIONS: type[ChannelOptions]

    def open_channel(self, name: str, options: ChannelOptions, *, json_output: bool) -> Channel: ...


class ChannelKind(Struct, frozen=True):
    """One `type` of channel; its module is imported when first needed."""

    module: str  #: in this package

    def _load(self) -> _Module:
        return cast(_Module, import_module(f".{self.module}", __package__))

    @property
    def options(self) -> type[ChannelOptions]:
        """The keys it takes in the config."""
        return self._load().OPTIONS

    def open(self, name: str, options: ChannelOptions, *, json_output: bool = False) -> Channel:
        """The channel `[channels.NAME]` asks for. `json_output`: stdout belongs to `--json`."""
        return self._load().open_channel(name, options, json_output=json_output)


CHANNELS: dict[str, ChannelKind] = {
    "email": ChannelKind("email"),
    "stdout": ChannelKind("stdout"),
    "webhook": ChannelKind("webhook"),
    "apprise": ChannelKind("apprise"),
}


class _OptionTypes(Mapping[str, type[ChannelOptions]]):
    def __getitem__(self, name: str) -> type[ChannelOptions]:
        return CHANNELS[name].options

    def __iter__(self) -> Iterator[str]:
        return iter(CHANNELS)

    def __len__(self) -> int:
        return len(CHANNELS)


def option_types() -> Mapping[str, type[ChannelOptions]]:
    """The options type of each kind, as `config.load` wants them; of a kind that a config does not use
    nothing is imported."""
    return _OptionTypes()


def open_channels(config: Config, *, json_output: bool = False) -> dict[str, Channel]:
    """The channels of the config by name; ConfigError where one cannot be used as it is written."""
    opened = {}
    for name, options in config.channels.items():
        try:
            opened[name] = CHANNELS[options.type].open(name, options, json_output=json_output)
        except ValueError as e:
            raise ConfigError(f"{config.path}: [channels.{name}]: {e}") from None
    return opened
