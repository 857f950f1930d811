"""One pass over one site, the deciding half: what each look comes to, written in one transaction.

State, observation, version, event and alert rows of a look commit together. Looks that can come to
nothing are written while the pass still runs (seen_again.py); `site_check.py` judges the site and writes the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ..decide.aside import Aside, aside_of
from ..decide.batches import BATCH, Gone, group, was_blind
from ..decide.due import backed_off, jittered, post_interval, retry_after
from ..decide.edits import Edit, judge_edit
from ..decide.lifecycle import Decision, Look, step
from ..decide.retraction import is_muted
from ..decide.stamps import dated
from ..model import Event, Kind, Role, Seen, Status
from ..read.alike import fingerprint
from ..read.article.notes import languages as note_languages
from ..read.urls import canonical_key
from ..read.verdict import Verdict
from ..store import asides, observations, posts, snapshots
from ..store.rows import Observation, PostRow
from ..values import replace
from .alerts import append_event
from .gathered import Looked, change, differs, settled
from .ground import Ground
from .look import Seeing
from .packing import Unpacking

if TYPE_CHECKING:
    from ..read.changed import Changed


def apply_look(conn: Connection, ground: Ground, x: Looked) -> list[Event]:
    """Writes one look: observation, version, state, and the event it comes to with its alerts."""
    unpacked = Unpacking()
    _observe(conn, ground, x, unpacked)
    snapshot, edit = _version(conn, ground, x, unpacked)
    decision = decided(ground, x, snapshot, edit)
    events = [
        append_event(conn, ground.ctx, e, ground.site, changed=_texts(x, e, snapshot, edit))
        for e in decision.events
    ]
    state = decision.state
    for event in events:
        if event.kind is Kind.REMOVED:
            state = replace(state, removed_event=event.id)
        if event.fields and edit is not None:
            asides.keep_aside(conn, event.id, edit.aside)
    saved = next_row(ground, x, replace(decision, state=state))
    posts.save_post(conn, saved)
    ground.got.known.posts[state.post_id] = saved
    return events


def _texts(x: Looked, event: Event, snapshot: int | None, edit: Edit | None) -> Changed | None:
    """What an edit added or dropped, where nothing was set aside when it was judged; None where that must
    be asked of its versions."""
    before, after = x.known, x.final.article
    if edit is None or edit.aside != Aside() or before is None or after is None:
        return None
    if (event.snapshot_before, event.snapshot_after) != (x.row.state.snapshot, snapshot):
        return None
    from ..read.changed import texts_of  # here: most passes tell nothing
    from ..read.compare import restated

    return texts_of(restated(edit.diff, before, after, steady=frozenset(event.fields)))


def decided(ground: Ground, x: Looked, snapshot: int | None, edit: Edit | None) -> Decision:
    """What a look comes to; `snapshot` is the version it read, `edit` the change against the last good one."""
    seeing, row = x.final, x.row
    article, gone = seeing.article, ground.gone.get(row.state.post_id)
    look = Look(
        at=seeing.answer.at,
        verdict=seeing.verdict,
        record=seeing.record(Role.POST),
        site=ground.view,
        snapshot=snapshot,
        title=article.title if article is not None and not seeing.verdict.cut else "",
        published_at=article.published_at if article is not None and not seeing.verdict.cut else "",
        edit=edit,
        confirmed=x.confirmed,
        since_removal=edit if row.state.status is Status.REMOVED else None,
        twin=x.twin,
        companions=BATCH if row.state.batch else len(ground.gone),
        batch=gone.batch if gone is not None else ground.back,
        alone=gone is not None and gone.alone,
        vantage=ground.ctx.config.fetch.vantage,
        noticed_at=x.seeing.answer.at,
        before=() if seeing is x.seeing else (x.seeing.record(Role.POST),),
        seen_at=seeing.seen_at,
    )
    return step(row.state, look, ground.rules)


def _observe(conn: Connection, ground: Ground, x: Looked, unpacked: Unpacking) -> None:
    for seeing in (x.seeing, x.second):
        if seeing is not None:
            observations.observe(conn, observed(ground, x, seeing, unpacked))


def observed(ground: Ground, x: Looked, seeing: Seeing, unpacked: Unpacking) -> Observation:
    """One of the looks at a post, as the database keeps it."""
    verdict = seeing.verdict
    keeps = _keeps(x, verdict) and not ground.got.known.is_barred(seeing.answer.final_url)
    return Observation(
        site_id=x.row.site_id,
        post_id=x.row.state.post_id,
        role=Role.POST,
        answer=unpacked(seeing.answer) if keeps else seeing.answer,
        seen=verdict.seen,
        rule=verdict.rule,
        why=verdict.why,
        reason=verdict.reason,
        keep_body=keeps,
        due=x.row.next_at if seeing is x.seeing else None,
        uncounted=_uncounted(ground, x),
    )


def _keeps(x: Looked, verdict: Verdict) -> bool:
    """Whether a look's own bytes stay: those that say that a post is gone, and those that saw it back or changed.
    A version keeps only its first and its latest, which may be older or younger than the event."""
    if verdict.seen not in (Seen.PRESENT, Seen.SAME) or verdict.cut:
        return True
    return x.changed or x.row.state.status is Status.REMOVED


def _uncounted(ground: Ground, x: Looked) -> str:
    """Why a miss does not count; "" where it does, or where nothing is missing."""
    if x.seeing.verdict.seen not in (Seen.MISSING, Seen.ELSEWHERE):
        return ""
    if not ground.view.up:
        return ground.view.reason.value if ground.view.reason else "down"
    return "withdrawn" if is_muted(x.row.state, x.seeing.verdict) else ""


def _version(
    conn: Connection, ground: Ground, x: Looked, unpacked: Unpacking
) -> tuple[int | None, Edit | None]:
    """Keeps what was read as a version. The version's id, and the change against the last good one."""
    seeing, state = x.final, x.row.state
    seen = seeing.verdict.seen
    if seen is Seen.SAME:
        if state.snapshot is not None:
            snapshots.touch_version(conn, state.snapshot, seeing.answer.at)
        return state.snapshot, None
    if seen is not Seen.PRESENT or seeing.article is None or seeing.verdict.cut:
        return None, None
    article = seeing.article
    if x.first_look or x.known is None:
        version = snapshots.keep_version(conn, state.post_id, article, unpacked(seeing.answer))
        return version.id, None
    if not x.changed or not differs(x, ground.got.facts, ground.steady):
        assert state.snapshot is not None
        snapshots.touch_version(
            conn, state.snapshot, seeing.answer.at, answer=unpacked(seeing.answer)
        )
        if dated(x.known, article).moved:
            snapshots.redate(conn, state.snapshot, article)
        return state.snapshot, None
    if not x.confirmed and state.status is not Status.REMOVED:
        return None, None
    if x.seeing.known is not None and state.snapshot is not None:
        # The event names what it compares; what was told of the older reading stays as it was told.
        before_id = snapshots.keep_reading(conn, state.snapshot, x.seeing.known)
        x.row = replace(x.row, state=replace(state, snapshot=before_id))
    version = snapshots.keep_version(conn, state.post_id, article, unpacked(x.seeing.answer))
    if seeing is not x.seeing:
        # What both looks read alike was there at the first: its time and bytes, then the second's.
        snapshots.touch_version(conn, version.id, seeing.answer.at, answer=unpacked(seeing.answer))
    before, after = settled(x, x.known, article, ground.got.facts)
    edit = judge_edit(
        change(x, before, after, ground.steady),
        before,
        after,
        now=seeing.answer.at,
        phrases=ground.site.phrases,
        switches=state.switches,
        stamped=ground.got.stamped,
        can_tell=not article.language or article.language.split("-")[0] in note_languages(),
    )
    aside = Aside(aside_of(x.known, before), aside_of(article, after))
    return version.id, replace(edit, aside=aside)


def next_row(ground: Ground, x: Looked, decision: Decision) -> PostRow:
    """The post's row after the look: validators with the content they validate, and the next look."""
    row, seeing, now = x.row, x.final, ground.got.now
    state = decision.state
    seen = seeing.verdict.seen
    saved = replace(row, state=state, key=canonical_key(state.url))
    if (
        seen is Seen.PRESENT
        and state.snapshot is not None
        and state.status is not Status.REMOVED  # read, but a person said that it is not the post
        and x.confirmed
        and not seeing.verdict.cut
    ):
        # Validators are kept only with the content they validate.
        saved = replace(
            saved,
            etag=seeing.answer.header("etag"),
            last_modified=seeing.answer.header("last-modified"),
            body_hash=seeing.body_hash,
            stretch=seeing.stretch,
        )
        if seeing.article is not None and seeing.article.digest != row.article_digest:
            # That of a new version is worked out where a moved post is looked for (fingerprints.py).
            edited = row.state.snapshot not in (None, state.snapshot)
            saved = replace(
                saved,
                article_digest=seeing.article.digest,
                fingerprint=None if edited else fingerprint(seeing.article),
            )
    elif seen is not Seen.SAME:
        saved = replace(saved, etag="", last_modified="")
    elif seeing.answer.status == 200 and seeing.body_hash == row.body_hash:
        # The very bytes, which a server may have come to give a mark, or another one.
        saved = replace(
            saved,
            etag=seeing.answer.header("etag"),
            last_modified=seeing.answer.header("last-modified"),
        )
    elif seeing.stretch is not None:
        saved = replace(saved, stretch=seeing.stretch)
    if seen not in (Seen.PRESENT, Seen.SAME):
        saved = replace(saved, body_hash="", stretch=None)
    failures = row.failures + 1 if seen is Seen.UNCLEAR else 0
    wait = decision.look_again
    if wait is None:
        usual = post_interval(state, ground.every, ground.got.plan.slower, now)
        at_once = x.first_look or ground.got.bunched
        if at_once and state.status is Status.LIVE and usual > ground.every:
            # Or they would all be due again at the same time.
            usual = max(ground.every, usual * ground.ctx.rng.random())
        wait = backed_off(usual, failures)
    asked = retry_after(seeing.answer.header("retry-after"), now)
    if asked is not None and seen is Seen.UNCLEAR:
        wait = max(wait, asked)
    if x.changed and not x.confirmed:
        wait = min(wait, ground.every)
    at = now + jittered(wait, ground.ctx.rng.random())
    if decision.look_again is not None and wait == decision.look_again:
        at = seeing.answer.at + wait  # to the second: what is claimed hangs on it
    return replace(saved, failures=failures, next_at=at)


def gather_batches(ground: Ground, name: str, resumed: datetime | None) -> None:
    """Finds which posts are missing together, and which are found again together, in this pass.

    `resumed` is when we could last look again after we could not; None: we always could.
    """
    got = ground.got
    if not ground.view.up:
        return
    gone, back = [], 0
    for post_id, row in got.known.posts.items():
        x = got.looked.get(post_id)
        if x is not None and (x.first_look or is_muted(row.state, x.seeing.verdict)):
            continue
        seen = None if x is None else x.seeing.verdict.seen
        away = seen in (Seen.MISSING, Seen.ELSEWHERE)
        if row.state.status is Status.REMOVED:
            found = seen in (Seen.PRESENT, Seen.SAME, Seen.ELSEWHERE)
            back += found or (x is not None and bool(x.twin))
        elif row.state.status is Status.SUSPECTED:
            if row.watched and seen not in (Seen.PRESENT, Seen.SAME):
                gone.append(Gone(post_id, batch=row.state.batch, alone=row.state.alone))
        elif away:
            last = row.state.last_seen_at
            unseen = resumed is not None and last is not None and last < resumed
            gone.append(Gone(post_id, newly=True, alone=unseen))
    before = got.known.row
    blind = was_blind(before.last_check_at, ground.every, got.now, up=before.view.up)
    ground.gone = group(gone, name, blind=blind)
    ground.back = name if back >= BATCH else ""
