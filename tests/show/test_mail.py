"""A story told by mail: each fact in both parts, whatever its kind; small, plain and harmless whatever its words."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from monitor.model import Event, Kind, LookRecord, Message, Reason, Role
from monitor.read.article import Article, Block, BlockKind
from monitor.read.compare import Diff, Op, RunOp
from monitor.show.envelope import HTML_MAX, SUBJECT_MAX, Envelope, for_program
from monitor.show.mail import Story, compose, sample
from monitor.values import replace
from monitor.words import REASONS, of, subject

from .telling import COPY, DIFF, EVERY, EVIDENCE, HASH, SURE, TITLE, URL, event, paragraph, story

BASE = "https://watch.desk.example"
ALL = pytest.mark.parametrize(("kind", "reason"), EVERY, ids=lambda v: str(v))


def told(
    story: Story,
    base_url: str = BASE,
    recipient: str = "ada@desk.example",
    reply_to: str = "",
) -> Message:
    to = Envelope("mail", "pw@desk.example", recipient, base_url, "desk-1")
    return compose(story, to, reply_to=reply_to)


def words(text: str) -> str:
    return " ".join(text.split())


def seen(page: str) -> str:
    """What a reader of the HTML part sees, without the hidden preheader."""
    tree = lxml_html.document_fromstring(page)
    for hidden in tree.xpath("//style | //title | //*[contains(@style, 'display:none')]"):
        hidden.drop_tree()
    for cell in tree.xpath("//td | //p | //div | //h1 | //br"):
        cell.tail = " " + (cell.tail or "")
    return words(tree.text_content())


@ALL
def test_each_fact_is_in_both_parts(kind: Kind, reason: Reason | None) -> None:
    one = story(kind, reason)
    message = told(one)
    facts = [
        of(one.event).label,
        "2026-03-05 06:48:00 UTC",
        *EVIDENCE,
        "event 9",
        HASH[:16],
        "Event 7",
    ]
    facts += ["channel “mail”", "desk-1", "ada@desk.example", "[channels.mail]"]
    facts += ["the page answered 404 (not_found)", "the home page answered 200 (up)"]
    if one.event.site:
        facts.append("gadget")
    if one.event.title:
        facts += [TITLE, URL, f"https://web.archive.org/web/*/{URL}"]
    if reason is not None:
        facts.append(REASONS[reason].short)
        if kind is not Kind.SITE_RECOVERED:  # there it is over
            facts.append(REASONS[reason].sentence)
    if kind is Kind.REMOVED:
        facts += ["between 2026-03-04 21:55 UTC and 2026-03-05 06:29 UTC", "24 Jan 2018"]
        facts += [
            "These are the first words of the copy.",
            "no longer there",
            "Its last copy is kept.",
        ]
        facts += [
            "Seen from one place, Lisbon.",
            "Open it yourself before you print; we cannot tell",
        ]
        facts += ["who did it or why."]
    if kind in (Kind.EDITED, Kind.REINSTATED):
        facts += ["−43 +12 words", "43 of 1,213 words gone", "95 % the same", "no update note"]
        facts += ["text, byline, link targets", "Ada Quill → The Team", "“every test”"]
        facts += ["Its modified date moved back.", "Some tests may stay with us.", "Cut", "Added"]
        facts += ["No wheel leaves us that an outsider has not turned.", "The board reads it too."]
        facts += ["https://gadget.example/a → https://gadget.example/b"]
    if kind is Kind.EDITED:
        facts += ["between 2026-03-04 21:55 UTC and 2026-03-05 06:29 UTC", "Edited, no note"]
    if kind is Kind.REINSTATED:
        facts += ["between 2026-03-05 05:48 UTC and 2026-03-05 06:48 UTC", "(410)", "event 5"]
        facts += [
            "at least 2 d 14 h and at most 2 d 17 h",
            "Back, with changes, no note",
            "is back",
        ]
    if kind is Kind.MOVED:
        facts.append("https://gadget.example/stories/our-charter")
    if kind is Kind.RETRACTED:
        facts += ["We were wrong", "The server was being moved.", "Rosa", "event 5"]
    if one.post_count and kind is not Kind.SOURCE_RECOVERED:
        over = kind in (Kind.SITE_RECOVERED, Kind.WATCH_RESUMED)
        facts.append(f"412 posts {'kept' if over else 'keep'} their state")
    text, page = words(message.text), seen(message.html)
    for fact in facts:
        assert fact in text, f"{fact!r} is not in the text part"
        assert fact in page, f"{fact!r} is not in the HTML part"
    for link in re.findall(re.escape(BASE) + r"\S+", message.text):
        assert f'href="{html.escape(link)}"' in message.html
    assert message.text.count(BASE) == message.html.count(f'href="{BASE}')


@ALL
def test_words_never_used(kind: Kind, reason: Reason | None) -> None:
    message = told(story(kind, reason))
    for part in (message.subject, message.preheader, message.text, message.html):
        assert "silently" not in part
        assert "fewer" not in part


@ALL
def test_subject_preheader_ids_and_headers(kind: Kind, reason: Reason | None) -> None:
    one = story(kind, reason)
    message = told(one)
    withdrawn = one.removal if kind is Kind.RETRACTED else None
    assert subject(one.event, withdrawn).startswith(message.subject.rstrip("…"))
    assert len(message.subject) >= 20
    assert message.preheader and message.preheader in html.unescape(message.html)
    headers = dict(message.headers)
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Postwatch-Kind"] == kind.value
    assert headers["List-Id"] == (
        f"postwatch alerts <{one.event.site or 'all'}.postwatch.desk.example>"
    )
    assert headers["List-Unsubscribe"] == "<mailto:pw@desk.example?subject=stop>"
    assert headers["X-Postwatch-Event"] == f"7 {one.event.uid}"
    assert headers["Thread-Topic"] == message.subject
    if reason:
        assert headers["X-Postwatch-Reason"] == reason.value
    assert message.record == one.event.as_record()


@pytest.mark.parametrize("kind", Kind)
def test_a_program_is_told_the_same_under_the_same_id(kind: Kind) -> None:
    one = story(kind, Reason.GONE if kind is Kind.REMOVED else None)
    to = Envelope("hook", "postwatch@desk.example", "https://hook.example", "", "desk.example")
    mail, bare = compose(one, to), for_program(one.event, to)
    assert (bare.message_id, bare.thread_id) == (mail.message_id, mail.thread_id)
    assert bare.record == mail.record == one.event.as_record()
    assert not bare.text and not bare.html and not bare.attachments


def test_ids_are_fixed_by_event_channel_and_recipient_and_threads_by_post() -> None:
    first = told(story(Kind.EDITED))
    assert told(story(Kind.EDITED)).message_id == first.message_id
    assert told(story(Kind.EDITED), recipient="bo@desk.example").message_id != first.message_id
    later = told(replace(story(Kind.EDITED), event=replace(event(Kind.EDITED), uid="other", id=8)))
    assert later.message_id != first.message_id
    gone = told(story(Kind.REMOVED, Reason.GONE))
    assert gone.thread_id == first.thread_id == later.thread_id
    other = told(replace(story(Kind.EDITED), event=replace(event(Kind.EDITED), post=42)))
    assert other.thread_id != first.thread_id
    for one in (first.message_id, first.thread_id):
        assert re.fullmatch(r"[A-Za-z0-9.]{1,50}@desk\.example", one)


@pytest.mark.parametrize(
    ("silent", "notes", "said", "heading"),
    [
        (True, (), "The page says nothing of it", "Back, with changes, no note"),
        (
            False,
            (),
            "it bears a new note or a newer modified date",
            "Back, with changes and a note",
        ),
        (
            False,
            ("Corrected on Monday.",),
            "“Corrected on Monday.”",
            "Back, with changes and a note",
        ),
        (None, (), "", "Back, with changes"),
    ],
)
def test_silence_is_said_only_where_known(
    silent: bool | None, notes: tuple[str, ...], said: str, heading: str
) -> None:
    for kind in (Kind.EDITED, Kind.REINSTATED):
        one = replace(
            story(kind),
            event=replace(event(kind), silent=silent),
            diff=replace(DIFF, notes_added=notes),
        )
        message = told(one)
        for part in (words(message.text), seen(message.html)):
            assert said in part
            assert ("The page says" in part) is (silent is not None)
            assert (heading in part) is (kind is Kind.REINSTATED)
        assert ("no note" in message.subject) is (silent is True and kind is Kind.EDITED)


def test_back_unchanged_is_said_so() -> None:
    back = replace(
        event(Kind.REINSTATED),
        fields=(),
        words_added=0,
        words_removed=0,
        silent=None,
        phrases_lost=(),
        absent_for=(60, 60),
    )
    message = told(Story(back, diff=Diff()))
    for part in (words(message.text), seen(message.html)):
        assert "It is the same, word for word." in part
        assert "It was away for 1 min." in part
        assert "with changes" not in part


def test_what_is_not_known_is_not_said() -> None:
    bare = Event(kind=Kind.REMOVED, detected_at=SURE)
    message = told(Story(bare))
    for part in (message.text, message.html, message.subject, message.preheader):
        assert "None" not in part
    assert "by 2026-03-05 06:48 UTC" in message.text


def test_without_a_web_address_the_event_is_attached_and_nothing_links() -> None:
    long = Article(
        blocks=tuple(Block(BlockKind.PARAGRAPH, f"Line {n} & <b>", "") for n in range(99))
    )
    message = told(replace(story(Kind.REMOVED, Reason.GONE), last_copy=long), base_url="")
    assert "<a " not in message.html and "href" not in message.html
    [(name, mime, content)] = message.attachments
    assert (name, mime) == ("event-7.html", "text/html")
    page = content.decode()
    assert "Line 98 &amp; &lt;b&gt;" in page
    for fact in (
        TITLE,
        URL,
        *EVIDENCE,
        "Cite this",
        HASH,
        "uid-removed-gone",
        "2026-03-05T06:48:00Z",
    ):
        assert html.escape(fact, quote=False) in page or html.escape(fact) in page
    assert "default-src 'none'" in page
    harmless(page)
    assert told(story(Kind.REMOVED, Reason.GONE)).attachments == ()


def harmless(page: str) -> None:
    """Loads nothing, runs nothing, every quote and bracket in it is ours, and no attribute is one that HTML
    has given up (checked with the Nu HTML checker, which found no error in any kind of mail)."""
    tree = lxml_html.document_fromstring(page)
    allowed = set(
        "html head meta title style body div table tr td p h1 h2 b br span bdi a main pre details summary".split()
    )
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag in allowed
        assert set(element.attrib) <= set(
            "lang dir class style role href charset name content http-equiv".split()
        )
        if element.tag == "a":
            assert element.attrib["href"].startswith(f"{BASE}/")
    assert "url(" not in page and "@import" not in page


@ALL
def test_the_html_part_is_harmless_and_narrow(kind: Kind, reason: Reason | None) -> None:
    message = told(story(kind, reason))
    harmless(message.html)
    assert "max-width:600px" in message.html
    assert 'name="color-scheme" content="light dark"' in message.html
    assert message.html.count("color:#1b1d1f;font-family") == 1  # body ink is set once


POISON = [
    "two\r\nBcc: eve@evil.example",
    "=?utf-8?q?=0D=0ABcc:=20eve@evil.example?=",
    "</title><script>alert(1)</script>",
    '<img src=x onerror=alert(1)>" onmouseover="x',
    "{{7*7}} {% include '/etc/passwd' %} %s {0.__class__} ${SMTP_PASSWORD} {site} {title} \\1",
    "\u202egnp.exe\u2066\u200b",
    "\x00\x1b[31mred\x07\x9b31m",
    "\ud800 half",
    "a\u2028b\u2029c\x85d",
    "&" * 10_000,
    "漢字" * 5_000,
    "x" * 10_000,
    "",
    " ",
]


@pytest.mark.parametrize("title", POISON, ids=range(len(POISON)))
@pytest.mark.parametrize("kind", [Kind.REMOVED, Kind.EDITED, Kind.RETRACTED, Kind.SITE_UNREACHABLE])
def test_poison(kind: Kind, title: str) -> None:
    check(kind, title)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(Kind)), st.text(max_size=200))
def test_any_words(kind: Kind, title: str) -> None:
    check(kind, title)


def check(kind: Kind, title: str) -> None:
    """Hostile words in every place that theirs may stand in."""
    bad = replace(
        event(kind),
        title=title,
        url=title,
        site=title,
        moved_to=title,
        why=title,
        by=title,
        vantage=title,
        batch=title,
        published_at=title,
        evidence=(title,) * 40,
        phrases_lost=(title,) * 40,
        fields=("text", "title"),
        looks=(LookRecord(SURE, title, Role.SIBLING, 200, title),) * 40,
    )
    blocks = tuple(
        paragraph(op, n, (RunOp.REMOVED, title), (RunOp.SAME, title), (RunOp.ADDED, title))
        for n, op in enumerate([Op.CHANGE, Op.ADD, Op.DROP, Op.MOVE] * 5)
    )
    article = Article(title=title, blocks=(Block(BlockKind.PARAGRAPH, title, title),) * 40)
    one = Story(
        bad,
        diff=replace(DIFF, blocks=blocks, notes_added=(title,)),
        language=title,
        last_copy=article,
        versions=(1, 2),
    )
    for base in (BASE, ""):
        message = told(one, base_url=base)
        assert len(message.subject) <= SUBJECT_MAX
        assert len(message.preheader) <= 140
        controls = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
        assert not re.search(controls, message.subject + message.preheader)
        assert not re.search(controls, message.text.replace("\n", ""))
        for _, value in message.headers:
            assert not re.search(controls, value)
            assert "=?" not in value
        assert "=?" not in message.subject
        assert len(message.html.encode()) < HTML_MAX
        assert len(message.text.encode()) < HTML_MAX
        harmless(message.html)
        for _, _, content in message.attachments:
            harmless(content.decode())


def test_titles_are_literal_in_the_body() -> None:
    title = POISON[4]
    message = told(
        replace(story(Kind.REMOVED, Reason.GONE), event=replace(event(Kind.REMOVED), title=title))
    )
    assert title in message.text
    assert title in html.unescape(message.html)


def test_a_long_title_is_cut_at_a_word() -> None:
    title = "Our considered position on the responsible stewardship of very large and fast wheels"
    message = told(replace(story(Kind.REMOVED), event=replace(event(Kind.REMOVED), title=title)))
    assert (
        message.subject
        == "gadget removed: Our considered position on the responsible stewardship of…"
    )
    assert title in message.text


def test_many_changes_are_counted_not_all_shown() -> None:
    blocks = tuple(
        paragraph(Op.DROP, n, (RunOp.REMOVED, f"Paragraph {n} is cut.")) for n in range(12)
    )
    message = told(replace(story(Kind.EDITED), diff=replace(DIFF, blocks=blocks)))
    for part in (words(message.text), seen(message.html)):
        assert "Paragraph 4 is cut." in part and "Paragraph 5 is cut." not in part
        assert "and 7 more" in part


def test_changed_words_carry_a_sign_and_not_only_colour() -> None:
    message = told(story(Kind.EDITED))
    assert "Each quarter we print [-every-] {+selected+} test of the brakes." in message.text
    assert "Each quarter we print −every +selected test of the brakes." in seen(message.html)
    cut = re.search(r"<b[^>]*>&minus; Cut</b>(.*?)</td>", message.html)
    assert cut and "line-through" not in cut[1]  # what went is what they came to read


def test_the_sample_says_that_nothing_happened() -> None:
    to = Envelope("mail", "pw@desk.example", "a@b.example", BASE, "desk-1")
    first = sample(to, at="2026-03-05T06:48:00Z")
    second = sample(replace(to, base_url=""), at="2026-03-05T06:49:00Z")
    assert first.subject == "Test alert from postwatch"
    assert first.message_id != second.message_id
    assert dict(first.headers)["X-Postwatch-Kind"] == "test"
    for part in (words(first.text), seen(first.html)):
        assert "If you read this, mail works; nothing was removed." in part
        assert "nothing happened" in part
        assert BASE in part
    assert first.attachments == ()
    assert first.record["test"] is True


def test_last_copy_is_shown_only_where_it_helps() -> None:
    for kind, shown in ((Kind.REMOVED, True), (Kind.PUBLISHED, True), (Kind.EDITED, False)):
        message = told(replace(story(kind), last_copy=COPY))
        assert ("These are the first words of the copy." in message.text) is shown


def test_time_away_is_floored() -> None:
    gone = int(timedelta(days=2, hours=14, minutes=59).total_seconds())
    back = replace(event(Kind.REINSTATED), absent_for=(gone, gone))
    assert "It was away for 2 d 14 h." in told(Story(back)).text


def test_a_correction_answers_the_mail_it_corrects() -> None:
    first = told(story(Kind.REMOVED, Reason.GONE))
    message = told(story(Kind.RETRACTED), reply_to=first.message_id)
    assert message.subject == f"Correction: gadget did not remove {event(Kind.REMOVED).title}"
    assert (message.reply_to, message.thread_id) == (first.message_id, first.thread_id)
    lead = words(message.text)
    assert "We were wrong: event 5, “removed” between 2026-03-04 21:55 UTC and" in lead
    assert "The post counts as live again." in lead


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.RETRACTED])
def test_a_correction_of_each_kind_has_a_subject(kind: Kind) -> None:
    wrong = replace(event(kind), id=5)
    said = subject(event(Kind.RETRACTED), wrong)
    assert said.startswith("Correction: ")
    assert ("not" in said) or kind in (
        Kind.SITE_UNREACHABLE,
        Kind.SOURCE_BROKEN,
        Kind.WATCH_STOPPED,
    )
