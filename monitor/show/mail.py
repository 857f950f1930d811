"""A Story becomes a mail: subject, preheader, text part, HTML part, headers and ids.

Pure: what is written here is sent by `notify/email.py`. Titles are data throughout, never template
source (CVE-2024-32651) nor header syntax (CVE-2024-6923).
"""

from __future__ import annotations

import json
from datetime import timedelta

from ..model import Event, Headers, Kind, LookRecord, Message, Reason, Role
from ..read.article import Article, Block, BlockKind
from ..read.compare import RunOp
from ..units import parse_rfc3339
from ..values import replace
from ..words import subject as headline
from . import reminder as reminders
from .brief import detail
from .cite import citation
from .envelope import (
    HTML_MAX,
    PREHEADER_MAX,
    SUBJECT_MAX,
    Envelope,
    footer,
    ids_of,
    mail_headers,
    sealed,
    thread_of,
)
from .letter import WIDE, Letter, Room, letter, wayback
from .passages import Passage
from .plain import header_line, one_line
from .said import lead, words_changed
from .story import Story, away
from .templating import environment

__all__ = ["Story", "compose", "html_of", "sample", "subject_of", "text_of", "wayback"]

_LEAN = (
    Room(),
    Room(200, 400, 200, 10, 8, 5, 300, 400),
    Room(120, 240, 120, 6, 5, 3, 120, 160),
)
_TEST = "Test alert from postwatch"


def compose(story: Story, to: Envelope, *, reply_to: str = "") -> Message:
    """The mail that tells a story to one recipient, in answer to the one whose id is `reply_to`."""
    event = story.event
    signed = _footer(event, to)
    html = ""
    for room in _LEAN:  # the first that fits; the last always does (tests/show/test_mail.py)
        told = letter(story, base_url=to.base_url, footer=signed, room=room)
        html = html_of(told, _preheader(story))
        if len(html.encode("utf-8", "replace")) < HTML_MAX:
            break
    subject = subject_of(story)
    still = story.reminder
    notice = (still.notice,) if still else ()
    return sealed(
        to,
        subject=subject,
        preheader=_preheader(story),
        text=text_of(told),
        html=html,
        ids=ids_of(event, to, *notice),
        thread=thread_of(event),
        reply_to=reply_to,
        headers=_headers(event, subject, to),
        attachments=() if to.base_url else (_attachment(story, signed, to.install),),
        record=reminders.record(still, [event]) if still else event.as_record(),
    )


def sample(to: Envelope, *, at: str) -> Message:
    """The mail of `notify --test`: it reads as a removal does, and says that nothing happened.

    `at` is the present time, RFC 3339; it makes each test a mail of its own.
    """
    now = parse_rfc3339(at)
    event = Event(
        kind=Kind.REMOVED,
        reason=Reason.NOT_FOUND,
        detected_at=now,
        site="example",
        url="https://example.com/blog/a-post",
        title="A made-up post",
        first_missing_at=now - timedelta(minutes=20),
        last_seen_at=now - timedelta(hours=1),
        evidence=("This is a test: nothing was looked at, and nothing happened.",),
        looks=(LookRecord(now, "https://example.com/blog/a-post", Role.POST, 404, "not_found"),),
        uid=f"test {at}",
    )
    copy = Article(blocks=(Block(BlockKind.PARAGRAPH, "Here its first words would stand.", ""),))
    story = Story(event, last_copy=copy)
    told = compose(story, to)
    works = f"{_TEST}. If you read this, mail works; nothing was removed."
    where = f" The pages are at {one_line(to.base_url, 200)}" if to.base_url else ""
    shown = letter(story, base_url="", footer=_footer(event, to))
    shown = replace(shown, lead=(works + where, "A removal would read like this:", *shown.lead))
    changed = {"Thread-Topic": _TEST, "X-Postwatch-Kind": "test"}
    return replace(
        told,
        subject=_TEST,
        preheader="If you read this, mail works.",
        text=text_of(shown),
        html=html_of(shown, "If you read this, mail works."),
        thread_id="",
        headers=tuple((k, changed.get(k, v)) for k, v in told.headers),
        attachments=(),
        record={"test": True, "channel": to.channel, "at": at, "detected_at": at},
    )


def subject_of(story: Story) -> str:
    """The subject of a story's mail: one line, cut at a word."""
    withdrawn = story.removal if story.event.kind is Kind.RETRACTED else None
    said = headline(story.event, withdrawn)
    if story.reminder:  # Gmail keeps in a thread what bears the same subject, "Re:" aside
        said = f"Re: {story.reminder.told_as or said}"
    return header_line(said, SUBJECT_MAX)


def _preheader(story: Story) -> str:
    event = story.event
    text = detail(event)
    if event.kind is Kind.PUBLISHED and story.last_copy and story.last_copy.blocks:
        text = story.last_copy.blocks[0].text
    elif event.kind is Kind.REINSTATED and away(event):
        text = f"After {away(event)}. {words_changed(event) or 'Same words.'}"
    elif story.reminder or story.missing_now is not None:
        text = ""
    return one_line(text or lead(story)[0], PREHEADER_MAX)


def _footer(event: Event, to: Envelope) -> tuple[str, ...]:
    return footer(f"Event {event.id}" if event.id else "", to)


def _headers(event: Event, subject: str, to: Envelope) -> Headers:
    reason = event.reason.value if event.reason else ""
    if event.kind is Kind.EDITED and event.silent is not None:
        reason = "silent" if event.silent else "noted"
    return mail_headers(
        subject,
        to,
        kind=event.kind.value,
        site=event.site or "",
        reason=reason,
        event=event.uid and f"{event.id} {event.uid}",
    )


def html_of(told: Letter, preheader: str) -> str:
    """The HTML part."""
    return environment("mail").get_template("event.html").render(m=told, preheader=preheader)


def _attachment(story: Story, signed: tuple[str, ...], install: str) -> tuple[str, str, bytes]:
    """The event as one file that needs nothing else."""
    record = json.dumps(story.event.as_record(), ensure_ascii=False, indent=1)
    page = (
        environment("mail")
        .get_template("sheet.html")
        .render(
            m=letter(story, base_url="", footer=signed, room=WIDE),
            cite=citation(story, install=install),
            record=record,
        )
    )
    return f"event-{story.event.id}.html", "text/html", page.encode("utf-8", "replace")


def text_of(m: Letter) -> str:
    """The text part, written line by line."""
    out = [f"{m.glyph} {m.state}"]
    if m.title:
        out.append(m.title)
    if m.url:
        out.append(f"{m.url} ({m.url_note})" if m.url_note else m.url)
    out += ["", *m.lead]
    out += [f"  {label}: {words}" for label, words in m.rows]
    if m.links:
        out += ["", *(f"{words}: {address}" for words, address in m.links)]
    if m.passages:
        out += ["", m.changes]
        for passage in m.passages:
            out += _passage(passage)
        if m.more:
            out.append(f"  and {m.more} more")
    if m.known:
        out += ["", "How we know", *(f"  {label}: {words}" for label, words in m.known)]
    if m.opening:
        out += ["", m.copy, *(f"  {line}" for line in m.opening)]
    if m.closing:
        out += ["", *m.closing]
    return "\n".join([*out, "", "-- ", *m.footer, ""])


def _passage(passage: Passage) -> list[str]:
    """Lines of one passage, words marked as git marks them."""
    marks = {RunOp.SAME: "{}", RunOp.ADDED: "{{+{}+}}", RunOp.REMOVED: "[-{}-]"}
    words = "".join(_marked(marks[r.op], r.text) for r in passage.runs).strip()
    label = f"{passage.label.capitalize()}: " if passage.label else ""
    out = [f"  (after: {passage.context})"] if passage.context else []
    if words:
        out.append(f"  {label}{words}")
    if passage.note:
        out.append(f"    ({passage.note})")
    return out


def _marked(mark: str, text: str) -> str:
    """Marks hug the words; the space round them stays outside."""
    inner = text.strip()
    if not inner:
        return text
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return head + mark.format(inner) + tail
