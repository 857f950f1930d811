"""Error pages sent as 200: learned from the site, known by signs, and what only looks so."""

from __future__ import annotations

import pytest

from monitor.model import ErrorSample, Reason, Seen, SiteFacts
from monitor.read.article.normal import key
from monitor.read.verdict import judge

from .verdict_build import AT, CHROME, HOME, OTHER_TEXT, TEXT, TITLE, answer, article, case, page

NOT_FOUND = [
    ("Page not found", "Sorry, the page you were looking for does not exist."),
    ("404", "We can't find that page. Try the journal instead."),
    ("Oops!", "Nothing here: this page has been moved or deleted."),
    ("Nothing found", "It seems we can't find what you're looking for."),
    (
        "This content isn't available",
        "The link you followed may be broken, or the page may have been removed.",
    ),
    ("Seite nicht gefunden", "Die angeforderte Seite existiert nicht oder wurde verschoben."),
    ("Diese Seite gibt es nicht (mehr)", "Vielleicht hilft die Suche weiter."),
    ("Page introuvable", "La page demandée n'existe plus ou a été déplacée."),
    ("Oups !", "Cette page est introuvable."),
    ("Página no encontrada", "La página que busca ya no existe."),
    ("Conteúdo não encontrado", "O artigo que procura não existe ou foi removido."),
    ("Pagina non trovata", "La pagina richiesta non esiste o è stata spostata."),
    ("Pagina niet gevonden", "De pagina die je zoekt bestaat niet meer."),
    ("Sidan hittades inte", "Sidan du söker finns inte längre."),
    ("Nie znaleziono strony", "Strona, której szukasz, nie istnieje."),
    ("Sayfa bulunamadı", "Aradığınız sayfa kaldırılmış veya taşınmış."),
    ("お探しのページは見つかりませんでした", "削除されたか、URLが変更された可能性があります。"),
    ("页面未找到", "您要找的页面不存在或已被删除。"),
    ("頁面不存在", "找不到您要的頁面。"),
    ("페이지를 찾을 수 없습니다", "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다."),
    ("Страница не найдена", "Такой страницы нет или она была удалена."),
    ("الصفحة غير موجودة", "عذرًا، لم يتم العثور على الصفحة التي تبحث عنها."),
    ("הדף לא נמצא", "הדף שביקשתם הוסר או הועבר."),
]


@pytest.mark.parametrize(("title", "text"), NOT_FOUND)
def test_by_signs_in_every_language(title: str, text: str) -> None:
    found = judge(case(page(title, [text])))
    assert (found.seen, found.reason) == (Seen.MISSING, Reason.SOFT_404)


@pytest.mark.parametrize(("title", "text"), NOT_FOUND)
def test_such_an_article_that_is_there_is_there(title: str, text: str) -> None:
    words = (text, *TEXT)
    shown = page(title, words)
    assert judge(case(shown, article=article(title, words), title=title)).seen is Seen.PRESENT
    fewer = page(title, words[:-1])
    assert judge(case(fewer, article=article(title, words), title=title)).seen is Seen.PRESENT


@pytest.mark.parametrize(("title", "text"), NOT_FOUND[:6])
def test_a_first_look_at_such_an_article(title: str, text: str) -> None:
    declared = {"declared": frozenset({"published_at", "author"})}
    shown = page(title, (text, *TEXT), og_type="article", facts=declared)
    assert judge(case(shown, article=None, title=title)).seen is Seen.PRESENT
    assert judge(case(shown, article=None, title="")).seen is Seen.PRESENT


def test_a_phrase_alone_decides_nothing() -> None:
    # an edit puts the words into the article
    text = (*TEXT[:-1], "The page you are looking for could not be found, said the old timetable.")
    assert judge(case(page(text=text))).seen is Seen.PRESENT
    # and into a heading below the title
    shown = page(h1=[TITLE, "Page not found"])
    assert judge(case(shown)).seen is Seen.PRESENT


def test_a_first_error_page_is_missing_only_if_clear() -> None:
    sure = page(
        "Page not found",
        ["Sorry, that page does not exist."],
        facts={"published_at": "", "byline": ""},
    )
    assert judge(case(sure, article=None, title="")).reason is Reason.SOFT_404
    vague = page("Harbour", ["Hm."], facts={"published_at": "", "byline": ""})
    assert judge(case(vague, article=None, title="")).seen is Seen.UNCLEAR


def sample(
    title: str, *text: str, final: str = f"{HOME}journal/zzqx-nowhere", status: int = 200
) -> ErrorSample:
    shown = tuple(key(b) for b in (*CHROME[:-1], title, *text, CHROME[-1]))
    return ErrorSample("/journal/", AT, status, final, f"{title} | Harbour Lines", shown)


def test_learned_without_any_usual_word() -> None:
    facts = SiteFacts(errors=(sample("Ahoy", "The gulls ate it."),))
    found = judge(case(page("Ahoy", ["The gulls ate it."]), facts=facts))
    assert (found.reason, found.rule) == (Reason.SOFT_404, "soft_404_learned")


def test_learned_with_the_address_and_a_number_in_it() -> None:
    theirs = sample("Ahoy", f"No cargo at {HOME}journal/zzqx-nowhere here.", "Manifest 88a1-17")
    ours = page(
        "Ahoy", [f"No cargo at {HOME}journal/night-ferry-timetable/ here.", "Manifest 90b2-44"]
    )
    assert judge(case(ours, facts=SiteFacts(errors=(theirs,)))).rule == "soft_404_learned"


def test_learned_with_teasers_that_rotate() -> None:
    theirs = sample(
        "Ahoy", "The gulls ate it, but these are left.", "On knots", "Tides for beginners"
    )
    ours = page("Ahoy", ["The gulls ate it, but these are left.", "The fog horn", "Two anchors"])
    assert judge(case(ours, facts=SiteFacts(errors=(theirs,)))).rule == "soft_404_learned"


def test_learned_from_an_honest_404() -> None:
    facts = SiteFacts(errors=(sample("Ahoy", "The gulls ate it.", status=404),))
    assert judge(case(page("Ahoy", ["The gulls ate it."]), facts=facts)).reason is Reason.SOFT_404


def test_a_wall_in_a_sample_teaches_nothing() -> None:
    facts = SiteFacts(errors=(sample("Ahoy", "Who goes there, friend of the sea?", status=403),))
    found = judge(case(page("Ahoy", ["Who goes there, friend of the sea?"]), facts=facts))
    assert found.seen is Seen.UNCLEAR


def test_the_article_beside_a_learned_page_is_there() -> None:
    facts = SiteFacts(errors=(sample("Ahoy", "The gulls ate it."),))
    assert judge(case(page(), facts=facts)).seen is Seen.PRESENT


def test_one_title_for_all_pages_teaches_nothing() -> None:
    theirs = ErrorSample(
        "/journal/", AT, 200, f"{HOME}journal/zz", "Harbour Lines", (*CHROME, "Ahoy")
    )
    rewritten = page(text=OTHER_TEXT)
    assert judge(case(rewritten, facts=SiteFacts(errors=(theirs,)))).seen is Seen.PRESENT


def test_an_app_without_text_proves_nothing() -> None:
    shell = page("", [], h1=[], chrome=("", "", ""), extracted=[])
    empty = ErrorSample("/journal/", AT, 200, f"{HOME}journal/zz", "", ())
    found = judge(case(shell, facts=SiteFacts(errors=(empty,))))
    assert (found.seen, found.rule) == (Seen.UNCLEAR, "no_text")


def test_the_home_page_at_the_posts_url() -> None:
    home = (*CHROME, "Fresh from the journal", OTHER_TEXT[0], "Book a cabin", "Where we sail to")
    shown = page("Harbour Lines", home[3:], h1=["Fresh from the journal"])
    found = judge(case(shown, home_blocks=home, facts=SiteFacts(furniture=frozenset(CHROME))))
    assert (found.reason, found.rule) == (Reason.SOFT_404, "shows_home")


def test_not_available_for_now() -> None:
    shown = page(
        "This page is unavailable", ["It is temporarily unavailable, please try again later."]
    )
    assert judge(case(shown)).seen is Seen.UNCLEAR
    geo = page("Not available", ["This page is not available in your country."])
    assert judge(case(geo)).seen is Seen.UNCLEAR


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "We'll be back soon",
            "Sorry for the inconvenience, we are performing scheduled maintenance.",
        ),
        ("Wartungsarbeiten", "Unsere Seite wird gerade gewartet und ist in Kürze wieder da."),
        ("Site en maintenance", "Nous revenons bientôt, merci de réessayer plus tard."),
        ("Sitio en mantenimiento", "Disculpe las molestias, vuelva más tarde."),
        (
            "ただいまメンテナンス中です",
            "ご迷惑をおかけしております。しばらくしてからお試しください。",
        ),
        ("系统维护中", "给您带来不便之处，敬请谅解。请稍后再试。"),
        ("Технические работы", "Приносим извинения, попробуйте позже."),
        ("الموقع تحت الصيانة", "نعتذر عن الإزعاج، يرجى المحاولة لاحقًا."),
        ("Database Error", "Error establishing a database connection"),
        ("Harbour Lines", "There has been a critical error on this website."),
        (
            "Welcome to nginx!",
            "If you see this page, the nginx web server is successfully installed. Further configuration is required.",
        ),
        ("harbour.example", "This domain is for sale. Buy this domain at auction."),
        ("Account Suspended", "This account has been suspended. Contact your hosting provider."),
    ],
)
@pytest.mark.parametrize("status", [200, 503])
def test_trouble_sent_as_200_proves_nothing(title: str, text: str, status: int) -> None:

    shown = page(title, [text])
    assert judge(case(shown, answer(status))).seen is Seen.UNCLEAR
    assert judge(case(shown, answer(status), article=None, title="")).seen is Seen.UNCLEAR


def test_a_page_that_breaks_off_with_an_error() -> None:
    shown = page(
        text=(*TEXT[:4], "There has been a critical error on this website."),
        chrome=(*CHROME[:2], ""),
    )
    found = judge(case(shown))
    assert (found.seen, found.rule) == (Seen.UNCLEAR, "error_text")


def test_an_article_about_errors_is_edited_not_broken() -> None:
    text = (*TEXT[:2], "Something went wrong on the pier that night.", *TEXT[2:])
    assert judge(case(page(text=text))).seen is Seen.PRESENT


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            '{"success": false, "error": {"code": 404, "message": "Post not found"}}',
            "application/json",
        ),
        ('{"statusCode": "404"}', "application/json"),
        (
            '{"errors": [{"status": 410, "detail": "This entry was deleted"}]}',
            "application/vnd.api+json",
        ),
        ('{"error": {"code": "NOT_FOUND"}}', "application/json"),
        ("404 page not found", "text/plain"),
        ("Seite nicht gefunden\n", "text/plain"),
    ],
)
def test_data_that_says_so(body: str, kind: str) -> None:
    said = answer(200, body=body.encode(), content_type=kind)
    found = judge(case(None, said))
    assert (found.seen, found.reason, found.rule) == (
        Seen.MISSING,
        Reason.SOFT_404,
        "soft_404_data",
    )
    assert judge(case(None, said, article=None)).seen is Seen.UNCLEAR


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"error": {"code": 500, "message": "upstream timed out"}}', "application/json"),
        ('{"message": "user not found"}', "application/json"),
        ('{"posts": [{"code": 403, "text": "not found"}]}', "application/json"),
        ('{"code": 404, "broken', "application/json"),
        ('{"code": 404, "filler": "' + "x" * 3000 + '"}', "application/json"),
        (
            "The page was not found in the old archive when we moved house in the spring of 1998.",
            "text/plain",
        ),
        ("OK", "text/plain"),
        ("%PDF-1.4 not found", "application/pdf"),
    ],
)
def test_data_that_says_something_else(body: str, kind: str) -> None:
    found = judge(case(None, answer(200, body=body.encode(), content_type=kind)))
    assert found.seen is Seen.UNCLEAR


def test_a_server_that_shows_its_newest_post_for_any_address() -> None:
    """Posts of one house share phrases; the title and the made-up address tell them apart."""
    newest = (*TEXT[:3], *OTHER_TEXT)
    shown = page("The purser retires", newest, facts={"published_at": "2026-02-20"})
    sample = ErrorSample("/journal/", AT, 200, "", shown.title, shown.blocks)
    alike = article(text=(*TEXT[:3], *OTHER_TEXT, TEXT[4]))
    found = judge(case(shown, article=alike, facts=SiteFacts(errors=(sample,))))
    assert (found.seen, found.rule) == (Seen.MISSING, "soft_404_learned")
    # the newest post itself, retitled today: its text stands
    same = article("The purser leaves", newest)
    here = judge(case(shown, article=same, title="", facts=SiteFacts(errors=(sample,))))
    assert here.seen is Seen.PRESENT
    # and the post under its own title, whatever the made-up address shows
    own = page(text=TEXT)
    mine = ErrorSample("/journal/", AT, 200, "", own.title, own.blocks)
    assert judge(case(own, facts=SiteFacts(errors=(mine,)))).seen is Seen.PRESENT
