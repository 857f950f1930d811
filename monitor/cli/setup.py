"""`init` and `add`: a config to begin with, and a site to watch."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ..config import Config, SiteConfig, is_address
from ..errors import ConfigError, PostwatchError, UsageError
from ..model import Form
from ..units import shown_date, shown_number
from . import common
from .config_file import rewrite

if TYPE_CHECKING:
    from ..run.discover import Found
    from ..store import Store


@click.command(epilog="Example: postwatch init && postwatch add https://example.com/blog/")
@common.config_option
def init(config: str | None) -> int:
    """Write a commented config (never over one) and create the database."""
    path = common.named_config(config) or Path("postwatch.toml")
    if path.exists():
        common.progress(f"{path} is there already; it is left as it is")
    else:
        _write_new(path, example_text())
        common.out(f"wrote {path}")
    settings = common.load_config(str(path))
    store = common.open_store(settings, write=True)
    store.close()
    if not settings.sites:
        common.out("Now name a blog:  postwatch add https://example.com/blog/")
    return 0


def example_text() -> str:
    """The commented config that ships with the program."""
    here = Path(__file__).resolve().parent.parent
    for place in (here / "_data", here.parent):
        file = place / "config.example.toml"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise PostwatchError("config.example.toml is missing from this installation")


def _write_new(path: Path, text: str) -> None:
    """Writes a file that was not there; readable by its owner alone, for it may come to hold secrets."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as e:
        raise ConfigError(f"{path}: cannot be written ({e.strerror})") from None
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)


@click.command(epilog="Example: postwatch add https://example.com/blog/ --name example")
@common.config_option
@click.argument("url")
@click.option("--name", help="What to call the site; else made from its address.")
def add(config: str | None, url: str, name: str | None) -> int:
    """Find a site's feeds, sitemaps and listings, show them, and add the site to the config."""
    if not is_address(url):
        raise UsageError(f'expected an http or https address, not "{url}"')
    settings = common.load_config(config)
    from ..read.urls import canonical_key

    for site in settings.sites:
        if canonical_key(site.url) == canonical_key(url):
            raise UsageError(f'{url} is watched already, as "{site.name}"')
    chosen = name or _name_for(url, {s.name for s in settings.sites})
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", chosen):
        raise UsageError(f'--name "{chosen}": expected letters, digits, - and _')
    if any(s.name == chosen for s in settings.sites):
        raise UsageError(f'a site is called "{chosen}" already; choose another with --name')
    store = common.open_store(settings, write=True)
    try:
        common.progress(f"looking at {url} …")
        found = asyncio.run(_find(settings, store, SiteConfig(name=chosen, url=url)))
    finally:
        store.close()
    _show(url, found)
    _append(settings.path, chosen, url)
    common.out(
        f'Added "{chosen}" to {settings.path}. The first pass is the baseline and alerts nobody:'
    )
    common.out(f"  postwatch check --site {chosen}")
    return 0


def _name_for(url: str, taken: set[str]) -> str:
    host = (urlsplit(url).hostname or "site").removeprefix("www.")
    if re.fullmatch(r"[\d.:]+", host):
        base = re.sub(r"[.:]+", "-", host)
    else:
        labels = host.split(".")
        base = labels[-2] if len(labels) > 1 else labels[0]
        if labels[0] not in (base, "blog", "news", "www") and len(labels) > 2:
            base = f"{labels[0]}-{base}"
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", base)[:60].strip("-") or "site"
    name, n = base, 2
    while name in taken:
        name, n = f"{base}-{n}", n + 1
    return name


async def _find(config: Config, store: Store, site: SiteConfig) -> list[Found]:
    from ..read.robots import read_robots
    from ..run.asking import fetch_page
    from ..run.discover import find
    from ..run.opening import opened

    async with opened(config, store) as ctx:
        home = await fetch_page(ctx, site, site.url)
        if home.failure is not None:
            raise PostwatchError(
                f"{site.url} cannot be reached: {home.detail or home.failure.value}"
            )
        if home.status != 200:
            raise PostwatchError(f"{site.url} answers {home.status}; nothing was added")
        parts = urlsplit(site.url)
        answer = await fetch_page(ctx, site, f"{parts.scheme}://{parts.netloc}/robots.txt")
        robots = read_robots(answer.body, answer.status)
        if config.fetch.respect_robots and not robots.allows(site.url, config.fetch.user_agent):
            raise PostwatchError(
                f"robots.txt of {parts.netloc} forbids us {site.url}; nothing was added"
            )
        return await find(ctx, site, home, robots, frozenset(Form))


def _show(url: str, found: list[Found]) -> None:
    host = urlsplit(url).netloc
    if not found:
        common.out(f"Found no feed, sitemap or listing on {host}; name them in the config.")
        return
    common.out(f"Found on {host}:")
    width = max(len(f.url) for f in found)
    urls: list[str] = []
    for f in found:
        entries = f.listing.entries
        urls += [e.url for e in entries]
        dates = sorted(e.published_at for e in entries if e.published_at)
        oldest = f", oldest {shown_date(dates[0])}" if dates else ""
        if f.listing.children:
            many = f"{len(f.listing.children)} sitemaps"
        else:
            many = f"{shown_number(len(entries))} posts{oldest}"
        more = ", more pages" if f.listing.next_page else ""
        common.out(f"  {f.form.value:<9} {f.url:<{width}}  {many}{more}")
    pattern = _pattern(urls)
    if pattern:
        common.out(f"Posts look like  {pattern}   (for others set `include` in the config)")


def _pattern(urls: list[str]) -> str:
    """What most post URLs begin with."""
    folders: dict[str, int] = {}
    for u in urls:
        head = u.rsplit("/", 2 if u.endswith("/") else 1)[0]
        folders[head] = folders.get(head, 0) + 1
    return max(folders, key=lambda f: folders[f]) + "/*" if folders else ""


def _append(path: Path, name: str, url: str) -> None:
    """Adds a [[site]] to the config, every comment kept."""
    import tomlkit
    from tomlkit.items import AoT

    def add_site(document: Any) -> None:
        table = tomlkit.table()
        table.add("name", name)
        table.add("url", url)
        if not isinstance(document.get("site"), AoT):
            document["site"] = tomlkit.aot()
        document["site"].append(table)

    rewrite(path, add_site)
