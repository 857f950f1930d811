"""`publish`: follows the pages' own links from the first one on, and keeps each answer as a file.

The application is the one that serves them, as it is for the public. Whatever a page links to is there by
construction; a file is only written where it differs, and what is published no more is taken away.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from ...config import Config, WebConfig
from ...errors import PostwatchError, UsageError
from ...store import Store, events, publishing, sites
from ...units import shown_time
from ..app import create_app
from ..copies import served_as
from .addresses import FOLDERS, OURS, Scope, Target, target
from .rewrite import Rewriting

#: Marks a folder as one that we may write into.
MARK = "postwatch.txt"
_MARKED = (
    "Made by `postwatch export site`: open index.html. The folder can be published as it is. The next export"
    " into it\nwrites what has changed and takes away what is no longer there.\n"
)
#: Stands there while the folder is written, and afterwards where that was interrupted.
UNDONE = "UNFINISHED.txt"
_UNDONE = (
    "This export is not finished: pages are missing, or are those of an earlier one. The same command once more"
    "\nfinishes it, and takes this file away.\n"
)
_FIRST = "index.html"
#: The host that the application is asked under; no page is ever fetched from there.
_HOST = "http://127.0.0.1:8787"
#: Seconds between two words on how far it is; events read at once.
_PAUSE, _CHUNK = 2.0, 500


class Published(Struct):
    """What became of the folder."""

    files: int = 0
    written: int = 0
    removed: int = 0


async def publish(
    store: Store,
    config: Config,
    folder: Path,
    *,
    site: str = "",
    address: str = "",
    now: datetime,
    say: Callable[[str], None] = lambda line: None,
) -> Published:
    """Writes the pages into a folder: all sites, or one. `address` is where it will be published, for the
    links of its feeds; relative ones for "". UsageError where the folder holds something else."""
    keeper = _Keeper(folder)
    with store.read() as conn:
        scope, as_of = _scope(conn, site), _as_of(conn, now)
    web = WebConfig(listen="127.0.0.1:8787", public=True, base_url=address)
    app = create_app(store, msgspec.structs.replace(config, web=web), lambda: as_of)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    first = target("/", scope)
    assert first is not None
    todo, known = deque([first]), {first.file}
    clock = asyncio.get_running_loop().time
    said = clock()
    async with httpx.AsyncClient(transport=transport, base_url=_HOST) as client:
        while todo:
            one = todo.popleft()
            for found in await _make(client, keeper, one, scope, as_of, address):
                if found.file not in known:
                    known.add(found.file)
                    todo.append(found)
            if clock() - said >= _PAUSE:
                said = clock()
                say(f"{keeper.done.files:,} files, {len(todo):,} more known so far")
    keeper.keep_lines("events.jsonl", lambda: _records(store, site))
    keeper.finish()
    return keeper.done


async def _make(
    client: httpx.AsyncClient,
    keeper: _Keeper,
    one: Target,
    scope: Scope,
    as_of: datetime,
    address: str,
) -> list[Target]:
    """Keeps one answer; the files it leads to."""
    answer = await client.get(one.ask)
    if answer.status_code >= 500 or answer.is_redirect:
        raise PostwatchError(f"the page {one.ask} could not be made ({answer.status_code})")
    kind = answer.headers.get("content-type", "")
    rewriting = Rewriting(one.file, scope)
    data = answer.content
    if one.file.endswith(".atom"):
        base = address.rstrip("/") or _HOST
        data = rewriting.feed(answer.text, base, address.rstrip("/")).encode()
    elif one.file.endswith(".html"):
        lives = one.file.startswith(("index", "sites/", "posts/")) and ".diff." not in one.file
        as_said = shown_time(as_of) if lives else ""
        data = rewriting.page(answer.text, as_said).encode()
    elif answer.status_code != 200 and "html" in kind:
        data = b"Nothing is kept here.\n"
    keeper.keep(one.file, data)
    return rewriting.found


def _scope(conn: Connection, site: str) -> Scope:
    kinds = publishing.content_types(conn)
    files = frozenset(i for i, kind in kinds if served_as(kind)[0] == "application/octet-stream")
    if not site:
        return Scope(files=files)
    row = sites.site_by_name(conn, site)
    if row is None:
        raise UsageError(f'there is no site "{site}"')
    return Scope(
        site=site,
        posts=publishing.post_ids(conn, row.id),
        snapshots=publishing.snapshot_ids(conn, row.id),
        events=publishing.event_ids(conn, site),
        files=files,
    )


def _as_of(conn: Connection, now: datetime) -> datetime:
    """When we last looked: what the pages call now, so that a second export of the same changes nothing."""
    looked = [s.last_check_at for s in sites.sites(conn) if s.last_check_at is not None]
    return min(max(looked, default=now), now).astimezone(UTC)


def _records(store: Store, site: str) -> Iterator[bytes]:
    """The events' records, oldest first, a line each."""
    after = 0
    while True:
        with store.read() as conn:
            some = events.events(conn, after=after, sites=[site] if site else (), limit=_CHUNK)
        for event in some:
            yield (
                json.dumps(event.as_record(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            )
        if len(some) < _CHUNK:
            return
        after = some[-1].id


class _Keeper:
    """Writes into one folder, and knows what belongs there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: set[str] = set()
        self.done = Published()
        try:
            strange = folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file()
        except NotADirectoryError:
            raise UsageError(f"{folder} is a file: name a folder") from None
        if strange:
            raise UsageError(f"{folder} holds other things: name a new folder, or one made by this")
        for name in ("", *FOLDERS):
            if (folder / name).is_symlink() and name:
                raise UsageError(f"{folder / name} is a link that leads elsewhere")
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._write(MARK, _MARKED.encode())
        self._write(UNDONE, _UNDONE.encode())
        self._first = b""

    def keep(self, file: str, data: bytes) -> None:
        """Has a file hold these bytes; the first page at the end alone, so that no half of a folder opens."""
        assert OURS.fullmatch(file), file
        self._kept.add(file)
        self.done.files += 1
        if file == _FIRST:
            self._first = data
            return
        self.done.written += self._write(file, data)

    def keep_lines(self, file: str, lines: Callable[[], Iterator[bytes]]) -> None:
        """Has a file hold these lines, as large as they are together."""
        part = self._folder / f"{file}.part"
        with part.open("wb") as out:
            out.writelines(lines())
        self._kept.add(file)
        self.done.files += 1
        if _same(part, self._folder / file):
            part.unlink()
        else:
            part.replace(self._folder / file)
            self.done.written += 1

    def finish(self) -> None:
        """Writes the first page, and takes away what was published once and is not any more."""
        self.done.written += self._write(_FIRST, self._first)
        for name in ("", *FOLDERS):
            for path in (self._folder / name).iterdir():
                file = f"{name}/{path.name}" if name else path.name
                if not path.is_file():
                    continue
                if file.endswith(".part") and OURS.fullmatch(file.removesuffix(".part")):
                    path.unlink()  # of a run that was interrupted
                elif OURS.fullmatch(file) and file not in self._kept:
                    path.unlink()
                    self.done.removed += 1
        (self._folder / UNDONE).unlink()

    def _write(self, file: str, data: bytes) -> bool:
        path = self._folder / file
        try:
            if path.read_bytes() == data and not path.is_symlink():
                return False
        except FileNotFoundError:
            pass
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(data)
        os.replace(part, path)
        return True


def _same(one: Path, other: Path) -> bool:
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        while chunk := a.read(1 << 20):
            if chunk != b.read(1 << 20):
                return False
    return True
