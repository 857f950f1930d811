"""What types cannot say of a config: names that must be known, numbers in bounds, addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ..units import parse_duration
from .decode import Where
from .tables import ChannelOptions, Config, WebConfig


def check(config: Config, where: Where) -> None:
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
            if not is_address(url):
                raise where.fail(
                    f"{key}.{field}", f'expected an http or https address, not "{url}"'
                )
        for field in ("content", "ignore"):
            value = getattr(site, field)
            for selector in (value,) if isinstance(value, str) else value:
                if selector and not _is_selector(selector):
                    raise where.fail(f"{key}.{field}", f'"{selector}" is no CSS selector')
        for name, value in site.headers.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
                raise where.fail(f"{key}.headers", f'"{name}" is no header name')
            if not _is_header_value(value.reveal()):
                raise where.fail(f"{key}.headers.{name}", "expected one line of text")
        for field in ("include", "exclude", "phrases"):
            if "" in (getattr(site, field) or ()):
                raise where.fail(f"{key}.{field}", "holds an empty text; leave it out")
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
    if config.fetch.max_body < 1:
        raise where.fail("fetch.max_body", 'expected a size such as "10MiB"')
    if not config.fetch.user_agent.strip() or not _is_header_value(config.fetch.user_agent):
        raise where.fail("fetch.user_agent", "expected one line that says who you are")
    if config.fetch.proxy and not is_address(config.fetch.proxy.reveal()):
        raise where.fail("fetch.proxy", "expected an http or https address")
    if config.health.ping and not is_address(config.health.ping):
        raise where.fail(
            "health.ping", f'expected an http or https address, not "{config.health.ping}"'
        )
    if config.fetch.timeout <= timedelta(0):
        raise where.fail("fetch.timeout", "expected more than 0s")
    _check_timezone("schedule.timezone", config.schedule.timezone, where)
    if config.log.format not in ("text", "json"):
        raise where.fail("log.format", 'expected "text" or "json"')
    for field in ("raw", "looks"):
        _check_retention(field, getattr(config.retention, field), where)
    if config.web is not None:
        _check_web(config.web, where)


def _check_channel(name: str, options: ChannelOptions, where: Where) -> None:
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


def _check_timezone(key: str, name: str, where: Where) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise where.fail(
            key, f'"{name}" is no time zone; expected one such as "Europe/Berlin"'
        ) from None


def _check_retention(field: str, text: str, where: Where) -> None:
    if text != "forever":
        try:
            parse_duration(text)
        except ValueError:
            raise where.fail(
                f"retention.{field}", f'expected "forever" or "2y", not "{text}"'
            ) from None


def _check_web(web: WebConfig, where: Where) -> None:
    if split_listen(web.listen)[1] < 0:
        raise where.fail("web.listen", 'expected an address and port such as "127.0.0.1:8787"')
    if not may_listen(web):
        raise where.fail("web.listen", "beyond loopback a password is needed, or public = true")
    if web.base_url and not re.match(r"https?://[^/\s]+", web.base_url):
        raise where.fail("web.base_url", "expected an http or https address")
    _check_timezone("web.timezone", web.timezone, where)


def is_address(url: str) -> bool:
    """Whether it is an http or https URL with a host and a port that can be."""
    if not re.match(r"https?://[^/\s]+", url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_header_value(text: str) -> bool:
    return text.isprintable() or not any((c < " " and c != "\t") or c == "\x7f" for c in text)


def _is_selector(text: str) -> bool:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError:
        return False
    return True


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8787" or "[::1]:8787"; port -1 where there is none to be read, 0
    where the system is to choose one."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        return host, -1
    return host.strip("[]"), int(port)


def may_listen(web: WebConfig) -> bool:
    """Whether pages may be served there: beyond loopback behind a password, or read-only."""
    return is_loopback(split_listen(web.listen)[0]) or bool(web.password) or web.public


def is_loopback(host: str) -> bool:
    """Whether a listen address is reachable from this machine alone."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
