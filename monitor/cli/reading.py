"""`sites`, `posts`, `events`: what the database knows, as text or JSON Lines."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError, nearest
from ..model import Kind, Status
from ..units import parse_duration, parse_rfc3339, shown_date, shown_time
from ..words import MARKS
from . import common
from .renaming import rename

if TYPE_CHECKING:
    from ..read.terms import Search
    from ..store.rows import PostRow, SiteRow


#: Of an event's id: what a database can count to.
MOST_DIGITS = 18


@click.group(
    invoke_without_command=True,
    epilog="Examples: postwatch sites --json · postwatch sites rename acme acme-news",
)
@common.config_option
@common.json_option
@click.pass_context
def sites(ctx: click.Context, config: str | None, as_json: bool) -> int:
    """Each watched site and its health; or give one another name."""
    if ctx.invoked_subcommand is not None:
        return 0
    from ..run.records import site_record
    from ..show.terminal import SiteLine, site_lines
    from ..store import posts as post_store
    from ..store import sites as site_store

    settings = common.load_config(config)
    store = common.open_store(settings, write=False)
    look = common.terminal()
    with store.read() as conn:
        rows = site_store.sites(conn)
        counts = {r.id: post_store.counts(conn, r.id, common.now()) for r in rows}
    paused = {s.name for s in settings.sites if s.paused}
    if as_json:
        for row in rows:
            record = site_record(row, counts[row.id], paused=row.name in paused)
            common.out_json(record.as_dict())
    elif not rows:
        common.out(
            "No sites yet. Add one: postwatch add https://example.com/blog/, then: postwatch check"
        )
    else:
        lines = [
            SiteLine(
                r.name,
                counts[r.id]["posts"],
                r.view,
                note=("paused, " if r.name in paused else "") + _site_note(r, counts[r.id]),
            )
            for r in rows
        ]
        common.out(site_lines(lines, colour=look.colour, unicode=look.unicode, width=look.width))
    store.close()
    return 0


sites.add_command(rename)


def _site_note(row: SiteRow, counts: dict[str, int]) -> str:
    notes = []
    if not row.watched:
        notes.append("no longer watched, its history is kept")
    if row.baseline_at is None:
        notes.append("not checked yet" if row.last_check_at is None else "baseline not complete")
    elif row.watched:
        notes.append(f"{counts['seen_within_day']} seen within a day")
    notes += [f"{counts[k]} {k}" for k in ("removed", "suspected") if counts[k]]
    if row.last_check_at is not None:
        notes.append(f"last look {shown_time(row.last_check_at)}")
    return ", ".join(notes)


@click.command(epilog="Example: postwatch posts --site acme --state removed")
@common.config_option
@click.option("--site", "names", multiple=True, metavar="NAME", help="Of this site (repeatable).")
@click.option(
    "--state", type=click.Choice([s.value for s in Status]), help="Only posts in this state."
)
@common.json_option
def posts(config: str | None, names: tuple[str, ...], state: str | None, as_json: bool) -> int:
    """Every post and its state."""
    from ..run.records import post_records
    from ..store import posts as post_store
    from ..store import sites as site_store

    settings = common.load_config(config)
    store = common.open_store(settings, write=False)
    with store.read() as conn:
        rows = site_store.sites(conn)
        common.site_names(settings, names, [r.name for r in rows])
        for row in rows:
            if names and row.name not in names:
                continue
            found = [
                p
                for p in post_store.posts(conn, row.id)
                if not state or p.state.status.value == state
            ]
            if as_json:
                for record in post_records(conn, found):
                    common.out_json(record.as_dict())
            else:
                for post in found:
                    common.out(_post_line(post))
    store.close()
    return 0


def _post_line(post: PostRow) -> str:
    from ..show.plain import one_line

    s = post.state
    state = s.status.value if s.listed else f"{s.status.value}, delisted"
    dated = shown_date(s.published_at) if s.published_at else "-"
    title = one_line(s.title or s.url, 200)
    return f"{s.post_id:<6} {state:<16} {dated:<12} {one_line(s.site, 64):<12} {title}  {one_line(s.url, 500)}"


@click.command(
    epilog="Examples: postwatch events --since 7d · postwatch events --kind removed --json · "
    "postwatch events --search '\"safety board\" -draft' · postwatch events --since 41 --follow"
)
@common.config_option
@click.option("--since", metavar="WHEN", help='An event\'s id (exclusive), "7d", or a time.')
@click.option("--site", "names", multiple=True, metavar="NAME", help="Of this site (repeatable).")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Of this kind (repeatable).")
@click.option(
    "--search",
    "typed",
    metavar="WORDS",
    help='That speak of these words: all of them; "a phrase", -without, begin*.',
)
@click.option("--follow", is_flag=True, help="Stay, and print each event as it comes.")
@common.json_option
def events(
    config: str | None,
    since: str | None,
    names: tuple[str, ...],
    kinds: tuple[str, ...],
    typed: str | None,
    follow: bool,
    as_json: bool,
) -> int:
    """What happened: text newest first, JSON and --follow oldest first.

    --search looks in headlines and addresses, in what each version added or dropped, and in the posts'
    latest text.
    """
    from ..store import events as event_store
    from ..store import sites as site_store
    from ..store.marks import verdicts
    from ..store.search import Wanted, wanted_events
    from ..store.search_fill import left
    from ..store.withdrawn import withdrawals
    from .follow import following, listener, until_stopped

    settings = common.load_config(config)
    after, at = _since(since)
    wanted = Wanted(
        search=_search(typed),
        sites=names,
        kinds=tuple(_kind(k) for k in kinds),
        after=after,
        since=at,
    )
    store = common.open_store(settings, write=False)
    oldest_first = as_json or follow
    with store.read() as conn:
        rows = site_store.sites(conn)
        common.site_names(settings, names, [r.name for r in rows])
        looked = any(r.last_check_at is not None for r in rows)
        taken_back = withdrawals(conn)
        newest = event_store.head(conn)[0]
        marked = {i: MARKS[m.kind] for i, m in verdicts(conn).items()}
        found = wanted_events(conn, wanted)[:: -1 if oldest_first else 1]
        lacking = bool(typed) and bool(left(conn))
    if lacking:
        common.progress(
            "not all that is stored can be searched yet: older events may be missing here."
            " All at once: postwatch db reindex"
        )
    with until_stopped() if follow else nullcontext():
        for event in found:
            _print_event(event, as_json, taken_back.get(event.id), marked.get(event.id, ""))
        if not found and not oldest_first:
            _say_none(since, looked=looked, searched=bool(typed))
        if follow:
            last = max(newest, after or 0)
            wait, say = listener(), common.progress
            for event in following(store, last, wanted, wait=wait, say=say):
                _print_event(event, as_json)
    store.close()
    return 0


def _print_event(
    event: Any, as_json: bool, withdrawn_by: int | None = None, marked: str = ""
) -> None:
    from ..show.terminal import event_row

    if as_json:
        common.out_json(event.as_record())
    else:
        plain = common.terminal().unicode
        common.out(event_row(event, unicode=plain, withdrawn_by=withdrawn_by, marked=marked))


def _say_none(since: str | None, *, looked: bool, searched: bool) -> None:
    if searched:
        common.out("No event like that.")
    elif since:
        common.out(f"No events since {since}.")
    elif looked:
        common.out("No change since the watch began.")
    else:
        common.out("No events yet. Look once: postwatch check")


def _search(typed: str | None) -> Search:
    from ..read.terms import search

    asked = search(typed or "")
    if asked.hopeless:
        raise UsageError(f'--search "{typed}": there is no word in it')
    return asked


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        known = [k.value for k in Kind]
        near = nearest(name, known)
        hint = f'Did you mean "{near}"?' if near else f"Known are {', '.join(known)}."
        raise UsageError(f'no kind of event "{name}". {hint}') from None


def _since(text: str | None) -> tuple[int | None, datetime | None]:
    """(an id, or None), (a time, or None) of what `--since` says."""
    if text is None:
        return None, None
    if text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text), None
    try:
        return None, common.now() - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        return None, parse_rfc3339(text)
    except ValueError:
        raise UsageError(
            f'--since "{text}": expected an event\'s id, a span such as "7d", or a time such as '
            "2026-11-24T08:00:00Z"
        ) from None
