"""`/snapshots/{id}`: this is what it said, on this date. Other people's bytes leave us under a CSP
sandbox only: no script, no origin, no network, whether framed or opened directly (CVE-2023-45815)."""

from __future__ import annotations

import re
from functools import partial

from msgspec import Struct
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..decide.evidence import robots_named
from ..model import Headers
from ..read.article import Article
from ..read.defuse import as_drawn
from ..show.excerpt import beginning
from ..show.plain import allowed, one_line
from ..show.templating import environment
from ..store import bodies, events, posts, snapshots
from ..store.rows import PostRow, SnapshotRow
from .access import COPY_CSP
from .making import number, outside, page, pages
from .posts import language

VIEWS = {"text": "text only", "fetched": "as fetched", "source": "source"}
_COPY_HEADERS = {
    "content-security-policy": COPY_CSP,
    "x-frame-options": "SAMEORIGIN",
    "x-dns-prefetch-control": "off",
}
#: Bytes of text that stand in a page beside its strip.
_BESIDE = 180_000
#: Bytes of a copy that are made harmless beside the other pages: more takes more than a hundredth of a second.
LONG = 300_000
#: Errors of a connection: a browser would ask again, or take them for its own.
_NOT_THEIRS = (407, 408, 421, 425)
#: What may be shown as a page; anything else is text or a file to save.
_PAGES = ("text/html", "application/xhtml+xml")


class Copy(Struct, frozen=True):
    """A version, whose it is, and its article."""

    post: PostRow
    version: SnapshotRow
    headers: Headers  #: of its first look; () for what was imported without
    article: Article | None
    newest: int
    kept: (
        bool  #: False where the bytes of its first look were dropped; its text is kept all the same
    )


def gather(conn: Connection, snapshot_id: int) -> Copy | None:
    """A copy; None where there is none by that number."""
    version = snapshots.snapshot(conn, snapshot_id)
    if version is None:
        return None
    found = posts.post(conn, version.post_id)
    if found is None:
        return None
    return Copy(
        found,
        version,
        snapshots.headers(conn, snapshot_id),
        snapshots.article(conn, snapshot_id),
        snapshots.newest(conn, version.post_id),
        bodies.is_kept(conn, version.body_hash),
    )


async def snapshot(request: Request) -> Response:
    """Our strip, and the copy in a frame that may do nothing. The text stands in the page itself too, for
    paper, where a frame is cut; for who keeps pages as files, `frame=no`, there alone and whole."""
    p = pages(request)
    copy = await _copy(request)
    view = request.query_params.get("view", "text")
    if view not in VIEWS:
        raise HTTPException(400)
    version = copy.version
    framed = request.query_params.get("frame") != "no"
    found = copy.article.blocks if copy.article and view == "text" else ()
    blocks, left = beginning(found, _BESIDE) if framed else (found, 0)
    source = {
        "text": f"/snapshots/{version.id}/raw?as=text",
        "fetched": f"/snapshots/{version.id}/raw",
        "source": f"/snapshots/{version.id}/raw?as=source",
    }[view]
    return page(
        request,
        "snapshot.html",
        copy=copy,
        version=version,
        state=copy.post.state,
        title=one_line(version.title or copy.post.state.title or version.url, 400),
        view=view,
        views=VIEWS,
        source=source,
        framed=framed,
        blocks=blocks,
        left=left,
        drawn=view != "fetched" or served_as(version.content_type)[0] != "application/octet-stream",
        kind=one_line(version.content_type, 100),
        lang=language(copy.article),
        outside=outside,
        now=p.clock(),
    )


async def raw(request: Request) -> Response:
    """The bytes as fetched, under their status where it is an error's; `?as=text` the article alone, as far
    as a page holds it, or `all=1` of it; `?as=source` the bytes as text, `?as=file` to be saved as they are.

    `?look=latest` takes the bytes of the latest full look instead of the first.
    """
    how = request.query_params.get("as", "")
    if how == "text":
        return _article(await _copy(request), whole=request.query_params.get("all") == "1")
    latest = request.query_params.get("look") == "latest"
    snapshot_id = number(request.path_params["id"])

    def gather(conn: Connection) -> tuple[SnapshotRow, bytes, str] | None:
        version = snapshots.snapshot(conn, snapshot_id)
        if version is None:
            return None
        if latest:
            data = bodies.body(conn, version.latest_body_hash)
            return version, data, snapshots.latest_type(conn, snapshot_id)
        return version, bodies.body(conn, version.body_hash), version.content_type

    found = await pages(request).read(gather)
    if found is None:
        raise HTTPException(404)
    version, data, kind = found
    # The status is the first look's; of the latest it is not known.
    status = None if latest else version.status
    return await sandboxed(request, data, kind, how, f"copy-{version.id}", status)


async def headers(request: Request) -> Response:
    """The headers that a version's first look was answered with, as they were sent."""
    copy = await _copy(request)
    return as_headers(copy.version.status, copy.headers)


async def sandboxed(
    request: Request,
    data: bytes,
    content_type: str,
    how: str,
    name: str,
    status: int | None = None,
) -> Response:
    """Somebody else's bytes under the sandbox: `how` "" as they are, under their `status` where it is an
    error's; "source" as text, "file" to be saved; what is neither page nor text is saved in any case. 400
    for another `how`.

    A browser that would draw a page (its Accept names text/html) gets it defused, in UTF-8; programs get the
    very bytes.
    """
    kind, charset = served_as(content_type)
    headers = {**_COPY_HEADERS, "vary": "accept"}
    if not how and kind == "text/html" and "text/html" in request.headers.get("accept", ""):
        if len(data) > LONG:
            data = await pages(request).work(partial(as_drawn, data, content_type), long=True)
        else:  # at once: a turn of its own would have it wait behind every page that is read
            data = as_drawn(data, content_type)
        charset = "utf-8"
    if how == "source":
        kind = "text/plain"
    elif how == "file":
        kind, charset = "application/octet-stream", ""
    elif how:
        raise HTTPException(400)
    if kind == "application/octet-stream":
        headers["content-disposition"] = f'attachment; filename="{name}.bin"'
    # Set by hand: starlette would add a charset of its own where the page named none.
    headers["content-type"] = f"{kind}; charset={charset}" if charset else kind
    return Response(data, 200 if how else kept_status(status), headers=headers)


def kept_status(status: int | None) -> int:
    """The status that bytes are answered with which came with this one: the same for an error of theirs,
    so that no program takes an error page for the article; else 200."""
    error = status is not None and 400 <= status <= 599 and status not in _NOT_THEIRS
    return status if error and status is not None else 200


def as_headers(status: int | None, headers: Headers) -> Response:
    """A status and headers as plain text, a line each, hostile bytes made harmless."""
    lines = [f"status: {status}" if status is not None else "no status"]
    lines += [f"{one_line(k, 200)}: {one_line(v, 8000)}" for k, v in headers]
    text = "\n".join(lines) + "\n"
    return Response(
        text.encode("utf-8", "replace"),
        headers=_COPY_HEADERS | {"content-type": "text/plain; charset=utf-8"},
    )


async def text(request: Request) -> Response:
    """The article as plain text: headline, byline, date, then its blocks."""
    copy = await _copy(request)
    article = copy.article
    if article is None:
        raise HTTPException(404)
    head = [article.title, article.byline, article.published_at]
    body = "\n\n".join(block.text for block in article.blocks)
    words = "\n".join(h for h in head if h) + "\n\n" + body + "\n"
    return Response(
        allowed(words).encode(),
        headers=_COPY_HEADERS | {"content-type": "text/plain; charset=utf-8"},
    )


async def robots(request: Request) -> Response:
    """The robots.txt that an event names, as plain text: the one before, or the one that forbids."""
    p = pages(request)
    event_id, which = number(request.path_params["id"]), request.path_params["which"]

    def gather(conn: Connection) -> bytes | None:
        event = events.event(conn, event_id)
        digest = robots_named(event).get(which) if event is not None else None
        return bodies.body(conn, digest) if digest else None

    data = await p.read(gather)
    if data is None:
        raise HTTPException(404)
    return Response(
        data.decode("utf-8", "replace").encode(),
        headers=_COPY_HEADERS | {"content-type": "text/plain; charset=utf-8"},
    )


async def _copy(request: Request) -> Copy:
    p = pages(request)
    snapshot_id = number(request.path_params["id"])
    found = await p.read(lambda conn: gather(conn, snapshot_id))
    if found is None:
        raise HTTPException(404)
    return found


def _article(copy: Copy, *, whole: bool) -> Response:
    found = copy.article.blocks if copy.article else ()
    blocks, left = (found, 0) if whole else beginning(found)
    html = (
        environment("pages")
        .get_template("copy.html")
        .render(
            article=copy.article,
            blocks=blocks,
            left=left,
            version=copy.version,
            title=copy.version.title or copy.version.url,
            lang=language(copy.article),
        )
    )
    return Response(
        html.encode(),
        headers=_COPY_HEADERS | {"content-type": "text/html; charset=utf-8"},
    )


def served_as(content_type: str) -> tuple[str, str]:
    """The type and charset that a stored Content-Type is served under; charset "" for none.

    HTML stays HTML (and XHTML becomes it), other text is plain text, all else a file. The charset is a
    bare label or nothing.
    """
    kind = content_type.partition(";")[0].strip().lower()
    m = re.search(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", content_type, re.IGNORECASE)
    charset = m[1] if m else ""
    if kind in _PAGES or not kind:
        return "text/html", charset
    if kind.startswith("text/") or kind.endswith(("+xml", "/xml", "/json", "+json")):
        return "text/plain", charset
    return "application/octet-stream", ""
