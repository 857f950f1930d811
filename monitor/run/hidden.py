"""Which posts of a site robots.txt forbids us, in which lines, and which text said what before."""

from __future__ import annotations

from ..config import SiteConfig
from ..decide.evidence import Hidden
from .context import Context
from .gathered import Gathered


def hidden_by(ctx: Context, site: SiteConfig, got: Gathered, watched: int) -> Hidden:
    """What robots.txt forbids us of the site, and which text said so before and says so now."""
    view, controls = got.known.row.view, got.controls
    urls = got.hidden or (site.url,)
    record = controls.robots_record
    return Hidden(
        paths=controls.robots.hiding((site.url, *urls), ctx.config.fetch.user_agent),
        urls=got.hidden,
        posts=watched,
        before=view.robots,
        now=controls.robots_hash,
        read_at=record.at if record is not None else None,
        seen_before=view.last_up_at is not None,
    )
