"""Is there room on the disk? Below `min_free` nothing is looked at; of a full disk one mail tells, without
the database.

A mark beside the database, an empty file, remembers that it was told and since when; it goes, and the
gap is told as an event, once there is room again.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..config import Config, HealthConfig
from ..errors import DeliveryError, StoreError, StoreFull
from ..model import Event, Reason
from ..notify import open_channels
from ..show.notice import disk_full
from ..store import Store
from ..store.dialect import parsed, sqlite_path
from ..store.unsubscribed import left
from ..units import shown_size
from .context import Context
from .messages import envelope_to
from .standstill import open_reason, resumed, stopped

log = logging.getLogger("postwatch.room")

#: The default of `min_free` is at most this share of a small disk: a machine of 10 GB is no fault.
_SHARE = 20
#: What must be free beyond `min_free` before it is called enough: a disk at the brink is told once.
_SLACK = 1.05
#: With less than this free, an error of the database is the disk's (a page is 4 KiB, a shared-memory
#: index 32 KiB).
_NOTHING = 128 * 1024


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
    """Whether the database failed because the disk is full."""
    if isinstance(error, StoreFull):
        return True
    try:
        return path is not None and shutil.disk_usage(path.parent).free < _NOTHING
    except OSError:
        return False


@dataclass(slots=True)
class Cry:
    """Tells of a full disk, once an episode: this process remembers whom, and the mark beside the
    database that somebody was told."""

    path: Path | None
    told: set[tuple[str, str]] = field(default_factory=set)  #: (channel, recipient)

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
        be. `but`: who has left."""
        failed: dict[str, str] = {}
        if not self.told and self.path is not None and mark(self.path).exists():
            return failed  # by another process
        for name, channel in open_channels(config, json_output=json_output).items():
            for recipient in channel.recipients():
                if (name, recipient) in self.told or (name, recipient.lower()) in but:
                    continue
                to = envelope_to(config, name, recipient)
                message = disk_full(str(self.path or "the database"), str(error), now, to)
                try:
                    await channel.send(message, recipient)
                    self.told.add((name, recipient))
                except DeliveryError as e:
                    failed[name] = str(e)
            await channel.aclose()
        if self.path is not None and (self.told or not failed):
            with contextlib.suppress(OSError):  # not even that: this process alone will remember
                mark(self.path).touch()
        return failed


def departed(store: Store) -> set[tuple[str, str]]:
    """(channel, recipient) of who has left, as far as the database can still be read."""
    try:
        with store.read() as conn:
            return {(x.channel, x.recipient) for x in left(conn)}
    except StoreError:
        return set()


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
        told += await stopped(ctx, Reason.DISK, min(since, now), now)
        with contextlib.suppress(OSError):
            mark(path).unlink()
    told += await resumed(ctx, (Reason.DISK,), now)
    return told, ""
