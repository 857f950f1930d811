"""Does a URL look like a post of this blog? For what sitemaps and listing pages name beside posts.

A feed names posts only; its URLs teach the folders and the shape of the rest. Without a feed the
blog's own folder counts, or at the root of a host what has the slug of an article. When in doubt:
a post too many is watched for nothing, a post too few is removed unseen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from . import pages_not_posts as never
from .url_parts import route_of
from .urls import (
    PAGE_PARAMETERS,
    canonical_key,
    host_of,
    is_home,
    is_locale,
    looks_like_home_of,
    matches,
    parameters,
    parse,
    segments,
)

_NUMBER = re.compile(r"\d+")
_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4})$")
_DATE = re.compile(r"(?:^|/)(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/|$)")
_WORD = re.compile(r"[^\W_]+")
#: Learned from at most so many feed URLs: the shape of a blog shows in far fewer.
_LEARN_FROM = 300


class Shape(Struct, frozen=True):
    """What was learned of one blog; ask it for each URL. Built by `learn`."""

    home: str
    include: tuple[str, ...] | None
    exclude: tuple[str, ...]
    hosts: frozenset[str]  #: where posts live, as `host_of` says it
    keys: frozenset[str]  #: of known posts
    below: tuple[str, ...]  #: parts of the blog's own folder, lower case; () at the root
    folders: frozenset[tuple[str, ...]]  #: of known posts, numbers as "#"
    starts: dict[int, tuple[str, ...]]  #: depth of known posts → the parts all of that depth share
    words: int  #: least words of a slug of known posts; 0 where none is known
    names: frozenset[str]  #: parameters that name known posts (`p` of `/?p=41`)
    routes: bool  #: known posts, or the home page, are hash routes (`#!/post/a`)
    taken: frozenset[str]  #: folder names of known posts, which speak against `pages_not_posts`

    def is_post(self, url: str) -> bool:
        """Whether this URL counts as a post of the blog."""
        if parse(url) is None or any(matches(url, p) for p in self.exclude):
            return False
        if looks_like_home_of(url, self.home):
            return False
        if self.include is not None:
            return any(matches(url, p) for p in self.include)
        if canonical_key(url) in self.keys:
            return True
        return host_of(url) in self.hosts and self._is_like(url)

    @property
    def learned(self) -> tuple[object, ...]:
        """What stands for all that was learned, in one order always; which posts are known is left out."""
        starts, folders = sorted(self.starts.items()), sorted(self.folders)
        names = (sorted(x) for x in (self.hosts, self.names, self.taken))
        rest = (self.home, self.include, self.exclude, self.below, self.words, self.routes)
        return (*rest, starts, folders, *names)

    def _is_like(self, url: str) -> bool:
        given = parameters(url)
        if any(never.is_paging(name, value) for name, value in given):
            return False
        named = [n for n, value in given if n in PAGE_PARAMETERS and value]
        parts = segments(url)
        if _is_script(parts) and named:
            # `/?p=41` and `/article.php?id=41`: the parameter is the slug
            return not self.folders or bool(self.names & set(named))
        if not parts:
            return self.routes and _hash_route(url)
        if never.is_other_page(parts, self.taken, self.below):
            return False
        *path, slug = [part.lower() for part in parts]
        if self.folders and _generalised(path) in self.folders:
            return self._has_slug(slug, path)
        if self.below:
            return tuple(path[: len(self.below)]) == self.below or self._shares_start(path, slug)
        if self.folders:
            return self._shares_start(path, slug)
        return self._has_slug(slug, path)

    def _shares_start(self, path: list[str], slug: str) -> bool:
        """As deep as known posts, and under what all of these share (`/stories/…/slug`)."""
        start = self.starts.get(len(path))
        if start is None or not path:
            return False
        # Folders without a common start are categories: a new one must at least hold headlines.
        return _generalised(path)[: len(start)] == start if start else slug_words(slug) >= 2

    def _has_slug(self, slug: str, path: list[str]) -> bool:
        """In a folder of posts anything; at the root of a host what reads like a headline."""
        at_root = all(is_locale(part) for part in path)
        in_posts = _generalised(path) in self.folders or "#" in _generalised(path)
        return (in_posts and not at_root) or self.words == 1 or slug_words(slug) >= 2


def slug_words(slug: str) -> int:
    """How many words a slug has; four letters beyond ASCII count as two, and so does an id."""
    bare = _EXTENSION.sub("", slug)
    words = _WORD.findall(bare)
    if len(words) == 1 and (
        sum(c > "\u02af" for c in bare) >= 4 or len(re.findall(r"\d", bare)) >= 3
    ):
        return 2
    return len(words)


def learn(
    home: str,
    known: Sequence[str] = (),
    include: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
) -> Shape:
    """The shape of a blog from its home page and the post URLs of its feeds (or other sure ones)."""
    return _learn(home, tuple(known), None if include is None else tuple(include), tuple(exclude))


@lru_cache(maxsize=64)
def _learn(
    home: str, known: tuple[str, ...], include: tuple[str, ...] | None, exclude: tuple[str, ...]
) -> Shape:
    good = [url for url in known if parse(url) is not None and not looks_like_home_of(url, home)]
    sample = good[:_LEARN_FROM]
    by_path = [url for url in sample if not _is_script(segments(url))]
    paths = [[part.lower() for part in segments(url)] for url in by_path]
    folders = frozenset(_generalised(path[:-1]) for path in paths)
    names = frozenset(n for u in sample if u not in by_path for n, v in parameters(u) if v)
    by_depth: dict[int, list[tuple[str, ...]]] = {}
    for path in folders:
        by_depth.setdefault(len(path), []).append(path)
    below = [] if is_home(home) else [part.lower() for part in segments(home)]
    if below and _EXTENSION.search(below[-1]):
        below = below[:-1]
    return Shape(
        home=home,
        include=include,
        exclude=exclude,
        hosts=frozenset({host_of(home)} | {host_of(url) for url in sample}) - {""},
        keys=frozenset(canonical_key(url) for url in good),
        below=tuple(below),
        folders=folders,
        starts={depth: _common(found) for depth, found in by_depth.items()},
        words=min((slug_words(path[-1]) for path in paths if path), default=0),
        names=names,
        routes=any(_hash_route(url) for url in (home, *sample)),
        taken=frozenset(part for path in folders for part in path),
    )


def dated(urls: Sequence[str]) -> tuple[str, ...]:
    """Those of these URLs that are posts for sure, since a date stands in their path: teachers where
    no feed is known. () for fewer than three."""
    found = []
    for url in urls:
        parts = segments(url)
        folders = "/".join(parts[:-1])
        if parts and _DATE.search(folders) and slug_words(parts[-1]) >= 2:
            found.append(url)
    return tuple(found) if len(found) >= 3 else ()


def post_like(
    url: str,
    *,
    home: str,
    known: Sequence[str] = (),
    include: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
) -> bool:
    """Whether a URL of a sitemap or listing counts as a post of the blog whose home is given.

    `exclude` and `include` (patterns of `urls.matches`; [] includes nothing) decide where given;
    else `known`, URLs of sure posts such as a feed's, teach it. The home page never counts. For many
    URLs of one blog call `learn` once and ask the Shape.
    """
    return learn(home, known, include, exclude).is_post(url)


def _is_script(parts: list[str]) -> bool:
    """Nothing, or a program that answers for many pages (`index.php`)."""
    return not parts or (
        len(parts) <= 3
        and re.search(r"(?i)\.(?:php\d?|aspx?|jspx?|cgi|pl|do|cfm)$", parts[-1]) is not None
    )


def _hash_route(url: str) -> bool:
    parsed = parse(url)
    return parsed is not None and bool(route_of(parsed.hash))


def _generalised(path: Sequence[str]) -> tuple[str, ...]:
    """Folder parts with years, months and other numbers as "#"."""
    return tuple(_NUMBER.sub("#", part) if _NUMBER.fullmatch(part) else part for part in path)


def _common(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The parts that all these folders begin with."""
    first, last = min(folders), max(folders)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]
