"""How we know: the sentences that stand in an event's `evidence`, made from looks and controls."""

from __future__ import annotations

from datetime import UTC, datetime

from ..model import LookRecord, PostState, Role, SiteView
from ..read.verdict import Verdict
from ..units import shown_duration
from .edits import Edit

_ROLES = {
    Role.HOME: "home page",
    Role.SIBLING: "sibling post",
    Role.MADE_UP: "a made-up sibling URL",
    Role.SOURCE: "feed, sitemap or listing",
    Role.ROBOTS: "robots.txt",
}


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _answered(record: LookRecord) -> str:
    return str(record.status) if record.status is not None else f"nothing ({record.rule})"


def control_evidence(site: SiteView) -> tuple[str, ...]:
    """One sentence for each control page that was looked at in the same pass."""
    return tuple(
        f"{_ROLES.get(r.role, r.role.value)} answered {_answered(r)}" for r in site.control
    )


def missing_evidence(state: PostState, verdict: Verdict, site: SiteView) -> tuple[str, ...]:
    """What stands behind `removed`: each look summed up, the rule that decided, the controls."""
    first, last = state.looks[0], state.looks[-1]
    span = shown_duration(last.at - first.at)
    looks = f"{state.misses} look{'' if state.misses == 1 else 's'} over {span}"
    lines = [
        f"{_answered(last)} at {_clock(last.at)} ({looks})",
        f"{verdict.why} (rule {verdict.rule})",
    ]
    if len({r.rule for r in state.looks}) > 1:
        lines.append("the looks differed: " + ", ".join(dict.fromkeys(r.rule for r in state.looks)))
    return (*lines, *control_evidence(site))


def moved_evidence(
    state: PostState, verdict: Verdict, site: SiteView, target: str
) -> tuple[str, ...]:
    """What stands behind `moved`: how the old address answers, where the same article was read."""
    lines = [f"{verdict.why} (rule {verdict.rule})", f"the same article was read at {target}"]
    if state.looks:
        n = len(state.looks)
        lines.append(f"seen in {n} look{'' if n == 1 else 's'} since {_clock(state.looks[0].at)}")
    return (*lines, *control_evidence(site))


def return_evidence(state: PostState, edit: Edit | None, at: datetime) -> tuple[str, ...]:
    """What stands behind `reinstated`."""
    lines = [f"the article was read again at {_clock(at)}"]
    if state.last_missing_at is not None:
        lines.append(f"it was last found missing at {_clock(state.last_missing_at)}")
    if edit is None:
        lines.append("its text is the one read before the removal")
    else:
        lines += edit_evidence(edit)
    return tuple(lines)


def edit_evidence(edit: Edit) -> tuple[str, ...]:
    """What stands behind `edited`: which parts changed, and what the page says of it."""
    lines = [f"changed: {', '.join(edit.diff.changed)}"]
    lines.append(f"{edit.diff.words_removed} words removed, {edit.diff.words_added} added")
    lines += [f"{f.name} was “{f.before}”, is “{f.after}”" for f in edit.diff.fields]
    lines += [f"note: {text}" for text in edit.diff.notes_added]
    if edit.silent:
        lines.append("no update note, and no newer modified date")
    if edit.published_back:
        lines.append("the published date was moved back")
    return tuple(lines)
