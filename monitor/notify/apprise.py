"""Alerts to chat rooms, telephones and all else that apprise knows: `type = "apprise"`.

apprise comes with the extra `postwatch[apprise]`; it is imported when such a channel is opened and
not before. It sends synchronously, so in a thread. It carries no id of ours: a double can be told
only by the event's number in it. Whom we tell is shown by the scheme alone: host and path may be the
token itself, and what apprise calls its private form keeps those in headers and parameters.
"""

from __future__ import annotations

import logging
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..config import ChannelOptions, Secret
from ..errors import DeliveryError
from ..model import Message
from ..net.exchange import one_line
from . import Channel
from .mime import header_value

if TYPE_CHECKING:
    from apprise import NotifyBase

#: Seconds for one message, whatever the service does; apprise gives one request 8 at most.
TIMEOUT = 60.0
#: Characters of a message: the smallest room of the usual services is 2,000 (Discord).
ROOM = 1_500
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE | re.DOTALL)
_WANTED = 'url: expected an apprise address such as "slack://…" or "ntfy://topic"'
#: Parts of the address shorter than this are words, no secrets.
_TOKEN = 5
#: What rings for a whole room, or for one person, where a title says it.
_CALLS = re.compile(r"@(?=everyone|here|channel|all\b)|(?<=<)[@!]", re.IGNORECASE)
_LINK = re.compile(r"[^:]+: https?://\S+")


class AppriseOptions(ChannelOptions, frozen=True, kw_only=True):
    """`[channels.NAME]` of type apprise. Whether apprise knows the address is asked at `open_channel`."""

    url: Secret

    def __post_init__(self) -> None:
        if not _SCHEME.fullmatch(self.url.reveal()):
            raise ValueError(_WANTED)


OPTIONS = AppriseOptions


class AppriseChannel:
    """Hands messages to one service of apprise. Raises ValueError where it knows none by that address."""

    for_programs = False
    reminds = True

    def __init__(self, name: str, options: AppriseOptions, *, timeout: float = TIMEOUT) -> None:
        self.name = name
        self._url = options.url.reveal()
        self._timeout = timeout
        self._service = _service(self._url)

    def recipients(self) -> tuple[str, ...]:
        """The scheme: "slack://…"."""
        return (f"{self._url.partition('://')[0].lower()}://…",)

    async def send(self, message: Message, recipient: str) -> None:
        """Have the subject and the shortened text sent; returns once the service has taken them."""
        import asyncio

        await asyncio.to_thread(self._send, message, recipient)

    def _send(self, message: Message, recipient: str) -> None:
        from apprise import Apprise

        sender = Apprise(asset=self._service.asset)
        sender.add(self._service)
        result = sender.notify(
            title=harmless(header_value(message.subject)),
            body=harmless(shortened(message.text) + _number(message)),
            body_format="text",
            timeout=self._timeout,
        )
        if not result:
            said = [entry.message for entry in result.logs()]
            why = _without(self._url, one_line(" ".join(said) or result.status.name.lower()))
            # It says no more than that it failed: a part may have been delivered.
            raise DeliveryError(f"{recipient}: {why}", unsure=True)

    async def aclose(self) -> None:
        """Nothing is held between messages."""


def shortened(text: str) -> str:
    """The text without its footer, whole lines up to ROOM; cut, it ends in "…" and its first link."""
    lines = text.partition("\n-- \n")[0].rstrip().splitlines()
    kept: list[str] = []
    left = ROOM
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    if len(kept) == len(lines):
        return "\n".join(lines)
    link = next((line for line in lines if _LINK.fullmatch(line)), "")
    ending = ["…"] if not link or link in kept else ["…", link]
    return "\n".join([*(kept or [lines[0][:ROOM]]), *ending])


def _number(message: Message) -> str:
    """The number of the event, or the first and last of several: by it a double is told."""
    records = message.record.get("events", (message.record,))
    ids = sorted(r["id"] for r in records if r.get("id"))
    if not ids:
        return ""
    return f"\n\nEvent {ids[0]}" if len(ids) == 1 else f"\n\nEvents {ids[0]} to {ids[-1]}"


def harmless(text: str) -> str:
    """The text with what would call everybody in a room broken by a space of no width."""
    return _CALLS.sub(lambda m: m[0] + "\u200b", text)


def _service(url: str) -> NotifyBase:
    if find_spec("apprise") is None:
        raise ValueError('type: "apprise" needs a package: pip install "postwatch[apprise]"')
    import apprise

    # What it has to say goes into our errors, without secrets, and nowhere else.
    logging.getLogger("apprise").propagate = False
    asset = apprise.AppriseAsset(
        app_id="postwatch",
        app_desc="postwatch",
        app_url="",
        secure_logging=True,
        storage_mode="memory",
        # requests makes a GET of a POST that is redirected: a message lost, and called a success.
        http_redirects=False,
        interpret_escapes=False,
        interpret_emojis=False,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        scheme = url.partition("://")[0].lower()
        known = scheme in apprise.NotificationManager()  # type: ignore[no-untyped-call]
        raise ValueError(
            f'{_WANTED}; "{scheme}://" wants more than that, or other than that'
            if known
            else f'{_WANTED}; apprise knows no "{scheme}://"'
        )
    if "overflow=" not in url:
        service.overflow_mode = apprise.OverflowMode.SPLIT  # else what is too long is refused
    return service


def _without(url: str, text: str) -> str:
    """The text with no part of the address but its scheme."""
    rest = url.partition("://")[2]
    parts = {p for u in (rest, unquote(rest)) for p in re.split(r"[/@:?&=#+,\s]+", u)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _TOKEN:
            text = text.replace(part, "…")
    return text


def open_channel(name: str, options: ChannelOptions, *, json_output: bool) -> Channel:
    """The channel of `[channels.NAME]`; ValueError where apprise is missing or knows no such address."""
    assert isinstance(options, AppriseOptions)
    return AppriseChannel(name, options)
