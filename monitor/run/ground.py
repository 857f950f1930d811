"""What the decision of every look of one pass over a site stands on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct, field

from ..config import SiteConfig
from ..decide.batches import Gone
from ..decide.lifecycle import Rules
from ..model import SiteView
from .context import Context
from .gathered import Gathered


class Ground(Struct):
    """What the decision of every look of one pass stands on."""

    ctx: Context
    site: SiteConfig
    got: Gathered
    view: SiteView
    gone: Mapping[int, Gone] = field(default_factory=dict)  #: missing now and not told, by post
    back: str = ""  #: the batch of posts that were removed and are found again in this pass
    _steady: frozenset[str] | None = None

    @property
    def rules(self) -> Rules:
        r = self.ctx.config.removal
        return Rules(r.confirmations, r.confirm_every, r.min_missing)

    @property
    def steady(self) -> frozenset[str]:
        """`Gathered.steady`, once for all edits: it looks at all posts."""
        if self._steady is None:
            self._steady = self.got.steady
        return self._steady

    @property
    def every(self) -> timedelta:
        own = self.site.every or self.ctx.config.schedule.every
        return own.wait(self.got.now, self.ctx.config.schedule.timezone)
