"""One story of each kind and reason, with a fact of each sort in it: what mail and terminal are tried on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import REMOVAL_REASONS, Event, Kind, LookRecord, Reason, Role
from monitor.read.article import Article, Block, BlockKind
from monitor.read.compare import BlockChange, Diff, FieldChange, LinkChange, Op, Run, RunOp
from monitor.show.story import Story
from monitor.values import replace

SEEN = datetime(2026, 3, 4, 21, 55, tzinfo=UTC)
MISSING = datetime(2026, 3, 5, 6, 28, 11, tzinfo=UTC)
SURE = datetime(2026, 3, 5, 6, 48, tzinfo=UTC)
URL = "https://gadget.example/news/our-charter"
TITLE = "A charter for what we build & sell"
HASH = "0f1e2d3c4b5a69788796a5b4c3d2e1f000112233445566778899aabbccddeeff"


def paragraph(
    op: Op, at: int, *runs: tuple[RunOp, str], links: tuple[LinkChange, ...] = ()
) -> BlockChange:
    return BlockChange(op, BlockKind.PARAGRAPH, at, at, tuple(Run(o, t) for o, t in runs), links)


SAME, ADDED, REMOVED = RunOp.SAME, RunOp.ADDED, RunOp.REMOVED
DIFF = Diff(
    blocks=(
        paragraph(Op.KEEP, 0, (SAME, "We wrote this charter in a long winter.")),
        paragraph(
            Op.CHANGE,
            1,
            (SAME, "Each quarter we print "),
            (REMOVED, "every"),
            (ADDED, "selected"),
            (SAME, " test of the brakes."),
        ),
        paragraph(Op.DROP, 2, (REMOVED, "No wheel leaves us that an outsider has not turned.")),
        paragraph(Op.KEEP, 3, (SAME, "The board reads it too.")),
        paragraph(Op.ADD, 4, (ADDED, "Some tests may stay with us.")),
        paragraph(
            Op.KEEP,
            5,
            (SAME, "Read the report."),
            links=(LinkChange("report", "https://gadget.example/a", "https://gadget.example/b"),),
        ),
    ),
    fields=(
        FieldChange("author", "Ada Quill", "The Team"),
        FieldChange("modified_at", "2026-02-01T10:00:00Z", "2026-01-01T10:00:00Z"),
    ),
    changed=("text", "author", "links"),
    words_added=12,
    words_removed=43,
    words_before=1213,
    words_after=1182,
    similarity=0.957,
)
COPY = Article(
    title=TITLE,
    blocks=(
        Block(BlockKind.PARAGRAPH, "These are the first words of the copy.", ""),
        Block(BlockKind.PARAGRAPH, "And these the second.", ""),
    ),
)
LOOKS = (
    LookRecord(MISSING, URL, Role.POST, 404, "not_found"),
    LookRecord(SURE, URL, Role.POST, 404, "not_found"),
    LookRecord(SURE, "https://gadget.example/", Role.HOME, 200, "up"),
    LookRecord(SURE, "https://gadget.example/news/q8zr", Role.MADE_UP, None, "timeout"),
)
EVIDENCE = ("404 in 2 looks over 20 min", "a made-up address beside it answered 404")


def event(kind: Kind, reason: Reason | None = None) -> Event:
    """An event of that kind with every field its kind may have."""
    name = kind.value
    common = Event(
        kind=kind,
        reason=reason,
        detected_at=SURE,
        site="gadget",
        post=41,
        url=URL,
        title=TITLE,
        published_at="2018-01-24",
        last_seen_at=SEEN,
        first_missing_at=MISSING,
        evidence=EVIDENCE,
        looks=LOOKS,
        vantage="Lisbon",
        id=7,
        uid=f"uid-{name}-{reason}",
        hash=HASH,
        snapshot_before=12,
    )
    if name.startswith("watch_"):
        return replace(common, site=None, post=None, url=None, title="", published_at=None)
    if name.startswith(("site_", "source_")):
        return replace(
            common, post=None, url="https://gadget.example/", title="", absent_for=(3600, 7200)
        )
    if kind in (Kind.EDITED, Kind.REINSTATED):
        common = replace(
            common,
            fields=("text", "author", "links"),
            words_added=12,
            words_removed=43,
            similarity=0.957,
            silent=True,
            snapshot_after=13,
            phrases_lost=("every test",),
        )
    if kind is Kind.REINSTATED:
        gone = timedelta(days=2, hours=14)
        return replace(
            common,
            last_missing_at=SURE - timedelta(hours=1),
            absent_for=(int(gone.total_seconds()), int(gone.total_seconds()) + 3 * 3600),
            removed_event=5,
        )
    if kind is Kind.MOVED:
        return replace(common, moved_to="https://gadget.example/stories/our-charter")
    if kind is Kind.RETRACTED:
        return replace(
            common,
            retracts=5,
            why="The server was being moved.",
            by="Rosa",
            evidence=(*EVIDENCE, "the post counts as live again"),
        )
    return common


def story(kind: Kind, reason: Reason | None = None) -> Story:
    """The story of `event`, with all that may go with it."""
    told = event(kind, reason)
    ended = replace(event(Kind.REMOVED, Reason.GONE), id=5)
    return Story(
        told,
        diff=DIFF if kind in (Kind.EDITED, Kind.REINSTATED) else None,
        removal=ended if kind in (Kind.REINSTATED, Kind.RETRACTED) else None,
        language="en",
        last_copy=COPY,
        head=(9, HASH),
        post_count=412 if told.post is None else 0,
        versions=(3, 4),
    )


_SITE = (Reason.DOWN, Reason.BLOCKED, Reason.DISALLOWED)
_US = (Reason.NETWORK, Reason.OVERDUE, Reason.DISK, Reason.STOPPED)
EVERY: list[tuple[Kind, Reason | None]] = []
for _kind in Kind:
    if _kind is Kind.REMOVED:
        EVERY += [(_kind, r) for r in Reason if r in REMOVAL_REASONS]
    elif _kind.value.startswith("site_"):
        EVERY += [(_kind, r) for r in _SITE]
    elif _kind.value.startswith("watch_"):
        EVERY += [(_kind, r) for r in _US]
    else:
        EVERY.append((_kind, None))
