"""How are events, histories, diffs and sites written on a terminal? Returns text; prints nothing.

Titles come from hostile pages: no control character or escape sequence of theirs gets through
(`plain.one_line`). Colour is a third cue after glyph and word, and off unless asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from ..decide.retraction import is_unseen
from ..model import Event, Kind, PostState, SiteView, Status
from ..read.compare import BlockChange, Diff, Op, RunOp
from ..units import shown_date, shown_number, shown_time
from ..words import FIELD_NAMES, REASONS, of
from .brief import counted, detail
from .divided import divided
from .life import first_date
from .passages import changed, parted, passage
from .plain import cut, one_line
from .rows import withdrawn

#: SGR codes by tone; bright enough on black and on white.
_TONES = {"gone": "31", "changed": "34", "back": "32", "quiet": "2"}
_BOLD = "1"
_LABEL = 20  #: columns of glyph and label


def event_lines(
    event: Event, *, colour: bool = False, unicode: bool = True, width: int = 80
) -> str:
    """Up to three lines: what happened to what, how, and the command to read on with."""
    words = of(event)
    glyph = words.glyph if unicode else words.ascii
    label = f"{glyph} {words.label}"
    indent = " " * _LABEL
    site = one_line(event.site or "postwatch", 64)
    title = one_line(event.title or event.url or "", 300)
    first = f"{_paint(label, words.tone, colour)}{' ' * max(2, _LABEL - len(label))}{site}"
    if title:
        first += f"  {cut(title, max(20, width - _LABEL - 2 - len(site)))}"
    out = [first, *_wrapped(detail(event), indent, width)]
    if event.url and event.post is not None:
        command = "diff" if event.kind is Kind.EDITED else "history"
        out.append(f"{indent}postwatch {command} {shell_word(event.url)}")
    text = "\n".join(out)
    return text if unicode else in_ascii(text)


def event_row(
    event: Event, *, unicode: bool = True, withdrawn_by: int | None = None, marked: str = ""
) -> str:
    """One line of `events`: id, when we were sure, kind, reason, site, title; whether it stands, and
    what we said of it (`marked as seen`)."""
    reason = event.reason.value if event.reason else "-"
    if event.kind is Kind.EDITED and event.silent is not None:
        reason = "no_note" if event.silent else "noted"
    at = shown_time(event.detected_at).replace(" UTC", "Z")
    row = (
        f"{event.id:<5} {at}  {event.kind.value:<16} {reason:<10}"
        f" {one_line(event.site or '-', 64):<12} {one_line(event.title or event.url or '', 300)}"
    ).rstrip()
    row += f"   (withdrawn: event {withdrawn_by})" if withdrawn_by else ""
    row += f"   ({marked})" if marked else ""
    return row if unicode else in_ascii(row)


def history_text(
    state: PostState,
    events: Sequence[Event],
    *,
    versions: int = 0,
    numbers: Mapping[int, int] | None = None,
    said: Mapping[int, Sequence[str]] | None = None,
    dates: Sequence[str] = (),
    colour: bool = False,
    unicode: bool = True,
    width: int = 80,
) -> str:
    """A post's life, oldest first. `numbers`: version number of each snapshot id; `said`: by event, what
    we said of it; `dates` are those its page bore, oldest reading first."""
    where = {
        Status.LIVE: "up" if state.listed else "up, delisted",
        Status.SUSPECTED: "suspected missing",
        Status.REMOVED: "gone",
    }[state.status]
    if is_unseen(state):
        where = "withdrawn by us, not seen since"
    many = f"{versions} version{'' if versions == 1 else 's'}"
    title = one_line(state.title or state.url, 300)
    out = [
        f"{_style(title, _BOLD, colour)}   ({one_line(state.site, 64)}, post {state.post_id})"
        f"   {where}, {many}",
        one_line(state.url, 500),
    ]
    out += [f"  earlier at {one_line(alias, 500)}" for alias in state.aliases[:20]]
    if borne := first_date(state, dates):
        seen = f"; first seen {shown_time(state.first_seen_at)}" if state.first_seen_at else ""
        day = one_line(shown_date(borne), 40)
        now = f", {one_line(shown_date(state.published_at), 40)} now"
        out.append(f"{day:<22} dated by the page{now if borne != state.published_at else ''}{seen}")
    elif state.first_seen_at:
        out.append(f"{shown_time(state.first_seen_at):<22} first seen")
    taken_back = withdrawn(events)
    for event in events:
        words = of(event)
        label = f"{words.glyph if unicode else words.ascii} {words.label.lower()}"
        pad = " " * max(1, 18 - len(label))
        line = f"{shown_time(event.detected_at):<22} {_paint(label, words.tone, colour)}{pad}"
        by = taken_back.get(event.id)
        parts = [
            detail(event),
            _versions(event, numbers or {}),
            f"(withdrawn: event {by})" if by else "",
        ]
        out.append(line + "   ".join(p for p in parts if p))
        out += [f"{' ' * 22} {one_line(mark)}" for mark in (said or {}).get(event.id, ())]
    text = "\n".join(out)
    return text if unicode else in_ascii(text)


def _versions(event: Event, numbers: Mapping[int, int]) -> str:
    before = numbers.get(event.snapshot_before or 0)
    after = numbers.get(event.snapshot_after or 0)
    return f"version {before} → {after}" if before and after and before != after else ""


def diff_text(
    diff: Diff,
    *,
    colour: bool = False,
    unicode: bool = True,
    width: int = 80,
    heading: Sequence[str] = (),
) -> str:
    """The whole diff: fields, then paragraphs, unchanged ones folded where two or more stand together.

    Words are marked as git marks them ([-…-]{+…+}); with colour, by colour and strike or underline.
    """
    out = [one_line(line, 500) for line in heading]
    out += [
        f"{FIELD_NAMES.get(f.name, f.name):<13} "
        f"{_removed(one_line(f.before, 500) or 'none', colour)} "
        f"{_added(one_line(f.after, 500) or 'none', colour)}"
        for f in diff.fields
    ]
    out += [f"note          {_added(one_line(note, 1000), colour)}" for note in diff.notes_added]
    quiet: list[BlockChange] = []
    called = divided(diff.blocks)
    for block in diff.blocks:
        if block.op is Op.KEEP and not block.links and not block.label:
            quiet.append(block)
            continue
        if block.op is Op.MOVE and not block.at_new_place:
            continue
        out += _quiet(quiet)
        quiet = []
        label = called.get(block.after_at, "") if block.after_at is not None else ""
        out += _block(block, colour, width, label)
    out += _quiet(quiet)
    if not diff.fields and not any(changed(b) for b in diff.blocks):
        out.append("The same, word for word.")
    text = "\n".join(out)
    return text if unicode else in_ascii(text)


def _quiet(blocks: Sequence[BlockChange]) -> list[str]:
    """Unchanged paragraphs; a fold never hides a single one."""
    if len(blocks) > 1:
        return [f"   … {len(blocks)} unchanged paragraphs"]
    return [f"   {one_line(''.join(r.text for r in b.runs))}" for b in blocks]


def _block(block: BlockChange, colour: bool, width: int, called: str) -> list[str]:
    shown = passage(block, room=1_000_000)
    words = one_line("".join(r.text for r in block.runs))
    if shown.label == "cut":
        return [_style(f" − {words}", "31", colour)]
    if shown.label == "added":
        return [_style(f" + {words}", "34", colour)]
    sign = "↪" if shown.label == "moved" else "¶" if block.label and block.op is Op.KEEP else "±"
    runs = ""
    for run in parted(block.runs):
        text = _spaced(run.text)
        mark = {RunOp.ADDED: _added, RunOp.REMOVED: _removed}.get(run.op)
        runs += mark(text, colour) if mark else text
    said = "; ".join(x for x in (called, shown.note) if x)
    note = f"   ({said})" if said else ""
    return [f" {sign} {runs.strip()}{note}"]


def _spaced(text: str) -> str:
    line = one_line(text)
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and line else ""
    return f"{head}{line}{tail}"


def _removed(text: str, colour: bool) -> str:
    return _style(text, "31;9", colour) if colour else _hug("[-", text, "-]")


def _added(text: str, colour: bool) -> str:
    return _style(text, "34;4", colour) if colour else _hug("{+", text, "+}")


def _hug(left: str, text: str, right: str) -> str:
    return f"{left}{text}{right}" if text.strip() else text


class SiteLine(Struct, frozen=True):
    """What one pass has to say of one site."""

    name: str
    posts: int
    view: SiteView = field(default_factory=SiteView)
    due: int | None = None  #: posts due in this pass; None where no pass is told of
    events: tuple[Event, ...] = ()
    note: str = ""  #: such as "first pass: nothing is reported until it is complete"


def site_lines(
    sites: Sequence[SiteLine], *, colour: bool = False, unicode: bool = True, width: int = 80
) -> str:
    """One line a site: what was looked at and found, or since when it cannot be seen."""
    longest = max((len(s.name) for s in sites), default=0)
    out = []
    for site in sites:
        name = one_line(site.name, 64)
        pad = " " * (max(longest, 8) - len(name) + 2)
        out.append(f"{_style(name, _BOLD, colour)}{pad}{_site(site)}")
    text = "\n".join(out)
    return text if unicode else in_ascii(text)


def _site(site: SiteLine) -> str:
    keep = f"its {shown_number(site.posts)} posts keep their state"
    if not site.view.up:
        why = one_line(site.view.why, 200)
        if not why and site.view.reason:
            why = REASONS[site.view.reason].short
        since = f" since {shown_time(site.view.since)}" if site.view.since else ""
        return f"not seen{since}{f' ({why})' if why else ''}; {keep}"
    looked = (
        f"{shown_number(site.posts)} posts"
        if site.due is None
        else f"{shown_number(site.due)} of {shown_number(site.posts)} posts due"
    )
    return "    ".join(p for p in (looked, counted(site.events), one_line(site.note, 200)) if p)


def shell_word(url: str) -> str:
    """A URL as one word of a shell's command line, safe to paste."""
    line = one_line(url, 2000).replace(" ", "%20")
    if all(c.isascii() and (c.isalnum() or c in "-._~:/%+,@=") for c in line):
        return line
    return "'" + line.replace("'", "%27") + "'"


def in_ascii(text: str) -> str:
    """The text for a terminal whose locale is not UTF-8; what has no ASCII form is a "?"."""
    table = str.maketrans(
        {
            "−": "-",
            "→": "->",
            "…": "...",
            "“": '"',
            "”": '"',
            "’": "'",
            "·": "-",
            "±": "~",
            "↪": ">",
            "¶": "=",
        }
    )
    return text.translate(table).encode("ascii", "replace").decode("ascii")


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    """The text in lines of at most `width`, a longer word alone on its line."""
    out: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(indent) + len(line) + 1 + len(word) > max(width, 40):
            out.append(indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*out, indent + line] if line else out


def _paint(text: str, tone: str, colour: bool) -> str:
    return _style(text, _TONES[tone], colour)


def _style(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and text else text
