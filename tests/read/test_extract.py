"""The article of a page: the same in every template, without furniture, with its links and places."""

from __future__ import annotations

import pytest

from monitor.read.article import Article, BlockKind, Link
from monitor.read.compare import diff
from monitor.read.page import read_page

from .data_articles import ITEMS, KEYS, P1, P2_TEXT, P3, QUOTE, TEASERS, TEMPLATES, TITLE

URL = "https://coast.example/blog/lighthouse"
LINES = [
    "The first line tells of a bridge that was closed for repairs in the early summer of last year.",
    "The second line tells of a ferry that took its place for the eleven weeks the work lasted.",
    "The third line tells of the day on which the bridge was opened again by the mayor's mother.",
]


def article(html: str, **more: object) -> Article:
    return read_page(html.encode(), URL, "text/html", **more).article  # type: ignore[arg-type]


def texts(html: str, **more: object) -> list[str]:
    return [block.text for block in article(html, **more).blocks]


def page(inner: str, title: str = "A bridge") -> str:
    return f"<html lang=en><head><title>{title}</title></head><body>{inner}</body></html>"


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines or LINES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_article_reads_the_same_in_every_template(name: str) -> None:
    found = article(TEMPLATES[name])
    assert [b.text for b in found.blocks] == KEYS
    assert found.title == TITLE
    assert found.words == 111


@pytest.mark.parametrize("name", TEMPLATES)
def test_another_template_is_no_edit(name: str) -> None:
    found = diff(article(TEMPLATES["wordpress"]), article(TEMPLATES[name]))
    assert found.changed == ()
    assert found.similarity == 1.0


def test_kinds_and_links() -> None:
    blocks = article(TEMPLATES["wordpress"]).blocks
    kind = {b.text: b.kind for b in blocks}
    assert (kind[P1], kind[ITEMS[0]], kind[QUOTE]) == (
        BlockKind.PARAGRAPH,
        BlockKind.ITEM,
        BlockKind.QUOTE,
    )
    links = {b.text: b.links for b in blocks}
    assert links[P2_TEXT] == (Link("hydraulic jacks", "https://jacks.example/guide"),)
    assert {b.place for b in blocks} == {"p", "li", "h2"}


def test_digests_tell_articles_apart() -> None:
    one = article(TEMPLATES["wordpress"])
    assert one.digest == article(TEMPLATES["wordpress"].replace("sd-sharing", "x7f3a9")).digest
    assert (
        one.digest == article(TEMPLATES["wordpress"].replace("utm_source=blog", "utm_id=9")).digest
    )
    assert one.digest != article(TEMPLATES["wordpress"].replace("410,000", "411,000")).digest
    assert (
        one.digest != article(TEMPLATES["wordpress"].replace("jacks.example", "j.example")).digest
    )


# ---------------------------------------------------------------- forms of text


def test_tables_of_data_are_rows() -> None:
    table = "<table><tr><th>Year</th><th>Ships</th></tr><tr><td>2019</td><td>12</td></tr></table>"
    found = article(page(f"<article>{paragraphs()}{table}{paragraphs(P1)}</article>"))
    assert [b.text for b in found.blocks if b.kind is BlockKind.ROW] == [
        "Year | Ships",
        "2019 | 12",
    ]


def test_code_keeps_its_white_space() -> None:
    code = "<pre><code>def f():\n    return 1</code></pre>"
    found = article(page(f"<article>{paragraphs()}{code}{paragraphs(P1)}</article>"))
    assert [b.text for b in found.blocks if b.kind is BlockKind.CODE] == ["def f():\n    return 1"]
    assert [b.key for b in found.blocks if b.kind is BlockKind.CODE] == ["def f(): return 1"]


def test_captions_are_read_and_pictures_are_not() -> None:
    figure = (
        '<figure><img src=a.jpg alt="A bridge"><figcaption>The bridge in May</figcaption></figure>'
    )
    found = article(page(f"<article>{paragraphs()}{figure}{paragraphs(P1)}</article>"))
    assert [b.text for b in found.blocks if b.kind is BlockKind.CAPTION] == ["The bridge in May"]
    assert not any("A bridge" in b.text for b in found.blocks)


def test_an_emoji_as_picture_is_the_emoji() -> None:
    one = page(f"<article>{paragraphs(*LINES, P1 + ' 🎉')}</article>")
    other = one.replace("🎉", '<img class="emoji" alt="🎉" src="x.svg">')
    assert article(one).digest == article(other).digest


def test_hidden_text_is_not_read() -> None:
    hidden = (
        '<p style="display: none">Secret words that nobody sees on this page, whatever they do.</p>'
        "<p hidden>Secret words that nobody sees on this page, whatever they do.</p>"
        '<template><p>Secret words that nobody sees.</p></template><script>var p = "Secret";</script>'
    )
    assert not any("Secret" in t for t in texts(page(f"<article>{paragraphs()}{hidden}</article>")))


def test_a_hidden_address_is_the_same_on_every_look() -> None:
    def look(code: str) -> str:
        return page(
            f"<article>{paragraphs()}<p>Write to <a href='/cdn-cgi/l/email-protection#{code}'><span "
            f"class='__cf_email__' data-cfemail='{code}'>[email&#160;protected]</span></a> and ask for "
            "the plan of the bridge.</p></article>"
        )

    def hide(address: str, by: int) -> str:
        return bytes([by, *(c ^ by for c in address.encode())]).hex()

    one = article(look(hide("a@b.example", 7)))
    assert one.blocks[-1].text.startswith("Write to a@b.example and")
    assert one.digest == article(look(hide("a@b.example", 99))).digest


def test_a_very_short_post_is_its_sentence() -> None:
    html = page(
        f"{TEMPLATES['wordpress'][:0]}<nav><a href=/>Home</a></nav><article><h1>We moved</h1>"
        "<time datetime=2020-01-02>Jan 2, 2020</time><p>We moved to Harbour Street 5.</p></article>"
        "<footer>© Coast Works. All rights reserved.</footer>",
        "We moved",
    )
    assert texts(html) == ["We moved to Harbour Street 5."]


def test_a_long_post_is_read_whole() -> None:
    many = [
        f"Sentence number {n} of a long report on bridges goes on and on, as they do."
        for n in range(1200)
    ]
    found = article(page(f"<article><h1>A bridge</h1>{paragraphs(*many)}</article>"))
    assert [b.text for b in found.blocks] == many
    assert found.words > 15_000


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ja", ["灯台を内陸へ移す工事は春に始まり、夏の終わりまで続きました。", "費用は四十一万ユーロでした。十月二日に明かりがともりました。"]),
        ("zh", ["灯塔向内陆迁移的工程于春天开始，一直持续到夏末才结束。", "费用为四十一万欧元。十月二日，灯塔重新点亮了。"]),
        ("ko", ["등대를 내륙으로 옮기는 공사는 봄에 시작되어 여름이 끝날 때까지 이어졌습니다.", "비용은 사십일만 유로였습니다. 시월 이일에 다시 불이 켜졌습니다."]),
        ("ar", ["بدأت أعمال نقل المنارة إلى الداخل في الربيع واستمرت حتى نهاية الصيف.", "بلغت التكلفة أربعمائة وعشرة آلاف يورو، وأضيئت المنارة من جديد في أكتوبر."]),
        ("he", ["העבודה על העברת המגדלור פנימה החלה באביב ונמשכה עד סוף הקיץ.", "העלות הייתה ארבע מאות ועשרה אלף אירו, והאור נדלק שוב באוקטובר."]),
    ],
)  # fmt: skip
def test_other_scripts(language: str, lines: list[str]) -> None:
    html = (
        f"<html><head><meta charset=utf-8><title>{lines[0][:8]}</title></head><body><nav><a href=/>Home</a></nav>"
        f"<div class=post-body>{paragraphs(*lines)}</div></body></html>"
    )
    found = article(html)
    assert [b.text for b in found.blocks] == lines
    assert found.language == language


def test_a_picture_post_is_its_caption() -> None:
    html = page(
        '<main><article><h1>Fog</h1><figure><img src=a.jpg alt="Fog over the bay"><figcaption>Fog '
        "over the bay, seen from the tower.</figcaption></figure></article></main>",
        "Fog",
    )
    assert texts(html) == ["Fog over the bay, seen from the tower."]


def test_a_page_of_scripts_has_no_article() -> None:
    found = article(
        page('<div id="root"></div><script>render({"text": "A long text of an article."})</script>')
    )
    assert found.blocks == () and found.words == 0


# ---------------------------------------------------------------- furniture

FURNITURE = {
    "related by name": '<div class="related-posts"><h3>Related</h3><p>A long teaser about a tunnel under '
    "the bay that nobody wanted to pay for in the end.</p></div>",
    "cards without names": f'<div class="c3f9a1"><div class="c77b2d">More stories</div><ul>{TEASERS}</ul></div>',
    "comments without names": "<div class=x9k2><h3>2 Comments</h3><ol><li><div>Ann Lee</div><div><p>I crossed "
    "that bridge every day of my life and never saw it closed.</p></div></li><li><div>Bo Ek</div><div><p>The "
    "ferry was better than the bridge has ever been, in my view.</p></div></li></ol></div>",
    "a call in a box": "<div class=q1w2e3><p>Come to our yearly meeting of bridge builders in the harbour "
    "hall.</p><p><a href=/meet>Get your ticket today</a></p></div>",
    "counters": "<div class=z0z0z0><span>12,345 views</span> <span>67 likes</span> <span>3 days ago</span> "
    "<span>4 min read</span></div>",
    "share": '<div class="post-share"><a href="#">Share on X</a> <a href="#">Share on LinkedIn</a></div>',
    "newsletter form": "<form action=/subscribe><p>Get the best stories about bridges in your inbox every "
    "week.</p><input name=email><button>Subscribe</button></form>",
    "aside": "<aside><p>A note in the margin about another bridge in another town, far away.</p></aside>",
    "consent": '<div id="cookie-banner" role="dialog"><p>We use cookies to make this site better for all '
    "who read it.</p></div>",
    "author box": '<div class="author-box"><p>Ann Lee writes about bridges, towers and tunnels since '
    "1999.</p></div>",
    "advert": '<div class="ad-slot"><p>Buy the steel that bridges are made of at half the price today.</p></div>',
    "japanese counters": "<div class=k9k9k9>1,234 回閲覧</div>",
    "german related": "<div class=u8u8u8><h3>Ähnliche Beiträge</h3><ul><li><a href=/a>Ein Turm am Meer</a>"
    "</li><li><a href=/b>Ein Tunnel im Berg</a></li></ul></div>",
}


@pytest.mark.parametrize("name", FURNITURE)
def test_furniture_is_left_out(name: str) -> None:
    box = FURNITURE[name]
    inside = page(f"<div class=post-body><h1>A bridge</h1>{paragraphs(*LINES, P1, P3)}{box}</div>")
    assert texts(inside) == [*LINES, P1, P3]
    behind = page(f"<div class=m1><h1>A bridge</h1>{paragraphs(*LINES, P1, P3)}</div>{box}")
    assert texts(behind) == [*LINES, P1, P3]


@pytest.mark.parametrize(
    "line",
    [
        "The video had 12,345 views and 67 likes three days ago, and nobody knows why.",
        "Share this: the bridge is open, and the ferry has gone back to its own harbour.",
        "Published in 2001, the plan was forgotten until the flood of the following year.",
    ],
)
def test_sentences_that_speak_of_furniture_stay(line: str) -> None:
    assert line in texts(page(f"<article>{paragraphs(*LINES, line, P1)}</article>"))


def test_a_section_over_more_links_stays() -> None:
    section = (
        "<section><h2>More on pricing</h2><p>What the bridge costs is told in <a href=/a>the plan</a> "
        "that hangs in the hall.</p><p>What the ferry costs is told in <a href=/b>the list</a> on its "
        "door.</p></section>"
    )
    found = texts(page(f"<article>{paragraphs(*LINES, P1)}{section}{paragraphs(P3)}</article>"))
    assert found[4] == "More on pricing" and len(found) == 8


def test_a_section_headed_by_an_h1_keeps_its_heading() -> None:
    inner = f"<h1>A bridge</h1>{paragraphs(*LINES)}<h1>What comes next</h1>{paragraphs(P1)}"
    assert texts(page(f"<article>{inner}</article>")) == [*LINES, "What comes next", P1]


def test_names_of_themes_do_not_hide_the_article() -> None:
    html = page(
        f'<div class="with-sidebar social-theme"><div class="widget-nav share-on">{paragraphs(*LINES, P1)}</div></div>'
    )
    assert texts(html) == [*LINES, P1]


@pytest.mark.parametrize(
    "note",
    [
        "Correction: the bridge is 300 metres long.",
        "Update, 4 May 2021: the bridge is open.",
        "This post was edited to remove a quotation that was wrongly attributed.",
    ],
)
def test_a_note_at_the_foot_is_of_the_article(note: str) -> None:
    for box in (
        f"<p><em>{note}</em></p>",
        f"<div class=c0ffee><p>{note}</p></div>",
        f"<footer><p>{note}</p></footer>",
    ):
        html = page(f"<article><h1>A bridge</h1>{paragraphs(*LINES, P1)}{box}</article>")
        found = article(html)
        assert found.blocks[-1].text == note
        assert [n.text for n in found.notes] == [note]


def test_a_box_of_its_own_has_a_place_of_its_own() -> None:
    box = "<div class='notice-x1y2z3 css-1a2b3c'><p>The harbour is closed on Mondays all year.</p></div>"
    found = article(page(f"<article>{paragraphs(*LINES)}{box}{paragraphs(P1, P3)}</article>"))
    assert {b.place for b in found.blocks if "harbour is" not in b.text} == {"p"}
    assert [b.place for b in found.blocks if "harbour is" in b.text] == ["div.notice/p"]


# ---------------------------------------------------------------- selectors


def test_selectors_choose_and_leave_out() -> None:
    html = page(
        f"<div id=a>{paragraphs(*LINES)}</div><div id=b><h1>B</h1><p>Short words</p><p class=x>Not these</p></div>"
    )
    assert texts(html, content="#b", ignore=(".x",)) == ["Short words"]
    assert texts(html, ignore=("#a p:first-child",)) == LINES[1:]
    assert texts(html, content="#nowhere") == []


@pytest.mark.parametrize("selector", ["p[", "::", "p >", "div:nosuch("])
def test_a_bad_selector_is_named(selector: str) -> None:
    with pytest.raises(ValueError, match="not a CSS selector"):
        article(page(paragraphs()), content=selector)


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("/plan", "https://coast.example/plan"),
        ("plan?utm_source=x&id=3", "https://coast.example/blog/plan?id=3"),
        ("//other.example/a#part", "https://other.example/a"),
        ("mailto:a@b.example?subject=Hi", "mailto:a@b.example"),
        ("#part", None),
        ("https://coast.example/blog/lighthouse#part", None),
        ("javascript:void(0)", None),
        ("", None),
    ],
)
def test_link_targets(href: str, target: str | None) -> None:
    line = f'See <a href="{href}">the plan</a> of the bridge, which hangs in the hall of the town.'
    found = article(page(f"<article>{paragraphs(*LINES, line)}</article>"))
    assert found.blocks[-1].links == (() if target is None else (Link("the plan", target),))


def test_links_follow_the_base() -> None:
    line = 'See <a href="plan">the plan</a> of the bridge, which hangs in the hall of the town.'
    html = page(f"<article>{paragraphs(*LINES, line)}</article>").replace(
        "<head>", "<head><base href='/x/'>"
    )
    assert article(html).blocks[-1].links == (Link("the plan", "https://coast.example/x/plan"),)


# ---------------------------------------------------------------- posts without running text

CARDS = "<div class=x1><h3>You may also like</h3><div class=x2>" + "".join(
    f"<div class=x3><a href=/{n}><h4>Post {n} is about boats</h4></a>"
    f"<p>It tells of boat {n}, of those who built it, and of the harbour it lies in today.</p></div>"
    for n in (1, 2, 3)
)
ODD = {
    "a table": (
        "<table><tr><th>Steel</th><th>Price</th></tr><tr><td>A</td><td>121</td></tr></table>",
        2,
    ),
    "a list": ("<ul><li>Helmets</li><li>Ladders, tested</li><li>Keys</li></ul>", 3),
    "captions": ("<figure><img src=a.jpg><figcaption>The hall in 1988</figcaption></figure>", 1),
    "code": ("<pre>def f():\n    return 14</pre>", 1),
    "terms": ("<dl><dt>Crane</dt><dd>It lifts.</dd></dl>", 2),
    "a line": ("<p>We moved to desk 14.</p>", 1),
}


@pytest.mark.parametrize("name", ODD)
def test_a_post_without_running_text_is_what_stands_with_its_headline(name: str) -> None:
    inner, count = ODD[name]
    foot = "<footer>© 2026 The Harbour Works of the Coast. All rights reserved.</footer>"
    found = texts(page(f"<main><h1>A bridge</h1><div>{inner}</div>{CARDS}</main>{foot}"))
    assert len(found) == count
    assert not any("boat" in text or "©" in text for text in found)


def test_a_summary_over_the_text_that_is_but_its_beginning_is_the_templates() -> None:
    plain = texts(page(f"<main><h1>A bridge</h1><article>{paragraphs()}</article></main>"))
    dek = f"<p class=dek>{LINES[0][:70]}…</p>"
    assert (
        texts(page(f"<main><h1>A bridge</h1><article>{dek}{paragraphs()}</article></main>"))
        == plain
    )
    other = "<p class=dek>A summer without the bridge, told by those who waited for the ferry.</p>"
    assert len(texts(page(f"<main><article>{other}{paragraphs()}</article></main>"))) == 4


@pytest.mark.parametrize(
    "head",
    [
        # as some content systems write it: spans of date and author, a break, the text in the same element
        '<h1>A bridge</h1><div class="detail"><span>11.06.2026</span><span>Vera Loss</span><br>{}</div>',
        "<h1>A bridge</h1><div>June 11, 2026 - Vera Loss<br>{}</div>",
        # by hand: the headline too is parted by a single break
        '<table><tr><td><font size="4"><b>A bridge</b></font><br><font>2026-06-11 - Vera Loss</font>'
        "<br><br>{}</td></tr></table>",
    ],
)
def test_headline_date_and_name_before_a_break_are_not_the_text(head: str) -> None:
    assert texts(page(head.format("<br><br>".join(LINES)))) == LINES


def test_what_is_ignored_goes_though_it_stands_amid_a_sentence() -> None:
    html = page(
        f"<article><h1>T</h1><p>{LINES[0]}</p><p>{LINES[1]} Read <b class='n'>1,204</b> times.</p>"
        f"<table><tr><td>Two cells</td><td class='n'>of which one goes</td></tr></table><p>{LINES[2]}</p></article>"
    )
    found = texts(html, ignore=(".n",))
    assert f"{LINES[1]} Read times." in found
    assert "Two cells" in found
