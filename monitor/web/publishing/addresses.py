"""Which file of a published folder stands for which address of the pages? Pure.

A file is named by numbers, and by the name of a site, which a config lets be letters, digits, - and _ only:
nothing that a watched page says is ever part of a path. What has no file here is not published.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

_ID = "([1-9][0-9]{0,17})"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,18}")

#: Every file that a folder may hold but those in KEPT; what is none of these is not ours to take away.
OURS = re.compile(
    r"index\.html|feed\.atom|style\.css|events\.jsonl"
    r"|sites/[A-Za-z0-9_-]+(\.[a-z]*\.[0-9]+)?\.(html|atom)"
    r"|posts/[0-9]+(\.(event|version)\.[0-9]+)*\.html"
    r"|posts/[0-9]+\.diff\.[0-9]+\.[0-9]+(\.side)?(\.all)?\.html"
    r"|snapshots/[0-9]+(\.source|\.text)?\.(html|txt|bin)"
    r"|events/(index|site\.[A-Za-z0-9_-]+)(\.before\.[0-9]+)?\.html"
    r"|events/[0-9]+(\.html|\.robots\.(before|now)\.txt)"
)
FOLDERS = ("sites", "posts", "snapshots", "events")

#: Links to what only a server can do; others that lead nowhere keep their words.
_SERVER = re.compile(
    r"/login|/events\.(atom|json|csv).*|.*[?&](view=fetched|view=source|fold=0|seen=no|as=text|look=).*"
    r"|/snapshots/\d+/(text|headers)|/looks/.*"
)


class Scope(Struct, frozen=True):
    """What is published: all, or one site with its posts, versions and events, and those of no site."""

    site: str = ""
    posts: frozenset[int] = frozenset()
    snapshots: frozenset[int] = frozenset()
    events: frozenset[int] = frozenset()
    files: frozenset[int] = frozenset()  #: versions whose bytes are no text

    def has(self, kind: frozenset[int], number: int) -> bool:
        """Whether one of a kind is published."""
        return not self.site or number in kind


class Target(Struct, frozen=True):
    """A file, and the address whose answer it holds."""

    file: str
    ask: str


def for_server(address: str) -> bool:
    """Whether an address is for a server alone, so that a link to it says nothing without it."""
    return _SERVER.fullmatch(address.partition("#")[0]) is not None


def target(address: str, scope: Scope) -> Target | None:
    """The file of an address (path and query); None where it has none."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if path == "/static/style.css":
        return Target("style.css", "/static/style.css")
    for pattern, make in _TABLE:
        m = pattern.fullmatch(path)
        if m is not None:
            return make(m, {k: v for k, v in asked.items() if v}, scope)
    return None


def _home(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    if asked:
        return None
    return Target("index.html", f"/sites/{scope.site}" if scope.site else "/")


def _feed(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    return Target("feed.atom", f"/sites/{scope.site}/feed.atom" if scope.site else "/feed.atom")


def _site(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    name, feed = m[1], m[2] or ""
    if not _NAME.fullmatch(name) or (scope.site and scope.site != name):
        return None
    if feed:
        return _feed(m, asked, scope) if scope.site else Target(f"sites/{name}.atom", m[0])
    status, skip = asked.get("status", ""), asked.get("skip", "0")
    if not set(asked) <= {"status", "skip"} or not re.fullmatch("[a-z]*", status):
        return None
    if not _NUMBER.fullmatch(skip):
        return None
    if not status and int(skip) == 0:
        return Target("index.html" if scope.site else f"sites/{name}.html", f"/sites/{name}")
    ask = f"/sites/{name}?status={status}&skip={int(skip)}"
    return Target(f"sites/{name}.{status}.{int(skip)}.html", ask)


def _post(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    post = int(m[1])
    if not scope.has(scope.posts, post) or not all(map(_NUMBER.fullmatch, asked.values())):
        return None
    if not set(asked) <= {"event", "version"}:
        return None
    pairs = [(k, int(asked[k])) for k in ("event", "version") if k in asked]
    more = "".join(f".{k}.{n}" for k, n in pairs)
    query = "&".join(f"{k}={n}" for k, n in pairs)
    return Target(f"posts/{post}{more}.html", f"/posts/{post}{'?' if query else ''}{query}")


def _diff(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    post, view, whole = int(m[1]), asked.get("view", "inline"), asked.get("all") == "1"
    pair = asked.get("from", ""), asked.get("to", "")
    if not scope.has(scope.posts, post) or not all(map(_NUMBER.fullmatch, pair)):
        return None
    if not set(asked) <= {"from", "to", "view", "all"} or view not in ("inline", "side"):
        return None
    old, new = map(int, pair)
    side, all_of = ".side" if view == "side" else "", ".all" if whole else ""
    ask = f"/posts/{post}/diff?from={old}&to={new}&view={view}{'&all=1' if whole else ''}"
    return Target(f"posts/{post}.diff.{old}.{new}{side}{all_of}.html", ask)


def _snapshot(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    number, part = int(m[1]), m[2] or ""
    if not scope.has(scope.snapshots, number):
        return None
    # Their bytes are published as text or as a file to save, never as a page: nothing on a disk keeps a
    # script in them from running.
    data = f"snapshots/{number}.bin" if number in scope.files else f"snapshots/{number}.source.txt"
    match part, asked:
        case "", {} if asked in ({}, {"view": "text"}):
            return Target(f"snapshots/{number}.html", f"/snapshots/{number}?frame=no")
        case "/raw", {} if asked in ({"as": "source"}, {"as": "file"}):
            how = "file" if number in scope.files else "source"
            return Target(data, f"/snapshots/{number}/raw?as={how}")
    return None


def _events(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    name, before = asked.get("site", scope.site), asked.get("before", "")
    if not set(asked) <= {"site", "before"} or (scope.site and name != scope.site):
        return None
    if (name and not _NAME.fullmatch(name)) or (before and not _NUMBER.fullmatch(before)):
        return None
    place = "index" if name == scope.site else f"site.{name}"
    asks = [f"site={name}"] if name else []
    asks += [f"before={int(before)}"] if before else []
    file = f"events/{place}{f'.before.{int(before)}' if before else ''}.html"
    return Target(file, "/events" + ("?" + "&".join(asks) if asks else ""))


def _event(m: re.Match[str], asked: dict[str, str], scope: Scope) -> Target | None:
    number, robots = int(m[1]), m[2]
    if asked or not scope.has(scope.events, number):
        return None
    if robots:
        return Target(f"events/{number}.robots.{robots}.txt", m[0])
    return Target(f"events/{number}.html", f"/events/{number}")


_TABLE = tuple(
    (re.compile(pattern, re.ASCII), make)
    for pattern, make in (
        ("/", _home),
        (r"/feed\.atom", _feed),
        (r"/sites/([^/]+?)(/feed\.atom)?", _site),
        (f"/posts/{_ID}", _post),
        (f"/posts/{_ID}/diff", _diff),
        (f"/snapshots/{_ID}(/text|/raw)?", _snapshot),
        ("/events", _events),
        (f"/events/{_ID}(?:/robots/(before|now))?", _event),
    )
)
