"""Is all that should be watched seen? Passes, sites, sources, posts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from ...config import Config
from ...model import Reason
from ...show.checkup import Finding, Level
from ...store import Store, health, jobs, sites, sources
from ...store.rows import SiteRow
from ...units import shown_duration_long, shown_number, shown_time
from ...words import ADVICE, REASONS
from ..pulse import pulse

_SITES, _POSTS = "sites and sources", "posts"
#: The oldest posts are looked at once a day; two missed looks are no chance.
LONG = timedelta(days=2)


def findings(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """What the looks that were made tell, site by site."""
    found = []
    rows = {row.name: row for row in sites.sites(conn)}
    beat, workers = pulse(conn, config, now, None), jobs.at_work(conn)
    begin = "postwatch run   (or: systemctl start postwatch)"
    if workers is not None:
        begin = "postwatch worker   (on each machine of the cluster)"
        many = {0: "no worker is at work", 1: "1 worker is at work"}
        what = many.get(workers, f"{workers} workers are at work")
        found.append(
            Finding(_SITES, Level.OK if workers else Level.MEND, what, "" if workers else begin)
        )
    if beat.stopped:
        what = beat.stopped[0].upper() + beat.stopped[1:]
        found.append(Finding(_SITES, Level.MEND, what, begin))
    for site in config.sites:
        row = rows.get(site.name)
        if site.paused:
            what = f"{site.name}: paused by the config, nobody looks"
            found.append(Finding(_SITES, Level.NOTE, what))
        elif row is None or row.last_check_at is None:
            what = f"{site.name}: never looked at"
            found.append(Finding(_SITES, Level.MEND, what, f"postwatch check --site {site.name}"))
        else:
            found += [*_site(conn, row), *_posts(conn, row, now)]
    return found


def _site(conn: Connection, row: SiteRow) -> list[Finding]:
    found = []
    view = row.view
    if not view.up:
        word = REASONS[view.reason].short if view.reason else "not to be seen"
        seen = (
            f"not seen since {shown_time(view.last_up_at)}" if view.last_up_at else "never seen yet"
        )
        next_at = row.next_check_at
        again = f", looked at again {shown_time(next_at)}" if next_at is not None else ""
        why = f" ({view.why})" if view.why else ""
        what = f"{row.name}: {word}, {seen}{why}; posts keep their state{again}"
        advice = ADVICE.get(view.reason, "") if view.reason else ""
        ours = view.reason is Reason.BLOCKED or not view.last_up_at
        found.append(Finding(_SITES, Level.MEND if ours else Level.NOTE, what, advice.rstrip(".")))
    known = sources.sources(conn, row.id)
    name_it = f"name what works in [[site]] {row.name} as feeds, sitemaps or listings"
    for source in known:
        form = source.form.value
        if source.broken_since is not None and view.up:
            since = shown_time(source.broken_since)
            why = f": {source.broken_why}" if source.broken_why else ""
            what = f"{row.name}: the {form} {source.url} is broken since {since}{why}"
            found.append(Finding(_SITES, Level.MEND, what, f"{name_it}, or wait till it is mended"))
        elif source.last_ok_at is None and view.up:
            what = f"{row.name}: the {form} {source.url} has given nothing yet"
            found.append(Finding(_SITES, Level.MEND, what, name_it))
        elif source.entries == 0 and view.up:
            what = f"{row.name}: the {form} {source.url} listed no post at the last look"
            found.append(Finding(_SITES, Level.MEND, what, name_it))
    if view.up and not known and not health.ages(conn, row.id):
        what = f"{row.name}: no feed, sitemap or listing was found, and no post is named"
        found.append(Finding(_SITES, Level.MEND, what, name_it))
    if not found:
        many = (
            "1 feed, sitemap or listing"
            if len(known) == 1
            else f"{len(known)} feeds, sitemaps or listings"
        )
        found.append(Finding(_SITES, Level.OK, f"{row.name}: seen, {many}"))
    return found


def _posts(conn: Connection, row: SiteRow, now: datetime) -> list[Finding]:
    found = []
    look = f"postwatch check --all --site {row.name}"
    many, oldest = health.unseen(conn, row.id, now - LONG)
    if many and oldest is not None:
        ago = shown_duration_long(now - oldest)
        what = f"{row.name}: {_posts_(many)} not seen for over 2 days, one for {ago}"
        # While the site is not seen, none of its posts can be; that is said above.
        level = Level.MEND if row.view.up else Level.NOTE
        found.append(Finding(_POSTS, level, what, look if row.view.up else ""))
    unread = health.never_read(conn, row.id)
    if unread:
        what = f"{row.name}: of {_posts_(unread)} no article was ever read"
        found.append(Finding(_POSTS, Level.NOTE, what, "postwatch posts --site " + row.name))
    if found or not health.ages(conn, row.id):
        return found
    return [Finding(_POSTS, Level.OK, f"{row.name}: every post was seen within 2 days")]


def _posts_(n: int) -> str:
    return "1 post" if n == 1 else f"{shown_number(n)} posts"
