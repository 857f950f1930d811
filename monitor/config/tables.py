"""The tables of the config as frozen structs: they *are* the schema, and their defaults the contract's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from .. import __version__
from ..model import Kind
from .values import Duration, Every, Secret, Size, duration


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the config."""


class DatabaseConfig(Strict, frozen=True, kw_only=True):
    url: Secret = Secret("sqlite:///postwatch.db")


class FetchConfig(Strict, frozen=True, kw_only=True):
    user_agent: str = f"postwatch/{__version__} (+https://github.com/postwatch/postwatch)"
    timeout: Duration = duration("20s")
    max_body: Size = Size(10 * 2**20)
    per_host_concurrency: int = 1
    per_host_delay: Duration = duration("1s")
    respect_robots: bool = True
    allow_private_networks: bool = False
    proxy: Secret = Secret()
    vantage: str = ""


class ScheduleConfig(Strict, frozen=True, kw_only=True):
    every: Every = Every("15m")
    timezone: str = "UTC"


class RemovalConfig(Strict, frozen=True, kw_only=True):
    confirmations: int = 3
    confirm_every: Duration = duration("10m")
    min_missing: Duration = duration("20m")


class EditsConfig(Strict, frozen=True, kw_only=True):
    confirm_after: Duration = duration("30s")


ALERT_ON = (
    Kind.REMOVED,
    Kind.REINSTATED,
    Kind.EDITED,
    Kind.MOVED,
    Kind.DELISTED,
    Kind.RELISTED,
    Kind.SITE_UNREACHABLE,
    Kind.SITE_RECOVERED,
    Kind.SOURCE_BROKEN,
    Kind.SOURCE_RECOVERED,
    Kind.RETRACTED,
)
NOW = (
    Kind.REMOVED,
    Kind.REINSTATED,
    Kind.EDITED,
    Kind.MOVED,
    Kind.RETRACTED,
    Kind.SITE_UNREACHABLE,
    Kind.SITE_RECOVERED,
    Kind.WATCH_STOPPED,
    Kind.WATCH_RESUMED,
)


class SiteConfig(Strict, frozen=True, kw_only=True):
    """One `[[site]]`. None in a list means: find out."""

    name: str
    url: str
    feeds: tuple[str, ...] | None = None
    sitemaps: tuple[str, ...] | None = None
    listings: tuple[str, ...] | None = None
    posts: tuple[str, ...] = ()
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    every: Every | None = None
    content: str = ""
    ignore: tuple[str, ...] = ()
    render: str = "never"
    headers: dict[str, Secret] = {}
    phrases: tuple[str, ...] = ()
    alert_on: tuple[Kind, ...] = ALERT_ON
    notify: tuple[str, ...] | None = None
    paused: bool = False


class ChannelOptions(Strict, frozen=True, kw_only=True):
    """The keys every channel has; each channel's own options extend it."""

    type: str
    now: tuple[Kind, ...] = NOW
    digest: str = "daily"
    digest_at: str = "08:00"
    timezone: str = "UTC"
    sites: tuple[str, ...] | None = None
    max_per_hour: int = 30
    quiet: str = ""
    remind: tuple[Duration, ...] = (duration("24h"), duration("7d"))
    still_watching: str = "weekly"
    allow_private: bool = False


class HealthConfig(Strict, frozen=True, kw_only=True):
    alert_after: Duration = duration("30m")
    ping: str = ""
    min_free: Size = Size(2 * 2**30)


class WebConfig(Strict, frozen=True, kw_only=True):
    listen: str = "127.0.0.1:8787"
    base_url: str = ""
    password: Secret = Secret()
    public: bool = False
    timezone: str = "UTC"


class RetentionConfig(Strict, frozen=True, kw_only=True):
    raw: str = "forever"
    looks: str = "2y"


class LogConfig(Strict, frozen=True, kw_only=True):
    format: str = "text"


class Tables(Strict, frozen=True, kw_only=True):
    database: DatabaseConfig = DatabaseConfig()
    fetch: FetchConfig = FetchConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    removal: RemovalConfig = RemovalConfig()
    edits: EditsConfig = EditsConfig()
    site: tuple[SiteConfig, ...] = ()
    channels: dict[str, dict[str, Any]] = {}
    health: HealthConfig = HealthConfig()
    web: WebConfig | None = None
    retention: RetentionConfig = RetentionConfig()
    log: LogConfig = LogConfig()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole config, checked. `web` is None where the file has no `[web]` table."""

    path: Path
    database_url: str  #: relative SQLite paths made absolute against the config file
    fetch: FetchConfig
    schedule: ScheduleConfig
    removal: RemovalConfig
    edits: EditsConfig
    sites: tuple[SiteConfig, ...]
    channels: dict[str, ChannelOptions]
    health: HealthConfig
    web: WebConfig | None
    retention: RetentionConfig
    log: LogConfig
    stamp: tuple[int, int] = (0, 0)  #: the file's `stamp_of` when it was read, or before

    def site(self, name: str) -> SiteConfig | None:
        """The site of that name, or None."""
        return next((s for s in self.sites if s.name == name), None)
