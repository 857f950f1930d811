"""Is there room on the disk? Below `min_free` nothing is looked at; of a full disk one mail tells, without
the database.

A mark beside the database, an empty file, remembers that it was told and since when; it goes, and the
gap is told as an event, once there is room again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, field

from ..config import Config, HealthConfig
from ..errors import (
    DeliveryError,
    StoreBusy,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreMissing,
)
from ..model import AlertState, Event, Kind, Message, Reason
from ..notify import open_channels
from ..store import Store, events, queue
from ..store.dialect import parsed, sqlite_path
from ..store.unsubscribed import left
from ..units import shown_size
from .context import Context
from .standstill import open_reason, resumed, stopped

log = logging.getLogger("postwatch.room")

#: The default of `min_free` is at most this share of a small disk: a machine of 10 GB is no fault.
_SHARE = 20
#: What must be free beyond `min_free` before it is called enough: a disk at the brink is told once.
_SLACK = 1.05
#: With less than this free, an error of the database is the disk's (a page is 4 KiB, a shared-memory
#: index 32 KiB).
_NOTHING = 128 * 1024
#: Permissions of the mark: everybody was told; somebody could not be.
_ALL, _SOME = 0o644, 0o600


def shortage(config: Config, path: Path | None, *, stopped: bool = False) -> str:
    """Why nothing should be written to the disk of a database; "" where there is room, or where the
    database is a server's. `stopped`: we did not look for want of room till now."""
    if path is None:
        return ""
    try:
        disk = shutil.disk_usage(path.parent)
    except OSError:
        return ""
    least = _least(config, disk.total)
    if disk.free >= least * (_SLACK if stopped else 1):
        return ""
    free, wanted = shown_size(disk.free), shown_size(int(least))
    return f"{free} are free on the disk of {path}; [health] min_free wants {wanted}"


def least_free(config: Config, path: Path) -> int:
    """Bytes that must stay free on the disk of a database; 0 where it cannot be asked."""
    try:
        return int(_least(config, shutil.disk_usage(path.parent).total))
    except OSError:
        return 0


def _least(config: Config, total: int) -> float:
    least = float(config.health.min_free)
    return min(least, total / _SHARE) if least == HealthConfig().min_free else least


def database_file(config: Config) -> Path | None:
    """The file of the config's database; None where it is a server's."""
    return sqlite_path(parsed(config.database_url))


def is_full(error: StoreError, path: Path | None) -> bool:
    """Whether the database failed because the disk is full; not that it is in use, missing, or not ours."""
    if isinstance(error, StoreFull):
        return True
    if isinstance(error, StoreBusy | StoreMissing | StoreForeign):
        return False
    try:
        return path is not None and shutil.disk_usage(path.parent).free < _NOTHING
    except OSError:
        return False


class Cry(Struct):
    """Tells of a full disk, once an episode: this process remembers whom, and the mark beside the
    database that somebody was told, and when. Its permissions say whether everybody was."""

    path: Path | None
    told: set[tuple[str, str]] = field(default_factory=set)  #: (channel, recipient)
    at: datetime | None = (
        None  #: when the first was: one time for all, so that a further try is no other message
    )
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def tell(
        self,
        config: Config,
        error: StoreError,
        now: datetime,
        *,
        but: Collection[tuple[str, str]] = (),
        json_output: bool = False,
    ) -> dict[str, str]:
        """Tells every recipient of every channel that was not told; why by channel, where one could not
        be. `but`: who is not to be (`to_spare`). Passes that overlap fail together: one of them tells."""
        async with self._turn:
            return await self._tell(config, error, now, but, json_output)

    async def _tell(
        self,
        config: Config,
        error: StoreError,
        now: datetime,
        but: Collection[tuple[str, str]],
        json_output: bool,
    ) -> dict[str, str]:
        failed: dict[str, str] = {}
        if not self.told and self.path is not None and mark(self.path).exists():
            return failed  # by another process
        self.at = self.at or now.replace(microsecond=0)
        for name, channel in open_channels(config, json_output=json_output).items():
            for recipient in channel.recipients():
                if (name, recipient) in self.told or (name, recipient.lower()) in but:
                    continue
                message = _cry(config, self.path, name, recipient, self.at, str(error))
                try:
                    await channel.send(message, recipient)
                    self.told.add((name, recipient))
                except DeliveryError as e:
                    failed[name] = str(e)
            await channel.aclose()
        if self.path is not None and (self.told or not failed):
            with contextlib.suppress(OSError):  # not even that: this process alone will remember
                mark(self.path).touch()
                mark(self.path).chmod(_SOME if failed else _ALL)
                os.utime(mark(self.path), (self.at.timestamp(),) * 2)
        return failed

    def ended(self) -> None:
        """Something could be written: the next full disk is another episode."""
        self.told.clear()
        self.at = None


def _cry(
    config: Config, path: Path | None, channel: str, recipient: str, at: datetime, why: str = ""
) -> Message:
    # Here, for templates and mails are loaded where there is something to tell.
    from ..show.notice import disk_full
    from .addressed import envelope_to

    to = envelope_to(config, channel, recipient)
    return disk_full(str(path or "the database"), why, at, to)


def to_spare(store: Store) -> set[tuple[str, str]]:
    """(channel, recipient) of who has left, and of who was told that nothing is looked at for want of room
    when there still was some for an event; as far as the database can still be read."""
    try:
        with store.read() as conn:
            spared = {(x.channel, x.recipient) for x in left(conn)}
            if open_reason(conn) is Reason.DISK:
                last = events.events(conn, kinds=[Kind.WATCH_STOPPED], limit=1, newest_first=True)
                for alert in queue.alerts(conn, event_id=last[0].id) if last else ():
                    if alert.state is AlertState.SENT:
                        spared.add((alert.channel, alert.recipient.lower()))
            return spared
    except StoreError:
        return set()


def _cried(ctx: Context, path: Path, at: datetime) -> dict[tuple[str, str], str]:
    """The ids of the messages that told of a full disk at that time, by (channel, recipient); none where
    not everybody could be told."""
    if mark(path).stat().st_mode & 0o777 != _ALL or at.microsecond:  # an older release's
        return {}
    return {
        (name, recipient): _cry(ctx.config, path, name, recipient, at).message_id
        for name, channel in ctx.channels.items()
        for recipient in channel.recipients()
    }


def mark(path: Path) -> Path:
    """The file that says that a full disk was told of."""
    return path.with_name(f"{path.name}.disk-full")


async def look_for_room(ctx: Context, now: datetime) -> tuple[list[Event], str]:
    """What is told of the room on the disk, and why nothing is to be looked at; "" where all is well."""
    path = ctx.store.path
    with ctx.store.read() as conn:
        reason = open_reason(conn)
    why = shortage(ctx.config, path, stopped=reason is Reason.DISK)
    if why:
        return await stopped(ctx, Reason.DISK, now, now, why), why
    told: list[Event] = []
    if path is not None and mark(path).exists():
        since = datetime.fromtimestamp(mark(path).stat().st_mtime, UTC)
        cried = _cried(ctx, path, since)
        told += await stopped(ctx, Reason.DISK, min(since, now), now, told=cried)
        with contextlib.suppress(OSError):
            mark(path).unlink()
    told += await resumed(ctx, (Reason.DISK,), now)
    return told, ""
