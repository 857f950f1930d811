"""Notices in the article's place, other articles, paywalls; and edits that look like them."""

from __future__ import annotations

import pytest

from monitor.model import Reason, Seen, SiteFacts
from monitor.read.article import Block, BlockKind
from monitor.read.verdict import judge
from monitor.values import replace

from .verdict_build import CHROME, OTHER_TEXT, OTHER_TITLE, TEXT, TITLE, URL, article, case, page

NOTICES = [
    "This post has been removed.",
    "This article is no longer available.",
    "Withdrawn on 3 March. We have taken this piece down while we check its figures.",
    "The author has asked us to delete this text.",
    "We no longer stand by this post and have unpublished it.",
    "Dieser Beitrag wurde gelöscht.",
    "Wir haben diesen Text vom Netz genommen.",
    "Cet article a été retiré à la demande de la société.",
    "Este artículo ha sido retirado por la redacción.",
    "Este texto foi removido e não está mais disponível.",
    "Questo articolo è stato ritirato.",
    "Dit artikel is niet langer beschikbaar.",
    "Inlägget har tagits bort.",
    "Ten wpis został usunięty.",
    "Bu yazı yayından kaldırılmıştır.",
    "この記事は公開を終了しました。",
    "本文已被删除。",
    "해당 글은 삭제되었습니다.",
    "Этот материал снят с публикации.",
    "تم حذف هذا المقال.",
    "הפוסט הוסר.",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_under_the_same_title(notice: str) -> None:
    found = judge(case(page(text=[notice])))
    assert (found.seen, found.reason) == (Seen.MISSING, Reason.TOMBSTONE)
    assert notice[:12].lower() in found.why.lower()


@pytest.mark.parametrize("notice", NOTICES)
def test_the_same_words_in_an_article_that_is_there(notice: str) -> None:
    assert judge(case(page(text=(notice, *TEXT)))).seen is Seen.PRESENT
    assert judge(case(page(text=(*TEXT[:4], notice)))).seen is Seen.PRESENT


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_under_another_title_is_missing_all_the_same(notice: str) -> None:
    shown = page("Notice", [notice], canonical=URL)
    assert judge(case(shown)).reason in (Reason.TOMBSTONE, Reason.SOFT_404)


def test_a_notice_in_plain_words() -> None:
    text = "We looked at it again and think it was unkind. Please accept our apologies, dear depot."
    found = judge(case(page(text=[text])))
    assert (found.reason, found.rule) == (Reason.TOMBSTONE, "tombstone_plain")


def test_boilerplate_is_left_out_of_account() -> None:
    about = (
        "About Harbour Lines: eleven ships, four hundred sailors and one dog carry people and post "
        "between nine islands in all weathers, every day of the year but one, since 1921.",
        "Press office: call the harbour master and ask for Ida, who will gladly send you pictures.",
    )
    facts = SiteFacts(furniture=frozenset(about))
    known = article(text=(*TEXT, *about))
    gone = page(text=("This release was withdrawn by its issuer.", *about))
    assert judge(case(gone, article=known, facts=facts)).reason is Reason.TOMBSTONE
    there = page(text=(*TEXT, *about))
    assert judge(case(there, article=known, facts=facts)).seen is Seen.PRESENT
    other = page(OTHER_TITLE, (*OTHER_TEXT, *about), facts={"published_at": "2026-02-02"})
    assert judge(case(other, article=known, facts=facts)).reason is Reason.REPLACED


def test_a_notice_with_teasers_of_other_posts() -> None:
    text = ("This post is no longer available.", "Read next", OTHER_TITLE, "On tides and tables")
    shown = page(text=text, extracted=["This post is no longer available."])
    assert judge(case(shown)).reason is Reason.TOMBSTONE


@pytest.mark.parametrize(
    "text",
    [
        (*TEXT[:4],),  # the last paragraph went
        (TEXT[0],),  # all but the first went, nothing came
        (*TEXT[:2], *OTHER_TEXT),  # half rewritten
        (*OTHER_TEXT, *OTHER_TEXT[:1], "And a new ending that is longer than any notice would be."),
        ("Update: part of this text has been removed for legal reasons.", *TEXT[2:]),
        ("This event has ended and registration is closed.", *TEXT),
    ],
)
def test_edits_under_the_same_title_are_no_tombstones(text: tuple[str, ...]) -> None:
    assert judge(case(page(text=text))).seen is Seen.PRESENT


def test_an_archived_banner() -> None:
    bar = "You are reading archived content, some of which may have been removed or moved."
    assert judge(case(page(text=(bar, *TEXT)))).seen is Seen.PRESENT


def test_a_changelog() -> None:
    text = (
        "Version 4.2: the legacy exporter has been removed, use the new one instead of it.",
        "Version 4.1: support for old printers has been withdrawn after eleven good years.",
        "Version 4.0: the login page was deleted from the handbook, since nobody found it.",
    )
    known = article("Changelog", text)
    shown = page("Changelog", ("Version 4.3: the beta flag has been removed.", *text))
    assert judge(case(shown, article=known, title="Changelog")).seen is Seen.PRESENT
    assert (
        judge(case(page("Changelog", text), article=None, title="Changelog")).seen is Seen.PRESENT
    )


def test_a_short_article_rewritten_is_no_tombstone() -> None:
    known = article(text=("We are hiring on all piers.",))
    shown = page(text=("Our crew is complete, thank you.",))
    assert judge(case(shown, article=known)).seen is not Seen.MISSING


def test_a_shell_that_waits_for_its_script_proves_nothing() -> None:
    for text in ("Loading…", "Chargement en cours", "読み込み中", ""):
        assert judge(case(page(text=[text]))).seen is not Seen.MISSING


@pytest.mark.parametrize(
    "text",
    [
        (TEXT[0], "This post is for paying subscribers only.", "Already have an account? Sign in"),
        (*TEXT[:2], "Become a member to continue reading."),
        (TEXT[0], "Abonnieren Sie, um weiterzulesen."),
        (TEXT[0], "Cet article est réservé aux abonnés."),
        (TEXT[0], "この記事は有料会員限定です。続きを読むには登録してください。"),
        (TEXT[0][:60] + "…",),
        ("Subscribe to read the full story.",),
    ],
)
def test_a_paywall_is_no_removal(text: tuple[str, ...]) -> None:
    found = judge(case(page(text=text)))
    assert (found.seen, found.cut) == (Seen.PRESENT, True)


def test_a_paywall_in_the_chrome_cuts_nothing() -> None:
    bar = "Subscribe to continue"
    facts = SiteFacts(furniture=frozenset({bar}))
    found = judge(case(page(text=(*TEXT[:4], bar)), facts=facts))
    assert (found.seen, found.cut) == (Seen.PRESENT, False)


def test_a_password_in_the_articles_place() -> None:
    shown = page(
        f"Protected: {TITLE}",
        ["This content is password protected.", "Password"],
        password_form=True,
    )
    assert judge(case(shown)).seen is Seen.MISSING
    login = page("Sign in", ["E-mail", "Password"], password_form=True)
    assert judge(case(login)).reason is Reason.RESTRICTED
    assert judge(case(page(password_form=True))).seen is Seen.PRESENT


def test_another_article_at_the_url() -> None:
    facts = {"published_at": "2026-02-20", "byline": "Bo Hawser"}
    found = judge(case(page(OTHER_TITLE, OTHER_TEXT, facts=facts)))
    assert (found.reason, found.rule) == (Reason.REPLACED, "replaced")
    assert OTHER_TITLE in found.why


def test_nothing_left_but_date_and_author_is_another_article() -> None:
    assert judge(case(page(OTHER_TITLE, OTHER_TEXT))).reason is Reason.REPLACED


def test_titles_that_differ_in_a_number_are_two_titles() -> None:
    known = article("Results of the year 2024 at a glance")
    facts = {"published_at": "2026-02-20", "byline": "Bo Hawser"}
    shown = page("Results of the year 2025 at a glance", OTHER_TEXT, facts=facts)
    found = judge(case(shown, article=known, title=known.title))
    assert found.reason is Reason.REPLACED


def test_trouble_under_the_articles_title_is_no_tombstone() -> None:
    for text in (
        "We are updating our site, please try again later.",
        "Sorry, something went wrong while we fetched this text for you.",
    ):
        assert judge(case(page(text=[text]))).seen is not Seen.MISSING


def test_another_post_of_the_site_at_the_url() -> None:
    shown = page(OTHER_TITLE, OTHER_TEXT, canonical="https://harbour.example/journal/rope/")
    assert judge(case(shown)).rule == "shows_other_post"


@pytest.mark.parametrize(
    "shown",
    [
        page("A new headline"),  # same text
        page("A new headline", (*TEXT[:3], *OTHER_TEXT)),  # half of it
        page(text=OTHER_TEXT),  # same title, other text
        page("The night ferry and its timetable: a new look", OTHER_TEXT),  # same date, same author
    ],
)
def test_rewrites_are_not_replaced(shown: object) -> None:
    assert judge(case(shown)).seen is Seen.PRESENT  # type: ignore[arg-type]


def test_a_site_that_switched_its_language_proves_nothing() -> None:
    shown = page(
        "Warum die Nachtfähre früher fährt",
        [
            "Die Nachtfähre fuhr dreißig Jahre um elf, und kaum jemand am Kai fragte, für wen sie fuhr, oder warum so spät in der Nacht.",
            "Unsere Planer zählten im Winter, wer an Bord kam: Pflegerinnen, Bäcker und zwei Studenten.",
        ],
        facts={"language": "de", "published_at": "", "byline": ""},
    )
    assert judge(case(shown)).rule == "other_language"


def test_pictures_only() -> None:
    known = article("Summer in pictures", ())
    shown = page("Summer in pictures", ())
    assert judge(case(shown, article=known, title="Summer in pictures")).seen is Seen.PRESENT
    assert CHROME


@pytest.mark.parametrize(
    "wall", ["로그인 후 전체 글을 읽을 수 있습니다.", "Zaloguj się, a pokażemy resztę."]
)
def test_the_opening_above_an_unknown_wall_is_no_notice(wall: str) -> None:
    long = (TEXT[0], *(f"{t} Number {i} of the list says so too." for i, t in enumerate(TEXT * 4)))
    found = judge(case(page(text=(TEXT[0], wall)), article=article(text=long)))
    assert found.seen is not Seen.MISSING


def test_another_page_in_foreign_dress_proves_nothing() -> None:
    facts = {"byline": "", "published_at": "", "declared": frozenset[str]()}
    long = (
        *OTHER_TEXT,
        "Choose one of the two offers above and come in; both can be ended at any time.",
    )
    foreign = page("Welcome to Harbour Lines", long, chrome=("", ""), facts=facts)
    assert judge(case(foreign)).seen is Seen.UNCLEAR
    dressed = page("Welcome to Harbour Lines", long, facts=facts)
    assert judge(case(dressed)).reason is Reason.REPLACED
    dated = page(
        OTHER_TITLE, long, chrome=("", ""), facts=facts | {"declared": frozenset({"author"})}
    )
    assert judge(case(dated)).reason is Reason.REPLACED


UNDER_THE_TITLE = [
    "This article is temporarily unavailable. Please try again later.",
    "Dieser Artikel ist vorübergehend nicht verfügbar.",
    "Cet article est momentanément indisponible.",
    "Este artículo no está disponible temporalmente.",
    "この記事は一時的にご利用いただけません。",
    "Эта статья временно недоступна.",
    "This article is not available in your country.",
    "Are you old enough to read about rum?",
    "Please update your browser to read our stories.",
    "Bitte den Werbeblocker abschalten.",
    "Ваш браузер устарел. Пожалуйста, обновите его.",
    "Loading article…",
]


@pytest.mark.parametrize("words", UNDER_THE_TITLE)
def test_what_stands_under_the_title_for_now_is_no_notice(words: str) -> None:
    assert judge(case(page(text=[words]))).seen is Seen.UNCLEAR
    assert judge(case(page(text=(*TEXT, words)))).seen is Seen.PRESENT


def test_a_box_with_a_heading_of_its_own_is_no_notice_in_plain_words() -> None:
    words = "Advertising pays for our newsroom, and for the oil in the lamps of this pier."
    plain = judge(case(page(text=[words])))
    assert plain.rule == "tombstone_plain"
    headed = page(text=[words])
    blocks = (Block(BlockKind.HEADING, "Hold on", "hold on"), *headed.article.blocks)
    boxed = replace(headed, article=replace(headed.article, blocks=blocks))
    assert judge(case(boxed)).seen is Seen.UNCLEAR


@pytest.mark.parametrize(
    "wall",
    [
        "This article is not available to guests. Subscribe to read it.",
        "Dieser Artikel ist nicht mehr frei. Um weiterzulesen, jetzt abonnieren.",
        "Cet article n'est plus gratuit : il est réservé aux abonnés.",
    ],
)
def test_not_available_without_a_subscription_is_a_paywall(wall: str) -> None:
    assert judge(case(page(text=[wall]))).seen is not Seen.MISSING
    assert judge(case(page(text=[TEXT[0], wall]))).rule == "paywall"


def test_a_notice_beside_an_offer_is_a_notice() -> None:
    gone = page(
        text=["This article has been removed.", "Subscribe now to read the rest of the journal."]
    )
    assert judge(case(gone)).reason is Reason.TOMBSTONE


@pytest.mark.parametrize(
    ("opening", "begun"),
    [
        (
            "去年冬天，我们的规划师数了数上船的人：护士、面包师和两名学天文的学生。",
            "去年冬天，我们的规划师数了数…",
        ),
        (
            "昨年の冬、乗船する人を数えました。看護師とパン職人、天文学の学生が二人でした。",
            "昨年の冬、乗船する人を数えました。看護…",
        ),
    ],
)
def test_a_cut_opening_in_two_scripts(opening: str, begun: str) -> None:
    known = article("標題", (opening, *(f"{opening}其{i}" for i in range(12))), language="")
    shown = page("標題", [begun, "＋"], facts={"language": ""})
    found = judge(case(shown, article=known, title="標題"))
    assert (found.rule, found.cut) == ("paywall", True)
