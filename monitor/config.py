"""The config: TOML decoded into frozen structs; every complaint names file, key and what is expected.

The structs *are* the schema: their defaults are the contract's, unknown keys are refused by msgspec.
Knows no channel: `load` is given the options type of each (`notify.CHANNELS`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from rapidfuzz import process

from . import __version__
from .errors import ConfigError
from .model import Kind
from .units import parse_duration, parse_size


class Duration(timedelta):
    """A duration written "15m"."""


class Size(int):
    """A number of bytes written "10MiB"."""


class Secret:
    """A string that may hold a password: shown as ***, read by `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"


class Every:
    """How often: an interval ("15m") or a cron expression of five fields ("*/15 * * * *")."""

    __slots__ = ("cron", "interval")

    def __init__(self, text: str) -> None:
        self.cron, self.interval = "", timedelta(0)
        if len(text.split()) == 5:
            self.cron = text
            self._check_cron(text)
            return
        try:
            self.interval = parse_duration(text)
        except ValueError:
            raise ValueError(
                f'expected a duration such as "15m" or five cron fields, not "{text}"'
            ) from None
        if self.interval < timedelta(seconds=1):
            raise ValueError(f'expected at least "1s", not "{text}"')

    @staticmethod
    def _check_cron(text: str) -> None:
        try:
            never = _cron_trigger(text, "UTC").get_next_fire_time(None, _ANY_DAY) is None
        except ValueError as e:
            raise ValueError(f'"{text}" is no cron expression: {e}') from None
        if never:
            raise ValueError(f'"{text}" never comes')

    def wait(self, now: datetime, timezone: str) -> timedelta:
        """How long after `now` the next look is due."""
        if not self.cron:
            return self.interval
        at: datetime = _cron_trigger(self.cron, timezone).get_next_fire_time(None, now)
        return max(at - now, timedelta(seconds=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Every) and (self.cron, self.interval) == (
            other.cron,
            other.interval,
        )

    def __hash__(self) -> int:
        return hash((self.cron, self.interval))

    def __repr__(self) -> str:
        return f"Every({self.cron or self.interval})"


_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _cron_trigger(text: str, timezone: str) -> Any:
    """APScheduler's trigger. It counts days of the week from Monday, crontab(5) from Sunday: numbers
    are turned into names first (LIBRARIES section 5)."""
    from apscheduler.triggers.cron import CronTrigger

    minute, hour, day, month, weekday = text.split()
    named = re.sub(r"(?<![/\d])[0-7](?!\d)", lambda m: _DAYS[int(m.group())], weekday)
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=named, timezone=timezone
    )


def _duration(text: str) -> Duration:
    return Duration(seconds=parse_duration(text).total_seconds())


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the config."""


class DatabaseConfig(_Strict, frozen=True, kw_only=True):
    url: Secret = Secret("sqlite:///postwatch.db")


class FetchConfig(_Strict, frozen=True, kw_only=True):
    user_agent: str = f"postwatch/{__version__} (+https://github.com/postwatch/postwatch)"
    timeout: Duration = _duration("20s")
    max_body: Size = Size(10 * 2**20)
    per_host_concurrency: int = 1
    per_host_delay: Duration = _duration("1s")
    respect_robots: bool = True
    allow_private_networks: bool = False
    proxy: Secret = Secret()
    vantage: str = ""


class ScheduleConfig(_Strict, frozen=True, kw_only=True):
    every: Every = Every("15m")
    timezone: str = "UTC"


class RemovalConfig(_Strict, frozen=True, kw_only=True):
    confirmations: int = 3
    confirm_every: Duration = _duration("10m")
    min_missing: Duration = _duration("20m")


class EditsConfig(_Strict, frozen=True, kw_only=True):
    confirm_after: Duration = _duration("30s")


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


class SiteConfig(_Strict, frozen=True, kw_only=True):
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


class ChannelOptions(_Strict, frozen=True, kw_only=True):
    """The keys every channel has; each channel's own options extend it."""

    type: str
    now: tuple[Kind, ...] = NOW
    digest: str = "daily"
    digest_at: str = "08:00"
    timezone: str = "UTC"
    sites: tuple[str, ...] | None = None
    max_per_hour: int = 30
    quiet: str = ""
    remind: tuple[Duration, ...] = (_duration("24h"), _duration("7d"))
    still_watching: str = "weekly"
    allow_private: bool = False


class HealthConfig(_Strict, frozen=True, kw_only=True):
    alert_after: Duration = _duration("30m")
    ping: str = ""
    min_free: Size = Size(2 * 2**30)


class WebConfig(_Strict, frozen=True, kw_only=True):
    listen: str = "127.0.0.1:8787"
    base_url: str = ""
    password: Secret = Secret()
    public: bool = False
    timezone: str = "UTC"


class RetentionConfig(_Strict, frozen=True, kw_only=True):
    raw: str = "forever"
    looks: str = "2y"


class LogConfig(_Strict, frozen=True, kw_only=True):
    format: str = "text"


class _Tables(_Strict, frozen=True, kw_only=True):
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

    def site(self, name: str) -> SiteConfig | None:
        """The site of that name, or None."""
        return next((s for s in self.sites if s.name == name), None)


def load(
    path: Path, channels: Mapping[str, type[ChannelOptions]], env: Mapping[str, str] | None = None
) -> Config:
    """The checked config of a TOML file. ConfigError names the file, the key and what is expected."""
    environment = os.environ if env is None else env
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file. Write one with: postwatch init") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror})") from None
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{path}: not valid TOML: {e}") from None
    where = _Where(path, raw)
    filled = _fill(raw, where, environment, "")
    tables = where.convert(filled, _Tables, "$")
    options = {
        name: _channel(where, name, table, channels) for name, table in tables.channels.items()
    }
    config = Config(
        path=path,
        database_url=_database_url(tables.database.url.reveal(), path, where),
        fetch=tables.fetch,
        schedule=tables.schedule,
        removal=tables.removal,
        edits=tables.edits,
        sites=tables.site,
        channels=options,
        health=tables.health,
        web=tables.web,
        retention=tables.retention,
        log=tables.log,
    )
    _check(config, where)
    return config


class _Where:
    """Turns msgspec's `$.site[0].every` into the file, table and key a person wrote."""

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self.path, self.raw = path, raw

    def fail(self, key: str, wanted: str) -> ConfigError:
        return ConfigError(f"{self.path}: {self.name(key)}: {wanted}")

    def name(self, key: str) -> str:
        """`$.site[1].every` -> `[[site]] "acme" every`; `$.fetch.timeout` -> `[fetch] timeout`."""
        m = re.fullmatch(r"\$?\.?site(?:\[(\d+)\])?(?:\.(.*))?", key)
        if m:
            sites = self.raw.get("site")
            label = f"number {int(m.group(1)) + 1}" if m.group(1) else ""
            if m.group(1) and isinstance(sites, list):
                site = sites[int(m.group(1))]
                if isinstance(site, dict) and isinstance(site.get("name"), str):
                    label = f'"{site["name"]}"'
            return " ".join(x for x in ("[[site]]", label, m.group(2) or "") if x)
        parts = key.removeprefix("$").removeprefix(".").split(".")
        if parts == [""]:
            return "top level"
        depth = 2 if parts[0] == "channels" and len(parts) > 1 else 1
        if len(parts) == 1:
            return f"[{parts[0]}]"
        return f"[{'.'.join(parts[:depth])}] {'.'.join(parts[depth:])}".strip()

    def convert(self, value: Any, to: Any, prefix: str) -> Any:
        try:
            return msgspec.convert(value, to, dec_hook=_decode)
        except msgspec.ValidationError as e:
            text, _, at = str(e).partition(" - at `")
            key = prefix + at.rstrip("`").removeprefix("$")
            raise self._said(text, key, to, value) from None

    def _said(self, text: str, key: str, to: Any, value: Any) -> ConfigError:
        unknown = re.search(r"unknown field `(.*)`", text)
        if unknown:
            known = _known_keys(to, key, value)
            near = process.extractOne(unknown.group(1), known, score_cutoff=60)
            hint = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(known)}"
            return self.fail(key, f'unknown key "{unknown.group(1)}"{hint}')
        missing = re.search(r"missing required field `(.*)`", text)
        if missing:
            return self.fail(key, f'the key "{missing.group(1)}" is missing')
        enum = re.search(r"Invalid enum value '(.*)'", text)
        if enum:
            kinds = [k.value for k in Kind]
            near = process.extractOne(enum.group(1), kinds, score_cutoff=60)
            hint = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(kinds)}"
            return self.fail(key, f'"{enum.group(1)}" is no kind of event{hint}')
        text = text.replace(" | null`", "`")
        plain = {"`str`": "a text", "`int`": "a whole number", "`bool`": "true or false"}
        plain |= {"`array`": "a list", "`object`": "a table", "`float`": "a number"}
        for code, word in plain.items():
            text = text.replace(code, word)
        return self.fail(key, text[0].lower() + text[1:])


def _known_keys(to: Any, key: str, value: Any) -> list[str]:
    """The keys of the struct that a path points into."""
    for part in re.sub(r"\[.*?\]", "", key.removeprefix("$")).split("."):
        if not part:
            continue
        for f in msgspec.structs.fields(to) if isinstance(to, type) else ():
            if f.encode_name == part:
                to = next(
                    (
                        t
                        for t in (f.type, *getattr(f.type, "__args__", ()))
                        if isinstance(t, type) and issubclass(t, msgspec.Struct)
                    ),
                    to,
                )
    return [f.encode_name for f in msgspec.structs.fields(to)] if isinstance(to, type) else []


def _decode(kind: type, value: Any) -> Any:
    if not isinstance(value, str):
        name = {bool: "true or false", int: "a number", float: "a number"}.get(
            type(value), "a list"
        )
        wanted = {
            Duration: 'a duration in quotes, such as "15m"',
            Size: 'a size in quotes, such as "10MiB"',
            Every: 'a duration in quotes, such as "15m"',
        }.get(kind, "a text")
        raise ValueError(f"expected {wanted}, got {name}")
    if kind is Duration:
        return _duration(value)
    if kind is Size:
        return Size(parse_size(value))
    return kind(value)


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _fill(value: Any, where: _Where, env: Mapping[str, str], key: str) -> Any:
    """The value with each ${NAME} taken from the environment."""
    if isinstance(value, dict):
        return {k: _fill(v, where, env, f"{key}.{k}") for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, where, env, f"{key}[{i}]") for i, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def variable(m: re.Match[str]) -> str:
        if m.group(1) not in env:
            raise where.fail(key, f"the environment variable {m.group(1)} is not set")
        return env[m.group(1)]

    return _VARIABLE.sub(variable, value)


def _channel(
    where: _Where, name: str, table: Any, channels: Mapping[str, type[ChannelOptions]]
) -> ChannelOptions:
    key = f"$.channels.{name}"
    kind = table.get("type") if isinstance(table, dict) else None
    if not isinstance(kind, str) or kind not in channels:
        known = ", ".join(f'"{c}"' for c in channels)
        raise where.fail(f"{key}.type", f"expected one of {known}, not {kind!r}")
    options: ChannelOptions = where.convert(table, channels[kind], key)
    return options


def _database_url(url: str, path: Path, where: _Where) -> str:
    if url.startswith("sqlite:///"):
        file = url.removeprefix("sqlite:///")
        if not file:
            raise where.fail("database.url", "names no file")
        return "sqlite:///" + str((path.resolve().parent / file).resolve())
    if url.startswith("postgresql+psycopg://"):
        return url
    scheme = url.partition(":")[0]
    raise where.fail(
        "database.url", f'expected "sqlite:///FILE" or "postgresql+psycopg://…", not "{scheme}:…"'
    )


def _check(config: Config, where: _Where) -> None:
    """What types cannot say."""
    seen: set[str] = set()
    for i, site in enumerate(config.sites):
        key = f"site[{i}]"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", site.name):
            raise where.fail(f"{key}.name", "expected letters, digits, - and _")
        if site.name in seen:
            raise where.fail(f"{key}.name", f'two sites are called "{site.name}"')
        seen.add(site.name)
        urls = [("url", site.url), *(("posts", u) for u in site.posts)]
        for field in ("feeds", "sitemaps", "listings"):
            urls += [(field, u) for u in getattr(site, field) or ()]
        for field, url in urls:
            if not re.match(r"https?://[^/\s]+", url):
                raise where.fail(
                    f"{key}.{field}", f'expected an http or https address, not "{url}"'
                )
        if site.render not in ("never", "auto", "always"):
            raise where.fail(f"{key}.render", 'expected "never", "auto" or "always"')
        for channel in site.notify or ():
            if channel not in config.channels:
                raise where.fail(f"{key}.notify", f'there is no channel "{channel}"')
    for name, channel_options in config.channels.items():
        for site_name in channel_options.sites or ():
            if site_name not in seen:
                raise where.fail(f"channels.{name}.sites", f'there is no site "{site_name}"')
        _check_channel(name, channel_options, where)
    if config.removal.confirmations < 1:
        raise where.fail("removal.confirmations", "expected 1 or more")
    if config.fetch.per_host_concurrency < 1:
        raise where.fail("fetch.per_host_concurrency", "expected 1 or more")
    if config.fetch.timeout <= timedelta(0):
        raise where.fail("fetch.timeout", "expected more than 0s")
    _check_timezone("schedule.timezone", config.schedule.timezone, where)
    if config.log.format not in ("text", "json"):
        raise where.fail("log.format", 'expected "text" or "json"')
    for field in ("raw", "looks"):
        _check_retention(field, getattr(config.retention, field), where)
    if config.web is not None:
        _check_web(config.web, where)


def _check_channel(name: str, options: ChannelOptions, where: _Where) -> None:
    key = f"channels.{name}"
    if options.digest not in ("off", "hourly", "daily", "weekly"):
        raise where.fail(f"{key}.digest", 'expected "off", "hourly", "daily" or "weekly"')
    if options.still_watching not in ("off", "daily", "weekly"):
        raise where.fail(f"{key}.still_watching", 'expected "weekly", "daily" or "off"')
    clock = r"([01]\d|2[0-3]):[0-5]\d"
    if not re.fullmatch(clock, options.digest_at):
        raise where.fail(f"{key}.digest_at", 'expected a time such as "08:00"')
    if options.quiet and not re.fullmatch(f"{clock}-{clock}", options.quiet):
        raise where.fail(f"{key}.quiet", 'expected two times such as "22:00-07:00"')
    if options.max_per_hour < 0:
        raise where.fail(f"{key}.max_per_hour", "expected 0 or more")
    _check_timezone(f"{key}.timezone", options.timezone, where)


def _check_timezone(key: str, name: str, where: _Where) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise where.fail(
            key, f'"{name}" is no time zone; expected one such as "Europe/Berlin"'
        ) from None


def _check_retention(field: str, text: str, where: _Where) -> None:
    if text != "forever":
        try:
            parse_duration(text)
        except ValueError:
            raise where.fail(
                f"retention.{field}", f'expected "forever" or "2y", not "{text}"'
            ) from None


def _check_web(web: WebConfig, where: _Where) -> None:
    host, port = split_listen(web.listen)
    if not port:
        raise where.fail("web.listen", 'expected an address and port such as "127.0.0.1:8787"')
    if not is_loopback(host) and not web.password and not web.public:
        raise where.fail("web.listen", "beyond loopback a password is needed, or public = true")
    if web.base_url and not re.match(r"https?://[^/\s]+", web.base_url):
        raise where.fail("web.base_url", "expected an http or https address")
    _check_timezone("web.timezone", web.timezone, where)


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8787" or "[::1]:8787"; port 0 where there is none to be read."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        return host, 0
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether a listen address is reachable from this machine alone."""
    return host in ("localhost", "::1") or host.startswith("127.")
