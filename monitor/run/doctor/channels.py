"""Would the channels deliver? Mail is rehearsed up to its recipients, a webhook's address is dialled."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from ...config import Config
from ...errors import ConfigError, DeliveryError
from ...net.guard import public_https
from ...notify import open_channels
from ...notify.email import EmailChannel
from ...notify.webhook import WebhookChannel
from ...show.checkup import Finding, Level

_GROUP = "mail and channels"
_TEST = "postwatch notify --test"
#: Seconds: for one answer of a mail server, and for all of it.
_ANSWER, _ALL = 8.0, 9.5

Look = Coroutine[Any, Any, Sequence[Finding]]


def standing(config: Config) -> list[Finding]:
    """What can be said of the channels without asking anybody."""
    if not config.channels:
        what = "nobody is told: the config has no channel"
        return [Finding(_GROUP, Level.NOTE, what, f"add a [channels.NAME] to {config.path}")]
    try:
        open_channels(config)
    except ConfigError as e:
        return [Finding(_GROUP, Level.MEND, str(e), f"correct it in {config.path}")]
    found = []
    told = {
        name for s in config.sites for name in (config.channels if s.notify is None else s.notify)
    }
    for name in config.channels:
        if config.sites and name not in told:
            what = (
                f"channel {name}: no site has it in `notify`, so it tells only of the watch itself"
            )
            found.append(Finding(_GROUP, Level.NOTE, what))
    web = config.web
    mails = any(o.type == "email" for o in config.channels.values())
    if web is not None and mails and public_https(web.base_url):
        what = (
            "mails offer to unsubscribe with one click (RFC 8058): mail programs show it only where the"
            " relay's DKIM signature covers List-Unsubscribe and List-Unsubscribe-Post"
        )
        found.append(Finding(_GROUP, Level.NOTE, what, "ask whoever runs the relay"))
    return found


def rehearsals(config: Config) -> dict[str, Look]:
    """For each channel that can be tried without sending anything, the trial."""
    looks: dict[str, Look] = {}
    try:
        channels = open_channels(config, json_output=True)
    except ConfigError:
        return looks  # `standing` says so
    for name, channel in channels.items():
        if isinstance(channel, EmailChannel):
            looks[name] = _mail(channel, config)
        elif isinstance(channel, WebhookChannel):
            looks[name] = _webhook(channel, config)
        else:
            looks[name] = _untried(name)
    return looks


async def _mail(channel: EmailChannel, config: Config) -> list[Finding]:
    where = f"channel {channel.name}"
    mend = f"correct [channels.{channel.name}] in {config.path}, then: {_TEST}"
    try:
        done = await channel.rehearse(answer=_ANSWER, opening=_ALL)
    except DeliveryError as e:
        return [Finding(_GROUP, Level.MEND, f"{where}: mail does not leave: {e}", mend)]
    found = []
    for address, error in done.refused.items():
        if error.permanent:
            what = f"{where}: {address} is refused: {error}"
            found.append(Finding(_GROUP, Level.MEND, what, mend))
        else:
            what = f"{where}: {address} is not taken at present: {error}; it is tried again"
            found.append(Finding(_GROUP, Level.NOTE, what))
    taken = [a for a in channel.recipients() if a not in done.refused]
    if taken:
        how = "over TLS" if done.secure else "in clear"
        what = f"{where}: {done.place} takes mail to {', '.join(taken)}, {how}; nothing was sent"
        found.append(Finding(_GROUP, Level.OK, what))
    if not done.secure and not done.here:
        what = f"{where}: {done.place} offers no encryption, so mails go there in clear"
        found.append(Finding(_GROUP, Level.NOTE, what, "use a relay with STARTTLS, or smtps://"))
    return found


async def _webhook(channel: WebhookChannel, config: Config) -> list[Finding]:
    where = f"channel {channel.name}: {channel.recipients()[0]}"
    why = await channel.reach(_ANSWER)
    if why:
        mend = f"correct [channels.{channel.name}] in {config.path}, then: {_TEST}"
        return [Finding(_GROUP, Level.MEND, f"{where} cannot be told: {why}", mend)]
    return [Finding(_GROUP, Level.OK, f"{where} can be dialled; nothing was sent")]


async def _untried(name: str) -> list[Finding]:
    what = f"channel {name}: as it should be written; only a sample shows whether it arrives"
    return [Finding(_GROUP, Level.OK, what, _TEST)]
